"""What a reader says of plates, as files for the examples `calibrate` and `decode` of `crates/plates`.

    python -m training.plates.tensors models/trt/platereader --glyphs glyphs.npz --out TENSORS           # synthetic plates
    python -m training.plates.tensors models/trt/platereader --clips tests/data/evaluation --out TENSORS # plates of a scenario
    python -m training.plates.tensors models/trt/platereader --labelled MINE --out TENSORS               # a folder with crops.csv

A plate is looked at several times: a synthetic one is painted once, and what differs is blur, noise and codec; of a scenario it is
what one machine shows one camera, cut by the true boxes once a second. `tensors.f32` holds the network's output for each look
(classes with the same label added up), `labels.txt` the labels, `looks.tsv` one line for each look: kind, plate, pixels of
height, text.
"""

import argparse
import json
import sys
from pathlib import Path

import cv2
from tqdm import tqdm

from .crops import Maker
from .fonts import load
from .labelled import labelled
from .network import Network

SEED = 777
TOLERANCE = 0.05  # seconds between a frame and the second that it is taken for
MARGIN = 0.08  # of a true box's height, on every side: a detector's box is not tighter


def made(glyphs, plates, looks, seed):
    fonts = load(glyphs, held_out=True)
    for kind in ("fair", "hard"):
        maker = Maker(fonts, [seed, looks], kind)
        for plate in range(plates):
            for crop in maker.looks(looks):
                yield kind, plate, crop.picture.shape[0], crop.text, crop.picture


def of_clips(folder):
    """The plates of a scenario: what a machine shows one camera."""
    numbers = {one["id"]: one["plate"] for line in read_lines(folder / "truth.jsonl") for one in line["locomotives"]}
    cameras = {}
    for line in read_lines(folder / "visible.jsonl"):
        cameras.setdefault(line["camera"], {})[line["t"]] = line["plates"]
    for camera, seconds in cameras.items():
        for t, frame in frames(folder / f"{camera}.mp4", seconds):
            for plate in seconds[t]:
                picture = cut(frame, plate["box"])
                if picture is not None:
                    yield folder.name, f"{camera} {plate['id']}", plate["height"], numbers[plate["id"]], picture


def frames(path, seconds):
    """The frames of a clip at these whole seconds, RGB, in order of time. A clip may lack some: its camera was dead."""
    clip = cv2.VideoCapture(str(path))
    wanted = sorted(seconds, reverse=True)
    while wanted and clip.grab():
        now = clip.get(cv2.CAP_PROP_POS_MSEC) / 1e3
        while wanted and wanted[-1] < now - TOLERANCE:
            wanted.pop()
        if wanted and abs(now - wanted[-1]) <= TOLERANCE:
            yield wanted.pop(), clip.retrieve()[1][..., ::-1]


def read_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def cut(frame, box):
    """A true box with its margin, inside the frame; None if next to nothing is left."""
    margin = MARGIN * (box[3] - box[1])
    x1, y1 = (max(0, round(low - margin)) for low in box[:2])
    x2, y2 = (min(size, round(high + margin)) for high, size in zip(box[2:], frame.shape[1::-1]))
    return frame[y1:y2, x1:x2] if x2 - x1 >= 4 and y2 - y1 >= 4 else None


def of_crops(crops):
    for crop in crops:
        yield crop.kind or "own", crop.file, crop.picture.shape[0], crop.text, crop.picture


def dump(network, looks, out):
    out.mkdir(parents=True, exist_ok=True)
    (out / "labels.txt").write_text("\n".join(network.labels) + "\n")
    with (out / "tensors.f32").open("wb") as tensors, (out / "looks.tsv").open("w") as lines:
        for kind, plate, height, text, picture in tqdm(looks, desc=network.name, unit="look", disable=not sys.stderr.isatty()):
            tensors.write(network.probabilities(picture).astype("<f4").tobytes())
            lines.write(f"{kind}\t{plate}\t{height}\t{text}\n")


def arguments_of_looks(parser):
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--glyphs", type=Path, help="made by training.plates.fonts")
    what.add_argument("--clips", type=Path, help="a scenario's folder, such as tests/data/evaluation")
    what.add_argument("--labelled", type=Path, help="a folder of crops with crops.csv")
    parser.add_argument("--plates", type=int, default=1000, help="synthetic ones of each kind")
    parser.add_argument("--looks", type=int, default=7, help="at each synthetic plate")
    parser.add_argument("--seed", type=int, default=SEED, help="of synthetic plates: another one for what is measured than for what is fitted")


def looks_of(arguments):
    """(kind, plate, pixels of height, text, picture) of every look."""
    if arguments.glyphs:
        return made(arguments.glyphs, arguments.plates, arguments.looks, arguments.seed)
    return of_clips(arguments.clips) if arguments.clips else of_crops(labelled(arguments.labelled))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    arguments_of_looks(parser)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    dump(Network(arguments.folder), looks_of(arguments), arguments.out)


if __name__ == "__main__":
    main()
