"""Pictures for training: kept in memory, scanned again while the renderer still adds to them, and varied on the fly.

A folder holds JPEG files and any number of `labels*.jsonl`, one line per picture:
{"file", "hall", "objects": [{"class", "box", "cut", "visibility", "ignore"}, ...]}.
"""

import json
import queue
import threading
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from .frame import CLASSES, NET_HEIGHT, NET_WIDTH, PICTURE_HEIGHT
from .nvinfer import read_picture

FIRST_VALIDATION_HALL = 9000
MOST_CUT = 0.5  # an object with more than this outside the picture is neither demanded nor forbidden
LEAST_HEIGHT = 4.0  # net pixels; below this it is ignored as well

# The part of the net frame that a camera's picture fills, and how often: 16:9, 5:3, 4:3.
FRAMES = ((NET_WIDTH, PICTURE_HEIGHT), (NET_WIDTH, NET_HEIGHT), (512, NET_HEIGHT))
FRAME_SHARES = (0.84, 0.08, 0.08)


@dataclass
class Objects:
    """The labels of one picture as arrays of n rows."""

    classes: np.ndarray  # index into CLASSES
    boxes: np.ndarray  # n x 4: left, top, right, bottom in pixels
    cut: np.ndarray  # share of the object outside the picture
    ignore: np.ndarray
    weight: np.ndarray


def read_objects(line):
    objects = line["objects"]
    visibility = np.array([o.get("visibility", 1.0) for o in objects], np.float32)
    return Objects(
        classes=np.array([CLASSES.index(o["class"]) for o in objects], int),
        boxes=np.array([o["box"] for o in objects], np.float32).reshape(-1, 4),
        cut=np.array([o.get("cut", 0.0) for o in objects], np.float32),
        ignore=np.array([o.get("ignore", False) for o in objects], bool),
        weight=np.where(visibility < 0.5, 0.5, 1.0).astype(np.float32),
    )


class Folder:
    """Pictures and labels of folders that may still grow. Of several processes each takes its share."""

    def __init__(self, paths, rank=0, processes=1):
        self.paths = [Path(path) for path in paths]
        self.rank, self.processes = rank, processes
        self.lines = 0
        self.read_up_to = {}
        self.files = []
        self.objects = []
        self.pixels = {}

    def scan(self):
        """Takes in the lines written since the last call and returns the number of pictures."""
        for path in self.paths:
            for labels in sorted(path.glob("**/labels*.jsonl")):
                with labels.open("rb") as file:
                    file.seek(self.read_up_to.get(labels, 0))
                    complete, newline, _ = file.read().rpartition(b"\n")
                self.read_up_to[labels] = self.read_up_to.get(labels, 0) + len(complete) + len(newline)
                for line in map(json.loads, complete.splitlines()):
                    if line["hall"] >= FIRST_VALIDATION_HALL:
                        raise ValueError(f"{labels}: hall {line['hall']} is for validation only")
                    if self.lines % self.processes == self.rank:
                        self.files.append(labels.parent / line["file"])
                        self.objects.append(read_objects(line))
                    self.lines += 1
        return len(self.files)

    def picture(self, index):
        if index not in self.pixels:
            self.pixels[index] = read_picture(self.files[index])
        return self.pixels[index]


class Augment:
    """One random variation of a picture, placed in the net frame as the letterbox will place a camera's frame.

    Never mirrored: the numbers on the plates would be.
    """

    def __init__(self, rng):
        self.rng = rng
        self.noise = rng.normal(0, 1, (2 * NET_HEIGHT, 2 * NET_WIDTH, 3)).astype(np.float32)

    def chance(self, share):
        return self.rng.random() < share

    def __call__(self, picture, objects, shrink):
        """`shrink` 2 gives half the net frame in both directions: cheap early training."""
        picture, objects = self.geometry(picture, objects, shrink)
        frame = np.zeros((NET_HEIGHT // shrink, NET_WIDTH // shrink, 3), np.uint8)
        frame[: picture.shape[0], : picture.shape[1]] = self.look(picture)
        return frame, objects

    def geometry(self, picture, objects, shrink):
        rng = self.rng
        width, height = (n // shrink for n in FRAMES[rng.choice(len(FRAMES), p=FRAME_SHARES)])
        source_height, source_width = picture.shape[:2]
        zoom = 2 ** rng.uniform(-0.5, 0.5) if self.chance(0.8) else 1.0
        fit = NET_WIDTH / shrink / source_width
        scale_x = fit * zoom * 2 ** rng.uniform(-0.08, 0.08)
        scale_y = fit * zoom
        free_x, free_y = width - source_width * scale_x, height - source_height * scale_y
        jitter = 0.08 * width
        shift_x = rng.uniform(min(free_x, 0) - jitter, max(free_x, 0) + jitter)
        shift_y = rng.uniform(min(free_y, 0) - jitter, max(free_y, 0) + jitter)
        if shrink > 1:
            picture = cv2.resize(picture, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
        kx, ky = scale_x * shrink, scale_y * shrink
        # Edges of pixels move to edges of pixels; OpenCV counts from their middles.
        move = np.array([[kx, 0, shift_x + 0.5 * kx - 0.5], [0, ky, shift_y + 0.5 * ky - 0.5]])
        moved = cv2.warpAffine(picture, move, (width, height), borderValue=[int(rng.integers(0, 160))] * 3)
        boxes = objects.boxes * [scale_x, scale_y, scale_x, scale_y] + [shift_x, shift_y, shift_x, shift_y]
        # What the camera's frame or the source picture cuts off is not seen.
        low = np.maximum([shift_x, shift_y], 0)
        high = np.minimum([shift_x + source_width * scale_x, shift_y + source_height * scale_y], [width, height])
        clipped = np.concatenate([np.clip(boxes[:, :2], low, high), np.clip(boxes[:, 2:], low, high)], 1)
        kept = area(clipped) / np.maximum(area(boxes), 1e-6)
        cut = 1 - kept * (1 - objects.cut)
        seen = kept > 0.02
        tiny = clipped[:, 3] - clipped[:, 1] < LEAST_HEIGHT
        ignore = objects.ignore | (cut > MOST_CUT) | tiny
        return moved, Objects(
            objects.classes[seen], clipped[seen].astype(np.float32), cut[seen], ignore[seen], objects.weight[seen]
        )

    def look(self, picture):
        rng = self.rng
        if self.chance(0.3):
            picture = picture[..., rng.permutation(3)]
        if self.chance(0.2):
            picture = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        if self.chance(0.7):
            picture = cv2.LUT(np.ascontiguousarray(picture), self.tone_curve())
        if self.chance(0.15):
            picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.1))
        if self.chance(0.3):
            picture = self.erase(picture.copy())
        if self.chance(0.4):
            picture = self.add_noise(picture)
        if self.chance(0.15):
            quality = int(rng.integers(25, 80))
            code = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
            picture = cv2.imdecode(code, cv2.IMREAD_COLOR)
        return picture

    def tone_curve(self):
        rng = self.rng
        gain = 2 ** rng.uniform(-0.5, 0.5) * 2 ** rng.uniform(-0.15, 0.15, 3)
        level = np.linspace(0, 1, 256)[:, None] ** (2 ** rng.uniform(-0.7, 0.7))
        return np.clip(level * gain * 255, 0, 255).astype(np.uint8)[None]

    def erase(self, picture):
        rng = self.rng
        height, width = picture.shape[:2]
        h, w = int(height * rng.uniform(0.05, 0.3)), int(width * rng.uniform(0.03, 0.2))
        y, x = rng.integers(0, height - h), rng.integers(0, width - w)
        picture[y : y + h, x : x + w] = rng.integers(0, 256, 3)
        return picture

    def add_noise(self, picture):
        height, width = picture.shape[:2]
        y = self.rng.integers(0, self.noise.shape[0] - height)
        x = self.rng.integers(0, self.noise.shape[1] - width)
        noise = self.noise[y : y + height, x : x + width] * self.rng.uniform(1, 8)
        return cv2.add(picture, noise, dtype=cv2.CV_8U)


def area(boxes):
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


class Batches:
    """An endless stream of batches, made one thread ahead of the training. Every epoch scans the folders again."""

    def __init__(self, folder, seed, shrink_and_size):
        """`shrink_and_size()` says before every batch how far to shrink the frame and how many pictures to take."""
        self.folder = folder
        self.rng = np.random.default_rng(seed)
        self.augment = Augment(self.rng)
        self.shrink_and_size = shrink_and_size
        self.queue = queue.Queue(maxsize=4)
        threading.Thread(target=self.work, daemon=True).start()

    def work(self):
        try:
            for item in self.endless():
                self.queue.put(item)
        except Exception as error:  # the training thread has to hear of it
            self.queue.put(error)

    def endless(self):
        order = []
        while True:
            shrink, size = self.shrink_and_size()
            while len(order) < size:
                order = [*self.rng.permutation(self.folder.scan()), *order]
                if not order:
                    raise ValueError(f"no pictures in {', '.join(map(str, self.folder.paths))}")
            taken = [order.pop() for _ in range(size)]
            made = [self.augment(self.folder.picture(i), self.folder.objects[i], shrink) for i in taken]
            yield np.stack([frame for frame, _ in made]), [objects for _, objects in made]

    def __next__(self):
        item = self.queue.get()
        if isinstance(item, Exception):
            raise item
        return item
