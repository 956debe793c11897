"""Checkpoint -> the classifier's folder: model.onnx and labels.txt, one line."""

import argparse
from pathlib import Path

import torch

from .. import onnx_file
from .crops import LABELS, NET_HEIGHT, NET_WIDTH
from .net import Classifier, Deployed

OUTPUT = "prob"


def load(checkpoint):
    """The averaged weights of a training checkpoint."""
    classifier = Classifier()
    classifier.load_state_dict(torch.load(checkpoint, map_location="cpu")["ema"])
    return classifier.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path, help="such as models/trt/locomodel")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    example = torch.rand(2, 3, NET_HEIGHT, NET_WIDTH, generator=torch.Generator().manual_seed(0))
    onnx_file.export(Deployed(load(arguments.checkpoint)), example, arguments.folder / "model.onnx", (OUTPUT,))
    (arguments.folder / "labels.txt").write_text(";".join(LABELS) + "\n")


if __name__ == "__main__":
    main()
