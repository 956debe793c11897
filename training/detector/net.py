"""The detector: a small residual network with one output grid at stride 8.

`Detector` speaks in logits and in distances from the true cell centre, which is what the loss wants.
`Deployed` wraps it for nvinfer's built-in parser: probabilities, and distances from the parser's anchor divided by 35.
Only operations that every TensorRT since version 8 knows: Conv, Relu, MaxPool, nearest Resize, Concat, Add, Mul, Exp, Clip, Sigmoid.
"""

import math

import torch
from torch import nn

from .frame import CLASSES, STRIDE

PARSER_NORM = 35.0  # constant of nvinfer's built-in detector parser
ANCHOR_SHIFT = STRIDE / 2 - 0.5  # true cell centre (i + 0.5) * stride minus the parser's anchor i * stride + 0.5
LARGEST_EXPONENT = 5.2  # exp(5.2) * 8 px = 1450 px, more than any frame
PRIOR = 0.01  # probability that an untrained cell reports


def conv(inputs, outputs, size=3, stride=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, (size - 1) // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first = conv(channels, channels)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        return torch.relu(x + self.second(self.first(x)))


def stage(inputs, outputs, blocks):
    """Halves the grid, then looks around `blocks` times."""
    return nn.Sequential(conv(inputs, outputs, 3, 2), *(Residual(outputs) for _ in range(blocks)))


class Pyramid(nn.Module):
    """Three chained poolings: one cell of the coarsest grid sees most of the frame."""

    def __init__(self, channels):
        super().__init__()
        self.reduce = conv(channels, channels // 2, 1)
        self.pool = nn.MaxPool2d(5, 1, 2)
        self.merge = conv(channels * 2, channels, 1)

    def forward(self, x):
        a = self.reduce(x)
        b = self.pool(a)
        c = self.pool(b)
        return self.merge(torch.cat((a, b, c, self.pool(c)), 1))


class Detector(nn.Module):
    def __init__(self, classes=len(CLASSES), neck=64):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 32, 6, 4, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU(inplace=True))
        self.stage8 = stage(32, 48, 2)
        self.stage16 = stage(48, 96, 3)
        self.stage32 = nn.Sequential(stage(96, 128, 2), Pyramid(128))
        self.lateral8 = conv(48, neck, 1)
        self.lateral16 = conv(96, neck, 1)
        self.lateral32 = conv(128, neck, 1)
        self.smooth16 = conv(neck, neck)
        self.enlarge = nn.Upsample(scale_factor=2.0, mode="nearest")
        self.trunk = conv(neck, neck)
        self.towers = nn.ModuleList((conv(neck, neck // 2), conv(neck, neck)))
        self.coverage = nn.Conv2d(neck // 2, classes, 1)
        # Four planes for every class: a plate sits in the middle of an end and both claim the same cells.
        self.boxes = nn.Conv2d(neck, 4 * classes, 1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        for last in (self.coverage, self.boxes):
            nn.init.normal_(last.weight, std=0.01)
        nn.init.constant_(self.coverage.bias, math.log(PRIOR / (1 - PRIOR)))
        nn.init.constant_(self.boxes.bias, 1.5)

    def features(self, pictures):
        """The costly part, fit for bfloat16: features for the coverage and for the boxes."""
        at8 = self.stage8(self.stem(pictures))
        at16 = self.stage16(at8)
        at32 = self.stage32(at16)
        at16 = self.smooth16(self.lateral16(at16) + self.enlarge(self.lateral32(at32)))
        x = self.trunk(self.lateral8(at8) + self.enlarge(at16))
        return self.towers[0](x), self.towers[1](x)

    def predict(self, for_coverage, for_boxes):
        """The last layers, where bfloat16 would cost a percent of every distance."""
        distances = torch.exp(torch.clamp(self.boxes(for_boxes), max=LARGEST_EXPONENT)) * STRIDE
        return self.coverage(for_coverage), distances

    def forward(self, pictures):
        """`pictures` is N x 3 x H x W in 0..1. Gives coverage logits [N, C, h, w] and distances left, top, right,
        bottom in pixels [N, 4C, h, w]."""
        return self.predict(*self.features(pictures))


class Deployed(nn.Module):
    """The tensors that nvinfer's built-in parser reads: `output_cov` and `output_bbox`."""

    def __init__(self, detector):
        super().__init__()
        self.detector = detector
        classes = detector.coverage.out_channels
        shift = torch.tensor([-ANCHOR_SHIFT, -ANCHOR_SHIFT, ANCHOR_SHIFT, ANCHOR_SHIFT]) / PARSER_NORM
        self.register_buffer("shift", shift.repeat(classes).view(1, 4 * classes, 1, 1))

    def forward(self, pictures):
        logits, distances = self.detector(pictures)
        return torch.sigmoid(logits), distances * (1.0 / PARSER_NORM) + self.shift
