"""Checkpoint -> the folder of a reader: model.onnx, labels.txt (one class a line), and config_infer.txt if there is none yet."""

import argparse
import shutil
from pathlib import Path

import onnx
import torch
from torch import nn

from .. import onnx_file
from .alphabet import ALPHABET
from .crops import NET_HEIGHT, NET_WIDTH
from .net import Deployed, Reader
from .network import OWN

OUTPUT = "prob"
CONFIG = "config_infer.txt"
BLANK_LABEL = "<blank>"


def load(checkpoint):
    """The averaged weights of a training checkpoint."""
    reader = Reader()
    reader.load_state_dict(torch.load(checkpoint, map_location="cpu")["ema"])
    return reader.eval()


def of_onnx(path):
    """A reader with the weights of an exported network. Normalisation was folded into the convolutions on export; it becomes the
    identity with their offsets."""
    graph = onnx.load(path).graph
    values = {one.name: torch.from_numpy(onnx.numpy_helper.to_array(one).copy()) for one in graph.initializer}
    exported = [[values[name] for name in node.input[1:]] for node in graph.node if node.op_type == "Conv"]
    reader = Reader()
    layers = [module for module in reader.modules() if isinstance(module, (nn.Conv2d, nn.BatchNorm2d))]
    convolutions = [layer for layer in layers if isinstance(layer, nn.Conv2d)]
    if [weight.shape for weight, _ in exported] != [layer.weight.shape for layer in convolutions]:
        raise ValueError(f"{path}: this network has another form than training.plates.net")
    with torch.no_grad():
        for convolution, (weight, offset) in zip(convolutions, exported):
            convolution.weight.copy_(weight)
            place = layers.index(convolution) + 1
            if convolution.bias is not None:
                convolution.bias.copy_(offset)
            else:
                layers[place].bias.copy_(offset)
                layers[place].running_var.fill_(1 - layers[place].eps)
    return reader.eval()


def export(reader, folder):
    example = torch.rand(2, 3, NET_HEIGHT, NET_WIDTH, generator=torch.Generator().manual_seed(0))
    onnx_file.export(Deployed(reader), example, folder / "model.onnx", (OUTPUT,))
    (folder / "labels.txt").write_text("\n".join([BLANK_LABEL, *ALPHABET]) + "\n")
    if not (folder / CONFIG).exists():
        shutil.copy(OWN / CONFIG, folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path, help="such as models/trt/platereader")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    export(load(arguments.checkpoint), arguments.folder)


if __name__ == "__main__":
    main()
