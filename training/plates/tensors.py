"""What a reader says of made plates, as files for `cargo run --release -p roundhouse-plates --example calibrate`.

    python -m training.plates.tensors models/trt/platereader --glyphs glyphs.npz --out tensors

Every plate is painted once and looked at several times, as a standing machine is: what differs is blur, noise and codec.
`tensors.f32` holds the network's output for each look, `looks.tsv` one line for each: kind, plate, pixels of height, text.
"""

import argparse
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..detector.measure import session
from .crops import Maker, net_input
from .fonts import load

SEED = 777


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--glyphs", type=Path, required=True, help="made by training.plates.fonts")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--plates", type=int, default=1000, help="of each kind")
    parser.add_argument("--looks", type=int, default=7)
    parser.add_argument("--seed", type=int, default=SEED, help="another one for what is measured than for what is fitted")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    net, fonts = session(arguments.folder / "model.onnx"), load(arguments.glyphs, held_out=True)
    with (arguments.out / "tensors.f32").open("wb") as tensors, (arguments.out / "looks.tsv").open("w") as lines:
        for kind in ("fair", "hard"):
            maker = Maker(fonts, [arguments.seed, arguments.looks], kind)
            for plate in tqdm(range(arguments.plates), desc=kind, unit="plate"):
                for crop in maker.looks(arguments.looks):
                    pixels = net_input(crop.picture).transpose(2, 0, 1)[None].astype(np.float32) / np.float32(255)
                    tensors.write(net.run(None, {"input": pixels})[0].astype("<f4").tobytes())
                    lines.write(f"{kind}\t{plate}\t{crop.picture.shape[0]}\t{crop.text}\n")


if __name__ == "__main__":
    main()


def read_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def cut(frame, box):
    """A true box with its margin, inside the frame; None if next to nothing is left."""
    margin = MARGIN * (box[3] - box[1])
    x1, y1 = (max(0, round(low - margin)) for low in box[:2])
    x2, y2 = (min(size, round(high + margin)) for high, size in zip(box[2:], frame.shape[1::-1]))
    return frame[y1:y2, x1:x2] if x2 - x1 >= 4 and y2 - y1 >= 4 else None


def of_folder(folder):
    for crop in labelled(folder):
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
    parser.add_argument("--plates", type=int, default=1000, help="made ones of each kind")
    parser.add_argument("--looks", type=int, default=7, help="at each made plate")
    parser.add_argument("--seed", type=int, default=SEED, help="of made plates: another one for what is measured than for what is fitted")


def looks_of(arguments):
    """(kind, plate, pixels of height, text, picture) of every look."""
    if arguments.glyphs:
        return made(arguments.glyphs, arguments.plates, arguments.looks, arguments.seed)
    return of_clips(arguments.clips) if arguments.clips else of_folder(arguments.labelled)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    arguments_of_looks(parser)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    dump(Network(arguments.folder), looks_of(arguments), arguments.out)


if __name__ == "__main__":
    main()
