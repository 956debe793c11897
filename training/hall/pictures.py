"""Training pictures: random halls, random cameras, random traffic, each from its own seed.

    python -m training.hall.pictures --out DIR --count 4000 --first-seed 0 --processes 2
    python -m training.hall.pictures --out DIR --count 250 --first-seed 900000 --validation

Every picture is a function of its seed. What is there already is kept, so an interrupted run goes on where it was.
Halls, liveries, fonts and wall colours of --validation are never used without it.
"""

from __future__ import annotations

import os

os.environ.setdefault("LP_NUM_THREADS", "1")  # one process a core is faster than one picture on many

import argparse
import json
import multiprocessing
import pathlib

import cv2
import numpy as np
from tqdm import tqdm

from .camera import Camera
from .effects import motion_blur, vignette
from .labels import labels
from .mesh import pose
from .raster import Renderer
from .scene import LIVERIES, MODELS, VALIDATION_LIVERIES, Hall, Locomotive, cart_mesh, crane_mesh, person_mesh, placed, random_number, wagon_mesh

WIDTH, HEIGHT = 640, 360
MARGIN = 1.2  # the lens may ask for a picture so much wider
PICTURES_A_HALL = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--validation", action="store_true", help="other halls, colours, liveries and fonts than in training")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    index = arguments.out / "labels.jsonl"
    done = {json.loads(line)["file"] for line in index.read_text().splitlines()} if index.exists() else set()
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.count)
    todo = [(seed, arguments.validation, arguments.out) for seed in seeds if _file(seed) not in done]
    context = multiprocessing.get_context("spawn")  # an OpenGL context does not survive a fork
    with context.Pool(arguments.processes) as pool, index.open("a") as out:
        for entry in tqdm(pool.imap_unordered(_make, todo, chunksize=PICTURES_A_HALL), total=len(todo), unit="picture"):
            out.write(json.dumps(entry) + "\n")
            out.flush()


def _file(seed: int) -> str:
    return f"{seed:06d}.jpg"


class Set:
    """A hall and the machines that come to it, on the renderer: what neighbouring seeds share."""

    def __init__(self, renderer: Renderer, number: int, validation: bool):
        self.number, self.renderer = number, renderer
        rng = np.random.default_rng([number, 20, int(validation)])
        self.hall = Hall(number + (900_000 if validation else 0), validation)
        self.building = renderer.upload(self.hall.static_mesh(), casts=False)
        liveries = list(VALIDATION_LIVERIES if validation else LIVERIES)
        models = list(MODELS) + list(rng.choice(list(MODELS), 3))
        self.machines = [
            Locomotive(str(model), str(rng.choice(liveries)), random_number(rng), int(rng.integers(1 << 30)), bool(rng.random() < 0.6), validation)
            for model in models
        ]
        self.models = [renderer.upload(machine.mesh()) for machine in self.machines]

    def release(self):
        for model in (self.building, *self.models):
            model.release()


_set: Set | None = None


def _make(task) -> dict:
    """Draws one picture, writes it, returns its line of labels."""
    global _set
    seed, validation, out = task
    number = seed // PICTURES_A_HALL
    if _set is None or _set.number != number:
        renderer = _set.renderer if _set else Renderer(WIDTH, HEIGHT, margin=MARGIN)
        if _set:
            _set.release()
        _set = Set(renderer, number, validation)
    picture, entry = draw(_set, seed, validation)
    quality = int(np.random.default_rng([seed, 9]).integers(60, 96))
    cv2.imwrite(str(out / entry["file"]), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return entry


def draw(scene: Set, seed: int, validation: bool) -> tuple[np.ndarray, dict]:
    """The picture (RGB) of a seed and its labels."""
    rng = np.random.default_rng([seed, 21, int(validation)])
    hall = scene.hall
    camera = random_camera(rng, hall)
    machines = random_machines(rng, scene, camera)
    items = [(scene.building, np.eye(4))]
    items += [(scene.models[index], where) for index, where, _ in machines]
    placed_machines = [(scene.machines[index], where, track) for index, where, track in machines]
    bystanders = [(scene.renderer.upload(mesh), where) for mesh, where in random_bystanders(rng, hall, camera, placed_machines)]
    dark = rng.random() < 0.15
    daylight = float(rng.choice([0.0, 0.15, rng.uniform(0.1, 1.2)]))
    lamps = float(rng.choice([0.0, 0.25])) if dark else float(rng.choice([1.0, rng.uniform(0.5, 1.0)]))
    exposure = float(2 ** rng.uniform(-0.8, 0.8)) * (1.6 if dark else 1.0)
    tint = 1 + rng.normal(0, 0.04, 3)
    lighting = hall.lighting(lamps, max(daylight, 0.08 if dark else 0.0), exposure)
    picture, depth = scene.renderer.render(items + bystanders, lighting, camera, tint)
    for model, _ in bystanders:
        model.release()
    entry = {
        "file": _file(seed), "width": WIDTH, "height": HEIGHT, "hall": hall.seed, "objects": labels(camera, depth, placed_machines),
        "camera": {"f": camera.f, "cx": WIDTH / 2, "cy": HEIGHT / 2, "k1": camera.k1, "R": camera.R.ravel().tolist(), "C": camera.C.tolist()},
        "tracks": {track.id: track.y for track in hall.tracks},
    }  # fmt: skip
    return with_effects(rng, picture, dark), entry


def random_camera(rng: np.random.Generator, hall: Hall) -> Camera:
    """Mostly a camera between two tracks that looks along them; at times a freer one."""
    f = float(rng.uniform(340, 560))
    low, high = hall.x_range
    if rng.random() < 0.85:
        along = rng.random() < 0.5
        x = float(rng.uniform(low + 1, 0.62 * high) if along else rng.uniform(0.38 * high, high - 1))
        y = float(rng.uniform(hall.tracks[0].y - 2.5, hall.tracks[-1].y + 2.5))
        yaw = (0 if along else 180) + float(np.clip(rng.normal(0, 9), -35, 35))
        pitch = float(rng.uniform(12, 31))
    else:
        x, y = float(rng.uniform(low + 4, high - 4)), float(rng.uniform(hall.y_range[0] + 0.8, hall.y_range[1] - 0.8))
        inwards = 90 if y < hall.tracks[1].y else -90
        yaw, pitch = inwards + float(rng.uniform(-75, 75)), float(rng.uniform(8, 28))
    z = float(rng.uniform(4.7, min(8.2, hall.crane_z - 0.5)))
    straight = Camera.look(WIDTH, HEIGHT, f, 0.0, (x, y, z), yaw, pitch, float(rng.normal(0, 1)))
    k1 = float(rng.uniform(max(-0.25, straight.widest_k1()), 0))
    return Camera(WIDTH, HEIGHT, f, k1, straight.R, straight.C)


def random_machines(rng, scene: Set, camera: Camera) -> list[tuple[int, np.ndarray, str]]:
    """Rakes of one to three machines on each track, as (index, pose, track); in one picture of eight there is none."""
    if rng.random() < 0.12:
        return []
    free = list(rng.permutation(len(scene.machines)))
    machines = []
    for track in scene.hall.tracks:
        rake = random_rake(rng, scene, camera, free)
        for index, low in rake:
            length = scene.machines[index].length
            if low < -60 or low + length > scene.hall.length - 0.2:
                continue
            flipped = bool(rng.random() < 0.5)
            machines.append((index, placed(low + length if flipped else low, track.y, flipped), track.id))
    return machines


def random_rake(rng, scene: Set, camera: Camera, free: list[int]) -> list[tuple[int, float]]:
    """What stands on one track, as (index, low end): mostly one machine whose end faces the camera, with neighbours."""
    if rng.random() < 0.2:
        return []
    way = 1 if camera.R[2, 0] > 0 else -1
    index = free.pop()
    length = scene.machines[index].length
    facing = float(camera.C[0] + way * rng.uniform(3, 32))
    low = facing if way > 0 else facing - length
    high = low + length
    rake = [(index, low)]
    for side in (-1, 1):
        if free and rng.random() < 0.3:
            index = free.pop()
            length = scene.machines[index].length
            gap = float(rng.uniform(0.6, 1.4) if rng.random() < 0.5 else rng.uniform(2, 15))
            rake.append((index, low - gap - length if side < 0 else high + gap))
    return rake


def random_bystanders(rng, hall: Hall, camera: Camera, machines) -> list:
    """People, carts, wagons on free metres, and the crane at times."""
    things = []
    forward = camera.R[2]
    for _ in range(int(rng.integers(0, 6))):
        reach = float(rng.uniform(5, 26))
        x = float(np.clip(camera.C[0] + forward[0] * reach, hall.x_range[0] + 1, hall.x_range[1] - 1))
        y = float(np.clip(camera.C[1] + forward[1] * reach + rng.normal(0, 4), hall.y_range[0] + 0.6, hall.y_range[1] - 0.6))
        mesh = person_mesh if rng.random() < 0.7 else cart_mesh
        things.append((mesh(int(rng.integers(1 << 30))), pose(x, y, 0.0, float(rng.uniform(0, 360)))))
    for track in hall.tracks:
        mesh, length = wagon_mesh(int(rng.integers(1 << 30)))
        at = float(rng.uniform(0, hall.length - length))
        spans = [sorted((where[0, 3], where[0, 3] + where[0, 0] * locomotive.length)) for locomotive, where, on in machines if on == track.id]
        if rng.random() < 0.25 and all(at > high + 0.6 or at + length < low - 0.6 for low, high in spans):
            things.append((mesh, pose(at, track.y)))
    if rng.random() < 0.3:
        low, high = hall.x_range
        things.append((crane_mesh(hall, float(rng.random()), float(rng.uniform(2.0, 6.0)), bool(rng.random() < 0.7)), pose(float(rng.uniform(low + 4, high - 4)))))
    return things


def with_effects(rng, picture: np.ndarray, dark: bool) -> np.ndarray:
    """Vignette, blur, sensor noise: what stands between the light and the file."""
    light = picture.astype(np.float32) * vignette(WIDTH, HEIGHT, float(rng.uniform(0.05, 0.35)))[..., None]
    if rng.random() < 0.5:
        light = cv2.GaussianBlur(light, (0, 0), float(rng.uniform(0.3, 0.8)))
    if rng.random() < 0.12:
        light = motion_blur(light, float(rng.uniform(-2.5, 2.5)), float(rng.uniform(-0.8, 0.8)))
    sigma = float(rng.uniform(4, 8) if dark else rng.uniform(1, 4))
    noise = rng.standard_normal(light.shape, np.float32)
    if rng.random() < 0.5:  # a camera of more pixels, scaled down: its noise is smaller and coarser
        noise = cv2.GaussianBlur(noise, (0, 0), 0.6) * 1.4
    light += noise * (sigma * np.sqrt(0.4 + np.maximum(light, 0) * (0.6 / 128)))
    return np.clip(light + 0.5, 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
