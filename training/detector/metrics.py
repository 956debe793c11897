"""How good detections are: average precision, precision and recall, errors of edges, and metres along the track."""

import numpy as np

from ..hall.camera import Camera
from .nvinfer import iou, suppress

ENDS = ("head", "tail")
SAME = 0.5  # IoU from which a detection counts as its object
NEARLY_IGNORED = 0.3  # IoU with an ignored object from which a detection counts neither way
LEAST_HEIGHT = 4.0
HALF_WIDTH, ROOF = 1.55, 4.3  # metres: the standard end rectangle
BORDER = 3.0  # px: an edge this close to the frame's edge is cut and says nothing
LEVELS = (0.3, 0.5)


class Scene:
    """One picture: its labels, its camera, and what was found (label, score, box)."""

    def __init__(self, line, found):
        self.line = line
        self.found = found

    def truth(self, names):
        """Boxes demanded, boxes ignored, and the labels of the demanded ones."""
        mine = [o for o in self.line["objects"] if o["class"] in names]
        ignored = [o.get("ignore", False) or o["box"][3] - o["box"][1] < LEAST_HEIGHT for o in mine]
        demanded = [o for o, skip in zip(mine, ignored) if not skip]
        return (
            np.array([o["box"] for o in demanded], float).reshape(-1, 4),
            np.array([o["box"] for o, skip in zip(mine, ignored) if skip], float).reshape(-1, 4),
            demanded,
        )


def matches(scenes, names, merge_iou=None):
    """Detections of classes `names`, best first: (score, right or not, scene, box, label of its object), and the number of
    objects demanded. `merge_iou`: classes are one, and NMS at this limit removes the doubles between them."""
    result, demanded_in_all = [], 0
    # An end whose class is unknown to the truth may not be called false under the other class either.
    ignored_names = ENDS if names[0] in ENDS else names
    for scene in scenes:
        found = [(score, box) for label, score, box in scene.found if label in names]
        scores = np.array([score for score, _ in found])
        boxes = np.array([box for _, box in found]).reshape(-1, 4)
        if merge_iou is None:
            order = np.argsort(-scores, kind="stable")
            boxes, scores = boxes[order], scores[order]
        else:
            boxes, scores = suppress(boxes, scores, merge_iou, len(scores))
        truth, _, demanded = scene.truth(names)
        _, ignored, _ = scene.truth(ignored_names)
        demanded_in_all += len(truth)
        free = np.ones(len(truth), bool)
        for score, box in zip(scores, boxes):
            overlaps = iou(box, truth) * free if len(truth) else np.zeros(1)
            best = int(overlaps.argmax())
            if overlaps[best] >= SAME:
                free[best] = False
                result.append((score, True, scene, box, demanded[best]))
            elif len(ignored) == 0 or iou(box, ignored).max() < NEARLY_IGNORED:
                result.append((score, False, scene, box, None))
    return sorted(result, key=lambda match: -match[0]), demanded_in_all


def average_precision(found, demanded):
    """Area below the precision envelope over recall, every point."""
    if demanded == 0 or not found:
        return 0.0
    right = np.cumsum([match[1] for match in found])
    precision = right / np.arange(1, len(found) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(right / demanded, prepend=0) * envelope).sum())


def class_figures(found, demanded):
    figures = {"objects": demanded, "ap50": average_precision(found, demanded)}
    for level in LEVELS:
        shown = [match for match in found if match[0] >= level]
        right = sum(match[1] for match in shown)
        figures[f"precision_at_{level}"] = right / max(1, len(shown))
        figures[f"recall_at_{level}"] = right / max(1, demanded)
    return figures


def spread(values, prefix):
    values = np.abs(np.array(values)) if values else np.zeros(1)
    return {f"{prefix}_median": float(np.median(values)), f"{prefix}_p90": float(np.quantile(values, 0.9))}


def edge_figures(found, level):
    """Errors of matched ends reported at `level` or better; edges that the frame cuts are left out."""
    bottom, centre = [], []
    for score, right, scene, box, label in found:
        if not right or score < level:
            continue
        truth = label["box"]
        if truth[3] < scene.line["height"] - BORDER:
            bottom.append(box[3] - truth[3])
        if truth[0] > BORDER and truth[2] < scene.line["width"] - BORDER:
            centre.append((box[0] + box[2] - truth[0] - truth[2]) / 2)
    return {**spread(bottom, "bottom_px"), **spread(centre, "centre_x_px")}


def camera_of(line):
    c = line["camera"]
    return Camera(line["width"], line["height"], c["f"], c["k1"], np.array(c["R"]).reshape(3, 3), np.array(c["C"]))


def end_hulls(camera, x, y):
    """Boxes of standard end rectangles standing at the metres `x` on the track line `y`, cut by the frame (n x 4)."""
    corners = np.array([(0, dy, z) for dy in (-HALF_WIDTH, HALF_WIDTH) for z in (0, ROOF)])
    points = corners[None] + np.stack([x, np.full_like(x, y), np.zeros_like(x)], 1)[:, None]
    pixels = camera.project(points.reshape(-1, 3)).reshape(-1, 4, 2)
    hulls = np.concatenate([pixels.min(1), pixels.max(1)], 1)
    return np.clip(hulls, 0, [camera.width, camera.height] * 2)


def reference_point(camera, box, y, reach=(1.5, 45.0)):
    """Metre on the track line `y` whose end rectangle fits the four edges of `box` best. Edges at the frame do not count.
    None when the frame cuts three edges or more."""
    frame = np.array([0, 0, camera.width, camera.height])
    free = np.abs(box - frame) > BORDER
    if free.sum() < 2:
        return None
    forward = np.sign(camera.R[2, 0])
    x = camera.C[0] + forward * np.arange(*reach, 0.02)
    points = np.stack([x, np.full_like(x, y), np.zeros_like(x)], 1)
    x = x[camera.in_camera(points)[:, 2] > 1.0]
    error = ((end_hulls(camera, x, y) - box)[:, free] ** 2).sum(1)
    return float(x[error.argmin()])


def metre_figures(found, level):
    errors = []
    for score, right, scene, box, label in found:
        if right and score >= level:
            metre = reference_point(camera_of(scene.line), box, label["y"])
            if metre is not None:
                errors.append(metre - label["s"])
    return spread(errors, "metres")


def summary(scenes, merge_iou):
    """Everything but times."""
    result = {"pictures": len(scenes)}
    for name in (*ENDS, "plate"):
        result[name] = class_figures(*matches(scenes, (name,)))
    ends, demanded = matches(scenes, ENDS, merge_iou)
    result["ends"] = class_figures(ends, demanded)
    shown = [match for match in ends if match[1] and match[0] >= LEVELS[0]]
    result["ends"].update(edge_figures(ends, LEVELS[0]))
    result["ends"]["fitted"] = len(shown)
    if shown and "y" in shown[0][4]:
        result["ends"].update(metre_figures(ends, LEVELS[0]))
    return result
