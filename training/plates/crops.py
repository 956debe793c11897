"""Made pictures of numbers, as a camera in a hall would show them: every call another one.

    python -m training.plates.crops --glyphs glyphs.npz --sheet sheet.png         # look before you train

A number is set in one font as a mask (64 px capitals), worn, scaled and tilted to the size that the camera sees, painted onto a
ground, then dirtied, lit, blurred, and given a sensor's noise and a codec's blocks. Everything after scaling happens at the
final size, so a crop costs about a millisecond.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..detector.nvinfer import letterbox
from ..hall.effects import motion_blur
from .alphabet import fold
from .fonts import ABOVE, BELOW, CAPITAL, HEIGHT, SIGNS, load
from .numbers import Numbers
from .view import View

NET_WIDTH, NET_HEIGHT = 256, 32
MOST_SHAPES = 22  # of one line: more would not fit 64 steps with their blanks
LEAST_CONTRAST = {"fair": 50, "hard": 26, "hall": 30, "train": 26}  # grey levels between the two paints
LOWEST_QUALITY = {"fair": 55, "hard": 18, "hall": 40, "train": 18}  # of the codec
HIGHEST_QUALITY = {"fair": 95, "hard": 92, "hall": 95, "train": 95}
TROUBLE = {"fair": 0.0, "hard": 2.0, "hall": 0.3, "train": 1.0}  # how often the camera has it, as a factor
COVERED = {"fair": 0.0, "hard": 1.0, "hall": 0.3, "train": 1.0}  # how often something lies before the text
FAIR_CONTRAST = 40  # what must be left of it under wear, dirt and lamps
MOST_SHIFT = 0.04  # of the height, that an own crop's edge is moved inwards
LEAST_GLYPH = (4.0, 8.0)  # net pixels, width and height, of a plate seen aslant
MOST_VIEWS = 20  # tries to see it so; the longest lines never are
PAINTS = ((240, 240, 235), (250, 225, 60), (20, 20, 22), (180, 30, 30), (30, 60, 140), (210, 205, 190), (200, 150, 60), (15, 70, 50), (120, 125, 130))


@dataclass
class Crop:
    picture: np.ndarray  # height x width x 3, RGB bytes
    text: str  # as painted
    shapes: str  # folded: what the network shall say
    cyrillic: bool


@dataclass
class Placed:
    """The masks of a crop: strokes, lines that are no text, and what is not plate (None: all is plate)."""

    alpha: np.ndarray
    extra: np.ndarray
    outside: np.ndarray | None = None


class Maker:
    """An endless source of crops. `kind`: "train" for everything; "fair" and "hard" as measure.py defines them; "hall" for
    plates on machines seen from above and from the side, with the body around them and handrails before them."""

    def __init__(self, fonts, seed, kind="train", heights=(12, 60)):
        self.rng = np.random.default_rng(seed)
        self.kind, self.heights = kind, heights
        self.numbers = Numbers(self.rng)
        self.groups = {False: grouped(fonts), True: grouped([font for font in fonts if font.cyrillic])}
        self.ease = 0.0  # 1 makes short clean texts: for the first steps of a training
        self.trouble = TROUBLE[kind]

    def uniform(self, low, high):
        return low + (high - low) * self.rng.random()

    def chance(self, share):
        return self.rng.random() < share

    def troubled(self, share):
        """Night, motion, a coarse sensor, strong noise: with this share in training, twice as often in hard crops, never in fair ones."""
        return self.rng.random() < share * self.trouble * (1 - self.ease)

    def covered(self, share):
        """Rails, shadows, glare, another line's feet: as often in hard crops as in training, never in fair ones."""
        return self.rng.random() < share * COVERED[self.kind] * (1 - self.ease)

    def __call__(self):
        return self.looks(1)[0]

    def looks(self, count):
        """Several crops of one painted plate: what differs is what the camera does."""
        text = self.text()
        cyrillic = written_in_cyrillic(text)
        mask = self.wear(self.set(text, self.font(cyrillic)))
        height = self.height()
        in_hall = self.kind == "hall" or (self.kind == "train" and self.chance(0.4 * (1 - self.ease)))
        placed = self.hang(mask, height) if in_hall else self.place(mask, height)
        picture = self.paint(placed)
        if self.kind == "fair" and contrast(picture, placed.alpha) < FAIR_CONTRAST:
            return self.looks(count)  # with other paints, and another font: thin strokes never get there
        return [Crop(self.camera(picture, height), text, fold(text), cyrillic) for _ in range(count)]

    def text(self):
        if self.ease > 0 and self.chance(self.ease):
            return self.numbers.anything(5)
        while True:
            random_text = self.kind == "train" and self.chance(0.25)
            text = self.numbers.anything() if random_text else self.numbers.scheme()
            if len(fold(text)) <= MOST_SHAPES:
                return text

    def font(self, cyrillic):
        groups = self.groups[cyrillic]
        group = groups[int(self.rng.integers(len(groups)))]
        return group[int(self.rng.integers(len(group)))]

    def height(self):
        """Of the crop in pixels; small ones more often, the eye of the network needs them most."""
        low, high = self.heights
        if self.ease > 0 and self.chance(self.ease):
            return self.uniform(28, 40)
        return low * (high / low) ** (self.rng.random() ** 0.9)

    def set(self, text, font):
        """The mask of the text, HEIGHT rows."""
        gap = int(self.uniform(-1, 12)) if self.chance(0.8) else int(self.uniform(12, 30))
        space = int(self.uniform(14, 40))
        parts = []
        for sign in text:
            ink = font.ink[SIGNS.index(sign)] if sign != " " else None
            if ink is None:
                parts.append(np.zeros((HEIGHT, space), np.uint8))
                continue
            parts.append(ink)
            parts.append(np.zeros((HEIGHT, max(0, gap)), np.uint8))
        return np.concatenate(parts, 1)

    def wear(self, mask):
        """Heavier or lighter strokes, stencil bridges, an outline."""
        look = self.rng.random()
        if look < 0.25:
            mask = cv2.dilate(mask, np.ones((int(self.uniform(2, 6)), int(self.uniform(2, 6))), np.uint8))
        elif look < 0.33 and mask.mean() > 50:
            mask = cv2.erode(mask, np.ones((2, 3), np.uint8))
        if self.chance(0.08) and self.kind != "fair" or self.chance(0.05):
            mask = self.stencil(mask.copy())
        if self.chance(0.03):
            mask = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((4, 4), np.uint8))
        return mask

    def stencil(self, mask):
        """Bridges of a sheet of metal: vertical through the middle of every glyph, sometimes a level one."""
        inked = mask.max(0) > 60
        edges = np.flatnonzero(np.diff(np.concatenate(([0], inked.view(np.int8), [0]))))
        width = int(self.uniform(4, 8))
        for left, right in edges.reshape(-1, 2):
            if right - left > 26:
                middle = (left + right) // 2 + int(self.uniform(-3, 3))
                mask[:, middle - width // 2 : middle - width // 2 + width] = 0
        if self.chance(0.2):
            middle = ABOVE + CAPITAL // 2 + int(self.uniform(-4, 4))
            mask[middle : middle + width // 2 + 1] = 0
        return mask

    def place(self, mask, height):
        """A crop that is all plate, the text nearly level."""
        pad_top, pad_bottom = self.uniform(-0.02, 0.3), self.uniform(-0.02, 0.3)
        if self.kind == "train" and self.chance(0.15):  # a detector's box is no ruler
            pad_top, pad_bottom = self.uniform(-0.06, 0.7), self.uniform(-0.06, 0.7)
        capital = height / (1 + pad_top + pad_bottom)
        pad_left, pad_right = (capital * self.uniform(0.0, 0.7) for _ in range(2))
        squeeze = float(np.exp(self.rng.normal(0, 0.16))) * (self.uniform(0.62, 0.85) if self.chance(0.2) else 1.0)
        scale = capital / CAPITAL
        width = mask.shape[1] * scale * squeeze
        size = max(8, round(width + pad_left + pad_right)), max(8, round(height))
        # First shrink by area to a little more than the final size, so that the warp samples without aliasing.
        first = min(1.0, 1.6 * scale)
        small = cv2.resize(mask, (max(4, round(mask.shape[1] * first * squeeze)), max(4, round(HEIGHT * first))), interpolation=cv2.INTER_AREA)
        matrix = self.tilt(small, first, scale, size, pad_left, pad_top * capital)
        alpha = cv2.warpPerspective(small, matrix, size, flags=cv2.INTER_LINEAR)
        extra = np.zeros((size[1], size[0]), np.uint8)
        self.furniture(extra, alpha, height)
        return Placed(alpha, extra)

    def hang(self, mask, height):
        """A plate on a machine, seen from above and from the side; the crop is an upright box around it."""
        squeeze = float(np.exp(self.rng.normal(0, 0.12)))
        text = (0.0, ABOVE / CAPITAL, mask.shape[1] * squeeze / CAPITAL, 1 + ABOVE / CAPITAL)
        pads = [self.uniform(0.05, 0.5) for _ in range(4)]
        plate = (text[0] - pads[0], text[1] - pads[1], text[2] + pads[2], text[3] + pads[3])
        for _ in range(MOST_VIEWS):
            view = View(self.rng, text, plate, 0.75 * height)
            if readable(view, mask.shape[1] / CAPITAL):
                break
        shrink = min(1.0, 1.6 * 0.75 * height / CAPITAL)
        small = cv2.resize(mask, (max(4, round(mask.shape[1] * shrink * squeeze)), max(4, round(HEIGHT * shrink))), interpolation=cv2.INTER_AREA)
        whole = (0.0, 0.0, text[2], HEIGHT / CAPITAL)
        alpha = cv2.warpPerspective(small, view.matrix(whole, small.shape[1], small.shape[0]), view.size, flags=cv2.INTER_LINEAR)
        quad = [view.quad.round().astype(np.int32)]
        outside = np.full(alpha.shape, 255, np.uint8)
        cv2.fillPoly(outside, quad, 0)
        extra = np.zeros_like(alpha)
        if self.chance(0.5):
            cv2.polylines(extra, quad, True, 255, max(1, round(self.uniform(0.02, 0.09) * view.text_height)), cv2.LINE_AA)
            cv2.min(extra, cv2.bitwise_not(cv2.dilate(alpha, np.ones((3, 3), np.uint8))), extra)
        return Placed(alpha, extra, outside if self.chance(0.75) else None)

    def tilt(self, small, first, scale, size, left, top):
        """From the shrunk mask to the crop: shift, slant, turn, and the different distances of both sides."""
        rows, columns = small.shape
        ratio = scale / first
        w, h = columns * ratio, HEIGHT * scale
        y0 = top - ABOVE * scale
        corners = np.array([[left, y0], [left + w, y0], [left + w, y0 + h], [left, y0 + h]])
        slant = self.rng.normal(0, 0.10) * h
        turn = self.rng.normal(0, 0.02 if self.kind == "fair" else 0.035) * (1 - self.ease)
        nearer = self.rng.normal(0, 0.05 if self.kind == "fair" else 0.10) * (1 - self.ease)
        corners[:2, 0] += slant / 2
        corners[2:, 0] -= slant / 2
        middle = np.array([size[0] / 2, size[1] / 2])
        moved = corners - middle
        rise = np.clip(np.tan(turn) * moved[:, 0], -0.22 * size[1], 0.22 * size[1])
        moved[:, 1] = moved[:, 1] * (1 + np.clip(nearer, -0.25, 0.25) * np.sign(moved[:, 0])) + rise
        source = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
        return cv2.getPerspectiveTransform(source, (moved + middle).astype(np.float32))

    def furniture(self, extra, alpha, height):
        """What stands on and beside plates without being text: borders, rivets, ribs, the next line's feet."""
        rows, columns = extra.shape
        thick = max(1, round(height * self.uniform(0.02, 0.06)))
        if self.chance(0.2):
            inset = int(self.uniform(0, 0.06) * height)
            cv2.rectangle(extra, (inset, inset), (columns - 1 - inset, rows - 1 - inset), 255, thick)
        elif self.chance(0.25):
            y = thick // 2 if self.chance(0.5) else rows - 1 - thick // 2
            cv2.line(extra, (0, y), (columns, y + int(self.uniform(-2, 3))), 255, thick)
        if self.chance(0.12):
            for x in (int(height * 0.1), columns - 1 - int(height * 0.1)):
                cv2.circle(extra, (x, int(self.uniform(0.2, 0.8) * rows)), max(1, round(height * 0.05)), 200, -1)
        if self.covered(0.1):  # feet or heads of another line
            step = max(3, int(height * 0.4))
            top = self.chance(0.5)
            for x in range(int(self.uniform(0, step)), columns, step):
                if self.chance(0.7):
                    deep = max(1, int(height * self.uniform(0.03, 0.12)))
                    box = (x, 0, int(step * 0.6), deep) if top else (x, rows - deep, int(step * 0.6), deep)
                    cv2.rectangle(extra, box, 255, -1)
        cv2.min(extra, cv2.bitwise_not(cv2.dilate(alpha, np.ones((3, 3), np.uint8))), extra)

    def colours(self):
        """Ground and ink, their grey levels at least the kind's contrast apart."""
        least = LEAST_CONTRAST[self.kind] + 60 * self.ease
        while True:
            ground, ink = (self.colour() for _ in range(2))
            if self.chance(0.2):  # raised or scratched letters: the same paint, lighter or darker
                ink = np.clip(ground * self.uniform(0.4, 2.2), 0, 255)
            if abs(float((ground - ink) @ (0.299, 0.587, 0.114))) >= least:
                return ground, ink

    def colour(self):
        if self.chance(0.6):
            paint = np.array(PAINTS[int(self.rng.integers(len(PAINTS)))], float)
            return np.clip(paint * self.uniform(0.5, 1.05) + self.rng.normal(0, 10, 3), 0, 255)
        grey = self.uniform(0, 255)
        return np.clip(grey + self.rng.normal(0, 30, 3), 0, 255)

    def cloud(self, rows, columns, cells):
        """Smooth noise between 0 and 1 with about `cells` lumps along the height."""
        coarse = self.rng.random((max(2, cells), max(2, round(cells * columns / rows)))).astype(np.float32)
        return cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC)

    def paint(self, placed):
        alpha, extra = placed.alpha, placed.extra
        rows, columns = alpha.shape
        ground, ink = self.colours()
        cover = alpha.astype(np.float32) * (1 / 255)
        if self.chance(0.3 * (1 - self.ease)):  # paint that came off
            flakes = self.cloud(rows, columns, int(self.uniform(3, 10)))
            loss = self.uniform(0.1, 0.3 if self.kind == "fair" else 0.6)
            cover *= 1 - loss * np.clip((flakes - 0.55) * 6, 0, 1)
        cover *= self.uniform(0.85, 1.0)
        picture = np.empty((rows, columns, 3), np.float32)
        picture[:] = ground
        if self.chance(0.12):
            picture[:] = self.shadow(picture, alpha, ink, ground)
        if placed.outside is not None:
            self.body(picture, placed.outside)
        marks = extra.astype(np.float32)[..., None] * (self.uniform(0.4, 1.0) / 255)
        picture += (ink - picture) * marks
        picture += (ink - picture) * cover[..., None]
        if self.chance(0.5 * (1 - self.ease)):
            picture *= self.dirt(rows, columns)
        if placed.outside is not None and self.chance(0.35):
            self.fittings(picture)
        return self.light(picture)

    def body(self, picture, outside):
        """The machine around the plate: its paint, often a stripe."""
        rows, columns = outside.shape
        sheet = np.empty_like(picture)
        sheet[:] = self.colour()
        if self.chance(0.4):
            y, slope = self.uniform(0, rows), self.uniform(-0.4, 0.4) * columns
            cv2.line(sheet, (0, int(y)), (columns, int(y + slope)), self.colour().tolist(), max(1, int(self.uniform(0.1, 0.5) * rows)))
        np.copyto(picture, sheet, where=outside[..., None] > 0)

    def fittings(self, picture):
        """Handrails and lamps that stand before a plate."""
        rows, columns = picture.shape[:2]
        colour = np.clip(self.uniform(60, 255) + self.rng.normal(0, 15, 3), 0, 255).tolist()
        thick = max(1, round(rows * self.uniform(0.02, 0.06)))
        for _ in range(int(self.rng.integers(1, 4))):
            x, y = int(self.uniform(0, columns)), int(self.uniform(0, rows))
            lean = int(self.uniform(-0.3, 0.3) * rows)
            cv2.line(picture, (x, y), (x + lean, y + int(self.uniform(-1, 1) * rows)), colour, thick, cv2.LINE_AA)
            if self.chance(0.5):
                cv2.line(picture, (x, y), (x + int(self.uniform(-0.6, 0.6) * columns), y + lean), colour, thick, cv2.LINE_AA)
        if self.chance(0.25):
            side = 0 if self.chance(0.5) else columns
            lamp = (200, 20, 20) if self.chance(0.5) else (250, 245, 225)
            cv2.circle(picture, (side, int(self.uniform(0, rows))), max(2, int(self.uniform(0.1, 0.3) * rows)), lamp, -1, cv2.LINE_AA)

    def shadow(self, picture, alpha, ink, ground):
        """Raised letters: a light edge on one side, a dark one on the other."""
        reach = max(1, round(alpha.shape[0] * 0.04))
        soft = cv2.GaussianBlur(alpha, (0, 0), 0.4 + reach / 2)
        relief = np.roll(soft, reach, 1).astype(np.float32) - np.roll(soft, -reach, 1)
        return np.clip(picture + relief[..., None] * self.uniform(-0.5, 0.5), 0, 255)

    def dirt(self, rows, columns):
        """Factors of light: clouds of grime, streaks that ran down."""
        grime = 1 - self.uniform(0.1, 0.45) * np.clip(self.cloud(rows, columns, int(self.uniform(2, 6))), 0, 1)
        if self.chance(0.3):
            streaks = self.rng.random((1, max(2, columns // 3))).astype(np.float32)
            grime = grime * (1 - self.uniform(0.1, 0.4) * cv2.resize(streaks, (columns, 1)) ** 3)
        return grime[..., None]

    def light(self, picture):
        """Lamps: falling off along the plate, a glare, a rail or its shadow across."""
        rows, columns = picture.shape[:2]
        if self.chance(0.5):
            left, right = self.uniform(0.7, 1.15), self.uniform(0.7, 1.15)
            picture *= np.linspace(left, right, columns, dtype=np.float32)[None, :, None]
        if self.covered(0.10):
            x = self.uniform(0, columns)
            shade = np.ones((rows, columns), np.float32)
            polygon = [(x, 0), (x + self.uniform(0.3, 3) * rows, 0), (x + self.uniform(-1, 3) * rows, rows), (x - self.uniform(0, 2) * rows, rows)]
            cv2.fillPoly(shade, [np.array(polygon, np.int32)], self.uniform(0.45, 0.8))
            picture *= cv2.GaussianBlur(shade, (0, 0), 1.0)[..., None]
        if self.covered(0.04):
            spot = np.zeros((rows, columns), np.float32)
            cv2.circle(spot, (int(self.uniform(0, columns)), int(self.uniform(0, rows))), max(1, rows // 5), 1.0, -1)
            picture += cv2.GaussianBlur(spot, (0, 0), rows / 6)[..., None] * self.uniform(40, 140)
        if self.covered(0.06):  # a handrail, thinner than a glyph
            x, colour = int(self.uniform(0, columns)), self.colour().tolist()
            thick = max(1, round(rows * self.uniform(0.03, 0.10)))
            if self.chance(0.5):
                cv2.line(picture, (x, -1), (x + int(self.uniform(-0.5, 0.5) * rows), rows), colour, thick)
            else:
                y = int(self.uniform(0.1, 0.9) * rows)
                cv2.line(picture, (-1, y), (columns, y + int(self.uniform(-0.2, 0.2) * rows)), colour, max(1, thick // 2))
        return picture

    def camera(self, picture, height):
        """Blur, exposure, noise, codec."""
        picture = np.clip(picture, 0, 255)
        night = self.troubled(0.15)
        if self.kind == "fair":
            picture = self.blurred(picture, self.uniform(0, 1) * height / 30)
        elif self.chance(0.6):
            picture = self.blurred(picture, self.uniform(0.01, 0.055 if self.kind == "train" else 0.06) * height * (1 - 0.7 * self.ease))
        if self.troubled(0.12):
            far = self.uniform(0.04, 0.16) * height
            way = self.uniform(-0.4, 0.4)
            picture = motion_blur(picture, far * np.cos(way), far * np.sin(way))
        if self.troubled(0.12):  # a coarser sensor, or a digital zoom
            share = self.uniform(0.5, 0.9)
            size = picture.shape[1::-1]
            small = cv2.resize(picture, (max(8, int(size[0] * share)), max(8, int(size[1] * share))), interpolation=cv2.INTER_AREA)
            picture = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR if self.chance(0.6) else cv2.INTER_CUBIC)
        gain = self.uniform(0.3, 0.6) if night else self.uniform(0.8, 1.2)
        picture *= gain * self.rng.uniform(0.94, 1.06, 3).astype(np.float32)
        sigma = self.uniform(3, 9) if night else self.uniform(0, 3 if self.kind == "fair" else 5)
        if self.troubled(0.08):
            sigma += self.uniform(2, 8)
        noise = self.rng.standard_normal((*picture.shape[:2], 1), np.float32) + 0.4 * self.rng.standard_normal(picture.shape, np.float32)
        picture = np.clip(picture + noise * (sigma * (1 - 0.8 * self.ease)) + 0.5, 0, 255).astype(np.uint8)
        if self.chance(0.8):
            picture = compressed(picture, round(self.uniform(LOWEST_QUALITY[self.kind], HIGHEST_QUALITY[self.kind])), self.rng)
        return np.ascontiguousarray(picture)

    def again(self, picture):
        """A crop as another camera would show it: its edges elsewhere, other blur, exposure, noise and codec."""
        rows, columns = picture.shape[:2]
        shift = [round(self.uniform(0, MOST_SHIFT) * rows) for _ in range(4)]
        part = picture[shift[0] : rows - shift[1], shift[2] : columns - shift[3]]
        return self.camera(part.astype(np.float32), rows)

    def blurred(self, picture, sigma):
        return cv2.GaussianBlur(picture, (0, 0), sigma) if sigma > 0.25 else picture


def written_in_cyrillic(text):
    return any("А" <= sign <= "Я" for sign in text)


def readable(view, width):
    """Whether glyphs stay large enough in the network's frame, which shrinks the upright box of a slanting plate to its height.
    `width` of the text in capitals' heights: a glyph is about 0.7 of one wide."""
    scale = min(NET_HEIGHT / view.size[1], NET_WIDTH / view.size[0])
    along = np.linalg.norm(view.quad[1] - view.quad[0]) * scale
    return view.text_height * scale > LEAST_GLYPH[1] and along / width * 0.7 > LEAST_GLYPH[0]


def contrast(picture, alpha):
    """Grey levels between the strokes and what surrounds them."""
    grey = picture @ np.array((0.299, 0.587, 0.114), np.float32)
    ink, ground = alpha > 200, alpha < 30
    return abs(float(grey[ink].mean() - grey[ground].mean())) if ink.any() and ground.any() else 0.0


def compressed(picture, quality, rng):
    """The crop's place in the codec's grid of blocks is arbitrary: it is shifted before and back after."""
    y, x = (int(n) for n in rng.integers(0, 8, 2))
    padded = cv2.copyMakeBorder(picture, y, 0, x, 0, cv2.BORDER_REPLICATE)
    code = cv2.imencode(".jpg", padded, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(code, cv2.IMREAD_COLOR)[y:, x:]


def grouped(fonts):
    """By type family, so that one with forty styles is not drawn forty times as often as one with a single style."""
    groups = {}
    for font in fonts:
        groups.setdefault(tuple(font.family.split()[:2]), []).append(font)
    return list(groups.values())


def net_input(picture):
    """What nvinfer gives the network: the crop at the top left, black at the right and below. RGB bytes."""
    return letterbox(picture, NET_WIDTH, NET_HEIGHT, cv2.INTER_LINEAR)[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glyphs", type=Path, required=True, help="made by training.plates.fonts")
    parser.add_argument("--sheet", type=Path, required=True)
    parser.add_argument("--kind", choices=("train", "fair", "hard", "hall"), default="train")
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--ease", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    maker = Maker(load(arguments.glyphs, arguments.held_out), arguments.seed, arguments.kind)
    maker.ease = arguments.ease
    rows = []
    for _ in range(26):
        row = []
        for _ in range(5):
            crop = maker()
            cell = np.zeros((NET_HEIGHT + 12, NET_WIDTH + 4, 3), np.uint8)
            cell[:NET_HEIGHT, :NET_WIDTH] = net_input(crop.picture)
            note = f"{crop.shapes.encode('ascii', 'replace').decode()} {crop.picture.shape[0]}px"
            cv2.putText(cell, note, (0, NET_HEIGHT + 9), cv2.FONT_HERSHEY_PLAIN, 0.7, (160, 160, 160))
            row.append(cell)
        rows.append(np.concatenate(row, 1))
    cv2.imwrite(str(arguments.sheet), cv2.cvtColor(np.concatenate(rows), cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
