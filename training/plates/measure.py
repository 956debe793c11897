"""Measures readers on synthetic crops in fonts that ours was not trained on; writes metrics.json into each folder, prints a table of all.

    python -m training.plates.measure models/trt/platereader models/trt/platereader-ppocr --glyphs glyphs.npz
    python -m training.plates.measure --check                           # the committed crops alone, no fonts needed
    python -m training.plates.measure FOLDER... --labelled MINE         # own crops, see training/README.md

"fair": numbers of real schemes, nothing before them, at least 40 grey levels of contrast, blur below a thirtieth of the height.
"hard": night, strong noise, motion, codec quality 18 to 92, now and then something before the text. "hall": seen from above
and from the side in an upright box, body and handrails around; the height is about that of the text then. Exact share of the
best path, separators aside, by height, script and length; and the share of glyphs that are wrong.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..detector.measure import differences, rounded
from .alphabet import unmarked
from .crops import Maker
from .fonts import load
from .labelled import labelled
from .network import OWN, Network

VALIDATION = Path(__file__).resolve().parent / "validation"
SEED = 4242
KINDS = ("fair", "hard", "hall")
HEIGHTS = ((12, 16), (16, 24), (24, 36), (36, 60))
LENGTHS = ((1, 4), (5, 6), (7, 8), (9, 11), (12, 22))
LONGEST = 11  # glyphs; longer lines shrink in the net frame and are told apart
TALL = 24


def distance(a, b):
    """Edits between two texts."""
    row = np.arange(len(b) + 1)
    for sign in a:
        before, row[0] = row[0], row[0] + 1
        for j, other in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (sign != other))
    return int(row[-1])


def made(glyphs, kind, count):
    maker = Maker(load(glyphs, held_out=True), SEED, kind)
    return (maker() for _ in range(count))


def readings(networks, crops, name, count):
    """For each network (height, length, script, right, edits) of each crop, and the processor seconds spent."""
    rows, spent = [[] for _ in networks], [0.0 for _ in networks]
    for crop in tqdm(crops, desc=name, unit="crop", total=count, disable=not sys.stderr.isatty()):
        truth = unmarked(crop.shapes)
        script = "cyrillic" if crop.cyrillic else "digits" if truth.isdigit() else "latin"
        for index, network in enumerate(networks):
            start = time.process_time()
            text = network.read(crop.picture)
            spent[index] += time.process_time() - start
            rows[index].append((crop.picture.shape[0], len(truth), script, text == truth, distance(text, truth)))
    return rows, spent


def share(rows):
    """Exact share and glyph error rate, with how many crops they rest on."""
    if not rows:
        return {"n": 0}
    edits, glyphs = sum(row[4] for row in rows), sum(row[1] for row in rows)
    return {"n": len(rows), "exact": sum(row[3] for row in rows) / len(rows), "glyph_errors": edits / glyphs}


def table(rows):
    short = [row for row in rows if row[1] <= LONGEST]
    tall = [row for row in rows if row[0] >= TALL]
    return {
        f"up_to_{LONGEST}_glyphs": {
            f"{TALL}_px_and_more": share([row for row in short if row[0] >= TALL]),
            **{f"{low}_to_{high}_px": share([row for row in short if low <= row[0] < high]) for low, high in HEIGHTS},
        },
        f"up_to_{LONGEST}_glyphs_no_cyrillic": {f"{TALL}_px_and_more": share([row for row in short if row[0] >= TALL and row[2] != "cyrillic"])},
        f"{TALL}_px_and_more": {
            **{f"{low}_to_{high}_glyphs": share([row for row in tall if low <= row[1] <= high]) for low, high in LENGTHS},
            **{script: share([row for row in tall if row[2] == script]) for script in ("digits", "latin", "cyrillic")},
        },
    }


def print_beside(names, tables):
    """The tables of all networks as one, in Markdown: kind and subset down, networks across, exact share in percent."""
    print(f"\n| exact, % | n | {' | '.join(names)} |\n|---|--:|{'--:|' * len(names)}")
    for kind in tables[0]:
        for group, subsets in tables[0][kind].items():
            for subset, first in subsets.items():
                if first["n"]:
                    shares = " | ".join(f"{100 * table[kind][group][subset]['exact']:.1f}" for table in tables)
                    print(f"| {' '.join((kind, group, subset)).replace('_', ' ')} | {first['n']} | {shares} |")


def on_labelled(networks, folder):
    """Of the crops of a folder: for each network the share of all, and of each kind that the list tells apart."""
    crops = [crop for crop in labelled(folder) if crop.text]
    rows, _ = readings(networks, crops, folder.name, len(crops))
    kinds = [crop.kind for crop in crops]
    return [
        {"all": share(own), **{kind: share([row for row, k in zip(own, kinds) if k == kind]) for kind in sorted(set(kinds)) if kind}} for own in rows
    ]


def on_made(networks, glyphs, count):
    """All figures of each network, with the milliseconds that a crop takes on one core."""
    figures, spent = [{} for _ in networks], np.zeros(len(networks))
    for kind in KINDS:
        rows, seconds = readings(networks, made(glyphs, kind, count), kind, count)
        spent += seconds
        for own, of_kind in zip(figures, rows):
            own[kind] = table(of_kind)
    return figures, 1e3 * spent / (len(KINDS) * count)


def check(folder, measured):
    path = folder / "metrics.json"
    wrong = differences(json.loads(path.read_text())["validation"], rounded(measured))
    if wrong:
        sys.exit("\n".join([f"{path} is not what was measured:", *wrong]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="*", default=[OWN], help="of models/trt, our own if none is named")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--glyphs", type=Path, help="made by training.plates.fonts")
    what.add_argument("--labelled", type=Path, help="a folder of crops with crops.csv")
    what.add_argument("--check", action="store_true", help="read the committed crops and compare with the committed metrics.json")
    parser.add_argument("--crops", type=int, default=3000, help="of each kind")
    arguments = parser.parse_args()
    networks = [Network(folder) for folder in arguments.folders]
    if not arguments.glyphs:
        for folder, measured in zip(arguments.folders, on_labelled(networks, arguments.labelled or VALIDATION)):
            print(json.dumps({folder.name: rounded(measured)}, indent=2))
            if arguments.check:
                check(folder, measured)
        return
    tables, times = on_made(networks, arguments.glyphs, arguments.crops)
    for folder, figures, ms, validation in zip(arguments.folders, tables, times, on_labelled(networks, VALIDATION)):
        metrics = rounded({"figures": figures, "validation": validation, "single_core": {"crop_ms": float(ms)}})
        (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    print_beside([network.name for network in networks], tables)


if __name__ == "__main__":
    main()
