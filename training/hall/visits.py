"""Visits: halls full of standing machines, rendered cheaply, to measure how surely numbers and models are told.

    python -m training.hall.visits --out out/visits --visits 40

Makes scenes (folders like tests/data/demo, 14 s each) until so many machines show their number 20 px high or more, at least three in
each: other halls, cameras, machines and numbers in every one, in liveries that training never showed every other time. Scenes that are there already
are kept, so an interrupted run goes on. As nothing moves, a scene costs eight renderings and the cameras' noise.
"""

from __future__ import annotations

import argparse
import json
import pathlib

import numpy as np
from tqdm import tqdm

from .clips import Stage, facility, locomotive_of, plates_seen, render_clip, visible
from .plates import luhn
from .rolling_stock import LIVERIES, MODELS, VALIDATION_LIVERIES
from .scenario import RATE, Machine, Scenario, SiteCamera
from .scene import Hall

SECONDS = 14
TALL = 20.0  # px
LEAST = 3  # machines of a scene that show their number, as far as other machines do not hide it
SEED = 52_000
# What series a model's numbers begin with.
SERIES = {"S14": "1037", "N17": "1542", "D23": "1511", "H18": "1120", "T28": "1244", "E21": "1138"}
# x, lane, height, pitch, yaw off the track: as in the demo hall, with some play.
PLACES = (
    (-7.2, 0, 6.6, 20.5, 1.5), (-7.5, 1, 6.9, 21.0, -1.0), (23.6, 0, 6.7, 22.0, -1.5), (23.9, 1, 6.5, 21.5, 1.0),
    (41.0, 0, 6.8, 22.0, 1.0), (41.4, 1, 6.4, 21.0, -1.5), (73.0, 0, 6.9, 21.0, -1.0), (72.6, 1, 6.6, 20.5, 1.5),
)  # fmt: skip


def number(model: str, rng: np.random.Generator) -> str:
    """Eight digits, the last of them the check digit."""
    seven = SERIES[model] + f"{int(rng.integers(1000)):03}"
    return seven + luhn(seven)


def machines(hall: Hall, rng: np.random.Generator, liveries: list[str]) -> tuple[Machine, ...]:
    """One to three machines on every track, some of them coupled."""
    found: list[Machine] = []
    for track in hall.tracks:
        end = float(rng.uniform(2.0, 14.0))
        while True:
            model = str(rng.choice(list(MODELS)))
            if end + MODELS[model] > track.length - 2.0:
                break
            found.append(
                Machine(f"V{len(found) + 1}", model, number(model, rng), track.id, round(end, 1), bool(rng.random() < 0.5), str(rng.choice(liveries)))
            )
            end += MODELS[model] + (0.8 if rng.random() < 0.2 else float(rng.uniform(3.0, 20.0)))
    return tuple(found)


def cameras(hall: Hall, rng: np.random.Generator) -> tuple[SiteCamera, ...]:
    ys = [track.y for track in hall.tracks]
    made = []
    for index, (x, lane, height, pitch, yaw) in enumerate(PLACES):
        upward = index < 4
        made.append(
            SiteCamera(
                id=f"C{index + 1}",
                place=(round(x + rng.uniform(-1, 1), 3), round((ys[lane] + ys[lane + 1]) / 2 + rng.uniform(-0.25, 0.25), 3), round(height + rng.uniform(-0.3, 0.3), 3)),
                yaw=yaw + rng.uniform(-1, 1) + (0.0 if upward else 180.0),
                pitch=pitch + rng.uniform(-1, 1),
                roll=round(float(rng.normal(0, 0.6)), 3),
                focal=float(rng.uniform(660, 710)),
                k1=round(float(rng.uniform(-0.1, -0.05)), 3),
                tracks=(f"T{lane + 1}", f"T{lane + 2}"),
                seed=index + 1,
            )
        )
    return tuple(made)


def scene(index: int) -> Scenario:
    """The scene of that number: machines are drawn anew until enough of them show their number."""
    rng = np.random.default_rng([SEED, index])
    unseen = index % 2 == 1
    hall = Hall(SEED + index, validation=unseen, length=66.0)
    liveries = list(VALIDATION_LIVERIES if unseen else LIVERIES)
    site = cameras(hall, rng)
    while True:
        stand = machines(hall, rng, liveries)
        drawn = Scenario(f"visits-{index}", f"hall-visits-{index}", SEED + index, hall, stand, site, (), (1e9, 1e9), {})
        if len(tall(drawn)) >= LEAST:
            return drawn


def tall(scenario: Scenario) -> set[str]:
    """Machines whose number is tall enough in some camera, what hides it but other machines aside."""
    found = set()
    for machine in scenario.machines:
        locomotive = locomotive_of(scenario, machine)
        views = (plates_seen(scenario, camera, machine, locomotive, 0.0) for camera in scenario.cameras)
        found |= {plate["id"] for plates in views for plate in plates if plate["height"] >= TALL}
    return found


def showing(lines: list[str]) -> set[str]:
    """Machines whose number is tall enough in some camera."""
    views = [json.loads(line) for line in lines]
    return {plate["id"] for view in views for plate in view["plates"] if plate["height"] >= TALL}


def make(scenario: Scenario, out: pathlib.Path) -> None:
    """The folder of a scene; its truth comes last and says that it is whole."""
    out.mkdir(parents=True, exist_ok=True)
    out.joinpath("facility.toml").write_text(facility(scenario))
    stage = Stage(scenario)
    depths = {camera.id: stage.depth(camera, 0.0) for camera in scenario.cameras}
    out.joinpath("visible.jsonl").write_text("\n".join(visible(scenario, SECONDS, depths)) + "\n")
    with tqdm(disable=True) as progress:
        for camera in scenario.cameras:
            render_clip(stage, camera, out / f"{camera.id}.mp4", range(int(SECONDS * RATE)), progress)
    truth = [json.dumps(scenario.truth(t), separators=(",", ":")) for t in range(SECONDS)]
    out.joinpath("truth.jsonl").write_text("\n".join(truth) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--visits", type=int, default=40)
    arguments = parser.parse_args()
    with tqdm(total=arguments.visits, unit="visit") as progress:
        index = 0
        while progress.n < arguments.visits:
            folder = arguments.out / f"{index:02}"
            if not folder.joinpath("truth.jsonl").exists():
                make(scene(index), folder)
            progress.update(len(showing(folder.joinpath("visible.jsonl").read_text().splitlines())))
            index += 1


if __name__ == "__main__":
    main()
