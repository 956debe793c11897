"""What a camera does to a clean picture: lens, vignette, exposure, white balance, noise.

The renderer knows only a pinhole. `Lens` says how much wider it must render and bends the result; `CameraEffects`
does the rest. Everything is a function of the seed and the frame number, so frames can be made in any order and
an interrupted run goes on with the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np


@dataclass(frozen=True)
class Lens:
    """Brown-Conrady lens (OpenCV's k1) of a `width` x `height` camera, principal point in the centre."""

    width: int
    height: int
    focal: float
    k1: float

    def undistort(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels of the camera -> pixels of the pinhole with the same centre."""
        centre = np.array([self.width / 2, self.height / 2])
        bent = (np.asarray(pixels, np.float64) - centre) / self.focal
        far = np.sqrt((bent * bent).sum(-1, keepdims=True))
        r = far.copy()
        for _ in range(20):  # Newton on r (1 + k1 r^2) = far
            r -= (r * (1 + self.k1 * r * r) - far) / (1 + 3 * self.k1 * r * r)
        return bent * np.where(far > 1e-12, r / np.maximum(far, 1e-12), 1.0) * self.focal + centre

    def distort(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels of the pinhole -> pixels of the camera."""
        centre = np.array([self.width / 2, self.height / 2])
        x = (np.asarray(pixels, np.float64) - centre) / self.focal
        r2 = (x * x).sum(-1, keepdims=True)
        return x * (1 + self.k1 * r2) * self.focal + centre

    @cached_property
    def wide_size(self) -> tuple[int, int]:
        """Size of the pinhole picture (same focal length and centre) that covers the whole bent picture."""
        w, h = self.width, self.height
        border = np.array([[0, 0], [w / 2, 0], [w, 0], [0, h / 2], [w, h / 2], [0, h], [w / 2, h], [w, h]], np.float64)
        reach = np.abs(self.undistort(border) - np.array([w / 2, h / 2])).max(0)
        wide = 2 * (np.ceil(np.maximum(reach, [w / 2, h / 2])).astype(int) + 2)
        return int(wide[0]), int(wide[1])

    @cached_property
    def _maps(self) -> tuple[np.ndarray, np.ndarray]:
        v, u = np.mgrid[0 : self.height, 0 : self.width]
        # Pixel (i, j) shows the light at its centre (i + 0.5, j + 0.5); remap counts from pixel centres.
        source = self.undistort(np.stack([u + 0.5, v + 0.5], -1).reshape(-1, 2))
        wide = np.array(self.wide_size, np.float64)
        source += wide / 2 - np.array([self.width / 2, self.height / 2]) - 0.5
        source = source.reshape(self.height, self.width, 2).astype(np.float32)
        return cv2.convertMaps(source[..., 0], source[..., 1], cv2.CV_16SC2)

    def bend(self, wide: np.ndarray) -> np.ndarray:
        """A pinhole picture of `wide_size` -> the picture through the lens."""
        return cv2.remap(wide, *self._maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def vignette(width: int, height: int, strength: float) -> np.ndarray:
    """Share of light that reaches each pixel: 1 in the centre, 1 - strength in the corners."""
    y, x = np.mgrid[0:height, 0:width]
    r2 = ((x + 0.5) / width * 2 - 1) ** 2 + ((y + 0.5) / height * 2 - 1) ** 2
    return (1 - strength * r2 / 2).astype(np.float32)


def drift(rng: np.random.Generator, frames: int, sigma: float, step_s: float, tau_s: float = 5.0) -> np.ndarray:
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
        self._exposure = np.exp(drift(rng, frames, 0.02, 1 / rate))
        tint = rng.normal(0, 0.025, 3)
        red, blue = drift(rng, frames, 0.008, 1 / rate), drift(rng, frames, 0.008, 1 / rate)
        balance = np.stack([red, np.zeros(frames), blue], 1) + (tint - tint.mean())
        self._balance = np.exp(balance)
        self._vignette = vignette(width, height, rng.uniform(0.12, 0.3))[..., None]

    def apply(self, picture: np.ndarray, frame: int, gain: float = 1.0, sigma: float = 2.0) -> np.ndarray:
        """The picture as the sensor delivers it. `gain`: amplification; `sigma`: noise in grey levels."""
        factor = (self._exposure[frame] * gain * self._balance[frame]).astype(np.float32)
        light = picture.astype(np.float32) * (self._vignette * factor)
        rng = np.random.default_rng([self._seed, 1, frame])
        noise = rng.standard_normal((*self._size, 3), np.float32)
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
