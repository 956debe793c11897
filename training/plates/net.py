"""The reader: convolutions, the height folded into channels, a look to both sides, one class per 4 pixels. CTC reads the rest.

Only operations that every TensorRT since version 8 knows: Conv, Relu, Add, Squeeze, Transpose, Softmax.
"""

import torch
from torch import nn

from .alphabet import BLANK, CLASSES
from .crops import NET_HEIGHT, NET_WIDTH

STEPS = NET_WIDTH // 4
BLANK_BIAS = 1.0  # an untrained reader says nothing; too much of it lengthens CTC's dumb beginning


def conv(inputs, outputs, stride=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
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


class Aside(nn.Module):
    """What stands to the left and to the right: 9 steps of every channel alone, then all channels of a step."""

    def __init__(self, channels):
        super().__init__()
        self.along = nn.Sequential(
            nn.Conv2d(channels, channels, (1, 9), padding=(0, 4), groups=channels, bias=False), nn.BatchNorm2d(channels)
        )
        self.across = nn.Sequential(nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        return torch.relu(x + self.across(torch.relu(self.along(x))))


class Reader(nn.Module):
    """RGB [N, 3, 32, 256] in 0..1 -> logits [N, STEPS, CLASSES]."""

    def __init__(self, widths=(32, 64, 128, 208), asides=3):
        super().__init__()
        a, b, c, d = widths
        self.body = nn.Sequential(
            conv(3, a, 2), Residual(a),  # 16 x 128
            conv(a, b, 2), Residual(b), Residual(b),  # 8 x 64
            conv(b, c, (2, 1)), Residual(c), Residual(c),  # 4 x 64
            nn.Conv2d(c, d, (NET_HEIGHT // 8, 1), bias=False), nn.BatchNorm2d(d), nn.ReLU(inplace=True),  # 1 x 64
            *(Aside(d) for _ in range(asides)),
        )  # fmt: skip
        self.head = nn.Conv2d(d, CLASSES, 1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out" if module.groups == 1 else "fan_in", nonlinearity="relu")
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)
        with torch.no_grad():
            self.head.bias[BLANK] = BLANK_BIAS

    def forward(self, pictures):
        return self.head(self.body(pictures)).squeeze(2).transpose(1, 2)


class Deployed(nn.Module):
    """The tensor that `platereader` decodes: `prob` [N, STEPS, CLASSES], probabilities, class 0 the blank."""

    def __init__(self, reader):
        super().__init__()
        self.reader = reader

    def forward(self, pictures):
        return torch.softmax(self.reader(pictures), 2)
