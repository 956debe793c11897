"""Two made days in a repair hall: what stands where, what moves when, who sees it.

A scenario is a function of its seed and of time, nothing is stepped: `at(t)` of anything can be asked for in any
order. Times are seconds after `START`; places are metres in the plan (x along the hall, y across, z up).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .camera import Camera
from .rolling_stock import END_HALF_WIDTH, END_HEIGHT, MODELS
from .scene import Hall, placed

START = dt.datetime(2026, 3, 1, 6, 0, 0, tzinfo=dt.timezone.utc)
DURATION = 90.0
RATE = 5.0
PICTURE = (960, 540)

BODY_HALF_WIDTH, BODY_BOTTOM, BODY_TOP = 1.5, 0.3, 4.0  # what hides things behind a machine
OUTSIDE = -14.0  # machines wait beyond the gate wall with their inner end here
SEEN_FROM, SEEN_TO, SEEN_SHARE = 5.0, 26.0, 0.5  # an end counts as seen inside these bounds


def smoothstep(u: float) -> float:
    u = min(max(u, 0.0), 1.0)
    return u * u * (3 - 2 * u)


@dataclass(frozen=True)
class Move:
    """A run of `distance` metres (sign = direction): soft start, steady speed, soft stop."""

    start: float
    distance: float
    speed: float = 1.45
    ramp: float = 6.0  # seconds from rest to speed and back

    @property
    def steady(self) -> float:
        return abs(self.distance) / self.speed - self.ramp

    @property
    def end(self) -> float:
        return self.start + self.steady + 2 * self.ramp

    def velocity(self, t: float) -> float:
        up, down = (t - self.start) / self.ramp, (self.end - t) / self.ramp
        return float(np.sign(self.distance)) * self.speed * smoothstep(min(up, down))

    def travelled(self, t: float) -> float:
        def ramped(seconds: float) -> float:  # integral of the smooth start
            u = min(max(seconds / self.ramp, 0.0), 1.0)
            return self.speed * self.ramp * (u**3 - u**4 / 2)

        since, left = t - self.start, self.end - t
        if since <= 0:
            return 0.0
        if left <= 0:
            return self.distance
        done = ramped(since) + self.speed * min(max(since - self.ramp, 0.0), self.steady)
        if left < self.ramp:
            done += self.speed * self.ramp / 2 - ramped(left)
        return float(np.sign(self.distance)) * done


@dataclass(frozen=True)
class Machine:
    """One locomotive: where it stands at the start and how it moves."""

    id: str
    model: str
    plate: str
    track: str
    lo: float  # its end towards s = 0, at the start
    head_low: bool  # the head looks towards s = 0
    livery: str
    moves: tuple[Move, ...] = ()

    @property
    def length(self) -> float:
        return MODELS[self.model]

    def segment(self, t: float) -> tuple[float, float]:
        lo = self.lo + sum(move.travelled(t) for move in self.moves)
        return lo, lo + self.length

    def velocity(self, t: float) -> float:
        return sum(move.velocity(t) for move in self.moves)

    def head_tail(self, t: float) -> tuple[float, float]:
        lo, hi = self.segment(t)
        return (lo, hi) if self.head_low else (hi, lo)


@dataclass(frozen=True)
class Mover:
    """A person or a cart that walks a closed way again and again, or a load that follows timed places."""

    kind: str  # person, cart, load
    way: tuple[tuple[float, float], ...]  # plan points
    speed: float = 1.2
    phase: float = 0.0  # metres ahead at t = 0
    times: tuple[float, ...] = ()  # for a load: when it is at each point
    size: tuple[float, float, float, float] = (0.5, 0.5, 0.0, 1.8)  # length, width, bottom, top
    look: int = 0

    def at(self, t: float) -> tuple[float, float, float]:
        """x, y and heading in radians."""
        points = np.array(self.way)
        if self.times:
            i = int(np.clip(np.searchsorted(self.times, t, "right") - 1, 0, len(points) - 2))
            u = smoothstep((t - self.times[i]) / (self.times[i + 1] - self.times[i]))
            x, y = points[i] + u * (points[i + 1] - points[i])
            return float(x), float(y), 0.0
        legs = np.roll(points, -1, 0) - points
        lengths = np.hypot(*legs.T)
        gone = (self.phase + self.speed * t) % lengths.sum()
        i = int(np.searchsorted(np.cumsum(lengths), gone, "right"))
        u = (gone - lengths[:i].sum()) / lengths[i]
        x, y = points[i] + u * legs[i]
        return float(x), float(y), float(np.arctan2(legs[i][1], legs[i][0]))

    def box(self, t: float) -> np.ndarray:
        x, y, heading = self.at(t)
        length, width, bottom, top = self.size
        along = abs(np.cos(heading)), abs(np.sin(heading))
        dx = (length * along[0] + width * along[1]) / 2
        dy = (length * along[1] + width * along[0]) / 2
        return np.array([[x - dx, y - dy, bottom], [x + dx, y + dy, top]])


@dataclass(frozen=True)
class SiteCamera:
    """One fixed camera. `yaw` is counted from +x to the left, `pitch` downwards, both in degrees."""

    id: str
    place: tuple[float, float, float]
    yaw: float
    pitch: float
    roll: float
    focal: float
    k1: float
    tracks: tuple[str, ...]
    seed: int

    @property
    def optics(self) -> Camera:
        return Camera.look(*PICTURE, self.focal, self.k1, self.place, self.yaw, self.pitch, self.roll)

    def shows(self, points: np.ndarray, margin: float = 0.0) -> np.ndarray:
        """Which points fall into the picture."""
        optics = self.optics
        shown = optics.in_camera(points)[:, 2] > 0.5
        pixels = optics.project(np.asarray(points)[shown])
        shown[shown] = (pixels >= margin).all(1) & (pixels <= np.array(PICTURE) - margin).all(1)
        return shown


@dataclass(frozen=True)
class Scenario:
    name: str
    facility: str
    seed: int
    hall: Hall
    machines: tuple[Machine, ...]
    cameras: tuple[SiteCamera, ...]
    movers: tuple[Mover, ...]
    dark: tuple[float, float]  # lamps off
    dead: dict[str, tuple[float, float]]  # camera -> when it delivers nothing

    @cached_property
    def tracks(self) -> dict[str, float]:
        """Track id -> y."""
        return {track.id: track.y for track in self.hall.tracks}

    @property
    def length(self) -> float:
        return self.hall.tracks[0].length

    def alive(self, camera: str, t: float) -> bool:
        start, end = self.dead.get(camera, (0.0, 0.0))
        return not start <= t < end

    def machine_box(self, machine: Machine, t: float) -> np.ndarray:
        lo, hi = machine.segment(t)
        y = self.tracks[machine.track]
        return np.array(
            [[lo + 0.3, y - BODY_HALF_WIDTH, BODY_BOTTOM], [hi - 0.3, y + BODY_HALF_WIDTH, BODY_TOP]]
        )

    def machine_pose(self, machine: Machine, t: float) -> np.ndarray:
        """4x4 matrix from the machine's own frame to the plan."""
        head, _ = machine.head_tail(t)
        return placed(head, self.tracks[machine.track], not machine.head_low)

    def truth(self, t: float) -> dict:
        """The truth at one instant (docs/metrics.md)."""
        found = []
        for machine in self.machines:
            lo, hi = machine.segment(t)
            if hi <= 0:
                continue
            head, tail = machine.head_tail(t)
            found.append(
                {
                    "id": machine.id,
                    "track": machine.track,
                    "head": round(head, 3),
                    "tail": round(tail, 3),
                    "velocity": round(machine.velocity(t), 3) + 0.0,
                    "inside": bool(lo >= 0 and hi <= self.length),
                    "model": machine.model,
                    "plate": machine.plate,
                }
            )
        return {"time": rfc3339(t), "locomotives": found}

    def end_rectangle(self, machine: Machine, low: bool, t: float) -> np.ndarray:
        """7 x 5 points on the rectangle of one end."""
        s = machine.segment(t)[0 if low else 1]
        y = self.tracks[machine.track] + np.linspace(-END_HALF_WIDTH, END_HALF_WIDTH, 7)
        z = np.linspace(0.0, END_HEIGHT, 5)
        yy, zz = np.meshgrid(y, z)
        return np.stack([np.full(35, s), yy.ravel(), zz.ravel()], 1)

    def seen_share(self, camera: SiteCamera, machine: Machine, low: bool, t: float) -> float:
        """Share of an end that this camera sees; 0 where it is turned away or out of range."""
        points = self.end_rectangle(machine, low, t)
        eye = np.array(camera.place)
        reach = abs(points[0, 0] - eye[0])
        facing = (eye[0] < points[0, 0]) == low
        if not facing or not SEEN_FROM <= reach <= SEEN_TO:
            return 0.0
        boxes = [self.machine_box(m, t) for m in self.machines if m is not machine]
        boxes += [mover.box(t) for mover in self.movers]
        return float((camera.shows(points) & ~hidden(eye, points, np.array(boxes))).mean())


def rfc3339(t: float) -> str:
    """The instant `t` seconds after the start, without trailing zeros."""
    text = (START + dt.timedelta(seconds=round(t, 6))).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return text.rstrip("0").rstrip(".") + "Z"


def hidden(eye: np.ndarray, points: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Which of the points lie behind any of the boxes (n, 2, 3), seen from the eye: slab test."""
    ray = (points - eye)[:, None, :]
    ray = np.where(np.abs(ray) < 1e-9, 1e-9, ray)
    low, high = (boxes[None, :, 0] - eye) / ray, (boxes[None, :, 1] - eye) / ray
    enter, leave = np.minimum(low, high).max(-1), np.maximum(low, high).min(-1)
    return ((enter < leave) & (leave > 0) & (enter < 0.995)).any(1)


def coupled(scenario: Scenario, machine: Machine, low: bool, t: float) -> bool:
    """Whether another machine stands right before this end."""
    lo, hi = machine.segment(t)
    for other in scenario.machines:
        if other is machine or other.track != machine.track:
            continue
        other_lo, other_hi = other.segment(t)
        if (low and 0 <= lo - other_hi < 2.5) or (not low and 0 <= other_lo - hi < 2.5):
            return True
    return False


def coverage(scenario: Scenario, step: float = 1.0) -> list[str]:
    """For every end: from when to when which cameras see it, and where nobody does."""
    lines = []
    for machine in scenario.machines:
        for low in (True, False):
            spans: list[list] = []
            for t in np.arange(0, DURATION + 1e-9, step):
                lo, hi = machine.segment(t)
                s = lo if low else hi
                if not -1.0 <= s <= scenario.length:
                    key = "outside"
                elif coupled(scenario, machine, low, t):
                    key = "coupled"
                else:
                    shares = {
                        c.id: scenario.seen_share(c, machine, low, t)
                        for c in scenario.cameras
                        if machine.track in c.tracks and scenario.alive(c.id, t)
                    }
                    seen = [c for c, share in shares.items() if share > SEEN_SHARE]
                    moving = "moving" if abs(machine.velocity(t)) > 0.05 else "at rest"
                    key = f"{moving}: {' '.join(seen) or 'NOBODY'}"
                if spans and spans[-1][2] == key:
                    spans[-1][1] = t
                else:
                    spans.append([t, t, key])
            kind = "head" if low == machine.head_low else "tail"
            lines.append(f"{machine.id} {machine.model} {machine.track} {'low' if low else 'high'} end ({kind})")
            lines += [
                f"    {a:4.0f}..{b:2.0f} s  s = {machine.segment(a)[0 if low else 1]:5.1f}..{machine.segment(b)[0 if low else 1]:5.1f}  {key}"
                for a, b, key in spans
            ]
    return lines


def survey(scenario: Scenario, camera: SiteCamera, count: int = 12) -> list[dict]:
    """Marks as a surveyor measures them: pixel error 0.4 px, plan error 1 cm; spread over the picture."""
    rng = np.random.default_rng([scenario.seed, camera.seed, 7])
    floor = [
        (x, y + side, 0.0)
        for x in np.arange(-4.0, scenario.length + 4.0, 2.0)
        for y in scenario.tracks.values()
        for side in (-1.0, 1.0)
    ]
    walls = min(scenario.tracks.values()) - 2.2, max(scenario.tracks.values()) + 2.2
    posts = [(x, y, z) for x in np.arange(0.0, scenario.length + 1, 6.0) for y in walls for z in (1.5, 3.0, 4.5)]

    def choose(candidates: list, number: int, start: list) -> list:
        points = np.array(candidates)
        near = np.linalg.norm(points - np.array(camera.place), axis=1) < 30.0
        points = points[near & camera.shows(points, margin=12.0)]
        pixels = camera.optics.project(points)
        chosen = list(start)
        picked: list = []
        for _ in range(min(number, len(points))):
            taken = np.array([pixel for _, pixel in chosen + picked] or [[480.0, 520.0]])
            gap = np.linalg.norm(pixels[:, None] - taken[None], axis=2).min(1)
            best = int(gap.argmax())
            picked.append((points[best], pixels[best]))
        return picked

    marks = choose(floor, count - 3, [])
    marks += choose(posts, 3, marks)
    surveyed = []
    for point, pixel in marks:
        px = pixel + rng.normal(0, 0.4, 2)
        place = point + rng.normal(0, 0.01, 3)
        mark = {"px": [round(float(v), 2) for v in px], "plan": [round(float(v), 3) for v in place[:2]]}
        if point[2] > 0:
            mark["z"] = round(float(place[2]), 3)
        surveyed.append(mark)
    return surveyed


def _site(hall: Hall, places: list[tuple], tilt_seed: int) -> tuple[SiteCamera, ...]:
    """Cameras C1.. from (x, lane, height, pitch, yaw off the track, focal, k1); lane 0 lies between T1 and T2."""
    rng = np.random.default_rng(tilt_seed)
    ys = [track.y for track in hall.tracks]
    cameras = []
    for i, (x, lane, height, pitch, yaw, focal, k1) in enumerate(places):
        upward = i in (0, 1, 2, 3)
        y = (ys[lane] + ys[lane + 1]) / 2 + rng.uniform(-0.25, 0.25)
        cameras.append(
            SiteCamera(
                id=f"C{i + 1}",
                place=(x, round(float(y), 3), height),
                yaw=yaw + (0.0 if upward else 180.0),
                pitch=pitch,
                roll=round(float(rng.normal(0, 0.6)), 3),
                focal=focal,
                k1=k1,
                tracks=(f"T{lane + 1}", f"T{lane + 2}"),
                seed=i + 1,
            )
        )
    return tuple(cameras)


def _walkers(hall: Hall, lanes: list[tuple]) -> tuple[Mover, ...]:
    """People and carts that go up and down beside the tracks: (kind, y, from x, to x, speed, phase)."""
    sizes = {"person": (0.5, 0.5, 0.0, 1.8), "cart": (1.8, 1.1, 0.0, 1.3)}
    return tuple(
        Mover(kind, ((a, y), (b, y + 0.4), (b, y + 0.6), (a, y - 0.2)), speed, phase, size=sizes[kind], look=look)
        for look, (kind, y, a, b, speed, phase) in enumerate(lanes)
    )


def _load(x: float, aside: float, before: float, start: float, end: float) -> Mover:
    """A load on the crane: from `aside` (plan y) to `before` the camera, there from start to end, and back."""
    places = ((x, aside), (x, aside), (x, before), (x, before), (x, aside), (x, aside))
    times = (0.0, start - 5.0, start, end, end + 5.0, DURATION)
    return Mover("load", places, times=times, size=(2.4, 3.4, 2.7, 5.9))


def demo() -> Scenario:
    hall = Hall(169, length=66.0)
    ys = [track.y for track in hall.tracks]
    lane = [(ys[0] + ys[1]) / 2, (ys[1] + ys[2]) / 2]
    machines = (
        Machine("G1", "S14", "10370211", "T1", 6.0, True, "orange", (Move(41.0, 26.6, 1.25),)),
        Machine("G2", "N17", "15420714", "T1", 48.1, False, "signal-red"),
        Machine("G3", "D23", "15110463", "T2", 4.0, True, "forest", (Move(34.0, -42.0),)),
        Machine("G4", "H18", "11205531", "T3", 41.0, False, "ocean"),
        Machine("G5", "T28", "12440392", "T3", OUTSIDE - MODELS["T28"], True, "white-blue", (Move(36.0, 44.3),)),
        Machine("G6", "E21", "11380854", "T1", OUTSIDE - MODELS["E21"], False, "cream", (Move(47.0, 37.8),)),
        Machine("G7", "S14", "10371052", "T2", 44.0, True, "turquoise"),
    )
    cameras = _site(
        hall,
        [
            (-7.2, 0, 6.6, 20.5, 1.5, 690.0, -0.08),
            (-7.5, 1, 6.9, 21.0, -1.0, 705.0, -0.06),
            (23.6, 0, 6.7, 22.0, -1.5, 660.0, -0.09),
            (23.9, 1, 6.5, 21.5, 1.0, 675.0, -0.07),
            (41.0, 0, 6.8, 22.0, 1.0, 665.0, -0.08),
            (41.4, 1, 6.4, 21.0, -1.5, 680.0, -0.10),
            (73.0, 0, 6.9, 21.0, -1.0, 700.0, -0.05),
            (72.6, 1, 6.6, 20.5, 1.5, 685.0, -0.09),
        ],
        11,
    )
    movers = _walkers(
        hall,
        [
            ("person", lane[0] + 0.9, 2.0, 34.0, 1.25, 3.0),
            ("person", ys[2] + 3.0, 12.0, 60.0, 1.1, 20.0),
            ("cart", ys[0] - 3.2, 4.0, 62.0, 1.6, 40.0),
        ],
    ) + (_load(32.4, ys[2] + 3.4, lane[1] + 1.5, 50.0, 60.0),)
    return Scenario(
        name="demo",
        facility="hall-demo",
        seed=2026,
        hall=hall,
        machines=machines,
        cameras=cameras,
        movers=movers,
        dark=(30.0, 40.0),
        dead={"C8": (60.0, 80.0)},
    )


def evaluation() -> Scenario:
    hall = Hall(9703, validation=True, length=69.0)
    ys = [track.y for track in hall.tracks]
    lane = [(ys[0] + ys[1]) / 2, (ys[1] + ys[2]) / 2]
    machines = (
        Machine("H1", "T28", "12440582", "T1", 38.0, False, "maroon"),
        Machine("H2", "H18", "11206042", "T2", 14.9, False, "lime", (Move(32.0, -48.0),)),
        Machine("H3", "E21", "11381472", "T2", 34.0, True, "turquoise"),
        Machine("H4", "N17", "15421332", "T3", 7.0, False, "black-gold", (Move(38.0, 26.8, 1.25),)),
        Machine("H5", "S14", "10370922", "T3", 51.6, True, "signal-red"),
        Machine("H6", "D23", "15111289", "T1", OUTSIDE - MODELS["D23"], False, "traffic-grey", (Move(35.0, 40.2),)),
        Machine("H7", "E21", "11381597", "T3", OUTSIDE - MODELS["E21"], True, "navy-orange", (Move(46.0, 38.7, 1.5),)),
    )
    cameras = _site(
        hall,
        [
            (-6.8, 0, 6.2, 19.5, -1.0, 650.0, -0.05),
            (-7.4, 1, 7.1, 22.0, 1.5, 720.0, -0.10),
            (25.2, 0, 6.9, 22.5, 2.0, 640.0, -0.07),
            (26.0, 1, 6.3, 21.0, -1.0, 700.0, -0.09),
            (43.0, 0, 6.3, 20.5, -1.5, 690.0, -0.10),
            (43.6, 1, 7.0, 23.0, 1.0, 645.0, -0.06),
            (76.2, 0, 7.2, 21.5, 1.5, 715.0, -0.08),
            (75.8, 1, 6.4, 20.0, -1.0, 660.0, -0.04),
        ],
        12,
    )
    movers = _walkers(
        hall,
        [
            ("person", lane[1] - 1.0, 30.0, 58.0, 1.2, 10.0),
            ("person", ys[0] - 3.0, 8.0, 50.0, 1.3, 55.0),
            ("cart", ys[2] + 3.2, 6.0, 64.0, 1.5, 15.0),
        ],
    ) + (_load(68.5, ys[0] - 3.4, lane[0] - 1.5, 58.0, 68.0),)
    return Scenario(
        name="evaluation",
        facility="hall-evaluation",
        seed=4711,
        hall=hall,
        machines=machines,
        cameras=cameras,
        movers=movers,
        dark=(76.0, 86.0),
        dead={"C3": (35.0, 55.0)},
    )


SCENARIOS = {"demo": demo, "evaluation": evaluation}
