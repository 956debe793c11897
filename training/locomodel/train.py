"""Trains the classifier of locomotive models. Stops and resumes at any time: `--checkpoints` holds everything."""

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from ..learner import LAST_RATE, Learner
from .crops import Batches, Crops, cut, net_input
from .net import Classifier

RATE = 2e-3
DECAY = 0.03
WARM_UP = 100
SMOOTHING = 0.05
SAVE_SECONDS = 30


def rate_at(step, steps):
    if step < WARM_UP:
        return RATE * (step + 1) / WARM_UP
    fallen = 0.5 - 0.5 * math.cos(math.pi * min(1, (step - WARM_UP) / max(1, steps - WARM_UP)))
    return RATE * (1 - (1 - LAST_RATE) * fallen)


def tensor(pictures):
    floats = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 255
    return floats.contiguous(memory_format=torch.channels_last)


def accuracy(net, crops):
    """Share of the crops of a folder that the network names rightly."""
    net.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(crops.items), 64):
            part = crops.items[start : start + 64]
            answers = net(tensor(np.stack([net_input(cut(picture, box)) for picture, box, _ in part]))).argmax(1)
            right += sum(int(answer) == label for answer, (_, _, label) in zip(answers, part))
    return right / len(crops.items)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", type=Path, help="made by training.hall.pictures")
    parser.add_argument("--validation", type=Path, required=True)
    parser.add_argument("--checkpoints", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--validate-every", type=int, default=250, help="steps")
    arguments = parser.parse_args()
    arguments.checkpoints.mkdir(parents=True, exist_ok=True)
    last = arguments.checkpoints / "last.pt"
    torch.manual_seed(1)
    learner = Learner(Classifier, RATE, DECAY, averaging=0.995, largest_gradient=5.0)
    if last.exists():
        learner.restore(last)
    batches = Batches(Crops(arguments.pictures), [1, learner.step], arguments.batch)
    validation = Crops(arguments.validation)
    loss_of = torch.nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    progress = tqdm(total=arguments.steps, initial=learner.step, unit="step")
    saved = time.monotonic()
    while learner.step < arguments.steps:
        pictures, labels = next(batches)
        learner.net.train()
        with torch.autocast("cpu", torch.bfloat16):
            answers = learner.net(tensor(pictures))
        loss = loss_of(answers.float(), torch.from_numpy(labels))
        learner.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        learner.descend(rate_at(learner.step, arguments.steps))
        learner.pictures += len(labels)
        progress.update()
        progress.set_postfix(loss=f"{loss.item():.3f}")
        if learner.step % arguments.validate_every == 0 or learner.step == arguments.steps:
            progress.write(f"step {learner.step}  validation {accuracy(learner.average, validation):.3f}")
        if time.monotonic() - saved > SAVE_SECONDS:
            learner.save(last)
            saved = time.monotonic()
    learner.save(last)


if __name__ == "__main__":
    main()
