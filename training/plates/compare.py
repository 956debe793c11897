"""Readers with the numbering schemes: (a) our own, (b) PP-OCR, and both together, as `crates/plates` decodes them; prints tables.

    python -m training.plates.compare --clips tests/data/evaluation     # the plates of a scenario, cut by their true boxes
    python -m training.plates.compare --glyphs glyphs.npz               # synthetic plates, fonts not trained on

Exact share in percent: along the best path, with all shipped schemes, and with the scheme of the true number given; of single
looks, and of all looks at a plate voted over. "Both" adds the readers' log-probabilities and has no best path. Needs cargo.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

from .network import MODELS, OWN, PPOCR, Network
from .tensors import arguments_of_looks, dump, looks_of

HEIGHTS = ((8, 12), (12, 16), (16, 20), (20, 24))
TALL = 24
LONGEST = 11
DECODE = ("cargo", "run", "--release", "--quiet", "--locked", "-p", "roundhouse-plates", "--example", "decode", "--")
COLUMNS = ("level", "kind", "plate", "height", "truth", "wanted", "path", "all", "scheme", "validity", "confidence", "given")
READINGS = ("path", "all", "given")  # columns that are compared with the truth


def decoded(folders, *options):
    """What the crate makes of the tensors of one reader or several: a dictionary for every look and every plate."""
    command = [*DECODE, *options, *map(str, folders)]
    lines = subprocess.run(command, cwd=MODELS.parents[1], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    rows = [dict(zip(COLUMNS, line.split("\t"))) for line in lines]
    for row in rows:
        row["height"] = float(row["height"])
    return rows


def exact(rows, column):
    return f"{100 * sum(row[column] == row['truth'] for row in rows) / len(rows):.1f}"


def of_readers(readings, keep):
    """The rows of each reader that are meant, of numbers that obey a shipped scheme."""
    return {name: [row for row in rows if row["wanted"] and keep(row)] for name, rows in readings.items()}


def subsets(readings):
    """Titles with the rows of each reader: single looks by kind and height, and whole plates."""
    for kind in dict.fromkeys(row["kind"] for row in readings["a"]):
        of_kind = {name: [row for row in rows if row["kind"] == kind] for name, rows in readings.items()}
        looks = of_readers(of_kind, lambda row: row["level"] == "look")
        tall = of_readers(looks, lambda row: row["height"] >= TALL and len(row["truth"]) <= LONGEST)
        yield f"{kind}, one look, {TALL} px and more, up to {LONGEST} glyphs", tall
        for low, high in HEIGHTS:
            yield f"{kind}, one look, {low} to {high} px", of_readers(looks, lambda row: low <= row["height"] < high)
        yield f"{kind}, all looks at a plate", of_readers(of_kind, lambda row: row["level"] == "plate")


def print_table(readings):
    """Subsets down; for each reader the best path, all schemes, the right one."""
    print("| exact, % | n |" + "".join(f" {name}: path | schemes | right scheme |" for name in readings))
    print("|---|--:|" + "--:|--:|--:|" * len(readings))
    for title, chosen in subsets(readings):
        if chosen["a"]:
            cells = ["" if (name, column) == ("both", "path") else exact(rows, column) for name, rows in chosen.items() for column in READINGS]
            print(f"| {title} | {len(chosen['a'])} | {' | '.join(cells)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments_of_looks(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outs = [Path(folder) / "a", Path(folder) / "b"]
        for model, out in zip((OWN, PPOCR), outs):
            dump(Network(model), looks_of(arguments), out)
        readings = {"a": decoded(outs[:1]), "b": decoded(outs[1:]), "both": decoded(outs)}
    print_table(readings)


if __name__ == "__main__":
    main()
