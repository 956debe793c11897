"""Running numbers and the textures that carry them: plates, marks, warning stripes."""

from __future__ import annotations

import functools
import pathlib
import subprocess

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .mesh import TEXTURE_HEIGHT, TEXTURE_WIDTH

# Families that only validation halls may use; all other suitable fonts of the machine serve for training.
VALIDATION_FAMILIES = ("Cantarell", "PT Sans", "FreeSans", "DejaVu Sans Condensed")
FAMILIES = (
    "DejaVu Sans", "DejaVu Sans Mono", "DejaVu Serif", "Liberation Sans", "Liberation Sans Narrow", "Liberation Mono",
    "Liberation Serif", "Open Sans", "Open Sans Condensed", "Roboto", "Roboto Condensed", "Hack", "Lato", "FreeMono",
    "FreeSerif", "B612", "B612 Mono", "Play", "PT Sans Narrow", "PT Mono", "PT Serif",
)


@functools.cache
def fonts(validation: bool) -> list[str]:
    """Font files of the wanted families, upright, sorted so that a seed picks the same file everywhere."""
    wanted = VALIDATION_FAMILIES if validation else FAMILIES
    listing = subprocess.run(["fc-list", ":", "file", "family", "style"], capture_output=True, text=True, check=True).stdout
    found = set()
    for line in listing.splitlines():
        file, family, *rest = line.split(":")
        style = " ".join(rest)
        plain = not any(word in style for word in ("Italic", "Oblique", "Light", "Thin", "Hairline", "ExtraLight"))
        if plain and wanted_family(family, wanted) and pathlib.Path(file).suffix in (".ttf", ".otf"):
            found.add(file)
    return sorted(found, key=lambda f: pathlib.Path(f).name) or [ImageFont.load_default(48).path]


def wanted_family(names: str, wanted: tuple[str, ...]) -> bool:
    """fc-list gives `Family,Family Style`; the last name is the most specific one."""
    return names.strip().split(",")[-1] in wanted or names.strip() in wanted


def luhn(digits: str) -> str:
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(digits)))
    return str(-total % 10)


def random_number(rng: np.random.Generator) -> str:
    """A running number of one of several schemes, with the right check digit where the scheme has one."""

    def digits(n, first="123456789"):
        return rng.choice(list(first)) + "".join(rng.choice(list("0123456789"), n - 1))

    scheme = rng.integers(8)
    if scheme == 0:  # national short form, 4 + 3
        d = digits(4, "12") + digits(3, "012")
        return f"{d[:4]} {d[4:]}-{luhn(d)}"
    if scheme == 1:  # national short form, 3 + 3
        d = digits(3, "1234") + digits(3, "0123")
        return f"{d[:3]} {d[3:]}-{luhn(d)}"
    if scheme == 2:  # series of the former east
        series = rng.choice(["ВЛ80С", "ВЛ10У", "2ЭС6", "ЭП1М", "ЭП2К", "ЧС7", "ТЭМ2У", "ТЭМ18ДМ", "ЧМЭ3", "2ТЭ116У", "М62", "ТЭП70БС"])
        return f"{series}-{digits(int(rng.integers(3, 5)), '0123456789')}"
    if scheme == 3:
        return f"{rng.choice(['EF210', 'EH500', 'EF65', 'DD200', 'DE10', 'DF200', 'HD300'])}-{digits(int(rng.integers(1, 5)))}"
    if scheme == 4:
        return digits(5)
    if scheme == 5:
        d = digits(7, "1")
        return d + luhn(d)
    if scheme == 6:
        return f"{rng.choice(['BNSF', 'UP', 'CSX', 'CN', 'KCS'])} {digits(4)}"
    return f"{digits(2, '23456')} {digits(3, '0123456789')}"


def _texture(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGBA").resize((TEXTURE_WIDTH, TEXTURE_HEIGHT), Image.LANCZOS))


def text_texture(text, font_file, ink, ground, bold, border, rng) -> tuple[np.ndarray, float, tuple[float, float, float, float]]:
    """-> texture, aspect (width / height) of the plate, box of the text in it (x0, y0, x1, y1 as shares).

    ground None paints the text without a plate (transparent ground).
    """
    font = ImageFont.truetype(font_file, 96)
    spacing = int(rng.integers(0, 7))
    probe = ImageDraw.Draw(Image.new("L", (8, 8)))
    stroke = 2 if bold else 0
    widths = [probe.textlength(c, font) + spacing for c in text]
    left, top, _, bottom = probe.textbbox((0, 0), text, font, stroke_width=stroke)
    height = bottom - top
    pad_x, pad_y = int(height * rng.uniform(0.2, 0.45)), int(height * rng.uniform(0.16, 0.3))
    w, h = int(sum(widths) - spacing + 2 * pad_x + 2 * stroke), int(height + 2 * pad_y)
    clear = (*ink, 0)
    image = Image.new("RGBA", (w, h), clear if ground is None else (*ground, 255))
    draw = ImageDraw.Draw(image)
    if border and ground is not None:
        draw.rectangle((3, 3, w - 4, h - 4), outline=(*ink, 255), width=4)
    x = pad_x
    for c, step in zip(text, widths):
        draw.text((x, pad_y - top), c, font=font, fill=(*ink, 255), stroke_width=stroke, stroke_fill=(*ink, 255))
        x += step
    return _texture(image), w / h, (pad_x / w, pad_y / h, 1 - pad_x / w, 1 - pad_y / h)


def mark_texture(text, font_file, ink, ground) -> np.ndarray:
    """One large glyph on a square ground."""
    image = Image.new("RGB", (128, 128), ground)
    ImageDraw.Draw(image).text((64, 64), text, font=ImageFont.truetype(font_file, 110), fill=ink, anchor="mm")
    return _texture(image)


def warning_texture(style: str, ground, stripe) -> np.ndarray:
    """Warning panel of the head end: plain, chevrons or diagonals; drawn for a panel about 2.6 times as wide as high."""
    image = Image.new("RGB", (660, 256), ground)
    draw = ImageDraw.Draw(image)
    if style != "plain":
        step = 110
        for x in range(-660, 1320, 2 * step):
            if style == "chevron":
                for side in (-1, 1):
                    a = [(330 + side * (x + d), y) for d, y in ((0, 0), (step, 0), (step - 256, 256), (-256, 256))]
                    half = Image.new("L", image.size, 0)
                    ImageDraw.Draw(half).polygon(a, fill=255)
                    ImageDraw.Draw(half).rectangle((330, 0, 660, 256) if side < 0 else (0, 0, 329, 256), fill=0)
                    image.paste(stripe, (0, 0), half)
            else:
                draw.polygon([(x, 0), (x + step, 0), (x + step - 256, 256), (x - 256, 256)], fill=stripe)
    return _texture(image)
