"""Measures the classifier as it ships: on the boxes that the shipped detector finds in pictures never trained on.

Writes metrics.json beside the model, or with --check compares with the one that is there. An end counts when the detector's
box overlaps it by half, it is at least half visible and 24 px high.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..detector import measure as detector
from ..detector.nvinfer import Config, detections, iou, preprocess, read_picture
from .crops import ENDS, cut, net_input, usable

FOLDER = detector.CONFIG.parents[1] / "locomodel"
HEIGHTS = ((24, 60), (60, 120), (120, 400))
OVERLAP = 0.5


class Ends:
    """Ends as the shipped detector frames them."""

    def __init__(self):
        self.config = Config.read(detector.CONFIG)
        self.net = detector.session(self.config.model)
        self.size = tuple(self.net.get_inputs()[0].shape[:1:-1])

    def of(self, picture, ends):
        """(crop, true end, height of the box) of every detection that frames a known end. `ends` have box and visibility."""
        if not ends:
            return
        tensor, ratio = preprocess(picture, self.config, *self.size)
        coverage, boxes = self.net.run(["output_cov", "output_bbox"], {"input": tensor})
        truth = np.array([end["box"] for end in ends])
        for index, _, box in detections(coverage[0], boxes[0], ratio, picture.shape[1::-1], self.config, self.size):
            if self.config.labels[index] not in ENDS:
                continue
            overlaps = iou(box, truth)
            end = ends[int(overlaps.argmax())]
            if overlaps.max() >= OVERLAP and usable(end):
                yield cut(picture, box), end, box[3] - box[1]


class Classifier:
    def __init__(self, folder):
        self.net = detector.session(folder / "model.onnx")
        self.labels = (folder / "labels.txt").read_text().strip().split(";")

    def probabilities(self, crop):
        tensor = net_input(crop).transpose(2, 0, 1)[None].astype(np.float32) / np.float32(255)
        return self.net.run(None, {"input": tensor})[0][0]


def framed(pictures):
    """(crop, true end, height of the box, line of labels) of every end that is found in a folder of pictures."""
    finder = Ends()
    for line in tqdm([json.loads(line) for line in (pictures / "labels.jsonl").read_text().splitlines()], unit="picture", disable=not sys.stderr.isatty()):
        for crop, end, height in finder.of(read_picture(pictures / line["file"]), [item for item in line["objects"] if item["class"] in ENDS]):
            yield crop, end, height, line


def measure(folder, pictures):
    """All figures, and apart from them what was taken for what, and the time, which depends on the machine."""
    classifier = Classifier(folder)
    labels = classifier.labels
    confusion = {label: dict.fromkeys(labels, 0) for label in labels if label != "other"}
    rows, spent = [], 0.0
    for crop, end, height, _ in framed(pictures):
        start = time.process_time()
        probabilities = classifier.probabilities(crop)
        spent += time.process_time() - start
        said = labels[int(probabilities.argmax())]
        confusion[end["model"]][said] += 1
        rows.append((height, said == end["model"], float(probabilities.max())))
    right = [row[1] for row in rows]
    figures = {
        "detections": len(rows),
        "right": float(np.mean(right)),
        "right_at_0.5": float(np.mean([row[1] for row in rows if row[2] >= 0.5])),
        "by_height": {f"{low}_to_{high}_px": share([row[1] for row in rows if low <= row[0] < high]) for low, high in HEIGHTS},
    }
    return figures, confusion, {"crop_ms": 1e3 * spent / len(rows)}


def share(right):
    return {"n": len(right), "right": float(np.mean(right))} if right else {"n": 0}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--pictures", type=Path, default=detector.HERE / "validation")
    parser.add_argument("--check", action="store_true", help="compare with the committed metrics.json")
    arguments = parser.parse_args()
    figures, confusion, times = (detector.rounded(part) for part in measure(arguments.folder, arguments.pictures))
    text = json.dumps({"figures": figures, "confusion": confusion, "single_core": times}, indent=2)
    print(text)
    path = arguments.folder / "metrics.json"
    if not arguments.check:
        path.write_text(text + "\n")
        return
    wrong = detector.differences(json.loads(path.read_text())["figures"], figures)
    if wrong:
        sys.exit("\n".join([f"{path} is not what was measured:", *wrong]))


if __name__ == "__main__":
    main()
