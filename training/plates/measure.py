"""Measures a reader's model.onnx on made crops in fonts that it was not trained on; writes metrics.json beside it.

    python -m training.plates.measure --glyphs glyphs.npz

"fair": numbers of real schemes, nothing before them, at least 40 grey levels of contrast, blur below a thirtieth of the height.
"hard": night, strong noise, motion, codec quality 18 to 92, now and then something before the text. "hall": seen from above
and from the side in an upright box, body and handrails around; the height is about that of the text then. Exact share of the best path, separators aside, by height, script
and length; and the share of glyphs that are wrong.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..detector.measure import rounded, session
from .alphabet import greedy, unmarked
from .crops import Maker, net_input
from .fonts import load

FOLDER = Path(__file__).resolve().parents[2] / "models" / "trt" / "platereader"
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


def read(net, crop):
    tensor = net_input(crop.picture).transpose(2, 0, 1)[None].astype(np.float32) / np.float32(255)
    return greedy(net.run(None, {"input": tensor})[0][0].argmax(1).tolist())


def readings(net, fonts, kind, count):
    """(height, length, script, right, edits) of each crop, and the processor seconds spent."""
    maker, rows, spent = Maker(fonts, SEED, kind), [], 0.0
    for _ in tqdm(range(count), desc=kind, unit="crop"):
        crop = maker()
        start = time.process_time()
        text = unmarked(read(net, crop))
        spent += time.process_time() - start
        truth = unmarked(crop.shapes)
        script = "cyrillic" if crop.cyrillic else "digits" if truth.isdigit() else "latin"
        rows.append((crop.picture.shape[0], len(truth), script, text == truth, distance(text, truth)))
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
        f"{TALL}_px_and_more": {
            **{f"{low}_to_{high}_glyphs": share([row for row in tall if low <= row[1] <= high]) for low, high in LENGTHS},
            **{script: share([row for row in tall if row[2] == script]) for script in ("digits", "latin", "cyrillic")},
        },
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--glyphs", type=Path, required=True, help="made by training.plates.fonts")
    parser.add_argument("--crops", type=int, default=3000, help="of each kind")
    arguments = parser.parse_args()
    net, fonts = session(arguments.folder / "model.onnx"), load(arguments.glyphs, held_out=True)
    figures, spent = {}, 0.0
    for kind in KINDS:
        rows, seconds = readings(net, fonts, kind, arguments.crops)
        figures[kind] = table(rows)
        spent += seconds
    metrics = rounded({"figures": figures, "single_core": {"crop_ms": 1e3 * spent / (len(KINDS) * arguments.crops)}})
    (arguments.folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    print(json.dumps(metrics, indent=2))


if __name__ == "__main__":
    main()
