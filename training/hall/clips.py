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

import numpy as np
from tqdm import tqdm

from .effects import CameraEffects
from .mesh import Builder, pose
from .raster import Renderer
from .scenario import DURATION, PICTURE, RATE, SCENARIOS, Machine, Mover, Scenario, SiteCamera, survey
from .scene import MODELS, Locomotive, cart_mesh, crane_mesh, person_mesh, placed

FRAMES = int(DURATION * RATE)
DAYLIGHT = 0.15  # six o'clock in March: the lamps do most of it
BRIDGE_HOOK = 6.4  # height at which the load hangs on the crane


def load_mesh(size: tuple[float, float, float, float]):
    """A packed engine on a pallet, hanging on two chains."""
    length, width, bottom, top = size
    builder = Builder()
    builder.box((-length / 2, -width / 2, bottom), (length / 2, width / 2, bottom + 0.3), (0.42, 0.31, 0.2))
    builder.box((-length / 2 + 0.1, -width / 2 + 0.1, bottom + 0.3), (length / 2 - 0.1, width / 2 - 0.1, top), (0.2, 0.32, 0.3))
    for y in (-width / 4, width / 4):
        builder.rod((0, y, top), (0, 0, top + 1.2), 0.08, (0.2, 0.2, 0.2))
    return builder.mesh()


class Stage:
    """Everything of a scenario on the renderer, and pictures of it."""

    def __init__(self, scenario: Scenario):
        self.scenario = scenario
        wide = [camera.optics.pinhole() for camera in scenario.cameras]
        self._renderer = Renderer(max(w.width for w in wide), max(w.height for w in wide))
        self._hall = {lit: self._renderer.upload(scenario.hall.static_mesh(lamps_on=lit)) for lit in (True, False)}
        self._machines = {
            machine.id: self._renderer.upload(Locomotive(machine.model, machine.livery, machine.plate, seed).mesh())
            for seed, machine in enumerate(scenario.machines, scenario.seed)
        }
        self._movers = [self._renderer.upload(self._mover_mesh(mover)) for mover in scenario.movers]

    @staticmethod
    def _mover_mesh(mover: Mover):
        if mover.kind == "person":
            return person_mesh(mover.look)
        return cart_mesh(mover.look) if mover.kind == "cart" else load_mesh(mover.size)

    def picture(self, camera: SiteCamera, t: float) -> np.ndarray:
        """What the camera sees at `t`, clean."""
        scenario = self.scenario
        dark = scenario.dark[0] <= t < scenario.dark[1]
        items = [(self._hall[not dark], np.eye(4))]
        for machine in scenario.machines:
            head, _ = machine.head_tail(t)
            items.append((self._machines[machine.id], placed(head, scenario.tracks[machine.track], not machine.head_low)))
        for mover, model in zip(scenario.movers, self._movers):
            x, y, heading = mover.at(t)
            items.append((model, pose(x, y, 0.0, np.degrees(heading))))
        lighting = scenario.hall.lighting(lamps=0.0 if dark else 1.0, daylight=DAYLIGHT)
        return self._renderer.render(items, lighting, camera.optics)[0]


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
    command += ["-fps_mode", "passthrough", "-c:v", "libx264", "-preset", "slow", "-crf", "27", "-maxrate", "270k"]
    command += ["-bufsize", "1080k", "-g", "25", "-keyint_min", "25", "-bf", "0", "-threads", "1"]
    command += ["-colorspace", "smpte170m", "-color_primaries", "smpte170m", "-color_trc", "smpte170m"]
    command += ["-color_range", "tv", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-movflags", "+faststart"]
    return subprocess.Popen([*command, "-f", "mp4", str(path)], stdin=subprocess.PIPE)


def render_clip(stage: Stage, camera: SiteCamera, path: pathlib.Path, frames: range, progress: tqdm) -> None:
    scenario = stage.scenario
    alive = [frame for frame in frames if scenario.alive(camera.id, frame / RATE)]
    missing = [frame for frame in frames if frame not in set(alive)]
    gap = (missing[0] - frames.start, len(missing)) if missing else None
    effects = CameraEffects(scenario.seed * 100 + camera.seed, *PICTURE, FRAMES, RATE)
    part = path.with_suffix(".part")
    ffmpeg = encoder(part, gap)
    for frame in alive:
        t = frame / RATE
        gain = exposure(scenario, t)
        picture = effects.apply(stage.picture(camera, t), frame, gain, sigma=2.0 * gain)
        ffmpeg.stdin.write(picture.tobytes())
        progress.update()
    ffmpeg.stdin.close()
    if ffmpeg.wait() != 0:
        raise RuntimeError(f"ffmpeg could not write {path}")
    part.rename(path)


def facility(scenario: Scenario) -> str:
    """The site as its owner would describe it (design.md 5)."""
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
        lines += ["", "[[camera]]", f'id = "{camera.id}"', f"rate = {RATE}", f"image = [{PICTURE[0]}, {PICTURE[1]}]"]
        lines += [f"tracks = {json.dumps(camera.tracks)}", "[camera.lens]", f"k1 = {camera.k1}"]
        lines += ["[camera.calibration]", f"focal_px = {focal:.1f}", "marks = ["]
        for mark in survey(scenario, camera):
            height = f", z = {mark['z']}" if "z" in mark else ""
            lines.append(f"  {{ px = {mark['px']}, plan = {mark['plan']}{height} }},")
        lines.append("]")
    for name, length in MODELS.items():
        lines += ["", "[[model]]", f'name = "{name}"', f"length = {length}"]
    return "\n".join(lines) + "\n"


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
