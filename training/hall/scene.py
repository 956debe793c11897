"""Skeleton: signatures are final, the inside follows in minutes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

MODELS = {"S14": 14.6, "N17": 16.9, "H18": 18.2, "E21": 20.6, "D23": 23.0, "T28": 27.8}  # model -> length in metres
END_HALF_WIDTH, END_HEIGHT = 1.55, 4.3


@dataclass
class Mesh:
    """Triangle soup: (n, 16) float32 = position 3, normal 3, colour 3, gloss, dirt, glow, grain, u, v, layer."""

    vertices: np.ndarray
    textures: list[np.ndarray] = field(default_factory=list)  # (64, 512, 4) uint8 each, `layer` counts in here


@dataclass(frozen=True)
class Track:
    id: str       # "T1"...
    y: float
    length: float  # s = x, from 0 to length


@dataclass(frozen=True)
class End:
    kind: str            # "head" | "tail"
    corners: np.ndarray  # (4, 3) local, the rectangle of the contract
    normal: np.ndarray   # (3,) outwards


@dataclass(frozen=True)
class Plate:
    text: str
    corners: np.ndarray  # (4, 3) local: top left, top right, bottom right, bottom left as read
    normal: np.ndarray


@dataclass(frozen=True)
class Lighting:
    """What the renderer needs to know about light (linear RGB)."""

    sky: np.ndarray      # hemisphere from above
    ground: np.ndarray   # hemisphere from below
    sun_direction: np.ndarray  # towards the light; the one light that throws a shadow
    sun: np.ndarray
    lamps: np.ndarray    # (n, 6) position, colour
    exposure: float = 1.0


def placed(x: float, y: float, flipped: bool = False) -> np.ndarray:
    """4x4 pose. Not flipped: local +x = world +x, so the head (local x = 0) is at world x and looks to -x.
    Flipped: turned by 180 degrees, the head is at world x and looks to +x; the tail is at x - length."""
    ...


class Locomotive:
    def __init__(self, model: str, livery: str, number: str, seed: int, lit: bool = True): ...
    length: float
    model: str
    number: str
    def mesh(self) -> Mesh: ...
    def ends(self) -> list[End]: ...
    def plates(self) -> list[Plate]: ...


class Hall:
    def __init__(self, seed: int, validation: bool = False, length: float | None = None): ...
    tracks: list[Track]
    x_range: tuple[float, float]   # (-12, L + 10)
    y_range: tuple[float, float]
    height: float
    def static_mesh(self) -> Mesh: ...            # with lamp fittings drawn lit; static_mesh(lamps_on=False) draws them dark
    def lighting(self, lamps: float = 1.0, daylight: float = 0.5) -> Lighting: ...


LIVERIES: list[str] = []             # for training halls
VALIDATION_LIVERIES: list[str] = []


def random_number(rng) -> str: ...
def wagon_mesh(seed: int) -> tuple[Mesh, float]: ...   # mesh, length; local x from 0 to length like a locomotive
def person_mesh(seed: int) -> Mesh: ...                # stands on the origin, looks to +x
def cart_mesh(seed: int) -> Mesh: ...                  # on the floor at the origin
def crane_mesh(hall: Hall, trolley: float = 0.5, hook: float = 3.0) -> Mesh: ...  # bridge at local x = 0, place with placed(x, 0)
