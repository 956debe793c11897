#!/usr/bin/env python3
"""The peer of `roundhouse bench pipeline`: the same job as one would write it in an afternoon.

OpenCV decodes the clips, ONNX Runtime runs the same detector, NumPy decodes its grid, OpenCV removes duplicates.
Prints one JSON line: frames, boxes, CPU and wall seconds, frames per CPU second.

    python3 benches/python_peer.py tests/data/demo models/trt/locodetector/model.onnx [--frames 450] [--threads 2]
"""

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

NET_WIDTH, NET_HEIGHT = 640, 384
THRESHOLD, NMS_IOU = 0.3, 0.45


def letterbox(frame: np.ndarray) -> tuple[np.ndarray, float]:
    """The frame in the top left of the network's input, black elsewhere, as planar RGB 0..1, and its scale."""
    height, width = frame.shape[:2]
    scale = min(NET_WIDTH / width, NET_HEIGHT / height)
    canvas = np.zeros((NET_HEIGHT, NET_WIDTH, 3), np.uint8)
    resized = cv2.resize(frame, (int(width * scale), int(height * scale)), interpolation=cv2.INTER_LINEAR)
    canvas[: resized.shape[0], : resized.shape[1]] = resized
    planes = cv2.cvtColor(canvas, cv2.COLOR_BGR2RGB).transpose(2, 0, 1)
    return planes[None].astype(np.float32) / 255.0, scale


def decode(coverage: np.ndarray, boxes: np.ndarray, scale: float) -> list[tuple[int, float, list[float]]]:
    """Objects (class, confidence, [x, y, width, height] in pixels of the frame) of one frame's grids."""
    classes, rows, columns = coverage.shape
    stride_x, stride_y = -(-NET_WIDTH // columns), -(-NET_HEIGHT // rows)
    objects = []
    for label in range(classes):
        row, column = np.nonzero(coverage[label] >= THRESHOLD)
        if row.size == 0:
            continue
        left, top, right, bottom = boxes[4 * label : 4 * label + 4, row, column] * 35.0
        x, y = column * stride_x + 0.5, row * stride_y + 0.5
        corners = np.stack([x - left, y - top, right + left, bottom + top], axis=1) / scale
        confidence = coverage[label][row, column]
        for index in cv2.dnn.NMSBoxes(corners.tolist(), confidence.tolist(), THRESHOLD, NMS_IOU):
            objects.append((label, float(confidence[index]), corners[index].tolist()))
    return objects


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, help="folder with the clips C1.mp4, C2.mp4, …")
    parser.add_argument("model", type=Path, help="the detector, model.onnx")
    parser.add_argument("--frames", type=int, default=10**9, help="at most so many frames of each clip")
    parser.add_argument("--threads", type=int, default=0, help="threads of ONNX Runtime, 0 = its default")
    arguments = parser.parse_args()

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    session = onnxruntime.InferenceSession(str(arguments.model), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    captures = [cv2.VideoCapture(str(clip)) for clip in sorted(arguments.clips.glob("C*.mp4"))]
    if not captures:
        parser.error(f"{arguments.clips}: there is no clip C1.mp4, C2.mp4, … in it")

    frames = found = 0
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(arguments.frames):
        alive = False
        for capture in captures:
            there, frame = capture.read()
            if not there:
                continue
            alive = True
            tensor, scale = letterbox(frame)
            outputs = dict(zip((output.name for output in session.get_outputs()), session.run(None, {name: tensor})))
            found += len(decode(outputs["output_cov"][0], outputs["output_bbox"][0], scale))
            frames += 1
        if not alive:
            break
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"frames": frames, "boxes": found, "wall_s": round(wall, 2), "cpu_s": round(cpu, 2),
                      "frames_per_cpu_s": round(frames / cpu, 2)}))


if __name__ == "__main__":
    main()
