"""Labels crops that nobody has read: a teacher reads them, and its reading is kept where a numbering scheme agrees.

    python -m training.plates.teach MINE --scheme uic_short --scheme evn_traction

Fills the empty texts of MINE/crops.csv. A reading is kept if it obeys one of the schemes, check digit included, is the teacher's
own best path (no scheme had to bend it), and is stated with `--least`. The rest stays empty, for a person to read. Needs cargo.
"""

import argparse
import tempfile
from pathlib import Path

from .compare import decoded
from .labelled import labelled, write
from .network import PPOCR, Network
from .tensors import dump, of_crops

OBEYED = ("Passed", "None")  # a check digit that is right, or a scheme without one


def taught(folder, teacher, schemes, least):
    """Texts by file name."""
    crops = [crop for crop in labelled(folder) if not crop.text]
    if not crops:
        return {}
    with tempfile.TemporaryDirectory() as out:
        dump(Network(teacher), of_crops(crops), Path(out))
        rows = decoded([out], *(word for scheme in schemes for word in ("--scheme", scheme)))
    sure = [row for row in rows if row["level"] == "look" and row["scheme"] and row["validity"] in OBEYED and float(row["confidence"]) >= least]
    return {row["plate"]: row["all"] for row in sure if row["path"] == row["all"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("crops", type=Path, help="a folder with crops.csv")
    parser.add_argument("--teacher", type=Path, default=PPOCR)
    parser.add_argument("--scheme", action="append", required=True, help="that the site's numbers follow (docs/plates.md); may be repeated")
    parser.add_argument("--least", type=float, default=0.95, help="confidence")
    arguments = parser.parse_args()
    texts = taught(arguments.crops, arguments.teacher, arguments.scheme, arguments.least)
    crops = labelled(arguments.crops)
    unread = sum(not crop.text for crop in crops)
    write(arguments.crops, [(crop.file, crop.text or texts.get(crop.file, ""), crop.kind) for crop in crops])
    print(f"{len(crops)} crops, {unread} had no text, {len(texts)} of them have one now")


if __name__ == "__main__":
    main()
