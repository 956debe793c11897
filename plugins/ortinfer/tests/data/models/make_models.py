# SPDX-License-Identifier: MIT OR Apache-2.0
"""Makes the tiny networks of ortinfer's tests; every output can be worked out by hand.

Run with a Python that has `onnx`: python make_models.py (writes beside itself; no randomness, the same bytes each time).
"""

from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

FOLDER = Path(__file__).parent
FLOAT = TensorProto.FLOAT
HEIGHT, WIDTH, STRIDE = 32, 64, 8
ROWS, COLUMNS = HEIGHT // STRIDE, WIDTH // STRIDE


def write(name, nodes, inputs, outputs, weights=()):
    graph = helper.make_graph(nodes, name, inputs, outputs, [numpy_helper.from_array(w, n) for n, w in weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    checker.check_model(model, full_check=True)
    save(model, FOLDER / f"{name}.onnx")


def value(name, shape, kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def one_by_one(rows, bias):
    """Weights of a 1x1 convolution: one row of factors per output channel."""
    weights = np.array(rows, np.float32)[:, :, None, None]
    return weights, np.array(bias, np.float32)


# Coverage of class 0 is the mean red of a cell, of class 1 its mean blue.
COVERAGE = one_by_one([[1, 0, 0], [0, 0, 1]], [0, 0])
# Distances: left and top 0.1 (3.5 px), right and bottom 0.1 plus the mean green, for both classes.
BOXES = one_by_one([[0, 0, 0], [0, 0, 0], [0, 1, 0], [0, 1, 0]] * 2, [0.1] * 8)


def detector(name, batch, coverage="output_cov", boxes="output_bbox", planes=8, size=(HEIGHT, WIDTH)):
    """Cells of 8x8 pixels: coverage and distances are sums of their mean colours."""
    cells = (ROWS, COLUMNS) if isinstance(size[0], int) else ("rows", "columns")
    write(
        name,
        [
            helper.make_node(
                "AveragePool", ["input"], ["cells"], kernel_shape=[STRIDE, STRIDE], strides=[STRIDE, STRIDE]
            ),
            helper.make_node("Conv", ["cells", "cw", "cb"], [coverage]),
            helper.make_node("Conv", ["cells", "bw", "bb"], [boxes]),
        ],
        [value("input", [batch, 3, *size])],
        [value(coverage, [batch, 2, *cells]), value(boxes, [batch, planes, *cells])],
        [("cw", COVERAGE[0]), ("cb", COVERAGE[1]), ("bw", BOXES[0][:planes]), ("bb", BOXES[1][:planes])],
    )


def classifier():
    """Two answers about a picture: its mean red, green, blue; and (its mean of all, 1 - that)."""
    brightness = one_by_one([[1 / 3] * 3, [-1 / 3] * 3], [0, 1])
    write(
        "classifier",
        [
            helper.make_node("GlobalAveragePool", ["input"], ["mean"]),
            helper.make_node("Flatten", ["mean"], ["color"]),
            helper.make_node("Conv", ["mean", "w", "b"], ["brightness"]),
        ],
        [value("input", ["N", 3, 16, 16])],
        [value("color", ["N", 3]), value("brightness", ["N", 2, 1, 1])],
        [("w", brightness[0]), ("b", brightness[1])],
    )


def unfit():
    """Networks that must be refused."""
    both = [value("a", ["N", 3, 8, 8]), value("b", ["N", 3, 8, 8])]
    write("two_inputs", [helper.make_node("Add", ["a", "b"], ["sum"])], both, [value("sum", ["N", 3, 8, 8])])
    write(
        "bytes",
        [helper.make_node("Cast", ["input"], ["out"], to=FLOAT)],
        [value("input", ["N", 3, 8, 8], TensorProto.UINT8)],
        [value("out", ["N", 3, 8, 8])],
    )
    write(
        "integers_out",
        [helper.make_node("Cast", ["input"], ["out"], to=TensorProto.INT64)],
        [value("input", ["N", 3, 8, 8])],
        [value("out", ["N", 3, 8, 8], TensorProto.INT64)],
    )
    write(
        "channels_last",
        [helper.make_node("Relu", ["input"], ["out"])],
        [value("input", ["N", 8, 8, 3])],
        [value("out", ["N", 8, 8, 3])],
    )


detector("detector", "N")
detector("detector_batch2", 2)
detector("open_size", "N", size=("H", "W"))
detector("foreign_names", "N", coverage="scores", boxes="corners")
detector("few_planes", "N", planes=4)
classifier()
unfit()
