"""Locomotives and wagons as triangles.

Local frame: x from 0 (head end plane) to the length (tail end plane), y across, z up from the rail head. Buffers or
couplers reach exactly into the end planes. How the railway tells its ends apart: the head shows a yellow warning panel,
three white lamps and the mark 1; the tail a red buffer beam, two red lamps and the mark 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import plates as art
from .mesh import Builder, Mesh, pose, transform

# Lengths in metres. No sum of two and a coupling gap comes within a metre of another length, so that a coupled pair
# cannot pass for one machine.
MODELS = {"S14": 14.6, "N17": 16.9, "H18": 18.2, "E21": 20.6, "D23": 23.0, "T28": 27.8}
END_HALF_WIDTH, END_HEIGHT = 1.55, 4.3
BUFFER_HEIGHT = 1.05
WIDTH = 1.48  # half width of a full body
GLASS = (0.04, 0.06, 0.08)
STEEL = (0.16, 0.16, 0.17)


@dataclass(frozen=True)
class Livery:
    body: tuple
    lower: tuple
    accent: tuple
    roof: tuple
    frame: tuple


def _rgb(text: str) -> tuple:
    return tuple(int(text[i : i + 2], 16) / 255 for i in (0, 2, 4))


def _livery(*colors: str) -> Livery:
    return Livery(*map(_rgb, colors))


LIVERIES = {
    "signal-red": _livery("b3202a", "8c1820", "e8e4da", "8a8d8f", "3a3c3e"),
    "forest": _livery("1f5a3c", "174530", "e3c341", "6d7274", "2b2d2f"),
    "ocean": _livery("1d4f8c", "dfe2e4", "dfe2e4", "9aa0a4", "34373a"),
    "cream": _livery("e6d9b4", "9c3b2e", "9c3b2e", "7a7d80", "303234"),
    "orange": _livery("d9661f", "3b3f45", "f0efe8", "55595c", "2a2b2c"),
    "black-gold": _livery("2a2c30", "22242a", "c89a2e", "3b3d40", "1f2022"),
    "white-blue": _livery("e4e7ea", "27559b", "27559b", "b0b4b8", "3d4043"),
    "traffic-grey": _livery("7d868c", "4d555b", "c5332c", "5f676c", "2e3133"),
    "maroon": _livery("5c1f2b", "401620", "d8b56a", "4b4e50", "262728"),
    "turquoise": _livery("2a9aa0", "e9ecec", "f3a43a", "8b9092", "3b3d3f"),
}
VALIDATION_LIVERIES = {
    "lime": _livery("8fb63a", "3d4a2a", "f2f2ea", "777c74", "2d2f2c"),
    "violet": _livery("4f3a78", "d6d2df", "e5b93c", "84858f", "313036"),
    "sand-green": _livery("bfa878", "2f6f57", "2f6f57", "6f6d66", "343230"),
    "navy-orange": _livery("18263f", "e07b28", "e07b28", "4c525a", "24272b"),
}
ALL_LIVERIES = LIVERIES | VALIDATION_LIVERIES


@dataclass(frozen=True)
class End:
    kind: str  # "head" | "tail"
    corners: np.ndarray  # (4, 3) local: the rectangle of y +- 1.55, z 0 .. 4.3 in the end plane
    normal: np.ndarray  # outwards


@dataclass(frozen=True)
class Plate:
    text: str
    corners: np.ndarray  # (4, 3) local, round the text: top left, top right, bottom right, bottom left as read
    normal: np.ndarray


class Face:
    """Front of a cab or hood, looking to -x: a profile of (x, z, half width) points from the bottom to the top."""

    def __init__(self, profile):
        self.profile = np.asarray(profile, float)

    def at(self, y, z, off=0.012):
        """Point on the face at (y, z), lifted towards the outside."""
        return np.array([np.interp(z, self.profile[:, 1], self.profile[:, 0]) - off, y, z])

    def panel(self, y0, z0, y1, z1, off=0.012):
        """Corners top left, top right, bottom right, bottom left as seen from outside (left is +y)."""
        return np.array([self.at(y, z, off) for y, z in ((y1, z1), (y0, z1), (y0, z0), (y1, z0))])

    def draw(self, b: Builder, depth: float, color, **surface):
        """Skin of the nose back to x = depth, where the body (half width WIDTH or the widest of the face) begins."""
        p = self.profile
        wide = p[:, 2].max()
        for a, c in zip(p, p[1:]):
            b.quad([(a[0], a[2], a[1]), (c[0], c[2], c[1]), (c[0], -c[2], c[1]), (a[0], -a[2], a[1])], color, **surface)
            for s in (-1, 1):
                b.quad(
                    [(a[0], s * a[2], a[1]), (c[0], s * c[2], c[1]), (depth, s * wide, c[1]), (depth, s * wide, a[1])],
                    color, **surface,
                )  # fmt: skip
        top, bottom = p[-1], p[0]
        for x, z, hw in (top, bottom):
            b.quad([(x, hw, z), (x, -hw, z), (depth, -wide, z), (depth, wide, z)], color, **surface)


def body_ring(half, z0, z1, crown=0.35):
    """Cross-section of a body with a rounded roof."""
    return np.array([
        (half, z0), (half, z1), (half * 0.93, z1 + crown * 0.45), (half * 0.68, z1 + crown * 0.85), (0.0, z1 + crown),
        (-half * 0.68, z1 + crown * 0.85), (-half * 0.93, z1 + crown * 0.45), (-half, z1), (-half, z0),
    ])  # fmt: skip


class Locomotive:
    """One machine. The same arguments give the same triangles."""

    def __init__(self, model: str, livery: str, number: str, seed: int, lit: bool = True, validation: bool = False):
        self.model, self.livery, self.number, self.seed = model, livery, number, seed
        self.length = MODELS[model]
        self._rng = np.random.default_rng([seed, 77])
        self._validation = validation
        self._lit = lit
        self._plates: list[Plate] = []
        self._mesh = self._build()

    def mesh(self) -> Mesh:
        return self._mesh

    def plates(self) -> list[Plate]:
        return self._plates

    def ends(self) -> list[End]:
        corners = [(y, z) for z in (0.0, END_HEIGHT) for y in (-END_HALF_WIDTH, END_HALF_WIDTH)]
        return [
            End(kind, np.array([(x, y, z) for y, z in corners]), np.array([way, 0.0, 0.0]))
            for kind, x, way in (("head", 0.0, -1.0), ("tail", self.length, 1.0))
        ]

    # -- building ---------------------------------------------------------------------------------------------------

    def _build(self) -> Mesh:
        rng, livery = self._rng, ALL_LIVERIES[self.livery]
        self._colors = livery
        self._dirt = float(rng.choice([0.15, 0.35, 0.6, 0.9], p=[0.3, 0.35, 0.25, 0.1]))
        self._paint = {"gloss": float(rng.uniform(0.1, 0.5)), "dirt": self._dirt, "grain": 0.12}
        self._plate_style = self._choose_plate_style()
        b = Builder()
        getattr(self, f"_build_{self.model.lower()}")(b)
        return b.mesh()

    def _choose_plate_style(self):
        rng = self._rng
        files = art.fonts(self._validation)
        light = [(240, 240, 235), (245, 205, 60), (225, 228, 230), (250, 225, 120)][rng.integers(4)]
        dark = [(18, 18, 20), (90, 16, 20), (16, 34, 70), (20, 52, 38)][rng.integers(4)]
        bright = np.mean(self._colors.body) > 0.5
        if rng.random() < 0.3:  # painted on the body
            ink, ground = (dark if bright else light), None
        else:
            ink, ground = (light, dark) if rng.random() < 0.72 else (dark, light)
        return {
            "font": files[rng.integers(len(files))], "ink": ink, "ground": ground,
            "bold": bool(rng.random() < 0.6), "border": bool(rng.random() < 0.5), "height": float(rng.uniform(0.28, 0.35)),
        }  # fmt: skip

    def _number(self, b: Builder, matrix, centre, normal, widest):
        """A number plate round `centre` on a vertical surface, read from outside."""
        s = self._plate_style
        texture, aspect, box = art.text_texture(
            self.number, s["font"], s["ink"], s["ground"], s["bold"], s["border"], np.random.default_rng([self.seed, 5])
        )
        share = box[3] - box[1]
        h = s["height"] / share
        w = h * aspect
        if w > widest:  # condense first, then shrink
            w, h = widest, max(h * widest / w, h * 0.75)
        n = np.asarray(normal, float)
        right = np.cross(-n, (0, 0, 1.0))
        c = np.asarray(centre, float)

        def corners(x0, y0, x1, y1):
            return np.array([
                c + right * (u - 0.5) * w + (0, 0, (0.5 - v) * h) for u, v in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
            ])  # fmt: skip

        b.quad(corners(0, 0, 1, 1), texture=texture, gloss=0.2, dirt=self._dirt * 0.7, grain=0.1)
        grow_y = 0.05 * share
        grow_x = grow_y / aspect
        label = corners(box[0] - grow_x, box[1] - grow_y, box[2] + grow_x, box[3] + grow_y)
        self._plates.append(Plate(self.number, transform(matrix, label), matrix[:3, :3] @ n))

    def _end(self, b: Builder, kind: str, draw):
        """Draws one end with `draw(end_builder, matrix, kind)` looking to -x, then puts it where it belongs."""
        matrix = pose() if kind == "head" else pose(self.length, 0, 0, 180)
        end = Builder()
        draw(end, matrix, kind)
        b.include(end.mesh(), matrix)

    def _gear(self, b: Builder, kind: str, couple="buffers", beam_x=0.58, plough=True):
        """Everything in front of and below the beam: buffers or coupler, hoses, steps, plough."""
        rng, c = self._rng, self._colors
        red = (0.62, 0.05, 0.05)
        beam = red if kind == "tail" else c.frame
        dull = {"gloss": 0.1, "dirt": self._dirt, "grain": 0.25}
        b.box((beam_x, -1.35, 0.72), (beam_x + 0.12, 1.35, 1.32), beam, **dull)
        if couple == "buffers":
            for y in (-0.875, 0.875):
                b.cylinder((beam_x, y, BUFFER_HEIGHT), (0.08, y, BUFFER_HEIGHT), 0.11, STEEL, sides=8, dirt=0.5)
                b.cylinder((0.08, y, BUFFER_HEIGHT), (0.0, y, BUFFER_HEIGHT), 0.24, (0.25, 0.25, 0.26), sides=14, dirt=0.4)
            b.box((0.25, -0.06, 0.92), (beam_x, 0.06, 1.12), STEEL, dirt=0.7)
            b.box((0.2, -0.1, 0.55), (0.3, 0.1, 1.0), STEEL, dirt=0.7)
        else:
            b.box((0.22, -0.14, 0.9), (beam_x, 0.14, 1.18), STEEL, dirt=0.8)
            b.hexahedron([(x, y, z) for x, half in ((0.0, 0.16), (0.26, 0.24)) for y in (-half, half) for z in (0.8, 1.26)],
                         (0.21, 0.2, 0.19), dirt=0.8)  # fmt: skip
        for y in (-0.5, -0.36, 0.36, 0.5):
            b.rod((beam_x, y, 0.95), (beam_x - 0.16, y * 1.05, 0.62), 0.045, (0.05, 0.05, 0.05))
            b.rod((beam_x - 0.16, y * 1.05, 0.62), (beam_x - 0.05, y, 0.38), 0.045, (0.6, 0.1, 0.1) if abs(y) > 0.4 else (0.05,) * 3)
        if plough:
            colour = c.frame if rng.random() < 0.6 else (0.75, 0.6, 0.1)
            b.hexahedron([(x + (0.16 if abs(y) > 1 else 0), y, z) for x in (beam_x - 0.12, beam_x) for y in (-1.25, 0) for z in (0.14, 0.7)], colour, **dull)
            b.hexahedron([(x + (0.16 if abs(y) > 1 else 0), y, z) for x in (beam_x - 0.12, beam_x) for y in (0, 1.25) for z in (0.14, 0.7)], colour, **dull)
        for s in (-1, 1):
            for z in (0.38, 0.72, 1.06):
                b.box((beam_x + 0.16, s * 1.18, z), (beam_x + 0.5, s * 1.46, z + 0.04), STEEL, dirt=0.6)

    def _lamps(self, b: Builder, face: Face, kind: str, low, high, across=1.05):
        """Three white lamps at the head, two red ones at the tail; some machines stand with their lamps off."""
        if kind == "head":
            places, color, off = [(across, low), (-across, low), (0.0, high)], (1.0, 0.97, 0.88), (0.72, 0.74, 0.74)
        else:
            places, color, off = [(across, low), (-across, low)], (1.0, 0.06, 0.04), (0.42, 0.03, 0.03)
        for y, z in places:
            p = face.at(y, z, 0.0)
            b.cylinder(p + (0.1, 0, 0), p - (0.06, 0, 0), 0.19 if kind == "head" else 0.17, (0.1, 0.1, 0.11), sides=12)
            b.cylinder(p - (0.05, 0, 0), p - (0.075, 0, 0), 0.15 if kind == "head" else 0.135, color if self._lit else off,
                       sides=12, glow=(3.0 if kind == "head" else 1.6) if self._lit else 0.0, gloss=0.8, dirt=self._dirt * 0.3)  # fmt: skip

    def _signs(self, b: Builder, face: Face, kind: str, panel, mark):
        """Warning panel (head) and the mark 1 or 2. panel, mark: (y0, z0, y1, z1)."""
        rng = np.random.default_rng([self.seed, 9])
        style = rng.choice(["plain", "chevron", "diagonal"], p=[0.35, 0.4, 0.25])
        yellow = (int(rng.integers(225, 250)), int(rng.integers(180, 205)), int(rng.integers(20, 45)))
        stripe = [(25, 25, 25), (170, 25, 25)][rng.integers(2)]
        font = art.fonts(self._validation)[0]
        worn = self._dirt * (0.6 if rng.random() < 0.85 else 1.3)
        if kind == "head":
            b.quad(face.panel(*panel), texture=art.warning_texture(style, yellow, stripe), gloss=0.2, dirt=worn, grain=0.15)
            b.quad(face.panel(*mark, off=0.02), texture=art.mark_texture("1", font, (20, 20, 20), (240, 240, 235)), dirt=worn)
        else:
            b.quad(face.panel(*mark, off=0.02), texture=art.mark_texture("2", font, (245, 245, 240), (165, 20, 22)), dirt=worn)

    def _window(self, b: Builder, corners, frame=(0.05, 0.05, 0.05)):
        """A pane and its frame: the frame is the same quad, grown a little and set behind."""
        c = np.asarray(corners, float)
        middle = c.mean(0)
        n = np.cross(c[1] - c[0], c[2] - c[0])
        n /= np.linalg.norm(n)
        b.quad(middle + (c - middle) * 1.12, frame, gloss=0.2)
        for s in (-1, 1):
            b.quad(c + n * 0.012 * s, GLASS, gloss=1.0, dirt=self._dirt * 0.2, grain=0.0)

    def _windscreen(self, b: Builder, face: Face, z0, z1, half, panes=2):
        edges = np.linspace(-half, half, panes + 1)
        for y0, y1 in zip(edges, edges[1:]):
            self._window(b, face.panel(y0 + 0.05, z0, y1 - 0.05, z1, 0.02))
            if panes <= 2:
                wiper = [face.at(y0 + 0.25, z0, 0.05), face.at((y0 + y1) / 2, (z0 + z1) / 2, 0.05)]
                b.rod(*wiper, 0.03, (0.08, 0.08, 0.08))

    def _rails(self, b: Builder, face: Face, z0, z1, across=1.32, color=(0.75, 0.75, 0.72)):
        for s in (-1, 1):
            b.rod(face.at(s * across, z0, 0.09), face.at(s * across, z1, 0.09), 0.045, color, gloss=0.5)

    def _running_gear(self, b: Builder, x0, x1, axles=3, bogies=2, wheel=0.55):
        """Bogies spread between x0 and x1, tank and boxes between them, underframe above."""
        c = self._colors
        dark = {"gloss": 0.05, "dirt": 0.9, "grain": 0.4}
        b.box((x0, -1.3, 1.0), (x1, 1.3, 1.3), c.frame, gloss=0.1, dirt=0.7)
        pitch = 1.75
        span = (axles - 1) * pitch
        first, last = x0 + 1.4 + span / 2, x1 - 1.4 - span / 2
        centres = np.linspace(first, last, bogies)
        for centre in centres:
            for x in centre + (np.arange(axles) - (axles - 1) / 2) * pitch:
                for s in (-1, 1):
                    b.cylinder((x, s * 0.68, wheel), (x, s * 0.82, wheel), wheel, (0.2, 0.19, 0.18), sides=14, **dark)
                b.box((x - 0.2, -1.2, wheel - 0.2), (x + 0.2, 1.2, wheel + 0.2), STEEL, **dark)
            for s in (-1, 1):
                b.box((centre - span / 2 - 0.75, s * 0.98, 0.55), (centre + span / 2 + 0.75, s * 1.14, 0.92), (0.13, 0.13, 0.13), **dark)
        for a, d in zip(centres, centres[1:]):
            gap0, gap1 = a + span / 2 + 1.0, d - span / 2 - 1.0
            if gap1 - gap0 > 0.6:
                b.box((gap0, -1.3, 0.38), (gap1, 1.3, 1.0), c.frame, gloss=0.15, dirt=0.8)

    def _band(self, b: Builder, x0, x1, z0, z1, color, half=WIDTH):
        for s in (-1, 1):
            y = s * (half + 0.008)
            b.quad([(x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)], color, **self._paint)

    def _grilles(self, b: Builder, x0, x1, z0, z1, half=WIDTH, step=1.6):
        for x in np.arange(x0, x1 - step * 0.6, step):
            for s in (-1, 1):
                y = s * (half + 0.014)
                b.quad([(x, y, z0), (x + step * 0.7, y, z0), (x + step * 0.7, y, z1), (x, y, z1)], (0.12, 0.12, 0.13), grain=0.6)
                for z in np.linspace(z0, z1, 5)[1:-1]:
                    y2 = s * (half + 0.02)
                    b.quad([(x, y2, z), (x + step * 0.7, y2, z), (x + step * 0.7, y2, z + 0.05), (x, y2, z + 0.05)], self._colors.roof)

    def _pantograph(self, b: Builder, x, z, color=(0.45, 0.12, 0.1)):
        for y in (-0.55, 0.55):
            b.rod((x - 0.9, y, z + 0.15), (x + 0.9, y, z + 0.15), 0.07, color)
            for dx in (-0.8, 0.8):
                b.cylinder((x + dx, y, z - 0.05), (x + dx, y, z + 0.15), 0.07, (0.5, 0.3, 0.2), sides=6)
            b.rod((x + 0.8, y, z + 0.2), (x - 0.7, y * 0.8, z + 0.38), 0.05, color)
            b.rod((x - 0.7, y * 0.8, z + 0.38), (x + 0.4, y, z + 0.5), 0.04, color)
        b.box((x + 0.3, -0.85, z + 0.48), (x + 0.5, 0.85, z + 0.54), STEEL)

    def _roof_gear(self, b: Builder, x0, x1, z):
        rng = self._rng
        for x in np.arange(x0, x1, 2.3):
            if rng.random() < 0.75:
                w, d, h = rng.uniform(0.4, 0.9), rng.uniform(0.6, 1.7), rng.uniform(0.12, 0.32)
                b.box((x, -w, z - 0.1), (x + d, w, z + h), self._colors.roof, dirt=0.8, grain=0.4)
            else:
                b.cylinder((x + 0.6, 0, z - 0.1), (x + 0.6, 0, z + 0.16), 0.6, (0.18, 0.18, 0.19), sides=14, dirt=0.8)

    def _sides(self, b: Builder, x, z, widest=2.6, half=WIDTH):
        """The number on both sides at x."""
        for s in (-1.0, 1.0):
            self._number(b, pose(), (x, s * (half + 0.03), z), (0, s, 0), widest)

    def _door(self, b: Builder, x, half=WIDTH, z0=1.35, z1=3.3):
        for s in (-1, 1):
            y = s * (half + 0.012)
            b.quad([(x, y, z0), (x + 0.7, y, z0), (x + 0.7, y, z1), (x, y, z1)], self._colors.lower, **self._paint)
            self._window(b, [(x + 0.15, y * 1.006, z1 - 0.75), (x + 0.55, y * 1.006, z1 - 0.75), (x + 0.55, y * 1.006, z1 - 0.15), (x + 0.15, y * 1.006, z1 - 0.15)])
            for dx in (-0.08, 0.78):
                b.rod((x + dx, s * (half + 0.08), 1.1), (x + dx, s * (half + 0.08), 2.7), 0.04, (0.75, 0.75, 0.72))

    # -- the six models ---------------------------------------------------------------------------------------------

    def _full_body(self, b: Builder, x0, x1, z1=3.55, crown=0.4):
        c = self._colors
        ring = body_ring(WIDTH, 1.2, z1, crown)
        b.loft([(x0, ring), (x1, ring)], c.body, **self._paint)
        roof = ring[1:8] * (1.004, 1.0) + (0, 0.012)
        b.loft([(x0 + 0.3, roof), (x1 - 0.3, roof)], c.roof, caps=False, gloss=0.1, dirt=0.8, grain=0.3)
        self._band(b, x0, x1, 1.2, 1.75, c.lower)
        self._band(b, x0, x1, 1.75, 1.87, c.accent)

    def _front(self, face: Face, depth, number_z, glass, panel, mark, lamp_z, couple="buffers", panes=2, glass_half=1.25, widest=2.1):
        """A drawing function for `_end`: a full-width cab front."""
        c = self._colors

        def draw(b, matrix, kind):
            face.draw(b, depth, c.body, **self._paint)
            b.quad(face.panel(-1.4, 1.3, 1.4, 1.78, 0.006), c.lower, **self._paint)
            self._windscreen(b, face, *glass, glass_half, panes)
            self._signs(b, face, kind, panel, mark)
            self._lamps(b, face, kind, *lamp_z)
            self._rails(b, face, 1.4, 2.2)
            z = number_z
            self._number(b, matrix, face.at(0, z, 0.035 + 0.0), (-1, 0, 0), widest)
            self._gear(b, kind, couple)
            for y in (-0.5, 0.5):  # horns
                b.cylinder((depth + 0.1, y, face.profile[-1, 1] + 0.25), (depth - 0.35, y, face.profile[-1, 1] + 0.25), (0.05, 0.1), STEEL, sides=8)

        return draw

    def _build_e21(self, b):
        """Double-cab electric: raked windscreens, pantographs."""
        face = Face([(0.72, 1.0, 1.3), (0.6, 1.3, 1.42), (0.6, 2.35, 1.44), (1.15, 3.45, 1.34), (1.5, 3.85, 1.1)])
        for kind in ("head", "tail"):
            self._end(b, kind, self._front(face, 2.0, 2.08, (2.5, 3.3), (-1.25, 1.0 + 0.34, 1.25, 1.84), (-1.3, 1.95, -0.98, 2.27), (1.62, 3.62)))
        L = self.length
        self._full_body(b, 2.0, L - 2.0)
        self._running_gear(b, 0.7, L - 0.7, 2)
        self._grilles(b, 5.2, L - 5.0, 2.5, 3.3)
        for x in (1.9, L - 2.6):
            self._door(b, x)
        for x in (4.6, L - 4.6):
            self._pantograph(b, x, 3.98)
            self._sides(b, x, 2.12)
        self._roof_gear(b, 7.0, L - 7.5, 3.98)

    def _build_t28(self, b):
        """Two permanently coupled sections, upright fronts, corrugated sides, central couplers."""
        face = Face([(0.66, 0.98, 1.4), (0.6, 1.3, 1.46), (0.66, 2.6, 1.46), (0.86, 3.5, 1.44), (1.25, 3.95, 1.2)])
        couple = "coupler"
        for kind in ("head", "tail"):
            self._end(b, kind, self._front(face, 1.4, 2.2, (2.72, 3.42), (-1.3, 1.34, 1.3, 1.95), (0.98, 2.1, 1.3, 2.42), (1.66, 3.74), couple, 3, 1.34, 1.75))
        L, half = self.length, self.length / 2
        for x0, x1 in ((1.4, half - 0.35), (half + 0.35, L - 1.4)):
            self._full_body(b, x0, x1, 3.6, 0.42)
            for z in (2.1, 2.35, 2.6):
                self._band(b, x0 + 1.2, x1 - 0.4, z, z + 0.06, self._colors.lower, WIDTH + 0.01)
            self._roof_gear(b, x0 + 4.2, x1 - 2.5, 4.05)
        b.loft([(half - 0.4, body_ring(1.2, 1.2, 3.3, 0.3)), (half + 0.4, body_ring(1.2, 1.2, 3.3, 0.3))], (0.08, 0.08, 0.08), grain=0.6)
        for x0, x1 in ((0.7, half - 0.3), (half + 0.3, L - 0.7)):
            self._running_gear(b, x0, x1, 2)
        for x in (1.6, L - 2.3):
            self._door(b, x)
        for x in (4.0, L - 4.0):
            self._pantograph(b, x, 4.05)
            self._sides(b, x, 2.95)

    def _build_n17(self, b):
        """Streamlined diesel: long bulldog noses."""
        face = Face([(0.75, 0.95, 1.15), (0.58, 1.25, 1.25), (0.62, 1.95, 1.28), (0.95, 2.4, 1.28), (1.9, 2.72, 1.32), (2.45, 3.55, 1.25), (2.75, 3.85, 1.0)])
        for kind in ("head", "tail"):
            self._end(b, kind, self._front(face, 3.0, 1.98, (2.86, 3.42), (-1.05, 1.3, 1.05, 1.74), (-1.2, 1.78, -0.9, 2.08), (1.58, 2.52), panes=2, glass_half=1.2, widest=1.75))
        L = self.length
        self._full_body(b, 3.0, L - 3.0, 3.5, 0.42)
        self._band(b, 3.0, L - 3.0, 2.2, 2.5, self._colors.accent)
        for x in np.arange(5.2, L - 5.0, 1.5):
            for s in (-1, 1):  # portholes
                b.cylinder((x, s * 1.47, 2.85), (x, s * 1.5, 2.85), 0.28, GLASS, sides=14, gloss=1.0)
        self._running_gear(b, 0.8, L - 0.8, 3)
        for x in (3.1, L - 3.8):
            self._door(b, x)
        for x in (4.9, L - 4.9):
            self._sides(b, x, 1.98)
        self._roof_gear(b, 5.0, L - 5.0, 3.93)

    def _hood_front(self, face: Face, depth, panel, mark, lamp_z, number_z, across, couple, rail=True):
        """A drawing function for `_end`: a narrow hood behind a platform with railings."""
        c = self._colors

        def draw(b, matrix, kind):
            face.draw(b, depth, c.body, **self._paint)
            b.box((0.6, -1.48, 1.2), (depth, 1.48, 1.34), c.frame, gloss=0.1, dirt=0.7)
            half = face.profile[:, 2].max() - 0.1
            for z in np.linspace(number_z + 0.35, lamp_z[1] - 0.35, 6):  # radiator louvres
                b.quad(face.panel(-half, z, half, z + 0.06, 0.01), c.roof, grain=0.5)
            self._signs(b, face, kind, panel, mark)
            self._lamps(b, face, kind, *lamp_z, across)
            self._number(b, matrix, face.at(0, number_z, 0.03), (-1, 0, 0), 2 * half)
            self._gear(b, kind, couple)
            if rail:
                self._railing(b, [(0.66, -1.42), (0.66, -0.45)])
                self._railing(b, [(0.66, 0.45), (0.66, 1.42)])
                for s in (-1, 1):
                    self._railing(b, [(0.66, s * 1.42), (depth - 0.1, s * 1.42)])

        return draw

    def _railing(self, b: Builder, line, color=(0.85, 0.82, 0.7), z0=1.34, z1=2.35):
        line = np.asarray(line, float)
        for a, c in zip(line, line[1:]):
            for z in (z1, (z0 + z1) / 2):
                b.rod((*a, z), (*c, z), 0.045, color, gloss=0.4)
            posts = max(1, int(np.hypot(*(c - a)) / 1.3))
            for t in np.linspace(0, 1, posts + 1):
                p = a + (c - a) * t
                b.rod((*p, z0), (*p, z1), 0.045, color, gloss=0.4)

    def _hood(self, b: Builder, x0, x1, half, z1):
        c = self._colors
        ring = body_ring(half, 1.3, z1 - 0.2, 0.2)
        b.loft([(x0, ring), (x1, ring)], c.body, **self._paint)
        self._band(b, x0, x1, 1.5, 1.85, c.accent, half)
        for x in np.arange(x0 + 0.3, x1 - 0.9, 1.1):  # doors of the engine room
            for s in (-1, 1):
                y = s * (half + 0.012)
                b.quad([(x, y, 1.95), (x + 0.95, y, 1.95), (x + 0.95, y, z1 - 0.35), (x, y, z1 - 0.35)], c.body if self._rng.random() < 0.7 else c.lower, **self._paint)
        self._roof_gear(b, x0 + 0.4, x1 - 1.8, z1)

    def _cab(self, b: Builder, x0, x1, z1=3.75, crown=0.4):
        """A full-width cab with windows all round."""
        c = self._colors
        ring = body_ring(WIDTH, 1.3, z1, crown)
        b.loft([(x0, ring), (x1, ring)], c.body, **self._paint)
        self._band(b, x0, x1, 1.3, 1.8, c.lower)
        roof = ring[1:8] * (1.01, 1.0) + (0, 0.015)
        b.loft([(x0 - 0.15, roof), (x1 + 0.15, roof)], c.roof, caps=False, dirt=0.8)
        for s in (-1, 1):
            y = s * (WIDTH + 0.02)
            self._window(b, [(x0 + 0.3, y, 2.65), (x1 - 0.3, y, 2.65), (x1 - 0.3, y, 3.45), (x0 + 0.3, y, 3.45)])
        for x in (x0 - 0.02, x1 + 0.02):
            for s in (-1, 1):
                self._window(b, [(x, s * 0.35, 2.85), (x, s * 1.3, 2.85), (x, s * 1.3, 3.5), (x, s * 0.35, 3.5)])

    def _build_h18(self, b):
        """Hood diesel with one cab right at the head, the hood behind it to the tail."""
        cab = Face([(0.66, 1.0, 1.35), (0.62, 1.3, 1.46), (0.62, 2.5, 1.46), (0.95, 3.6, 1.42), (1.1, 3.95, 1.2)])
        self._end(b, "head", self._front(cab, 1.3, 2.12, (2.62, 3.4), (-1.25, 1.34, 1.25, 1.84), (0.95, 2.0, 1.27, 2.32), (1.64, 3.66), panes=3, glass_half=1.3))
        self._cab(b, 1.3, 3.4)
        L = self.length
        hood = Face([(1.3, 1.34, 1.0), (1.3, 3.2, 1.0), (1.45, 3.4, 0.8)])
        self._end(b, "tail", self._hood_front(hood, 2.0, (-0.9, 1.4, 0.9, 1.85), (-0.95, 2.55, -0.62, 2.88), (2.1, 3.1), 2.1, 0.78, "buffers"))
        self._hood(b, 3.4, L - 2.0, 1.0, 3.4)
        b.box((0.7, -1.48, 1.2), (L - 0.6, 1.48, 1.34), self._colors.frame, dirt=0.7)
        for s in (-1, 1):
            self._railing(b, [(3.6, s * 1.42), (L - 2.0, s * 1.42)])
        self._running_gear(b, 0.7, L - 0.7, 2)
        self._sides(b, 2.35, 2.1, 2.0)
        self._sides(b, L - 4.6, 2.2, 2.4, 1.0)

    def _build_d23(self, b):
        """Long road switcher: short nose at the head, cab, long hood, walkways and railings all round."""
        L = self.length
        nose = Face([(1.6, 1.34, 0.95), (1.6, 2.35, 0.95), (1.9, 2.75, 0.85)])
        hood = Face([(1.7, 1.34, 0.95), (1.7, 3.55, 0.95), (1.9, 3.75, 0.75)])
        self._end(b, "head", self._hood_front(nose, 2.6, (-0.9, 1.4, 0.9, 1.78), (0.55, 2.34, 0.85, 2.62), (1.62, 2.6), 2.05, 0.7, "coupler"))
        self._end(b, "tail", self._hood_front(hood, 2.4, (-0.9, 1.4, 0.9, 1.8), (-0.85, 2.75, -0.5, 3.1), (1.62, 3.4), 2.12, 0.7, "coupler"))
        self._hood(b, 2.4, 3.3, 0.95, 2.75)
        self._cab(b, 3.2, 5.4, 3.8)
        self._hood(b, 5.4, L - 2.4, 0.95, 3.75)
        b.box((0.7, -1.48, 1.2), (L - 0.6, 1.48, 1.34), self._colors.frame, dirt=0.7)
        for s in (-1, 1):
            self._railing(b, [(5.6, s * 1.42), (L - 2.4, s * 1.42)])
        self._running_gear(b, 0.8, L - 0.8, 3)
        self._sides(b, 4.3, 2.1, 2.0)
        self._sides(b, L - 5.5, 2.45, 2.6, 0.95)

    def _build_s14(self, b):
        """Centre-cab shunter: low hoods on both sides of a high cab."""
        L = self.length
        hood = Face([(1.15, 1.34, 1.1), (1.15, 2.35, 1.1), (1.4, 2.6, 0.95)])
        for kind in ("head", "tail"):
            self._end(b, kind, self._hood_front(hood, 2.0, (-1.0, 1.38, 1.0, 1.72), (0.72, 2.02, 1.0, 2.3), (1.58, 2.44), 1.98, 0.85, "buffers"))
        middle = L / 2
        self._hood(b, 2.0, middle - 1.3, 1.1, 2.6)
        self._hood(b, middle + 1.3, L - 2.0, 1.1, 2.6)
        self._cab(b, middle - 1.3, middle + 1.3, 3.7)
        b.box((0.7, -1.48, 1.2), (L - 0.6, 1.48, 1.34), self._colors.frame, dirt=0.7)
        for s in (-1, 1):
            for x0, x1 in ((2.0, middle - 1.4), (middle + 1.4, L - 2.0)):
                self._railing(b, [(x0, s * 1.42), (x1, s * 1.42)])
        self._running_gear(b, 0.8, L - 0.8, 2)
        self._sides(b, middle, 2.1, 2.2)


def wagon_mesh(seed: int) -> tuple[Mesh, float]:
    """A goods wagon: what looks like a machine's end and is none. Local x from 0 to the length, which comes second."""
    rng = np.random.default_rng([seed, 31])
    length = float(rng.uniform(10.5, 14.5))
    color = [(0.36, 0.2, 0.15), (0.3, 0.31, 0.32), (0.2, 0.27, 0.35), (0.45, 0.36, 0.2), (0.2, 0.33, 0.22)][rng.integers(5)]
    b = Builder()
    paint = {"gloss": 0.1, "dirt": float(rng.uniform(0.5, 1.0)), "grain": 0.4}
    b.box((0.6, -1.3, 0.95), (length - 0.6, 1.3, 1.25), (0.12, 0.12, 0.12), **paint)
    for end in (0.0, length):
        s = 1 if end == 0 else -1
        for y in (-0.875, 0.875):
            b.cylinder((end + s * 0.6, y, BUFFER_HEIGHT), (end, y, BUFFER_HEIGHT), (0.1, 0.22), STEEL, sides=10, dirt=0.7)
        b.box((min(end + s * 0.55, end + s * 0.7), -1.3, 0.8), (max(end + s * 0.55, end + s * 0.7), 1.3, 1.3), color, **paint)
    for x in (2.2, length - 2.2):
        for dx in (-0.9, 0.9):
            for s in (-1, 1):
                b.cylinder((x + dx, s * 0.68, 0.46), (x + dx, s * 0.82, 0.46), 0.46, (0.2, 0.18, 0.16), sides=12, dirt=0.9)
    kind = rng.integers(3)
    if kind == 0:  # covered
        ring = body_ring(1.42, 1.25, 3.2, 0.5)
        b.loft([(0.7, ring), (length - 0.7, ring)], color, **paint)
        for x in np.arange(0.9, length - 0.8, 1.4):
            for s in (-1, 1):
                b.box((x, s * 1.42, 1.3), (x + 0.08, s * 1.47, 3.2), color, **paint)
        for y in (-1.0, 0.0, 1.0):
            for x0, x1 in ((0.64, 0.7), (length - 0.7, length - 0.64)):
                b.box((x0, y - 0.05, 1.25), (x1, y + 0.05, 3.25), color, **paint)
    elif kind == 1:  # open
        high = float(rng.uniform(2.3, 3.1))
        for low, up in (((0.7, -1.42, 1.25), (length - 0.7, -1.36, high)), ((0.7, 1.36, 1.25), (length - 0.7, 1.42, high)),
                        ((0.7, -1.4, 1.25), (0.76, 1.4, high)), ((length - 0.76, -1.4, 1.25), (length - 0.7, 1.4, high))):  # fmt: skip
            b.box(low, up, color, **paint)
        b.box((0.8, -1.35, 1.25), (length - 0.8, 1.35, high - 0.5), (0.15, 0.13, 0.12), grain=0.8)
        for x in np.arange(0.9, length - 0.8, 1.6):
            for s in (-1, 1):
                b.box((x, s * 1.42, 1.25), (x + 0.1, s * 1.48, high), color, **paint)
    else:  # tank
        b.cylinder((0.8, 0, 2.45), (length - 0.8, 0, 2.45), 1.25, color, sides=20, **paint)
        b.cylinder((length / 2, 0, 3.6), (length / 2, 0, 3.95), 0.45, color, sides=12, **paint)
        for x in (1.5, length - 1.5):
            b.box((x - 0.2, -1.0, 1.2), (x + 0.2, 1.0, 1.8), (0.12, 0.12, 0.12), **paint)
    return b.mesh(), length
