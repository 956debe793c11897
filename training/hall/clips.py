"""The clips of a scenario: eight cameras, what they see, and the truth.

    python -m training.hall.clips --scenario demo --out tests/data/demo

Clips that are there already are kept, so an interrupted run goes on with the next camera; delete a clip to make it
again. Cameras can be shared out among processes with --cameras.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import subprocess

import cv2
import numpy as np
from tqdm import tqdm

from .camera import Camera
from .effects import CameraEffects
from .labels import TOLERANCE, seen_share
from .mesh import Builder, pose, transform
from .raster import Renderer
from .scenario import DURATION, PICTURE, RATE, SCENARIOS, SEEN_TO, Machine, Mover, Scenario, SiteCamera, hidden, survey
from .rolling_stock import MODELS, Locomotive
from .scene import cart_mesh, person_mesh

FRAMES = int(DURATION * RATE)
NOISE = 1.6  # grey levels at middle grey with the lamps on; more would go into bits, not into realism
LEAST_SHOWN = 0.7  # share of a number that must be in sight
DAYLIGHT = 0.15  # six o'clock in March: the lamps do most of it


def load_mesh(size: tuple[float, float, float, float], crane_z: float):
    """A packed engine on a pallet, hanging on the crane."""
    length, width, bottom, top = size
    builder = Builder()
    builder.box((-length / 2, -width / 2, bottom), (length / 2, width / 2, bottom + 0.3), (0.42, 0.31, 0.2))
    builder.box((-length / 2 + 0.1, -width / 2 + 0.1, bottom + 0.3), (length / 2 - 0.1, width / 2 - 0.1, top), (0.2, 0.32, 0.3))
    for y in (-width / 4, width / 4):
        builder.rod((0, y, top), (0, 0, top + 1.2), 0.08, (0.2, 0.2, 0.2))
    builder.rod((0, 0, top + 1.2), (0, 0, crane_z), 0.08, (0.15, 0.15, 0.15))
    return builder.mesh()


def locomotive_of(scenario: Scenario, machine: Machine) -> Locomotive:
    return Locomotive(machine.model, machine.livery, machine.plate, scenario.seed + scenario.machines.index(machine))


class Stage:
    """Everything of a scenario on the renderer, and pictures of it."""

    def __init__(self, scenario: Scenario):
        self.scenario = scenario
        wide = [camera.optics.pinhole() for camera in scenario.cameras]
        self._renderer = Renderer(max(w.width for w in wide), max(w.height for w in wide), margin=1.0)
        self._hall = self._renderer.upload(scenario.hall.static_mesh(), casts=False)
        self._machines = {
            machine.id: self._renderer.upload(locomotive_of(scenario, machine).mesh()) for machine in scenario.machines
        }
        self._movers = [self._renderer.upload(self._mover_mesh(mover)) for mover in scenario.movers]
        self._plate: np.ndarray | None = None
        self._plate_state: tuple | None = None

    def _mover_mesh(self, mover: Mover):
        if mover.kind == "person":
            return person_mesh(mover.look)
        return cart_mesh(mover.look) if mover.kind == "cart" else load_mesh(mover.size, self.scenario.hall.crane_z)

    def _dark(self, t: float) -> bool:
        return self.scenario.dark[0] <= t < self.scenario.dark[1]

    def _draw(self, camera: Camera, t: float, moving: bool, region: tuple[int, int, int, int] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The hall and the machines at rest, with everything that moves or without: picture, and depth in metres."""
        items = [(self._machines[m.id], self.scenario.machine_pose(m, t)) for m in self.scenario.machines if moving or not m.velocity(t)]
        for mover, model in zip(self.scenario.movers, self._movers) if moving else ():
            x, y, heading = mover.at(t)
            items.append((model, pose(x, y, 0.0, np.degrees(heading))))
        items.append((self._hall, np.eye(4)))  # last: what the machines hide need not be shaded
        lighting = self.scenario.hall.lighting(lamps=0.0 if self._dark(t) else 1.0, daylight=DAYLIGHT)
        return self._renderer.render(items, lighting, camera, region=region)

    def depth(self, camera: SiteCamera, t: float) -> np.ndarray:
        """Metres to what the camera sees at `t`, before the lens bends the picture."""
        return self._draw(camera.optics.pinhole(), t, moving=True)[1]

    def picture(self, camera: SiteCamera, t: float) -> np.ndarray:
        """What the camera sees at `t`, clean, before the lens bends it.

        Most of it stands still most of the time: that is drawn once, and again only where something moves.
        """
        scenario = self.scenario
        view = camera.optics.pinhole()
        rest = tuple(m.segment(t)[0] for m in scenario.machines if not m.velocity(t))
        state = (camera.id, self._dark(t), rest)
        if self._plate_state != state:
            self._plate, self._plate_state = self._draw(view, t, moving=False)[0], state
        boxes = [self._reach(scenario.machine_box(m, t)) for m in scenario.machines if m.velocity(t)]
        boxes += [self._reach(mover.box(t), mover.kind == "load") for mover in scenario.movers]
        picture = self._plate.copy()
        for x0, y0, x1, y1 in merged([r for box in boxes if (r := region_of(view, box)) is not None]):
            picture[y0:y1, x0:x1] = self._draw(view, t, True, (x0, y0, x1, y1))[0]
        return picture


    def _reach(self, box: np.ndarray, hangs: bool = False) -> np.ndarray:
        """The box with a margin for its shadow on the floor and, if it hangs, its rope."""
        x, y, z = self.scenario.hall.lighting().sun_direction
        top = box[1, 2] + 0.7
        thrown = np.array([x, y]) / z * -top
        low, high = box.copy()
        low[:2] += np.minimum(thrown, 0) - 0.7
        high[:2] += np.maximum(thrown, 0) + 0.7
        low[2], high[2] = -0.2, self.scenario.hall.crane_z if hangs else top
        return np.array([low, high])


def region_of(view: Camera, box: np.ndarray) -> tuple[int, int, int, int] | None:
    """Pixels that a box can reach; None if it is out of the picture."""
    low, high = box
    corners = np.array([(x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    depth = view.in_camera(corners)[:, 2]
    if (depth < 0.3).all():
        return None
    # Edges that pass behind the eye are followed up to just in front of it.
    pairs = np.stack(np.meshgrid(np.arange(8), np.arange(8)), -1).reshape(-1, 2)
    a, b, da, db = corners[pairs[:, 0]], corners[pairs[:, 1]], depth[pairs[:, 0]], depth[pairs[:, 1]]
    cut = (da >= 0.3) & (db < 0.3)
    share = ((da - 0.3) / np.where(cut, da - db, 1.0))[cut, None]
    points = np.concatenate([corners[depth >= 0.3], a[cut] + share * (b - a)[cut]])
    local = view.in_camera(points)
    pixels = local[:, :2] / local[:, 2:] * view.f + [view.width / 2, view.height / 2]
    x0, y0 = np.clip(np.floor(pixels.min(0)), 0, [view.width, view.height]).astype(int)
    x1, y1 = np.clip(np.ceil(pixels.max(0)), 0, [view.width, view.height]).astype(int)
    return (int(x0), int(y0), int(x1), int(y1)) if x1 > x0 and y1 > y0 else None


def merged(regions: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Regions that overlap are joined, so that nothing is drawn twice."""
    done: list[tuple[int, int, int, int]] = []
    for region in regions:
        while True:
            touching = [r for r in done if r[0] < region[2] and region[0] < r[2] and r[1] < region[3] and region[1] < r[3]]
            if not touching:
                break
            done = [r for r in done if r not in touching]
            every = [*touching, region]
            region = (min(r[0] for r in every), min(r[1] for r in every), max(r[2] for r in every), max(r[3] for r in every))
        done.append(region)
    return done


def exposure(scenario: Scenario, t: float) -> float:
    """Gain of the cameras: they follow the light within a second or two, never all the way."""
    start, end = scenario.dark
    if t < start:
        return 1.0
    risen = 1.0 + 0.8 * (1 - np.exp(-(min(t, end) - start) / 1.5))
    return risen if t < end else 1.0 + (risen - 1.0) * float(np.exp(-(t - end) / 0.8))


def encoder(path: pathlib.Path, gap: tuple[int, int] | None) -> subprocess.Popen:
    """ffmpeg that takes RGB frames; `gap`: (frames before it, frames missing), later frames keep their true time."""
    shift = f"+gte(N\\,{gap[0]})*{gap[1]}" if gap else ""
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    command += ["-s", f"{PICTURE[0]}x{PICTURE[1]}", "-r", f"{RATE:g}", "-i", "-"]
    command += ["-vf", f"scale=out_color_matrix=bt601:out_range=tv,format=yuv420p,setpts=(N{shift})/({RATE:g}*TB)"]
    command += ["-fps_mode", "passthrough", "-c:v", "libx264", "-preset", "slow", "-crf", "28.5", "-maxrate", "270k"]
    command += ["-bufsize", "1080k", "-g", "50", "-keyint_min", "50", "-bf", "0", "-threads", "1"]
    command += ["-colorspace", "smpte170m", "-color_primaries", "smpte170m", "-color_trc", "smpte170m"]
    command += ["-color_range", "tv", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-movflags", "+faststart"]
    return subprocess.Popen([*command, "-f", "mp4", str(path)], stdin=subprocess.PIPE)


def render_clip(stage: Stage, camera: SiteCamera, path: pathlib.Path, frames: range, progress: tqdm) -> None:
    scenario = stage.scenario
    alive = [frame for frame in frames if scenario.alive(camera.id, frame / RATE)]
    missing = [frame for frame in frames if frame not in set(alive)]
    gap = (missing[0] - frames.start, len(missing)) if missing else None
    effects = CameraEffects(scenario.seed * 100 + camera.seed, *PICTURE, FRAMES, RATE)
    bend = camera.optics.lens_map()
    part = path.with_suffix(".part")
    ffmpeg = encoder(part, gap)
    for frame in alive:
        t = frame / RATE
        gain = exposure(scenario, t)
        clean = cv2.remap(stage.picture(camera, t), *bend, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        picture = effects.apply(clean, frame, gain, sigma=NOISE * gain)
        ffmpeg.stdin.write(picture.tobytes())
        progress.update()
    ffmpeg.stdin.close()
    if ffmpeg.wait() != 0:
        raise RuntimeError(f"ffmpeg could not write {path}")
    part.rename(path)


def facility(scenario: Scenario) -> str:
    """The site as its owner would describe it (docs/facility.md)."""
    rng = np.random.default_rng([scenario.seed, 5])
    lines = [
        f"# Made by training/hall/clips.py, scenario {scenario.name}. Plan metres: x along the hall, y across.",
        f'facility = "{scenario.facility}"',
        "locomotive_length = [14.0, 36.0]",
    ]
    for track in scenario.hall.tracks:
        y = round(track.y, 3)
        lines += ["", "[[track]]", f'id = "{track.id}"', f"plan = [[0.0, {y}], [{track.length}, {y}]]", 'gates = ["low"]']
    for camera in scenario.cameras:
        focal = camera.focal * (1 + float(np.clip(rng.normal(0, 0.001), -0.003, 0.003)))
        lines += ["", "[[camera]]", f'id = "{camera.id}"', f'uri = "file:{camera.id}.mp4"', f"rate = {RATE}", f"image = [{PICTURE[0]}, {PICTURE[1]}]"]
        lines += [f"tracks = {json.dumps(camera.tracks)}", f"max_distance = {SEEN_TO + 2}", "[camera.lens]", f"k1 = {camera.k1}"]
        lines += ["[camera.calibration]", f"focal_px = {focal:.1f}", "marks = ["]
        for mark in survey(scenario, camera):
            height = f", z = {mark['z']}" if "z" in mark else ""
            lines.append(f"  {{ px = {mark['px']}, plan = {mark['plan']}{height} }},")
        lines.append("]")
    for name, length in MODELS.items():
        lines += ["", "[[model]]", f'name = "{name}"', f"length = {length}"]
    lines += ["", "[numbering]", 'schemes = ["cis8_traction"]']
    return "\n".join(lines) + "\n"


def visible(scenario: Scenario, seconds: int = int(DURATION), depths: dict[str, np.ndarray] | None = None) -> list[str]:
    """Once a second, what each living camera can see: ends with their box and share, numbers with their height.

    `depths`: what every camera sees of a hall in which nothing moves. Numbers are then looked for in it, and not only behind the
    other machines.
    """
    lines = []
    locomotives = [locomotive_of(scenario, machine) for machine in scenario.machines]
    for second in range(seconds):
        for camera in scenario.cameras:
            if not scenario.alive(camera.id, second):
                continue
            ends, plates = [], []
            for machine, locomotive in zip(scenario.machines, locomotives):
                for low in (True, False):
                    share = scenario.seen_share(camera, machine, low, second)
                    if share >= 0.3:
                        pixels = camera.optics.project(scenario.end_rectangle(machine, low, second))
                        ends.append(
                            {
                                "id": machine.id,
                                "kind": "head" if low == machine.head_low else "tail",
                                "share": round(share, 2),
                                "box": np.r_[pixels.min(0), pixels.max(0)].round(1).tolist(),
                            }
                        )
                depth = depths[camera.id] if depths else None
                plates += plates_seen(scenario, camera, machine, locomotive, second, depth)
            lines.append(json.dumps({"t": second, "camera": camera.id, "ends": ends, "plates": plates}, separators=(",", ":")))
    return lines


def plates_seen(scenario: Scenario, camera: SiteCamera, machine: Machine, locomotive: Locomotive, t: float, depth: np.ndarray | None = None) -> list[dict]:
    """Numbers that face the camera, are not hidden and at least 8 pixels high."""
    matrix = scenario.machine_pose(machine, t)
    eye = np.array(camera.place)
    boxes = np.array([scenario.machine_box(m, t) for m in scenario.machines if m is not machine] + [m.box(t) for m in scenario.movers])
    seen = []
    for plate in locomotive.plates():
        corners = transform(matrix, plate.corners)
        to_eye = eye - corners.mean(0)
        cosine = to_eye @ (matrix[:3, :3] @ plate.normal) / np.linalg.norm(to_eye)
        if cosine < 0.25 or not camera.shows(corners).all() or hidden(eye, corners, boxes).any():
            continue
        if depth is not None and seen_share(camera.optics.pinhole(), depth, corners, TOLERANCE["plate"]) < LEAST_SHOWN:
            continue
        pixels = camera.optics.project(corners)
        height = min(np.linalg.norm(pixels[3] - pixels[0]), np.linalg.norm(pixels[2] - pixels[1]))
        if height >= 8:
            seen.append({"id": machine.id, "height": round(float(height), 1), "box": np.r_[pixels.min(0), pixels.max(0)].round(1).tolist()})
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scenario", choices=SCENARIOS, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--cameras", nargs="*", default=None, help="only these, as C1 C2")
    parser.add_argument("--frames", default=f"0:{FRAMES}", help="only these frames, as a:b")
    arguments = parser.parse_args()
    scenario = SCENARIOS[arguments.scenario]()
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    out.joinpath("facility.toml").write_text(facility(scenario))
    out.joinpath("visible.jsonl").write_text("\n".join(visible(scenario)) + "\n")
    truth = [json.dumps(scenario.truth(t), separators=(",", ":")) for t in range(int(DURATION) + 1)]
    out.joinpath("truth.jsonl").write_text("\n".join(truth) + "\n")

    wanted = [c for c in scenario.cameras if arguments.cameras is None or c.id in arguments.cameras]
    todo = [camera for camera in wanted if not out.joinpath(f"{camera.id}.mp4").exists()]
    frames = range(*map(int, arguments.frames.split(":")))
    total = sum(scenario.alive(camera.id, frame / RATE) for camera in todo for frame in frames)
    stage = Stage(scenario) if todo else None
    with tqdm(total=total, unit="frame") as progress:
        for camera in todo:
            progress.set_description(camera.id)
            render_clip(stage, camera, out / f"{camera.id}.mp4", frames, progress)


if __name__ == "__main__":
    main()
