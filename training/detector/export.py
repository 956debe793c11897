"""Checkpoint -> model.onnx for nvinfer and ONNX Runtime: opset 13, batch axis free, batch norm folded."""

import argparse
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from .net import NET_HEIGHT, NET_WIDTH, Deployed, Detector

OPSET = 13
TOLERANCE = 1e-4
OUTPUTS = ("output_cov", "output_bbox")


def load(checkpoint):
    """The averaged weights of a training checkpoint."""
    detector = Detector()
    detector.load_state_dict(torch.load(checkpoint, map_location="cpu")["ema"])
    return detector.eval()


def export(detector, path):
    deployed = Deployed(detector).eval()
    example = torch.rand(2, 3, NET_HEIGHT, NET_WIDTH, generator=torch.Generator().manual_seed(0))
    torch.onnx.export(
        deployed,
        example,
        str(path),
        opset_version=OPSET,
        input_names=["input"],
        output_names=list(OUTPUTS),
        dynamic_axes={name: {0: "batch"} for name in ("input", *OUTPUTS)},
        dynamo=False,
    )
    check(deployed, path, example)


def check(deployed, path, example):
    model = onnx.load(path)
    onnx.checker.check_model(model)
    operations = {node.op_type for node in model.graph.node}
    if "BatchNormalization" in operations:
        raise ValueError(f"{path}: batch normalisation is not folded")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = deployed(example)
    for name, wanted, got in zip(OUTPUTS, expected, session.run(OUTPUTS, {"input": example.numpy()})):
        difference = float(np.abs(wanted.numpy() - got).max())
        print(f"{name} {list(got.shape)}: ONNX Runtime differs from PyTorch by at most {difference:.1e}")
        if difference > TOLERANCE:
            raise ValueError(f"{path}: {name} differs by {difference}")
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, operations {' '.join(sorted(operations))}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("model", type=Path)
    arguments = parser.parse_args()
    export(load(arguments.checkpoint), arguments.model)


if __name__ == "__main__":
    main()
