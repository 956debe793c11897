"""Triangles by the handful: primitives from which halls and machines are built.

Winding does not matter: the renderer draws both sides and turns normals towards the eye.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

TEXTURE_HEIGHT, TEXTURE_WIDTH = 64, 512
FLOATS = 16  # position 3, normal 3, colour 3, gloss, dirt, glow, grain, u, v, layer


@dataclass
class Mesh:
    """Triangle soup: (n, 16) float32 = position 3, normal 3, colour 3, gloss, dirt, glow, grain, u, v, layer.

    colour is sRGB 0..1. glow > 0 shines by itself; in (-10, 0) it shines with the hall lamps, strength -glow;
    <= -10 with daylight, strength -glow - 10. layer counts in `textures` ((64, 512, 4) uint8 each), -1 = none.
    """

    vertices: np.ndarray
    textures: list[np.ndarray] = field(default_factory=list)


def pose(x=0.0, y=0.0, z=0.0, turn=0.0) -> np.ndarray:
    """4x4: turned about the vertical by `turn` degrees, then moved."""
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    return np.array([[c, -s, 0, x], [s, c, 0, y], [0, 0, 1, z], [0, 0, 0, 1.0]])


def transform(matrix, points) -> np.ndarray:
    return np.asarray(points, float) @ matrix[:3, :3].T + matrix[:3, 3]


_BOX = np.array([[0, 1, 3, 2], [4, 5, 7, 6], [0, 1, 5, 4], [2, 3, 7, 6], [0, 2, 6, 4], [1, 3, 7, 5]])


class Builder:
    """Collects surfaces. Keywords of every primitive: color, gloss, dirt, glow, grain."""

    def __init__(self):
        self._parts: list[np.ndarray] = []
        self.textures: list[np.ndarray] = []

    def mesh(self) -> Mesh:
        return Mesh(np.concatenate(self._parts) if self._parts else np.zeros((0, FLOATS), np.float32), self.textures)

    def triangles(self, points, color, gloss=0.15, dirt=0.4, glow=0.0, grain=0.3, normals=None, uvl=None):
        p = np.asarray(points, np.float32).reshape(-1, 3, 3)
        if normals is None:
            n = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
            n /= np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-9)
            normals = np.repeat(n[:, None], 3, 1)
        out = np.empty((len(p) * 3, FLOATS), np.float32)
        out[:, 0:3] = p.reshape(-1, 3)
        out[:, 3:6] = np.asarray(normals).reshape(-1, 3)
        out[:, 6:9] = color
        out[:, 9:13] = gloss, dirt, glow, grain
        out[:, 13:16] = (0, 0, -1) if uvl is None else uvl
        self._parts.append(out)

    def include(self, mesh: Mesh, matrix: np.ndarray):
        v = mesh.vertices.copy()
        v[:, 0:3] = transform(matrix, v[:, 0:3])
        v[:, 3:6] = v[:, 3:6] @ matrix[:3, :3].T
        v[v[:, 15] >= 0, 15] += len(self.textures)
        self._parts.append(v)
        self.textures.extend(mesh.textures)

    def quad(self, corners, color=(1, 1, 1), texture=None, **surface):
        """Four corners in order round; with a texture: top left, top right, bottom right, bottom left."""
        c = np.asarray(corners, float)
        uvl = None
        if texture is not None:
            layer = len(self.textures)
            self.textures.append(texture)
            uvl = np.array([[0, 0], [1, 0], [1, 1], [0, 0], [1, 1], [0, 1.0]])
            uvl = np.column_stack([uvl, np.full(6, layer)])
        self.triangles(c[[0, 1, 2, 0, 2, 3]], color, uvl=uvl, **surface)

    def hexahedron(self, corners, color, **surface):
        """Eight corners, index bits x, y, z (4, 2, 1)."""
        faces = np.asarray(corners, float)[_BOX]
        self.triangles(faces[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3), color, **surface)

    def box(self, low, high, color, **surface):
        (x0, y0, z0), (x1, y1, z1) = low, high
        self.hexahedron([(x, y, z) for x in (x0, x1) for y in (y0, y1) for z in (z0, z1)], color, **surface)

    def loft(self, sections, color, caps=True, **surface):
        """sections: list of (x, ring (n, 2) of y, z), all rings alike in length."""
        rings = [np.column_stack([np.full(len(r), x), r]) for x, r in sections]
        for a, b in zip(rings, rings[1:]):
            a1, b1 = np.roll(a, -1, 0), np.roll(b, -1, 0)
            self.triangles(np.stack([a, a1, b1, a, b1, b], 1), color, **surface)
        for r in (rings[0], rings[-1]) if caps else ():
            fan = np.stack([np.repeat(r[:1], len(r) - 2, 0), r[1:-1], r[2:]], 1)
            self.triangles(fan, color, **surface)

    def prism(self, polygon, y0, y1, color, **surface):
        """A convex polygon of (x, z) drawn out across from y0 to y1."""
        p = np.asarray(polygon, float)
        a, b = (np.column_stack([p[:, 0], np.full(len(p), y), p[:, 1]]) for y in (y0, y1))
        a1, b1 = np.roll(a, -1, 0), np.roll(b, -1, 0)
        self.triangles(np.stack([a, a1, b1, a, b1, b], 1), color, **surface)
        for r in (a, b):
            self.triangles(np.stack([np.repeat(r[:1], len(r) - 2, 0), r[1:-1], r[2:]], 1), color, **surface)

    def cylinder(self, start, end, radius, color, sides=10, caps=True, **surface):
        """radius: one number, or (at start, at end)."""
        a, b = np.asarray(start, float), np.asarray(end, float)
        ra, rb = radius if isinstance(radius, tuple) else (radius, radius)
        axis = (b - a) / np.linalg.norm(b - a)
        u = np.cross(axis, (0, 0, 1) if abs(axis[2]) < 0.9 else (1, 0, 0))
        u /= np.linalg.norm(u)
        w = np.cross(axis, u)
        angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
        n = np.cos(angle)[:, None] * u + np.sin(angle)[:, None] * w
        n1 = np.roll(n, -1, 0)
        pa, pb, pa1, pb1 = a + ra * n, b + rb * n, a + ra * n1, b + rb * n1
        self.triangles(
            np.stack([pa, pa1, pb1, pa, pb1, pb], 1), color, normals=np.stack([n, n1, n1, n, n1, n], 1), **surface
        )
        for ring, centre in ((pa, a), (pb, b)) if caps else ():
            self.triangles(np.stack([np.broadcast_to(centre, ring.shape), ring, np.roll(ring, -1, 0)], 1), color, **surface)

    def rod(self, start, end, thickness, color, **surface):
        self.cylinder(start, end, thickness / 2, color, sides=4, caps=False, **surface)
