"""A plate in space before a camera of a hall: from above, from the side, a detector's upright box around it."""

import cv2
import numpy as np

WIDEST_YAW = np.radians(58)  # beyond that nothing can be read
STEEPEST = np.radians(32)
ROLL = np.radians(2)


def project(points, yaw, pitch, roll, distance):
    """Points (x to the right, y down) of a plate at the origin, as the camera sees them; the centre keeps its scale."""
    x, y = points[..., 0] * np.cos(yaw), points[..., 1]
    z = points[..., 0] * np.sin(yaw)
    y, z = y * np.cos(pitch) - z * np.sin(pitch), y * np.sin(pitch) + z * np.cos(pitch)
    nearer = distance / np.maximum(distance + z, 0.2 * distance)
    x, y = x * nearer, y * nearer
    return np.stack([x * np.cos(roll) - y * np.sin(roll), x * np.sin(roll) + y * np.cos(roll)], -1)


class View:
    """How one plate is seen. `text` and `plate` are boxes (left, top, right, bottom) in one unit, `scale` pixels per unit."""

    def __init__(self, rng, text, plate, scale):
        self.centre = np.array([(plate[0] + plate[2]) / 2, (plate[1] + plate[3]) / 2])
        self.scale = scale
        self.angles = rng.uniform(-1, 1) * WIDEST_YAW, rng.uniform(0, STEEPEST), rng.normal(0, ROLL)
        self.distance = (plate[2] - plate[0]) * rng.uniform(2.5, 20)
        hull = self.raw(corners(plate))
        low, high = hull.min(0), hull.max(0)
        # A detector's box is a little off on every side.
        low, high = low - rng.uniform(-0.03, 0.15, 2) * (high - low)[1], high + rng.uniform(-0.03, 0.15, 2) * (high - low)[1]
        self.origin = low
        self.size = max(8, round(high[0] - low[0])), max(8, round(high[1] - low[1]))
        self.quad = self(corners(plate))
        self.text_height = np.linalg.norm(np.diff(self(np.array([[(text[0] + text[2]) / 2, text[1]], [(text[0] + text[2]) / 2, text[3]]])), axis=0))

    def raw(self, points):
        return project((points - self.centre) * self.scale, *self.angles, self.distance * self.scale)

    def __call__(self, points):
        """Pixels of the crop."""
        return self.raw(points) - self.origin

    def matrix(self, box, columns, rows):
        """From the pixels of a picture of `box`, so many columns and rows large, to the crop."""
        source = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
        return cv2.getPerspectiveTransform(source, self(corners(box)).astype(np.float32))


def corners(box):
    left, top, right, bottom = box
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)
