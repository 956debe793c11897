"""From boxes to what every cell of the output grid shall say."""

from dataclasses import dataclass

import numpy as np

from .frame import CLASSES, STRIDE

REACH = 0.18  # a cell belongs to a box if its centre lies within this share of width and height from the box centre
LEAST_REACH = 0.75 * STRIDE
LEAST_COVERAGE = 0.5  # of a cell that belongs to a box
IGNORED_REACH = 0.35
OBJECT_WEIGHT = 4.0  # of an object of one cell


@dataclass
class Targets:
    """Of one picture. p positive cells, listed; dense planes C x h x w for the coverage."""

    coverage: np.ndarray
    negative: np.ndarray  # how strongly a cell must stay silent; 0 at positive and ignored cells
    positive: np.ndarray  # how strongly a positive cell counts for the coverage
    cells: np.ndarray  # p x 3: class, row, column
    boxes: np.ndarray  # p x 4: left, top, right, bottom in pixels
    share: np.ndarray  # p: weight of a cell in its object's box loss; sums to the object's weight
    objects: int


def targets(objects, rows, columns):
    """Every class has its own planes and its own positive cells: a plate takes nothing from the end it sits on."""
    shape = (len(CLASSES), rows, columns)
    coverage = np.zeros(shape, np.float32)
    negative = np.ones(shape, np.float32)
    positive = np.zeros(shape, np.float32)
    owner = np.full(shape, -1, np.int32)
    x = (np.arange(columns) + 0.5) * STRIDE
    y = (np.arange(rows) + 0.5) * STRIDE
    count = 0
    for i, (c, box) in enumerate(zip(objects.classes, objects.boxes)):
        size = box[2:] - box[:2]
        dx = np.abs(x - (box[0] + box[2]) / 2)[None, :]
        dy = np.abs(y - (box[1] + box[3]) / 2)[:, None]
        if objects.ignore[i]:
            near_x, near_y = np.maximum(IGNORED_REACH * size, STRIDE)
            inside = (dx <= near_x) & (dy <= near_y)
            # Nobody knows the class of a hardly visible end either.
            planes = [c] if CLASSES[c] == "plate" else [CLASSES.index("head"), CLASSES.index("tail")]
            for plane in planes:
                negative[plane][inside] = 0
            continue
        count += 1
        reach_x, reach_y = np.maximum(REACH * size, LEAST_REACH)
        bell = np.exp(-((dx / (1.6 * reach_x)) ** 2) - (dy / (1.6 * reach_y)) ** 2)
        value = np.maximum(bell, LEAST_COVERAGE) * ((dx <= reach_x) & (dy <= reach_y))
        negative[c] *= (1 - bell) ** 2
        wins = value > coverage[c]
        coverage[c][wins] = value[wins]
        owner[c][wins] = i
        # Large ends have a hundred times the cells of a plate and must not drown it.
        positive[c][wins] = objects.weight[i] * OBJECT_WEIGHT / max(1, (value > 0).sum()) ** 0.75
    negative[coverage > 0] = 0
    cells = np.argwhere(owner >= 0)
    owners = owner[owner >= 0]
    # The box is read where the coverage peaks, so the cells there count most.
    share = coverage[owner >= 0] ** 2
    total = np.bincount(owners, share, minlength=len(objects.boxes))
    share = (share / np.maximum(total[owners], 1e-6) * objects.weight[owners]).astype(np.float32)
    return Targets(coverage, negative, positive, cells, objects.boxes[owners], share, count)
