"""Crops of locomotives' ends with the model they belong to, out of labelled hall pictures, and what else a detector may frame.

A crop is what nvinfer cuts for a secondary network: the detector's box, letterboxed to the net frame, black to the right or below.
"""

import json
import sys

import cv2
import numpy as np
from tqdm import tqdm

from ..detector.dataset import Augment
from ..detector.nvinfer import letterbox, read_picture
from ..hall.rolling_stock import MODELS

NET_WIDTH, NET_HEIGHT = 96, 128
OTHER = "other"
LABELS = (*MODELS, OTHER)
ENDS = ("head", "tail")
LEAST_HEIGHT = 24  # px of the picture; smaller ends say little
LEAST_VISIBLE = 0.5
MARGIN = 0.2  # of width and height, kept around a box so that the jitter has something to show
JITTER = 0.1  # of width and height: how far a detector's edges are off, and more
MOST_COMMON = 0.2  # share of a background box that may lie in an end


def net_input(picture):
    return letterbox(picture, NET_WIDTH, NET_HEIGHT, cv2.INTER_LINEAR)[0]


def pixels(box, picture):
    """Whole-pixel corners of a box, inside the picture and never empty."""
    height, width = picture.shape[:2]
    x1, y1 = np.clip(np.floor(box[:2]), 0, (width - 2, height - 2)).astype(int)
    x2, y2 = np.clip(np.ceil(box[2:]), (x1 + 2, y1 + 2), (width, height)).astype(int)
    return x1, y1, x2, y2


def cut(picture, box):
    x1, y1, x2, y2 = pixels(np.asarray(box, float), picture)
    return picture[y1:y2, x1:x2]


def background(rng, picture, ends):
    """A box of an end's shape where no end is, or None."""
    height, width = picture.shape[:2]
    for _ in range(20):
        h = float(np.exp(rng.uniform(np.log(30), np.log(0.7 * height))))
        w = h * float(rng.uniform(0.5, 1.3))
        if w > width - 2:
            continue
        x, y = rng.uniform(0, width - w), rng.uniform(0, height - h)
        common = [max(0, min(x + w, e[2]) - max(x, e[0])) * max(0, min(y + h, e[3]) - max(y, e[1])) for e in ends]
        if max(common, default=0) < MOST_COMMON * w * h:
            return np.array([x, y, x + w, y + h])
    return None


class Crops:
    """Every usable end of a folder of pictures in memory, and as many background boxes as an average model has ends."""

    def __init__(self, folder, seed=0):
        rng = np.random.default_rng(seed)
        self.items = []  # (picture with margin, box in it, index of the label)
        others = []
        lines = [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]
        for line in tqdm(lines, desc="read", unit="picture", disable=not sys.stderr.isatty()):
            picture = read_picture(folder / line["file"])
            ends = [item for item in line["objects"] if item["class"] in ENDS]
            for end in ends:
                if usable(end):
                    self.keep(self.items, picture, np.array(end["box"]), LABELS.index(end["model"]))
            box = background(rng, picture, [end["box"] for end in ends])
            if box is not None:
                self.keep(others, picture, box, LABELS.index(OTHER))
        wanted = max(1, len(self.items) // len(MODELS))
        self.items += [others[i] for i in rng.permutation(len(others))[:wanted]]

    @staticmethod
    def keep(items, picture, box, label):
        margin = MARGIN * np.tile(box[2:] - box[:2], 2) * (-1, -1, 1, 1)
        x1, y1, x2, y2 = pixels(box + margin, picture)
        items.append((picture[y1:y2, x1:x2].copy(), box - (x1, y1, x1, y1), label))


def usable(end):
    low, high = end["box"][1], end["box"][3]
    return not end.get("ignore") and end["visibility"] >= LEAST_VISIBLE and high - low >= LEAST_HEIGHT


class Batches:
    """An endless stream of batches. Mirrored at random: no model is told by its text."""

    def __init__(self, crops, seed, size):
        self.crops, self.size = crops.items, size
        self.rng = np.random.default_rng(seed)
        self.augment = Augment(self.rng)
        self.order = []

    def __next__(self):
        while len(self.order) < self.size:
            self.order = [*self.rng.permutation(len(self.crops)), *self.order]
        made = [self.made(*self.crops[self.order.pop()]) for _ in range(self.size)]
        return np.stack([picture for picture, _ in made]), np.array([label for _, label in made])

    def made(self, picture, box, label):
        jitter = self.rng.uniform(-JITTER, JITTER, 4) * np.tile(box[2:] - box[:2], 2)
        crop = cut(picture, box + jitter)
        if self.rng.random() < 0.3:  # farther away
            share = self.rng.uniform(0.3, 0.9)
            size = [max(12, int(n * share)) for n in crop.shape[1::-1]]
            crop = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
        if self.rng.random() < 0.5:
            crop = crop[:, ::-1]
        return net_input(self.augment.look(np.ascontiguousarray(crop))), label
