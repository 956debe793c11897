"""What a camera does to a clean picture: vignette, exposure, white balance, noise (the lens is `camera.py`'s).

Everything is a function of the seed and the frame number, so frames can be made in any order and
an interrupted run goes on with the same bytes.
"""

from __future__ import annotations

import cv2
import numpy as np


def vignette(width: int, height: int, strength: float) -> np.ndarray:
    """Share of light that reaches each pixel: 1 in the centre, 1 - strength in the corners."""
    y, x = np.mgrid[0:height, 0:width]
    r2 = ((x + 0.5) / width * 2 - 1) ** 2 + ((y + 0.5) / height * 2 - 1) ** 2
    return (1 - strength * r2 / 2).astype(np.float32)


def drift(rng: np.random.Generator, frames: int, sigma: float, step_s: float, tau_s: float = 30.0) -> np.ndarray:
    """AR(1) walk around zero with stationary deviation `sigma`."""
    keep = np.exp(-step_s / tau_s)
    kicks = rng.standard_normal(frames) * sigma * np.sqrt(1 - keep * keep)
    walk = np.empty(frames)
    value = rng.standard_normal() * sigma
    for i, kick in enumerate(kicks):
        value = keep * value + kick
        walk[i] = value
    return walk


class CameraEffects:
    """Exposure, white balance, vignette and sensor noise of one camera over a whole clip.

    Pictures are RGB uint8 as displayed (gamma encoded).
    """

    def __init__(self, seed: int, width: int, height: int, frames: int, rate: float):
        rng = np.random.default_rng([seed, 0])
        self._seed = seed
        self._size = (height, width)
        self._exposure = np.exp(drift(rng, frames, 0.012, 1 / rate))
        tint = rng.normal(0, 0.015, 3)
        red, blue = drift(rng, frames, 0.005, 1 / rate), drift(rng, frames, 0.005, 1 / rate)
        balance = np.stack([red, np.zeros(frames), blue], 1) + (tint - tint.mean())
        self._balance = np.exp(balance)
        self._vignette = vignette(width, height, rng.uniform(0.12, 0.3))[..., None]

    def apply(self, picture: np.ndarray, frame: int, gain: float = 1.0, sigma: float = 1.6) -> np.ndarray:
        """The picture as the sensor delivers it. `gain`: amplification; `sigma`: noise in grey levels."""
        factor = (self._exposure[frame] * gain * self._balance[frame]).astype(np.float32)
        light = picture.astype(np.float32) * (self._vignette * factor)
        rng = np.random.default_rng([self._seed, 1, frame])
        # A camera's own filter leaves more noise in the brightness than in the colours.
        noise = 0.87 * rng.standard_normal((*self._size, 1), np.float32) + 0.5 * rng.standard_normal((*self._size, 3), np.float32)
        # Shot noise grows with the light, read noise does not; `sigma` holds at middle grey.
        light += noise * (sigma * np.sqrt(0.4 + np.maximum(light, 0) * (0.6 / 128)))
        return np.clip(light + 0.5, 0, 255).astype(np.uint8)


def motion_blur(picture: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """Blur along (dx, dy) pixels: what a moving camera or a long exposure leaves."""
    steps = int(np.ceil(np.hypot(dx, dy)))
    if steps < 1:
        return picture
    size = 2 * steps + 1
    kernel = np.zeros((size, size), np.float32)
    for t in np.linspace(-0.5, 0.5, 4 * steps + 1):
        kernel[int(round(steps + t * dy)), int(round(steps + t * dx))] += 1
    return cv2.filter2D(picture, -1, kernel / kernel.sum())
