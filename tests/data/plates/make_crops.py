# SPDX-License-Identifier: MIT OR Apache-2.0
"""Makes the ten crops of plates in this folder, and crops.csv, which says what stands on each.

    python -m training.plates.fonts --out glyphs.npz
    python tests/data/plates/make_crops.py --glyphs glyphs.npz

The fonts are none that the reader was trained on. Six crops are fair, four hard (training/plates/crops.py says what that means);
among them are at least three in Cyrillic. The same fonts and seed make the same files.
"""

import argparse
import csv
import sys
from pathlib import Path

from PIL import Image

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[2]))

from training.plates.crops import Maker  # noqa: E402
from training.plates.fonts import load  # noqa: E402

SEED = 20261124
# Kind, Cyrillic, how many.
WANTED = (("fair", False, 4), ("fair", True, 2), ("hard", False, 3), ("hard", True, 1))
HEIGHTS = (24, 48)
LONGEST = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glyphs", type=Path, required=True, help="made by training.plates.fonts")
    fonts = load(parser.parse_args().glyphs, held_out=True)
    rows = []
    for index, (kind, cyrillic, count) in enumerate(WANTED):
        maker = Maker(fonts, [SEED, index], kind, heights=HEIGHTS)
        crops = (maker() for _ in iter(int, 1))
        of_a_scheme = (crop for crop in crops if crop.cyrillic == cyrillic and 5 <= len(crop.shapes) <= LONGEST)
        for crop, _ in zip(of_a_scheme, range(count), strict=False):
            # One in three as a camera's software would keep it.
            name = f"{len(rows) + 1:02}.{'jpg' if len(rows) % 3 == 2 else 'png'}"
            Image.fromarray(crop.picture).save(FOLDER / name, quality=90)
            rows.append((name, crop.text, kind))
    with (FOLDER / "crops.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("file", "text", "kind"), *rows])


if __name__ == "__main__":
    main()
