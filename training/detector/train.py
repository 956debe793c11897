"""Trains the detector. Stops and resumes at any time: `--checkpoints` holds everything, the averaged weights included.

The learning rate follows a cosine over `--steps`; with `--minutes` over training time instead, for machines whose speed
nobody knows beforehand. The first part of the way goes over frames of half the size: a quarter of the cost per picture.

Several processes of one thread each average their gradients. Against one process of as many threads this is a quarter
faster on an idle machine and four times as fast on one that compiles something meanwhile (measured on 2 cores).
"""

import argparse
import json
import math
import signal
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed
import torch.multiprocessing
from tqdm import tqdm

from ..learner import LAST_RATE, Learner
from .dataset import Batches, Folder
from .frame import NET_HEIGHT, NET_WIDTH, STRIDE
from .loss import detector_loss
from .measure import CONFIG, LOWEST_SCORE
from .metrics import Scene, summary
from .net import Deployed, Detector
from .nvinfer import Config, detections, preprocess, read_picture
from .targets import targets

BATCH = 6  # pictures per process and step
SMALL_BATCH = 12
RATE = 2e-3
WARM_UP = 200
WEIGHT_DECAY = 0.03
LARGEST_GRADIENT = 10.0
AVERAGING = 0.9985
BOX_WEIGHT = 1.0


class Training(Learner):
    """A detector that learns, its gradients shared with the other processes."""

    def __init__(self):
        super().__init__(Detector, RATE, WEIGHT_DECAY, AVERAGING, LARGEST_GRADIENT)

    def learn(self, frames, labels, rate, word):
        """One step. Returns coverage and box loss, and `word`, three numbers, of the first process (others send zeros)."""
        rows, columns = (n // STRIDE for n in frames.shape[1:3])
        batch = [targets(objects, rows, columns) for objects in labels]
        pictures = torch.from_numpy(frames).permute(0, 3, 1, 2).float().div_(255)
        with torch.autocast("cpu", torch.bfloat16):
            features = self.net.features(pictures)
        logits, distances = self.net.predict(*(x.float() for x in features))
        coverage, box = detector_loss(logits, distances, batch)
        self.optimiser.zero_grad(set_to_none=True)
        (coverage + BOX_WEIGHT * box).backward()
        word = self.share_gradients(word)
        self.descend(rate)
        self.pictures += len(frames) * torch.distributed.get_world_size()
        return coverage.item(), box.item(), word

    def share_gradients(self, word):
        parameters = list(self.net.parameters())
        flat = torch.cat([*(p.grad.flatten() for p in parameters), torch.tensor(word)])
        torch.distributed.all_reduce(flat)
        shared = flat[: -len(word)] / torch.distributed.get_world_size()
        for p, gradient in zip(parameters, shared.split([p.numel() for p in parameters])):
            p.grad.copy_(gradient.view_as(p))
        return flat[-len(word) :].tolist()


def learning_rate(progress, step):
    cosine = LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * min(1, progress)))
    return RATE * cosine * min(1, (step + 1) / WARM_UP)


def validate(detector, folder, pictures, config):
    """The figures of measure.py on the first pictures of a folder, through PyTorch."""
    lines = [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]
    lines = lines[:: max(1, len(lines) // pictures)][:pictures]
    deployed = Deployed(detector).eval()
    scenes = []
    for line in lines:
        picture = read_picture(folder / line["file"])
        tensor, ratio = preprocess(picture, config, NET_WIDTH, NET_HEIGHT)
        with torch.no_grad():
            coverage, boxes = (x[0].numpy() for x in deployed(torch.from_numpy(tensor)))
        size = picture.shape[1], picture.shape[0]
        found = detections(coverage, boxes, ratio, size, config, (NET_WIDTH, NET_HEIGHT), LOWEST_SCORE)
        scenes.append(Scene(line, [(config.labels[index], score, box) for index, score, box in found]))
    figures = summary(scenes, config.iou)
    ap = "  ".join(f"{name} {figures[name]['ap50']:.3f}" for name in ("ends", "head", "tail", "plate"))
    ends = figures["ends"]
    return (
        f"AP50 {ap}  bottom {ends['bottom_px_median']:.1f}/{ends['bottom_px_p90']:.1f} px"
        f"  metres {ends.get('metres_median', math.nan):.2f}/{ends.get('metres_p90', math.nan):.2f}"
    )


def work(rank, arguments, meeting):
    """One of `--processes`. The first one leads: it keeps the time, the averaged weights, the checkpoint and the log."""
    leads = rank == 0
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{meeting}", rank=rank, world_size=arguments.processes
    )
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    stopping = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.append(True))
    training = Training()
    checkpoint = arguments.checkpoints / "last.pt"
    if checkpoint.exists():
        training.restore(checkpoint)

    def progress():
        if arguments.steps:
            return training.step / arguments.steps
        return training.seconds / 60 / arguments.minutes

    position = progress()
    config = Config.read(CONFIG)
    folder = Folder(arguments.pictures, rank, arguments.processes)
    batches = Batches(
        folder,
        [arguments.seed, training.step, rank],
        lambda: (2, SMALL_BATCH) if position < arguments.small else (1, BATCH),
    )
    bar = tqdm(total=100.0, initial=100 * position, unit="%", mininterval=10, disable=not leads,
               bar_format="{l_bar}{bar:20}| {elapsed}<{remaining}{postfix}")  # fmt: skip
    means = np.zeros(2)
    validated = saved = training.seconds

    def validate_and_save():
        training.save(checkpoint)
        if arguments.validation:
            figures = validate(training.average, arguments.validation, arguments.validation_pictures, config)
            bar.write(f"{training.seconds / 60:6.1f} min  step {training.step}  {training.pictures} pictures  {figures}")

    while position < 1:
        start = time.monotonic()
        frames, labels = next(batches)
        word = [progress(), training.seconds, float(bool(stopping))] if leads else [0.0] * 3
        coverage, box, word = training.learn(frames, labels, learning_rate(position, training.step), word)
        position, seconds, stop = word
        if stop:
            break
        if not leads:
            training.seconds = seconds
            continue
        training.seconds += time.monotonic() - start
        means += (np.array([coverage, box]) - means) * (1 if training.step == 1 else 0.02)
        bar.n = min(100.0, 100 * position)
        bar.set_postfix_str(
            f"step {training.step}, {len(folder.files)} x {arguments.processes} distinct, {training.pictures} seen,"
            f" coverage {means[0]:.3f}, box {means[1]:.3f}",
            refresh=False,
        )
        bar.update(0)
        if training.seconds - saved > 60:
            training.save(checkpoint)
            saved = training.seconds
        if training.seconds - validated > 60 * arguments.validate_every:
            validate_and_save()
            validated = training.seconds
    if leads:
        validate_and_save()
    bar.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path, nargs="+", help="folders of training pictures; they may still grow")
    parser.add_argument("--validation", type=Path, help="folder of validation pictures, never trained on")
    parser.add_argument("--validate-every", type=float, default=10, metavar="MINUTES")
    parser.add_argument("--validation-pictures", type=int, default=100)
    parser.add_argument("--checkpoints", type=Path, required=True)
    bound = parser.add_mutually_exclusive_group(required=True)
    bound.add_argument("--steps", type=int)
    bound.add_argument("--minutes", type=float)
    parser.add_argument("--small", type=float, default=0.3, help="share of the way at half the frame size")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.checkpoints.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.spawn(work, (arguments, f"{folder}/meeting"), nprocs=arguments.processes)


if __name__ == "__main__":
    main()
