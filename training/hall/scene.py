"""A repair hall drawn from a seed: building, tracks, lamps, and what moves in it besides rolling stock.

Plan metres: x along the hall, y across, z up from the rail head. Tracks are straight and parallel to x; s = x.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .mesh import Builder, Mesh, pose
from .plates import random_number
from .rolling_stock import (
    ALL_LIVERIES,
    END_HALF_WIDTH,
    END_HEIGHT,
    LIVERIES,
    MODELS,
    VALIDATION_LIVERIES,
    End,
    Locomotive,
    Plate,
    wagon_mesh,
)

__all__ = [
    "ALL_LIVERIES", "END_HALF_WIDTH", "END_HEIGHT", "End", "Hall", "LIVERIES", "Lighting", "Locomotive", "MODELS", "Mesh", "Plate",
    "Track", "VALIDATION_LIVERIES", "cart_mesh", "crane_mesh", "person_mesh", "placed", "random_number", "wagon_mesh",
]  # fmt: skip

WALLS = [(0.62, 0.6, 0.56), (0.55, 0.36, 0.28), (0.7, 0.68, 0.6), (0.48, 0.53, 0.55), (0.66, 0.58, 0.44), (0.4, 0.42, 0.44), (0.75, 0.75, 0.73)]
VALIDATION_WALLS = [(0.45, 0.52, 0.42), (0.58, 0.5, 0.55), (0.5, 0.46, 0.36)]
FLOORS = [(0.42, 0.41, 0.39), (0.33, 0.33, 0.33), (0.47, 0.43, 0.37), (0.36, 0.39, 0.37)]
DOORS = [(0.45, 0.16, 0.12), (0.16, 0.32, 0.24), (0.2, 0.3, 0.45), (0.5, 0.5, 0.48), (0.7, 0.55, 0.15)]
DAYLIGHT, LAMPLIGHT = -10.0, 0.0  # see Mesh: what a negative glow shines with
STEEL = (0.2, 0.2, 0.21)


@dataclass(frozen=True)
class Track:
    id: str
    y: float
    length: float  # s = x, from 0 to length


@dataclass(frozen=True)
class Lighting:
    """What the renderer needs to know about light (linear RGB)."""

    sky: np.ndarray  # hemisphere from above
    ground: np.ndarray  # hemisphere from below
    sun_direction: np.ndarray  # towards the light; the one light that throws shadows
    sun: np.ndarray
    rows: np.ndarray  # (n <= 8, 7): rows of lamps along x as lines of light: x0, x1, y, z, colour
    lamps: float  # how bright the lamps look, 0 = off
    daylight: float  # how bright windows and the open look
    exposure: float = 1.0


def placed(x: float, y: float, flipped: bool = False) -> np.ndarray:
    """4x4 pose. Not flipped: local +x = world +x, so the head (local x = 0) is at world x and looks to -x.

    Flipped: turned by 180 degrees, the head is at world x and looks to +x; the tail is at x - length.
    """
    return pose(x, y, 0.0, 180.0 if flipped else 0.0)


def _kelvin(t: float) -> np.ndarray:
    """Roughly the linear RGB of a lamp of this colour temperature, green = 1."""
    warm = np.clip((6500 - t) / 3800, -0.3, 1.0)
    return np.array([1 + 0.45 * warm, 1.0, 1 - 0.55 * warm])


class Hall:
    """The same seed gives the same hall. `length` fixes the track length (64..70 m by the seed otherwise)."""

    def __init__(self, seed: int, validation: bool = False, length: float | None = None):
        self.seed, self.validation = seed, validation
        rng = np.random.default_rng([seed, 1])
        self.length = float(np.round(rng.uniform(64, 70), 1)) if length is None else length
        self.spacing = float(np.round(rng.uniform(5.5, 6.5), 2))
        self.tracks = [Track(f"T{k + 1}", k * self.spacing, self.length) for k in range(3)]
        self.x_range = (-12.0, self.length + 10.0)
        side = rng.uniform(4.0, 7.0, 2)
        self.y_range = (-float(side[0]), 2 * self.spacing + float(side[1]))
        self.height = float(rng.uniform(9.5, 12.5))
        self.crane_z = self.height - float(rng.uniform(1.6, 2.4))
        walls = VALIDATION_WALLS if validation else WALLS
        self._wall = np.array(walls[rng.integers(len(walls))]) * rng.uniform(0.85, 1.1)
        self._dado = np.array(DOORS[rng.integers(len(DOORS))]) * 0.8 if rng.random() < 0.5 else self._wall * 0.7
        self._floor = np.array(FLOORS[rng.integers(len(FLOORS))]) * rng.uniform(0.8, 1.15)
        self._door = DOORS[rng.integers(len(DOORS))]
        self._pits = [sorted(rng.uniform(4, self.length - 4, 2)) if rng.random() < 0.6 else None for _ in self.tracks]
        self._sunk = rng.random() < 0.25  # sleepers in ballast instead of flush rails
        self._lamp_color = _kelvin(rng.uniform(2800, 6500))
        self._lamp_y = [float(y) for y in (self.tracks[0].y - side[0] * 0.45, self.spacing * 0.5, self.spacing * 1.5, 2 * self.spacing + side[1] * 0.45)]
        self._lamp_step = float(rng.uniform(6, 10))
        self._lamp_power = float(rng.uniform(0.8, 1.5))
        self._window_side = rng.choice([-1, 1])
        self._open_gates = rng.random(3) < 0.6
        self._rng = rng

    def lighting(self, lamps: float = 1.0, daylight: float = 0.5, exposure: float = 1.0) -> Lighting:
        """lamps: share of their light that is on; the far rows go off first. daylight: 0 night .. 1 bright day."""
        day = np.array([0.85, 0.95, 1.1]) * daylight
        lamp = self._lamp_color
        x0, x1 = self.x_range
        rows = []
        for k, y in enumerate(self._lamp_y):
            on = np.clip(lamps * len(self._lamp_y) - k, 0, 1)
            if on > 0:
                rows.append([x0 + 3, x1 - 3, y, self.height - 1.4, *(lamp * self._lamp_power * 1.5 * on)])
        for y in self.y_range:  # the windows of the long walls
            if daylight > 0:
                rows.append([x0, x1, y, self.height * 0.55, *(day * (1.5 if (y > 0) == (self._window_side > 0) else 0.8))])
        direction = np.array([0.15, 0.35 * self._window_side, 1.0])
        return Lighting(
            sky=0.05 * day + 0.05 * lamps * lamp + 0.012,
            ground=0.035 * day + 0.03 * lamps * lamp + 0.006,
            sun_direction=direction / np.linalg.norm(direction),
            sun=0.28 * day + 0.30 * lamps * lamp,
            rows=np.array(rows).reshape(-1, 7),
            lamps=float(lamps), daylight=float(daylight), exposure=exposure,
        )  # fmt: skip

    def static_mesh(self) -> Mesh:
        b = Builder()
        rng = np.random.default_rng([self.seed, 2])
        self._floor_and_tracks(b)
        self._walls(b)
        self._roof(b)
        self._clutter(b, rng)
        return b.mesh()

    # -- building ---------------------------------------------------------------------------------------------------

    def _floor_and_tracks(self, b: Builder):
        (x0, x1), (y0, y1) = self.x_range, self.y_range
        level = -0.17 if self._sunk else -0.015
        floor = {"color": self._floor, "gloss": 0.35, "dirt": 0.5, "grain": 0.7}

        def strip(xa, xb, ya, yb, z=level):
            b.quad([(xa, ya, z), (xb, ya, z), (xb, yb, z), (xa, yb, z)], **floor)

        edge = y0
        for track, pit in zip(self.tracks, self._pits):
            strip(x0, x1, edge, track.y - 0.6)
            edge = track.y + 0.6
            if pit is None:
                strip(x0, x1, track.y - 0.6, edge)
            else:
                strip(x0, pit[0], track.y - 0.6, edge)
                strip(pit[1], x1, track.y - 0.6, edge)
                strip(*pit, track.y - 0.6, edge, -1.3)
                for y in (track.y - 0.6, edge):
                    b.quad([(pit[0], y, -1.3), (pit[1], y, -1.3), (pit[1], y, level), (pit[0], y, level)], (0.5, 0.5, 0.48), dirt=0.8)
                for x in pit:
                    b.quad([(x, track.y - 0.6, -1.3), (x, edge, -1.3), (x, edge, level), (x, track.y - 0.6, level)], (0.6, 0.5, 0.15))
                for s in (-1, 1):  # yellow lines along the pit
                    y = track.y + s * 1.15
                    b.quad([(pit[0], y - 0.06, level + 0.004), (pit[1], y - 0.06, level + 0.004), (pit[1], y + 0.06, level + 0.004), (pit[0], y + 0.06, level + 0.004)], (0.75, 0.6, 0.1), dirt=0.9)
            for s in (-1, 1):
                y = track.y + s * 0.7525
                b.box((-90, y - 0.036, -0.16), (self.length + 1, y + 0.036, 0.0), (0.5, 0.48, 0.46), gloss=0.8, dirt=0.3)
                b.box((-90, y - 0.09, -0.17), (self.length + 1, y + 0.09, -0.012), (0.16, 0.12, 0.1), dirt=0.9)
            if self._sunk:
                for x in np.arange(x0, self.length + 1, 0.65):
                    if pit is None or not pit[0] < x < pit[1]:
                        b.quad([(x, track.y - 1.3, -0.15), (x + 0.26, track.y - 1.3, -0.15), (x + 0.26, track.y + 1.3, -0.15), (x, track.y + 1.3, -0.15)], (0.2, 0.16, 0.13), dirt=0.9, grain=0.8)
            b.box((self.length + 0.02, track.y - 1.3, 0.75), (self.length + 0.35, track.y + 1.3, 1.3), (0.7, 0.12, 0.1), dirt=0.6)
            for s in (-1, 1):
                b.box((self.length + 0.02, track.y + s * 0.75 - 0.12, 0), (self.length + 0.9, track.y + s * 0.75 + 0.12, 0.8), STEEL, dirt=0.8)
        strip(x0, x1, edge, y1)
        b.quad([(-90, -60, -0.18), (x0, -60, -0.18), (x0, 80, -0.18), (-90, 80, -0.18)], (0.5, 0.47, 0.42), grain=0.9, dirt=0.3)

    def _walls(self, b: Builder):
        rng = np.random.default_rng([self.seed, 3])
        (x0, x1), (y0, y1), h = self.x_range, self.y_range, self.height
        wall = {"gloss": 0.08, "dirt": 0.6, "grain": 0.5}
        sill, top = sorted(rng.uniform([3.2, 6.5], [4.5, h - 1.0]))
        step = float(rng.uniform(4.5, 7.0))
        for y, inward in ((y0, 1), (y1, -1)):
            b.quad([(x0, y, -0.2), (x1, y, -0.2), (x1, y, h), (x0, y, h)], self._wall, **wall)
            d = y + inward * 0.01
            b.quad([(x0, d, -0.2), (x1, d, -0.2), (x1, d, 1.6), (x0, d, 1.6)], self._dado, **wall)
            for x in np.arange(x0 + 1, x1 - 1, step):
                b.box((x - 0.22, min(y, y + inward * 0.4), -0.2), (x + 0.22, max(y, y + inward * 0.4), h), self._wall * 0.85, **wall)
                if x + step < x1:
                    self._pane(b, [(x + 0.7, y + inward * 0.02, sill), (x + step - 0.7, y + inward * 0.02, sill), (x + step - 0.7, y + inward * 0.02, top), (x + 0.7, y + inward * 0.02, top)])
                if rng.random() < 0.12:
                    b.quad([(x + 1, y + inward * 0.03, -0.1), (x + 2.1, y + inward * 0.03, -0.1), (x + 2.1, y + inward * 0.03, 2.2), (x + 1, y + inward * 0.03, 2.2)], self._door)
            b.box((x0, min(y, y + inward * 0.5), self.crane_z - 0.9), (x1, max(y, y + inward * 0.5), self.crane_z - 0.4), (0.55, 0.45, 0.15), dirt=0.7)
        b.quad([(x1, y0, -0.2), (x1, y1, -0.2), (x1, y1, h), (x1, y0, h)], self._wall, **wall)
        for y in np.arange(y0 + 1.0, y1 - 3.0, 4.0):
            if rng.random() < 0.7:
                self._pane(b, [(x1 - 0.02, y, sill), (x1 - 0.02, y + 2.6, sill), (x1 - 0.02, y + 2.6, top), (x1 - 0.02, y, top)])
            elif rng.random() < 0.5:
                b.quad([(x1 - 0.02, y, 0), (x1 - 0.02, y + 1.1, 0), (x1 - 0.02, y + 1.1, 2.2), (x1 - 0.02, y, 2.2)], self._door)
        # gate wall with one opening per track
        edges = [y0] + [t.y + s * 2.3 for t in self.tracks for s in (-1, 1)] + [y1]
        for a, c in zip(edges[0::2], edges[1::2]):
            b.quad([(x0, a, -0.2), (x0, c, -0.2), (x0, c, 5.4), (x0, a, 5.4)], self._wall, **wall)
        b.quad([(x0, y0, 5.4), (x0, y1, 5.4), (x0, y1, h), (x0, y0, h)], self._wall, **wall)
        for track, is_open in zip(self.tracks, self._open_gates):
            if is_open:
                for s in (-1, 1):
                    b.box((x0 + 0.1, min(track.y + s * 2.3, track.y + s * 2.42), 0.0), (x0 + 2.4, max(track.y + s * 2.3, track.y + s * 2.42), 5.2), self._door, **wall)
            else:
                b.quad([(x0 + 0.05, track.y - 2.3, -0.15), (x0 + 0.05, track.y + 2.3, -0.15), (x0 + 0.05, track.y + 2.3, 5.4), (x0 + 0.05, track.y - 2.3, 5.4)], self._door, **wall)
                for z in np.arange(0.6, 5.2, 0.75):
                    b.quad([(x0 + 0.06, track.y - 2.3, z), (x0 + 0.06, track.y + 2.3, z), (x0 + 0.06, track.y + 2.3, z + 0.05), (x0 + 0.06, track.y - 2.3, z + 0.05)], np.array(self._door) * 0.6)
                self._pane(b, [(x0 + 0.08, track.y - 1.7, 3.2), (x0 + 0.08, track.y + 1.7, 3.2), (x0 + 0.08, track.y + 1.7, 3.8), (x0 + 0.08, track.y - 1.7, 3.8)])

    def _pane(self, b: Builder, corners):
        """A window in a wall: bright by day, dark at night, with glazing bars."""
        c = np.asarray(corners, float)
        b.quad(c, (0.75, 0.85, 0.95), glow=DAYLIGHT - 1.1, grain=0.2, gloss=0.8)
        for t in np.linspace(0, 1, 4):
            b.rod(c[0] + (c[1] - c[0]) * t, c[3] + (c[2] - c[3]) * t, 0.09, STEEL)
        for t in np.linspace(0, 1, 5):
            b.rod(c[0] + (c[3] - c[0]) * t, c[1] + (c[2] - c[1]) * t, 0.07, STEEL)

    def _roof(self, b: Builder):
        rng = np.random.default_rng([self.seed, 4])
        (x0, x1), (y0, y1), h = self.x_range, self.y_range, self.height
        b.quad([(x0, y0, h), (x1, y0, h), (x1, y1, h), (x0, y1, h)], (0.34, 0.34, 0.35), dirt=0.5, grain=0.5)
        if rng.random() < 0.5:  # skylights
            for x in np.arange(x0 + 4, x1 - 6, 8):
                b.quad([(x, y0 + 3, h - 0.02), (x + 3, y0 + 3, h - 0.02), (x + 3, y1 - 3, h - 0.02), (x, y1 - 3, h - 0.02)], (0.85, 0.92, 1.0), glow=DAYLIGHT - 0.9)
        paint = [(0.45, 0.47, 0.48), (0.25, 0.35, 0.3), (0.35, 0.2, 0.16), (0.6, 0.6, 0.58)][rng.integers(4)]
        for x in np.arange(x0 + 3, x1 - 1, float(rng.uniform(5, 8))):
            for z in (h - 0.25, h - 1.15):
                b.box((x - 0.08, y0, z - 0.08), (x + 0.08, y1, z + 0.08), paint)
            ys = np.linspace(y0, y1, 11)
            for k, (a, c) in enumerate(zip(ys, ys[1:])):
                up = k % 2
                b.rod((x, a, h - (0.25, 1.15)[up]), (x, c, h - (1.15, 0.25)[up]), 0.1, paint)
        for y in self._lamp_y:
            for x in np.arange(x0 + 4, x1 - 3, self._lamp_step):
                b.box((x - 0.55, y - 0.16, h - 1.5), (x + 0.55, y + 0.16, h - 1.38), self._lamp_color / self._lamp_color.max(), glow=LAMPLIGHT - 4.0)
                b.box((x - 0.6, y - 0.22, h - 1.38), (x + 0.6, y + 0.22, h - 1.25), (0.4, 0.4, 0.4))
                b.rod((x, y, h - 1.25), (x, y, h), 0.04, STEEL)

    def _clutter(self, b: Builder, rng):
        """Benches, racks, drums, crates and signs beside the tracks, never inside the loading gauge."""
        x0, x1 = self.x_range
        lanes = [self.y_range[0] + 1.2, self.y_range[1] - 1.2] + [self.tracks[k].y + self.spacing / 2 for k in (0, 1)]
        for n in range(int(rng.integers(18, 45))):
            lane = rng.integers(4) if rng.random() < 0.35 else rng.integers(2)
            x, y = rng.uniform(x0 + 2, x1 - 2), lanes[lane] + rng.uniform(-0.4, 0.4)
            color = rng.uniform(0.08, 0.7, 3) * rng.choice([1.0, 0.6]) if rng.random() < 0.6 else [(0.75, 0.6, 0.1), (0.65, 0.12, 0.1), (0.15, 0.3, 0.6)][rng.integers(3)]
            kind = rng.integers(6)
            if kind == 0:
                b.cylinder((x, y, -0.02), (x, y, 0.88), 0.29, color, sides=12)
            elif kind == 1:
                w, d, h = rng.uniform(0.3, 1.3), rng.uniform(0.25, 0.5), rng.uniform(0.3, 1.5)
                b.box((x - w, y - d, -0.02), (x + w, y + d, h), color)
            elif kind == 2 and lane < 2:  # rack
                for z in (0.1, 0.9, 1.7, 2.4):
                    b.box((x, y - 0.4, z), (x + 3.0, y + 0.4, z + 0.06), (0.2, 0.3, 0.5))
                    for k in range(4):
                        if rng.random() < 0.6:
                            b.box((x + 0.1 + k * 0.72, y - 0.3, z + 0.06), (x + 0.65 + k * 0.72, y + 0.3, z + rng.uniform(0.25, 0.65)), rng.uniform(0.1, 0.7, 3))
                for dx in (0, 3.0):
                    for dy in (-0.4, 0.4):
                        b.rod((x + dx, y + dy, -0.02), (x + dx, y + dy, 2.6), 0.08, (0.7, 0.35, 0.1))
            elif kind == 3:  # spare wheel set
                for dx in (-0.75, 0.75):
                    b.cylinder((x + dx, y, 0.5), (x + dx + 0.12, y, 0.5), 0.5, (0.3, 0.25, 0.22), sides=16, dirt=0.8)
                b.cylinder((x - 0.8, y, 0.5), (x + 0.8, y, 0.5), 0.09, (0.3, 0.25, 0.22), sides=8)
            elif kind == 4:  # trestle with a platform
                b.box((x, y - 0.5, 1.0), (x + 2.2, y + 0.5, 1.06), (0.75, 0.6, 0.1))
                for dx in (0, 2.2):
                    for dy in (-0.45, 0.45):
                        b.rod((x + dx, y + dy, 0), (x + dx, y + dy, 2.0 if dy < 0 else 1.0), 0.06, (0.75, 0.6, 0.1))
                b.rod((x, y - 0.45, 2.0), (x + 2.2, y - 0.45, 2.0), 0.06, (0.75, 0.6, 0.1))
            else:  # post or sign
                b.rod((x, y, 0), (x, y, 2.3), 0.07, (0.7, 0.6, 0.1))
                b.box((x - 0.02, y - 0.3, 1.7), (x + 0.02, y + 0.3, 2.3), color)
        for _ in range(int(rng.integers(6, 16))):  # stains
            x, y, r = rng.uniform(x0, x1), rng.uniform(*self.y_range), rng.uniform(0.3, 1.6)
            t = np.linspace(0, 2 * np.pi, 9)[:-1]
            rim = np.column_stack([x + r * np.cos(t) * 1.5, y + r * np.sin(t) * rng.uniform(0.4, 1), np.full(8, -0.009 if not self._sunk else -0.164)])
            b.triangles(np.stack([np.repeat(rim[:1], 6, 0), rim[1:-1], rim[2:]], 1), self._floor * 0.55, gloss=0.8, grain=0.9)
        if rng.random() < 0.4:  # columns between the tracks
            y = self.tracks[int(rng.integers(2))].y + self.spacing / 2
            for x in np.arange(x0 + 10, x1 - 5, float(rng.uniform(11, 16))):
                b.box((x - 0.17, y - 0.17, -0.1), (x + 0.17, y + 0.17, self.height), (0.5, 0.5, 0.48), dirt=0.7)
                b.box((x - 0.18, y - 0.18, 0), (x + 0.18, y + 0.18, 1.4), (0.75, 0.6, 0.1), dirt=0.8)


def person_mesh(seed: int) -> Mesh:
    """A worker who stands on the origin and looks to +x."""
    rng = np.random.default_rng([seed, 41])
    b = Builder()
    h = rng.uniform(0.93, 1.07)
    vest = [(0.95, 0.45, 0.05), (0.85, 0.9, 0.1), (0.15, 0.25, 0.5), (0.25, 0.28, 0.3)][rng.integers(4)]
    trousers = [(0.12, 0.15, 0.25), (0.2, 0.2, 0.2), (0.9, 0.42, 0.05)][rng.integers(3)]
    skin = [(0.8, 0.6, 0.48), (0.5, 0.34, 0.25), (0.66, 0.47, 0.36)][rng.integers(3)]
    helmet = [(0.95, 0.95, 0.9), (0.95, 0.8, 0.1), (0.1, 0.3, 0.7)][rng.integers(3)]
    stride = rng.uniform(-0.25, 0.25)
    for s in (-1, 1):
        b.cylinder((s * stride, s * 0.1, 0.0), (0, s * 0.09, 0.85 * h), (0.075, 0.1), trousers, sides=8, dirt=0.4)
        b.cylinder((0, s * 0.22, 1.4 * h), (-s * stride * 0.8 + 0.05, s * 0.28, 0.85 * h), (0.06, 0.045), vest, sides=6)
    b.cylinder((0, 0, 0.82 * h), (0, 0, 1.46 * h), (0.16, 0.21), vest, sides=10, dirt=0.2)
    b.cylinder((0, 0, 1.1 * h), (0, 0, 1.17 * h), (0.205, 0.205), (0.85, 0.85, 0.8), sides=10)
    b.cylinder((0, 0, 1.46 * h), (0, 0, 1.7 * h), (0.08, 0.1), skin, sides=8)
    b.cylinder((0, 0, 1.66 * h), (0, 0, 1.8 * h), (0.14, 0.06), helmet, sides=10)
    return b.mesh()


def cart_mesh(seed: int) -> Mesh:
    """A cart or a small forklift on the floor at the origin, its front to +x."""
    rng = np.random.default_rng([seed, 43])
    b = Builder()
    color = [(0.8, 0.35, 0.05), (0.75, 0.62, 0.1), (0.15, 0.35, 0.6), (0.55, 0.1, 0.1)][rng.integers(4)]
    lift = rng.random() < 0.4
    length, half = rng.uniform(0.8, 1.3), rng.uniform(0.45, 0.6)
    b.box((-length, -half, 0.3), (length, half, 0.55 if not lift else 1.0), color)
    for x in (-length * 0.7, length * 0.7):
        for s in (-1, 1):
            b.cylinder((x, s * (half - 0.05), 0.25), (x, s * (half + 0.08), 0.25), 0.25, (0.08, 0.08, 0.08), sides=10)
    if lift:
        for s in (-1, 1):
            b.rod((length, s * 0.3, 0.1), (length, s * 0.3, 2.3), 0.1, STEEL)
            b.rod((-length * 0.6, s * half * 0.9, 1.0), (-length * 0.4, s * half * 0.9, 2.0), 0.07, STEEL)
            b.box((length, s * 0.3 - 0.07, 0.1), (length + 1.0, s * 0.3 + 0.07, 0.16), STEEL)
        b.box((-length * 0.6, -half, 2.0), (length * 0.6, half, 2.06), STEEL)
    else:
        b.rod((-length, 0, 0.5), (-length - 0.5, 0, 1.1), 0.06, STEEL)
        for k in range(int(rng.integers(0, 4))):
            x, w = rng.uniform(-length * 0.6, length * 0.5), rng.uniform(0.15, 0.35)
            b.box((x - w, -half * 0.7, 0.55), (x + w, half * 0.7, 0.55 + rng.uniform(0.2, 0.7)), rng.uniform(0.1, 0.7, 3))
    return b.mesh()


def crane_mesh(hall: Hall, trolley: float = 0.5, hook: float = 3.0, load: bool = True) -> Mesh:
    """The bridge crane of the hall: bridge at local x = 0, place it with placed(x, 0).

    trolley: 0..1 from the low to the high wall; hook: height of the hook above the rail head.
    """
    b = Builder()
    (y0, y1), z = hall.y_range, hall.crane_z
    yellow = (0.8, 0.6, 0.08)
    for x in (-0.9, 0.9):
        b.box((x - 0.22, y0 + 0.3, z - 0.4), (x + 0.22, y1 - 0.3, z + 0.4), yellow, dirt=0.5)
    for y in (y0 + 0.45, y1 - 0.45):
        b.box((-1.6, y - 0.2, z - 0.4), (1.6, y + 0.2, z + 0.05), yellow, dirt=0.6)
    y = y0 + 1.5 + (y1 - y0 - 3.0) * trolley
    b.box((-1.1, y - 0.7, z + 0.4), (1.1, y + 0.7, z + 0.95), (0.35, 0.36, 0.38))
    for dx in (-0.12, 0.12):
        b.rod((dx, y, z), (dx, y, hook + 0.4), 0.04, (0.1, 0.1, 0.1))
    b.box((-0.25, y - 0.2, hook), (0.25, y + 0.2, hook + 0.55), yellow)
    if load:
        for s in (-1, 1):
            b.rod((0, y, hook), (0, y + s * 0.9, hook - 0.8), 0.04, (0.1, 0.1, 0.1))
        b.box((-0.5, y - 1.0, hook - 1.9), (0.5, y + 1.0, hook - 0.8), (0.3, 0.32, 0.34), dirt=0.9)
    return b.mesh()
