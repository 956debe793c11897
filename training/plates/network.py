"""A reader as it ships: a folder of models/trt with its configuration, network and labels, and what nvinfer does before it."""

import configparser
import sys
from pathlib import Path

import cv2
import numpy as np

from ..detector.measure import session
from ..detector.nvinfer import letterbox
from .alphabet import unmarked

MODELS = Path(__file__).resolve().parents[2] / "models" / "trt"
OWN, PPOCR = MODELS / "platereader", MODELS / "platereader-ppocr"
SILENT = ("<blank>", "#")  # what is no sign of a number: CTC's blank, and signs that no plate has
BGR = 1


class Network:
    """Reads crops. Classes with the same label are one: `labels` names each once, in the order of `probabilities`' columns."""

    def __init__(self, folder):
        self.name = folder.name
        file = configparser.ConfigParser(interpolation=None)
        file.read_string((folder / "config_infer.txt").read_text())
        net = file["property"]
        model = folder / net["onnx-file"]
        if not model.exists():
            sys.exit(f"{model} is missing: run scripts/setup.sh")
        self.session = session(model)
        self.input, self.output = self.session.get_inputs()[0].name, net["output-blob-names"]
        _, self.height, self.width = (int(n) for n in net["infer-dims"].split(";"))
        self.scale = np.float32(net.getfloat("net-scale-factor"))
        self.offsets = np.array([float(n) for n in net["offsets"].split(";")], np.float32)
        self.bgr = net.getint("model-color-format") == BGR
        classes = (folder / net["labelfile-path"]).read_text().splitlines()
        self.labels = list(dict.fromkeys(classes))
        place = {label: k for k, label in enumerate(self.labels)}
        merged = np.array([place[label] for label in classes])
        self.order = np.argsort(merged, kind="stable")
        self.firsts = np.searchsorted(merged[self.order], np.arange(len(self.labels)))

    def probabilities(self, picture):
        """RGB bytes -> [steps, labels]."""
        canvas = letterbox(picture, self.width, self.height, cv2.INTER_LINEAR)[0]
        if self.bgr:
            canvas = canvas[..., ::-1]
        tensor = ((canvas - self.offsets) * self.scale).transpose(2, 0, 1)[None]
        steps = self.session.run([self.output], {self.input: tensor})[0][0]
        return np.add.reduceat(steps[:, self.order], self.firsts, axis=1)

    def text(self, probabilities):
        """Along the best path, separators left out."""
        best = probabilities.argmax(1)
        begins = best[np.insert(best[1:] != best[:-1], 0, True)]
        return unmarked("".join(self.labels[k] for k in begins if self.labels[k] not in SILENT))

    def read(self, picture):
        return self.text(self.probabilities(picture))
