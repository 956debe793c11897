"""Trains the plate reader on crops that are made while it learns: none comes twice.

    python -m training.plates.train --glyphs glyphs.npz --checkpoints CKPT --until 5000000

Stops and resumes at any time: `--checkpoints` holds everything, the averaged weights included. The learning rate stays until
`--cool-down` of the way is left, so `--until` may be raised, or lowered to finish early, without harm. Without `--workers` one
core does everything; on a GPU give it all cores, making crops is what limits it.

    python -m training.plates.train --glyphs glyphs.npz --checkpoints CKPT --start models/trt/platereader --own MINE --until 20000

goes on from a shipped network, on own crops and synthetic ones in turn (training/README.md).
"""

import argparse
import math
import multiprocessing
import signal
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset, get_worker_info
from tqdm import tqdm

from ..learner import LAST_RATE, Learner
from .alphabet import BLANK, encode, greedy, unmarked
from .crops import TROUBLE, Maker, net_input
from .export import of_onnx
from .fonts import load
from .labelled import labelled
from .net import STEPS, Deployed, Reader

BATCH = 64  # of the validation, and of the training by default
RATE = 1.5e-3
WARM_UP = 300
WEIGHT_DECAY = 0.02
LARGEST_GRADIENT = 5.0
AVERAGING = 0.9995
FINE_RATE, FINE_WARM_UP = RATE / 5, 20  # for a network that has learnt
OWN_SHARE = 0.5  # of own crops, if there are any: with them alone rare views would be forgotten
EASY = 80_000  # crops until the hardest ones come as often as they ever will
VALIDATION_SEED = 77
VALIDATION_HEIGHTS = {"16-24": (16, 24), "24+": (24, 60)}


class Crops(IterableDataset):
    """(net input [32, 256, 3] as bytes, classes of its text), without end; `seen` is how many crops went before. Of `own` crops,
    if there are any, every second one is drawn, as another camera would have shown it."""

    def __init__(self, glyphs, seed, seen, trouble, easy=EASY, own=()):
        self.glyphs, self.seed, self.trouble, self.easy, self.own = glyphs, seed, trouble, easy, own
        self.seen = multiprocessing.Value("q", seen)

    def __iter__(self):
        worker = get_worker_info()
        maker = Maker(load(self.glyphs, held_out=False), [self.seed, self.seen.value, worker.id if worker else 0])
        maker.trouble = self.trouble
        while True:
            maker.ease = max(0.0, 1 - self.seen.value / self.easy) if self.easy else 0.0
            if self.own and maker.chance(OWN_SHARE):
                crop = self.own[int(maker.rng.integers(len(self.own)))]
                yield net_input(maker.again(crop.picture)), encode(crop.text)
            else:
                crop = maker()
                yield net_input(crop.picture), encode(crop.text)


def together(crops):
    """A batch: pictures, all classes behind one another, how many belong to each picture."""
    pictures = torch.from_numpy(np.stack([picture for picture, _ in crops]))
    lengths = torch.tensor([len(classes) for _, classes in crops])
    return pictures, torch.tensor([k for _, classes in crops for k in classes]), lengths


def as_input(pictures, device):
    return pictures.to(device).permute(0, 3, 1, 2).float().div_(255)


class Training(Learner):
    def __init__(self, device):
        super().__init__(Reader, RATE, WEIGHT_DECAY, AVERAGING, LARGEST_GRADIENT)
        self.device = device
        self.net.to(device)

    def start(self, reader):
        """From a shipped network. Its normalisation is part of its weights and stays as it is."""
        self.net.load_state_dict(reader.state_dict())
        self.average.load_state_dict(reader.state_dict())
        self.net.eval()

    def learn(self, pictures, classes, lengths, rate):
        """One step. Returns the loss: nats per shape of the text."""
        with torch.autocast(self.device, torch.bfloat16):
            features = self.net.body(as_input(pictures, self.device))
        logits = self.net.head(features.float()).squeeze(2).transpose(1, 2)
        steps = torch.full((len(pictures),), STEPS)
        logs = logits.log_softmax(2).transpose(0, 1)
        loss = functional.ctc_loss(logs, classes.to(self.device), steps, lengths, BLANK, zero_infinity=True)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.descend(rate)
        self.pictures += len(pictures)
        return loss.item()


def learning_rate(progress, step, cool_down, peak=RATE, warm_up=WARM_UP):
    late = max(0.0, min(1.0, (progress - (1 - cool_down)) / cool_down))
    cosine = LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * late))
    return peak * cosine * min(1, (step + 1) / warm_up)


def validation(glyphs, crops):
    """Made once: for each kind and height so many crops in fonts that training never sees."""
    fonts = load(glyphs, held_out=True)
    sets = {}
    for kind in ("fair", "hard", "hall"):
        for name, heights in VALIDATION_HEIGHTS.items():
            maker = Maker(fonts, VALIDATION_SEED, kind, heights)
            sets[kind, name] = [maker() for _ in range(crops)]
    return sets


def validate(reader, sets):
    """Share of texts that the best path gets wholly right, separators aside."""
    deployed, figures = Deployed(reader).eval(), []
    for (kind, name), crops in sets.items():
        right = 0
        for first in range(0, len(crops), BATCH):
            some = crops[first : first + BATCH]
            pictures = torch.from_numpy(np.stack([net_input(crop.picture) for crop in some]))
            with torch.no_grad():
                best = deployed(as_input(pictures, "cpu")).argmax(2).tolist()
            right += sum(unmarked(greedy(path)) == unmarked(crop.shapes) for path, crop in zip(best, some))
        figures.append(f"{kind} {name} px {100 * right / len(crops):.1f} %")
    return ", ".join(figures)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glyphs", type=Path, required=True, help="made by training.plates.fonts")
    parser.add_argument("--checkpoints", type=Path, required=True)
    parser.add_argument("--until", type=int, required=True, metavar="CROPS", help="crops seen in all when the training is complete")
    parser.add_argument("--cool-down", type=float, default=0.25, metavar="SHARE", help="of the way, at its end, with a falling learning rate")
    parser.add_argument("--batch", type=int, default=BATCH, help="crops per step; 256 suits a GPU")
    parser.add_argument("--workers", type=int, default=0, help="processes that make crops; none: between the steps")
    parser.add_argument("--validate-every", type=float, default=10, metavar="MINUTES")
    parser.add_argument("--validation-crops", type=int, default=300, help="of each kind and height")
    parser.add_argument("--trouble", type=float, default=TROUBLE["train"], help="how often night, motion and noise are drawn, as a factor; 2 is the hard set's")
    parser.add_argument("--start", type=Path, metavar="FOLDER", help="a shipped reader to go on from, such as models/trt/platereader")
    parser.add_argument("--own", type=Path, metavar="FOLDER", help="own crops with crops.csv")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.checkpoints.mkdir(parents=True, exist_ok=True)
    checkpoint = arguments.checkpoints / "last.pt"
    stopping = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.append(True))
    cv2.setNumThreads(1)
    torch.manual_seed(arguments.seed)

    training = Training("cuda" if torch.cuda.is_available() else "cpu")
    peak, warm_up, easy = RATE, WARM_UP, EASY
    if arguments.start:
        training.start(of_onnx(arguments.start / "model.onnx"))
        peak, warm_up, easy = FINE_RATE, FINE_WARM_UP, 0
    if checkpoint.exists():
        training.restore(checkpoint)
    own = [crop for crop in labelled(arguments.own) if crop.text] if arguments.own else []
    crops = Crops(arguments.glyphs, arguments.seed, training.pictures, arguments.trouble, easy, own)
    batches = iter(DataLoader(crops, arguments.batch, collate_fn=together, num_workers=arguments.workers))
    sets = validation(arguments.glyphs, arguments.validation_crops)
    bar = tqdm(total=arguments.until, initial=training.pictures, unit="crop", unit_scale=True, mininterval=10)
    mean, validated, saved = None, training.seconds, training.seconds

    def validate_and_save():
        training.save(checkpoint)
        bar.write(f"{training.seconds / 60:6.1f} min  {training.pictures} crops  loss {mean:.3f}  {validate(training.average, sets)}")

    while training.pictures < arguments.until and not stopping:
        start = time.monotonic()
        rate = learning_rate(training.pictures / arguments.until, training.step, arguments.cool_down, peak, warm_up)
        loss = training.learn(*next(batches), rate)
        crops.seen.value = training.pictures
        training.seconds += time.monotonic() - start
        mean = loss if mean is None else mean + 0.01 * (loss - mean)
        bar.set_postfix_str(f"step {training.step}, loss {mean:.3f}, rate {rate:.1e}", refresh=False)
        bar.update(arguments.batch)
        if training.seconds - saved > 60:
            training.save(checkpoint)
            saved = training.seconds
        if training.seconds - validated > 60 * arguments.validate_every:
            validate_and_save()
            validated = training.seconds
    if mean is not None:
        validate_and_save()
    bar.close()


if __name__ == "__main__":
    main()
