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
