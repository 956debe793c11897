"""Checkpoint -> model.onnx for nvinfer and ONNX Runtime."""

import argparse
from pathlib import Path

import torch

from .. import onnx_file
from .frame import NET_HEIGHT, NET_WIDTH
from .net import Deployed, Detector

OUTPUTS = ("output_cov", "output_bbox")


def load(checkpoint):
    """The averaged weights of a training checkpoint."""
    detector = Detector()
    detector.load_state_dict(torch.load(checkpoint, map_location="cpu")["ema"])
    return detector.eval()


def export(detector, path):
    example = torch.rand(2, 3, NET_HEIGHT, NET_WIDTH, generator=torch.Generator().manual_seed(0))
    onnx_file.export(Deployed(detector), example, path, OUTPUTS)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("model", type=Path)
    arguments = parser.parse_args()
    export(load(arguments.checkpoint), arguments.model)


if __name__ == "__main__":
    main()
