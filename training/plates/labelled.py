"""Crops in a folder with what they show: pictures and `crops.csv` with the columns file and text; kind is optional.

    python -m training.plates.labelled --glyphs glyphs.npz --out FOLDER     # makes such a folder, in fonts held out

A line without text is a crop that nobody has read yet.
"""

import argparse
import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..detector.nvinfer import read_picture
from .alphabet import fold
from .crops import Maker, written_in_cyrillic
from .fonts import load

LIST = "crops.csv"
COLUMNS = ("file", "text", "kind")
QUALITY = 95


@dataclass
class Labelled:
    file: str
    picture: np.ndarray  # height x width x 3, RGB bytes
    text: str  # empty: unknown
    kind: str

    @property
    def shapes(self):
        return fold(self.text)

    @property
    def cyrillic(self):
        return written_in_cyrillic(self.text)


def labelled(folder):
    """The crops of a folder in the order of its list. Ends with a sentence if the list is none."""
    path = folder / LIST
    if not path.exists():
        sys.exit(f"{path} is missing: a table with the columns file and text")
    crops = []
    with path.open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            if not row.get("file") or row.get("text") is None:
                sys.exit(f"{path}:{number}: a line needs file and text, separated by a comma")
            try:
                fold(row["text"])
            except KeyError as sign:
                sys.exit(f"{path}:{number}: {row['text']!r} holds {sign}, which no plate has")
            crops.append(Labelled(row["file"], read_picture(folder / row["file"]), row["text"], row.get("kind") or ""))
    return crops


def write(folder, rows):
    """`rows`: file, text and kind of each crop."""
    with (folder / LIST).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glyphs", type=Path, required=True, help="made by training.plates.fonts")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kinds", nargs="+", default=["fair", "hard"])
    parser.add_argument("--crops", type=int, default=150, help="of each kind")
    parser.add_argument("--heights", type=int, nargs=2, default=(24, 60))
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--without-text", type=float, default=0.0, metavar="SHARE", help="leave the text of so many out")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    rng, fonts, rows = np.random.default_rng(arguments.seed), load(arguments.glyphs, held_out=True), []
    for kind in arguments.kinds:
        maker = Maker(fonts, arguments.seed, kind, tuple(arguments.heights))
        for index in range(arguments.crops):
            crop, name = maker(), f"{kind}-{index:04}.jpg"
            cv2.imwrite(str(arguments.out / name), crop.picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
            rows.append((name, "" if rng.random() < arguments.without_text else crop.text, kind))
    write(arguments.out, rows)


if __name__ == "__main__":
    main()
