"""Skeleton: signatures are final, the inside follows in minutes."""

from __future__ import annotations

import numpy as np

from .camera import Camera
from .scene import Lighting, Mesh


class Renderer:
    """One EGL context (software or GPU); sizes up to width x height."""

    def __init__(self, width: int, height: int, samples: int = 4): ...

    def upload(self, mesh: Mesh) -> "Model":
        """Static geometry goes up once; `Model.release()` gives it back."""

    def render(self, items: list[tuple["Model", np.ndarray]], lighting: Lighting, camera: Camera) -> tuple[np.ndarray, np.ndarray]:
        """items = (model, 4x4 pose). -> (tone-mapped RGB uint8 with the lens distortion of the camera,
        depth in metres of the undistorted picture of camera.pinhole())."""
