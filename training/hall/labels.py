"""Boxes of ends and plates in a picture, with how much of each can be seen.

A box is the hull of the projected corners, lens included, clipped to the picture. An end is labelled only if it faces the
camera: its box frames the vertical rectangle of the end plane, bottom edge at rail level.
"""

from __future__ import annotations

import numpy as np

from .camera import Camera
from .mesh import transform
from .rolling_stock import Locomotive

LEAST_VISIBLE, MOST_CUT = 0.3, 0.5
LEAST_FACING = 0.12  # cosine between an end's normal and the way to the camera: below it only a sliver shows
LEAST_PLATE = (6.0, 4.5)  # width and height in pixels
FARTHEST = 38.0  # metres; smaller ends are neither asked for nor counted as wrong
TOLERANCE = {"end": 0.75, "plate": 0.12}  # metres between a sample point and what hides it: fronts slope and stick out


def labels(camera: Camera, depth: np.ndarray, machines: list[tuple[Locomotive, np.ndarray, str]]) -> list[dict]:
    """machines: (locomotive, 4x4 pose, track). depth: metres, of the undistorted picture of `camera.pinhole()`."""
    objects = []
    for locomotive, pose, track in machines:
        for end in locomotive.ends():
            x, y, _ = transform(pose, end.corners).mean(0)
            about = {"class": end.kind, "track": track, "s": round(float(x), 3), "y": round(float(y), 3), "model": locomotive.model, "text": locomotive.number}
            objects += _label(camera, depth, pose, end.corners, end.normal, "end", about)
        for plate in locomotive.plates():
            about = {"class": "plate", "track": track, "model": locomotive.model, "text": plate.text}
            objects += _label(camera, depth, pose, _grown(plate.corners), plate.normal, "plate", about)
    return objects


def _grown(corners: np.ndarray, share: float = 0.05) -> np.ndarray:
    centre = corners.mean(0)
    return centre + (corners - centre) * (1 + share)


def _label(camera, depth, pose, corners, normal, kind, about) -> list[dict]:
    world = transform(pose, corners)
    to_eye = camera.C - world.mean(0)
    distance = float(np.linalg.norm(to_eye))
    facing = float(to_eye @ (pose[:3, :3] @ normal)) / distance
    if facing < LEAST_FACING or (camera.in_camera(world)[:, 2] < 0.3).any():
        return []
    pixels = camera.project(world)
    whole = np.r_[pixels.min(0), pixels.max(0)]
    box = np.clip(whole, 0, [camera.width, camera.height] * 2)
    width, height = box[2:] - box[:2]
    if width <= 1 or height <= 1:
        return []
    if kind == "plate" and (width < LEAST_PLATE[0] or height < LEAST_PLATE[1]):
        return []
    cut = 1 - width * height / float(np.prod(whole[2:] - whole[:2]))
    visibility = seen_share(camera.pinhole(), depth, world, TOLERANCE[kind])
    entry = {**about, "box": [round(float(v), 2) for v in box], "visibility": round(visibility, 3), "cut": round(float(cut), 3), "distance": round(distance, 2)}
    if visibility < LEAST_VISIBLE or cut > MOST_CUT or (kind == "end" and distance > FARTHEST):
        entry["ignore"] = True
    return [entry]


def seen_share(pinhole: Camera, depth: np.ndarray, corners: np.ndarray, tolerance: float) -> float:
    """Share of 7 x 5 points of a rectangle that are inside the picture and in front of what was drawn."""
    # The rectangle is upright: its longest horizontal extent and its height span it.
    a, b = np.linspace(0.07, 0.93, 7), np.linspace(0.1, 0.95, 5)
    order = np.argsort(corners[:, 2], kind="stable")
    bottom, top = corners[order[:2]], corners[order[2:]]
    if (bottom[0] - bottom[1]) @ (top[0] - top[1]) < 0:
        top = top[::-1]
    points = np.concatenate([(bottom[0] + (bottom[1] - bottom[0]) * u) * (1 - v) + (top[0] + (top[1] - top[0]) * u) * v for u in a[:, None] for v in b[:, None]]).reshape(-1, 3)
    pixels = pinhole.project(points)
    inside = ((pixels >= 0) & (pixels < [pinhole.width, pinhole.height])).all(1)
    columns, rows = pixels[inside].astype(int).T
    seen = depth[rows, columns] > pinhole.in_camera(points[inside])[:, 2] - tolerance
    return float(seen.sum()) / len(points)
