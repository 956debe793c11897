"""PyTorch network -> ONNX file that TensorRT 8.6 to 11, nvinfer and ONNX Runtime read; checked against PyTorch."""

import numpy as np
import onnx
import onnxruntime
import torch

OPSET = 13
TOLERANCE = 1e-4


def export(deployed, example, path, outputs):
    """Writes `path`: input `input`, the outputs as named, the batch axis free, batch norm folded."""
    deployed.eval()
    torch.onnx.export(
        deployed,
        example,
        str(path),
        opset_version=OPSET,
        input_names=["input"],
        output_names=list(outputs),
        dynamic_axes={name: {0: "batch"} for name in ("input", *outputs)},
        dynamo=False,
    )
    check(deployed, path, example, outputs)


def check(deployed, path, example, outputs):
    model = onnx.load(path)
    onnx.checker.check_model(model)
    operations = {node.op_type for node in model.graph.node}
    if "BatchNormalization" in operations:
        raise ValueError(f"{path}: batch normalisation is not folded")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = deployed(example)
    expected = (expected,) if len(outputs) == 1 else expected
    for name, wanted, got in zip(outputs, expected, session.run(outputs, {"input": example.numpy()})):
        difference = float(np.abs(wanted.numpy() - got).max())
        print(f"{name} {list(got.shape)}: ONNX Runtime differs from PyTorch by at most {difference:.1e}")
        if difference > TOLERANCE:
            raise ValueError(f"{path}: {name} differs by {difference}")
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, operations {' '.join(sorted(operations))}")
