# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writes labels.txt: the class list inside model.onnx, each class as the shape that a running number would have there.

    python models/trt/platereader-ppocr/labels.py

Needs `onnxruntime`. Run it when setup.sh takes another version of the network.
"""

import unicodedata
from pathlib import Path

import onnxruntime

FOLDER = Path(__file__).parent
BLANK = "<blank>"
# No sign of a running number.
FOREIGN = "#"
# The signs of platereader's alphabet, and what divides them.
SHAPES = set("0123456789ABCDEFGHIJKLMNPQRSTUVWXYZБГДЖИЙЛПФЦЧШЩЫЭЮЯЬ")
SEPARATORS = set("-/ .,·()[]–—_:")
# Letters of other scripts that look like ours, small letters that no plate has and that are taken for a digit.
TWINS = dict(zip("АВЕЁЗКМНОРСТУХO" "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧΠΓΦΛ", "ABEE3KMH0PCTYX0" "ABEZHIKMN0PTYXПГФЛ", strict=True))
TWINS |= {"l": "1", "|": "1", "ı": "1"}


def shape(sign: str) -> str:
    """The shape of a sign of any script, the separator, or FOREIGN."""
    plain = unicodedata.normalize("NFKC", sign)
    upper = TWINS.get(plain) or TWINS.get(plain.upper(), plain.upper())
    if upper in SHAPES:
        return upper
    return "-" if plain in SEPARATORS else FOREIGN


def main() -> None:
    session = onnxruntime.InferenceSession(FOLDER / "model.onnx", providers=["CPUExecutionProvider"])
    signs = session.get_modelmeta().custom_metadata_map["character"].split("\n")
    # The blank stands before the list, the space after it.
    classes = [BLANK, *map(shape, signs), shape(" ")]
    width = session.get_outputs()[0].shape[-1]
    if len(classes) != width:
        raise SystemExit(f"{FOLDER}/model.onnx: {len(classes)} classes are listed, the output has {width}")
    (FOLDER / "labels.txt").write_text("\n".join(classes) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
