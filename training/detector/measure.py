"""Measures model.onnx as it ships: ONNX Runtime, and nvinfer's preprocessing, parser and NMS by its config file.

Writes metrics.json beside the model, or with --check compares with the one that is there.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime
from tqdm import tqdm

from .metrics import Scene, summary
from .nvinfer import Config, detections, preprocess, read_picture

HERE = Path(__file__).resolve().parent
CONFIG = HERE.parents[1] / "models" / "trt" / "locodetector" / "config_infer.txt"
LOWEST_SCORE = 0.05  # average precision looks below the threshold of the config file
TOLERANCE = 0.005


def session(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def measure(config, folder):
    """All figures, and apart from them the times, which depend on the machine."""
    net = session(config.model)
    height, width = net.get_inputs()[0].shape[2:]
    lines = [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]
    scenes, spent, inferring = [], 0.0, 0.0
    for line in tqdm(lines, desc="measure", unit="picture", disable=not sys.stderr.isatty()):
        picture = read_picture(folder / line["file"])
        start = time.process_time()
        tensor, ratio = preprocess(picture, config, width, height)
        before = time.process_time()
        coverage, boxes = net.run(["output_cov", "output_bbox"], {"input": tensor})
        inferring += time.process_time() - before
        size = picture.shape[1], picture.shape[0]
        found = detections(coverage[0], boxes[0], ratio, size, config, (width, height), LOWEST_SCORE)
        spent += time.process_time() - start
        scenes.append(Scene(line, [(config.labels[index], score, box) for index, score, box in found]))
    times = {"frame_ms": 1e3 * spent / len(lines), "inference_ms": 1e3 * inferring / len(lines)}
    return summary(scenes, config.iou), times


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def differences(old, new, path=""):
    """Sentences about every figure that is not the same."""
    if isinstance(new, dict):
        keys = list(dict.fromkeys([*old, *new]))
        return [text for key in keys for text in differences(old.get(key, {}), new.get(key, {}), f"{path}/{key}")]
    if isinstance(old, dict) or abs(old - new) > TOLERANCE:
        return [f"{path}: committed {old}, measured {new}"]
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=CONFIG)
    parser.add_argument("--pictures", type=Path, default=HERE / "validation")
    parser.add_argument("--check", action="store_true", help="compare with the committed metrics.json")
    arguments = parser.parse_args()
    figures, times = (rounded(part) for part in measure(Config.read(arguments.config), arguments.pictures))
    print(json.dumps({"figures": figures, "single_core": times}, indent=2))
    path = arguments.config.parent / "metrics.json"
    if not arguments.check:
        path.write_text(json.dumps({"figures": figures, "single_core": times}, indent=2) + "\n")
        return
    wrong = differences(json.loads(path.read_text())["figures"], figures)
    if wrong:
        sys.exit("\n".join([f"{path} is not what was measured:", *wrong]))


if __name__ == "__main__":
    main()
