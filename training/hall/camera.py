"""A calibrated camera: pinhole with one radial term, in OpenCV's conventions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Camera:
    """Pixel = K dist(R (X - C)); the principal point is the centre of the picture."""

    width: int
    height: int
    f: float
    k1: float
    R: np.ndarray  # world -> camera (x right, y down, z forward)
    C: np.ndarray  # position in plan metres

    @staticmethod
    def look(width, height, f, k1, position, yaw, pitch, roll=0.0) -> Camera:
        """Degrees. yaw 0 looks along +x, 90 along +y; pitch is positive downwards."""
        y, p, r = np.radians([yaw, pitch, roll])
        forward = np.array([np.cos(p) * np.cos(y), np.cos(p) * np.sin(y), -np.sin(p)])
        right = np.array([np.sin(y), -np.cos(y), 0.0])
        down = np.cross(forward, right)
        right, down = np.cos(r) * right + np.sin(r) * down, np.cos(r) * down - np.sin(r) * right
        return Camera(width, height, f, k1, np.stack([right, down, forward]), np.asarray(position, float))

    def in_camera(self, points) -> np.ndarray:
        """World points (n, 3) in camera coordinates; z is the depth in metres."""
        return (np.asarray(points, float) - self.C) @ self.R.T

    def project(self, points) -> np.ndarray:
        """World points (n, 3) in front of the camera -> distorted pixels (n, 2)."""
        p = self.in_camera(points)
        xy = p[:, :2] / p[:, 2:3]
        r2 = (xy**2).sum(1, keepdims=True)
        if self.k1 < 0:  # beyond its maximum the polynomial folds back; hold it there
            r2 = np.minimum(r2, -1 / (3 * self.k1))
        return xy * (1 + self.k1 * r2) * self.f + [self.width / 2, self.height / 2]

    def widest_k1(self, stretch=1.16) -> float:
        """The strongest barrel distortion for which the pinhole picture is at most `stretch` times wider."""
        corner2 = (self.width**2 + self.height**2) / 4 / self.f**2
        return -(stretch - 1) / (stretch**3 * corner2)

    def pinhole(self) -> Camera:
        """The undistorted camera, same scale in its middle, just large enough to fill this camera's picture."""
        if self.k1 == 0:
            return self
        corner = np.array([[self.width / 2, self.height / 2]]) / self.f
        wide = self._straighten(corner)
        stretch = max(1.0, float((wide / corner).max())) * 1.005
        width, height = (2 * int(np.ceil(n * stretch / 2)) for n in (self.width, self.height))
        return replace(self, width=width, height=height, k1=0.0)

    def _straighten(self, bent) -> np.ndarray:
        """Distorted -> undistorted normalised coordinates (..., 2): Newton on r (1 + k1 r^2) = |bent|."""
        far = np.sqrt((bent**2).sum(-1, keepdims=True))
        r = far.copy()
        for _ in range(12):
            r -= (r * (1 + self.k1 * r * r) - far) / np.maximum(1 + 3 * self.k1 * r * r, 0.05)
        return bent * np.where(far > 1e-12, r / np.maximum(far, 1e-12), 1.0)

    def lens_map(self) -> tuple[np.ndarray, np.ndarray]:
        """Maps for cv2.remap: from the picture of `pinhole()` to this camera's picture."""
        wide = self.pinhole()
        u, v = np.meshgrid(np.arange(self.width) + 0.5, np.arange(self.height) + 0.5)
        xy = np.stack([(u - self.width / 2) / self.f, (v - self.height / 2) / self.f], -1)
        xy = self._straighten(xy)
        source = xy * wide.f + [wide.width / 2 - 0.5, wide.height / 2 - 0.5]
        return source[..., 0].astype(np.float32), source[..., 1].astype(np.float32)
