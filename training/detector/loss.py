"""Coverage: focal cross-entropy against a soft bell. Boxes: GIoU and the edges' errors in shares of the box."""

import numpy as np
import torch
from torch.nn import functional

from .frame import CLASSES, STRIDE

GIOU_WEIGHT = 1.0
EDGE_WEIGHT = 2.0
# The bottom edge carries the position along the track.
EDGES = (1.0, 1.0, 1.0, 2.0)
STEEP = 0.02  # share of the box below which the edge loss turns from straight to square


def detector_loss(logits, distances, batch):
    """`batch` is one Targets per picture. Returns coverage and box loss per object."""

    def stacked(name):
        return torch.from_numpy(np.stack([getattr(t, name) for t in batch]))

    objects = max(1, sum(t.objects for t in batch))
    return (
        coverage_loss(logits, stacked("coverage"), stacked("negative"), stacked("positive")) / objects,
        box_loss(distances, batch) / objects,
    )


def coverage_loss(logits, target, negative, positive):
    p = torch.sigmoid(logits)
    error = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    wanted = positive * ((target - p).detach().abs() + 0.25)
    return (error * (wanted + negative * p.detach() ** 2)).sum()


def box_loss(distances, batch):
    cells = np.concatenate([np.insert(t.cells, 0, n, axis=1) for n, t in enumerate(batch)])
    if len(cells) == 0:
        return distances.sum() * 0
    picture, c, row, column = torch.from_numpy(cells.T)
    n, _, rows, columns = distances.shape
    mine = distances.view(n, len(CLASSES), 4, rows, columns)[picture, c, :, row, column]
    target = torch.from_numpy(np.concatenate([t.boxes for t in batch]))
    share = torch.from_numpy(np.concatenate([t.share for t in batch]))
    centre = torch.stack([(column + 0.5) * STRIDE, (row + 0.5) * STRIDE], 1)
    box = torch.cat([centre - mine[:, :2], centre + mine[:, 2:]], 1)
    size = (target[:, 2:] - target[:, :2]).clamp(min=STRIDE).repeat(1, 2)
    edges = functional.smooth_l1_loss(box / size, target / size, beta=STEEP, reduction="none")
    edges = (edges * torch.tensor(EDGES)).sum(1)
    return (share * (GIOU_WEIGHT * (1 - giou(box, target)) + EDGE_WEIGHT * edges)).sum()


def giou(a, b):
    def area(x):
        return (x[:, 2:] - x[:, :2]).clamp(min=0).prod(1)

    common = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0).prod(1)
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(1)
    union = area(a) + area(b) - common
    return common / union.clamp(min=1e-6) - (hull - union) / hull.clamp(min=1e-6)
