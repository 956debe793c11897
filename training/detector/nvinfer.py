"""What nvinfer does around a detector, in NumPy: configuration, preprocessing, built-in parser, NMS, boxes of the frame.

Written from nvinfer's published source, by the rules that `docs/elements/ortinfer.md` names, so that what is measured here is what
DeepStream and `ortinfer` will find.
"""

import configparser
import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

PARSER_NORM = 35.0
INTERPOLATION = {0: cv2.INTER_NEAREST, 1: cv2.INTER_LINEAR}


@dataclass(frozen=True)
class Config:
    model: Path
    labels: tuple
    scale: float
    filter: int
    threshold: float
    iou: float
    topk: int

    @staticmethod
    def read(path):
        file = configparser.ConfigParser(interpolation=None)
        file.optionxform = str
        file.read_string(Path(path).read_text())
        net, attributes = file["property"], file["class-attrs-all"]
        supported = {
            "network-type": "0",
            "model-color-format": "0",
            "maintain-aspect-ratio": "1",
            "symmetric-padding": "0",
            "cluster-mode": "2",
            "crop-objects-to-roi-boundary": "1",
        }
        for key, value in supported.items():
            if net.get(key) != value:
                raise ValueError(f"{path}: this reader knows only {key}={value}")
        folder = Path(path).resolve().parent
        labels = tuple(line.split()[0] for line in (folder / net["labelfile-path"]).read_text().splitlines() if line)
        if len(labels) != net.getint("num-detected-classes"):
            raise ValueError(f"{path}: {len(labels)} labels for num-detected-classes={net['num-detected-classes']}")
        return Config(
            model=folder / net["onnx-file"],
            labels=labels,
            scale=net.getfloat("net-scale-factor"),
            filter=INTERPOLATION[net.getint("scaling-filter")],
            threshold=attributes.getfloat("pre-cluster-threshold"),
            iou=attributes.getfloat("nms-iou-threshold"),
            topk=attributes.getint("topk"),
        )


def read_picture(path):
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if picture is None:
        raise OSError(f"{path}: no picture")
    return picture


def even_down(n):
    return n - n % 2


def letterbox(picture, net_width, net_height, interpolation):
    """The picture at the top left of a black net frame -> (net frame, net pixels per frame pixel in x and in y)."""
    height, width = even_down(picture.shape[0]), even_down(picture.shape[1])
    target = (net_width, max(1, math.trunc(net_width * height / width)))
    if target[1] > net_height:
        target = (max(1, math.trunc(net_height * width / height)), net_height)
    canvas = np.zeros((net_height, net_width, 3), np.uint8)
    canvas[: target[1], : target[0]] = cv2.resize(picture[:height, :width], target, interpolation=interpolation)
    return canvas, (target[0] / width, target[1] / height)


def preprocess(picture, config, net_width, net_height):
    """RGB bytes -> (1 x 3 x H x W tensor, net pixels per frame pixel in x and in y)."""
    canvas, ratio = letterbox(picture, net_width, net_height, config.filter)
    return canvas.transpose(2, 0, 1)[None].astype(np.float32) * np.float32(config.scale), ratio


def parse(coverage, boxes, net_width, net_height, threshold):
    """Built-in detector parser for one frame: [C, h, w] and [4C, h, w] -> per class (n x 4 corners, n scores)."""
    classes, rows, columns = coverage.shape
    stride_x, stride_y = math.ceil(net_width / columns), math.ceil(net_height / rows)
    found = []
    for c in range(classes):
        row, column = np.nonzero(coverage[c] >= threshold)
        centre_x = (column * stride_x + 0.5) / PARSER_NORM
        centre_y = (row * stride_y + 0.5) / PARSER_NORM
        o1, o2, o3, o4 = boxes[4 * c : 4 * c + 4, row, column]
        corners = PARSER_NORM * np.stack([centre_x - o1, centre_y - o2, centre_x + o3, centre_y + o4], 1)
        corners = clip(corners, net_width, net_height)
        legal = (corners[:, 2] >= corners[:, 0]) & (corners[:, 3] >= corners[:, 1])
        found.append((corners[legal], coverage[c, row, column][legal]))
    return found


def clip(corners, net_width, net_height):
    limits = np.array([net_width, net_height, net_width, net_height])
    return np.maximum(np.where(corners >= limits, limits - 1, corners), 0)


def iou(box, others):
    """Of one box with n boxes, plain float areas."""
    width = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    height = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    common = np.maximum(width, 0) * np.maximum(height, 0)
    area = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    return common / np.maximum((box[2] - box[0]) * (box[3] - box[1]) + area - common, 1e-9)


def suppress(corners, scores, limit, topk):
    """Cluster mode 2 for one class: the boxes kept, best first."""
    order = np.argsort(-scores, kind="stable")
    corners, scores = corners[order], scores[order]
    kept = []
    for i in range(len(scores)):
        if not kept or iou(corners[i], corners[kept]).max() <= limit:
            kept.append(i)
    return corners[kept[:topk]], scores[kept[:topk]]


def detections(coverage, boxes, ratio, frame_size, config, net_size, threshold=None):
    """From the output tensors of one frame to [(class index, score, box in frame pixels)], as nvinfer attaches them."""
    width, height = frame_size
    result = []
    parsed = parse(coverage, boxes, *net_size, config.threshold if threshold is None else threshold)
    for index, (corners, scores) in enumerate(parsed):
        for box, score in zip(*suppress(corners, scores, config.iou, config.topk)):
            x1, y1, x2, y2 = box / np.tile(ratio, 2)
            result.append((index, float(score), np.array([x1, y1, min(x2, width), min(y2, height)])))
    return result
