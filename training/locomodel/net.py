"""The network: residual stages of ReLU convolutions, mean over the picture, one line of classes."""

import torch
from torch import nn

from .crops import LABELS

WIDTHS = (16, 32, 64, 96, 128)  # of the stages, each at half the size of the one before


def convolution(inputs, outputs, stride=1, size=3):
    return nn.Sequential(nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs))


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.body = nn.Sequential(convolution(inputs, outputs, 2), nn.ReLU(), convolution(outputs, outputs))
        self.shortcut = convolution(inputs, outputs, 2, 1)

    def forward(self, x):
        return torch.relu(self.body(x) + self.shortcut(x))


class Classifier(nn.Module):
    """N x 3 x 128 x 96, values 0 to 1, to N x K logits."""

    def __init__(self):
        super().__init__()
        stem = nn.Sequential(convolution(3, WIDTHS[0], 2), nn.ReLU())
        self.stages = nn.Sequential(stem, *(Block(a, b) for a, b in zip(WIDTHS, WIDTHS[1:])))
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(WIDTHS[-1], len(LABELS)))

    def forward(self, x):
        return self.head(self.stages(x).mean((2, 3)))


class Deployed(nn.Module):
    """What is exported: probabilities."""

    def __init__(self, classifier):
        super().__init__()
        self.classifier = classifier

    def forward(self, x):
        return torch.softmax(self.classifier(x), 1)
