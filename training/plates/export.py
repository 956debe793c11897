"""Checkpoint -> the folder of a reader: model.onnx and labels.txt, one class a line."""

import argparse
from pathlib import Path

import torch

from .. import onnx_file
from .alphabet import ALPHABET
from .crops import NET_HEIGHT, NET_WIDTH
from .net import Deployed, Reader

OUTPUT = "prob"
BLANK_LABEL = "<blank>"


def load(checkpoint):
    """The averaged weights of a training checkpoint."""
    reader = Reader()
    reader.load_state_dict(torch.load(checkpoint, map_location="cpu")["ema"])
    return reader.eval()


def export(reader, folder):
    example = torch.rand(2, 3, NET_HEIGHT, NET_WIDTH, generator=torch.Generator().manual_seed(0))
    onnx_file.export(Deployed(reader), example, folder / "model.onnx", (OUTPUT,))
    (folder / "labels.txt").write_text("\n".join([BLANK_LABEL, *ALPHABET]) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path, help="such as models/trt/platereader")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    export(load(arguments.checkpoint), arguments.folder)


if __name__ == "__main__":
    main()
