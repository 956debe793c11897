"""The glyphs of many fonts in one file, so that training needs neither the fonts nor a rasteriser.

    python -m training.plates.fonts --out glyphs.npz

Every font of the machine that has upright, readable capitals and digits is drawn once, all capitals 64 px high on one
baseline. Fonts of the held-out families are marked: training never draws them, validation draws nothing else.
"""

from __future__ import annotations

import argparse
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from tqdm import tqdm

CAPITAL = 64  # pixels
ABOVE, BELOW = 20, 20  # room for the breve of Й and the feet of Ц and Щ
HEIGHT = ABOVE + CAPITAL + BELOW
SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЫЭЮЯЬ-/."
LATIN_TWINS = dict(zip("АВЕКМНОРСТХ", "ABEKMHOPCTX"))

# Validation families: designs that have no near relative among the others (clones and other widths of a face are relatives).
HELD_OUT = (
    "Bebas Neue", "Cantarell", "Courier Prime", "Gillius ADF", "Jura", "Manrope", "National Park", "Oxygen", "PT Sans", "Play", "Universalis ADF Std",
)  # fmt: skip
# Not letters that anybody would paint on a machine: symbols, scripts, hands, hairlines, other writing systems.
UNFIT_FAMILIES = (
    "Symbol", "Dingbat", "Emoji", "Math", "Chancery", "Chorus", "D050000L", "Z003", "Abecedario_guiada", "Keyboard", "Inverted", "Ellhnikh",
    "Penguin", "Klingon", "Ferrite", "It wasn", "okolaks", "monofur", "Jara", "Inter Display", "PHON", "Smallcaps", "Extrablack",
)  # fmt: skip
UNFIT_STYLES = ("Thin", "Hairline", "ExtraLight", "UltraLight", "Extra Light", "Outline", "SmallCaps")
LEAST_INK, MOST_INK = 0.07, 0.62  # share of the box of a capital that is ink: outside it is a hairline or a blot


@dataclass
class Font:
    """One font: `ink[i]` is the mask of `SIGNS[i]` (HEIGHT x its width, uint8), or None where the font lacks it."""

    family: str
    style: str
    held_out: bool
    ink: list
    cyrillic: bool


def listed():
    """(file, face index, family, style) of every font that fontconfig knows, sorted by name."""
    form = "%{file}\t%{index}\t%{family[0]}\t%{style[0]}\t%{variable}\n"
    lines = subprocess.run(["fc-list", "-f", form], capture_output=True, text=True, check=True).stdout.splitlines()
    rows = [line.split("\t") for line in lines]
    fit = [
        (Path(file), int(index), family, style)
        for file, index, family, style, variable in rows
        if variable != "True" and file.lower().endswith((".ttf", ".otf", ".t1", ".pfb"))
        and not any(word in family for word in UNFIT_FAMILIES) and not any(word in style for word in UNFIT_STYLES)
    ]  # fmt: skip
    return sorted(fit, key=lambda row: (row[0].name, row[1]))


def draw(file, index, family, style):
    """The font's glyphs, or None when its digits or Latin capitals are not usable."""
    try:
        probe = ImageFont.truetype(str(file), 200, index=index)
        box = probe.getbbox("H")
        size = 200 * CAPITAL / max(1, box[3] - box[1])
        font = ImageFont.truetype(str(file), max(8, min(400, size)), index=index)
        missing = bytes(font.getmask("\U000f1234"))
        baseline = font.getbbox("H")[3]
        ink = [glyph(font, sign, baseline, missing) for sign in SIGNS]
    except (OSError, ValueError):
        return None
    for sign, twin in LATIN_TWINS.items():
        if ink[SIGNS.index(sign)] is None:
            ink[SIGNS.index(sign)] = ink[SIGNS.index(twin)]
    for sign, twin in (("З", "3"), ("У", "Y")):
        if ink[SIGNS.index(sign)] is None:
            ink[SIGNS.index(sign)] = ink[SIGNS.index(twin)]
    if any(ink[SIGNS.index(sign)] is None for sign in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"):
        return None
    if not readable(ink):
        return None
    cyrillic = all(ink[SIGNS.index(sign)] is not None for sign in "БГДЖИЙЛПФЦЧШЩЫЭЮЯЬ")
    return Font(family, style, family.startswith(HELD_OUT), ink, cyrillic)


def glyph(font, sign, baseline, missing):
    """Ink of one sign between its side bearings, None when the font has no such sign."""
    if bytes(font.getmask(sign)) in (b"", missing):
        return None
    width = max(1, round(font.getlength(sign)))
    box = font.getbbox(sign)
    left, right = min(0, box[0]), max(width, box[2])
    image = Image.new("L", (right - left, HEIGHT))
    ImageDraw.Draw(image).text((-left, ABOVE + CAPITAL - baseline), sign, fill=255, font=font)
    return np.asarray(image)


def readable(ink):
    """Ten different digits and 26 different capitals, all of them of a capital's height, neither hairlines nor blots."""
    signs = [ink[SIGNS.index(sign)] for sign in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    if len({mask.tobytes() for mask in signs}) < len(signs) - 2:  # some draw 0 and O, or 1 and I, alike
        return False
    for mask in signs:
        rows, columns = np.nonzero(mask > 100)
        if len(rows) == 0:
            return False
        height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
        if not 0.75 * CAPITAL < height < 1.45 * CAPITAL or width > 2.2 * CAPITAL:  # old-style figures, ornaments
            return False
        if not LEAST_INK < (mask > 100).sum() / (CAPITAL * max(width, CAPITAL / 2)) < MOST_INK + 0.3:
            return False
    return True


def save(fonts, path):
    """All masks behind one another in one array; a table says where each begins."""
    widths = np.array([[0 if mask is None else mask.shape[1] for mask in font.ink] for font in fonts], np.int32)
    ink = np.concatenate([mask for font in fonts for mask in font.ink if mask is not None], axis=1)
    np.savez_compressed(
        path, families=[font.family for font in fonts], styles=[font.style for font in fonts],
        held_out=[font.held_out for font in fonts], widths=widths, ink=ink,
    )  # fmt: skip


def load(path, held_out):
    """The fonts of training, or those that it never sees."""
    with np.load(path) as file:
        families, styles, marks, widths, ink = (file[key] for key in ("families", "styles", "held_out", "widths", "ink"))
    ends = widths.ravel().cumsum().reshape(widths.shape)
    first_cyrillic = [SIGNS.index(sign) for sign in "БГДЖИЙЛПФЦЧШЩЫЭЮЯЬ"]
    return [
        Font(
            str(families[i]), str(styles[i]), bool(marks[i]),
            [ink[:, end - width : end] if width else None for width, end in zip(widths[i], ends[i])],
            bool((widths[i, first_cyrillic] > 0).all()),
        )
        for i in range(len(families)) if bool(marks[i]) == held_out
    ]  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    drawn = {}
    for row in tqdm(listed(), desc="fonts", unit="font"):
        font = draw(*row)
        if font:  # the same font in two packages or formats counts once
            drawn.setdefault(b"".join(mask.tobytes() for mask in font.ink[:20]), font)
    fonts = list(drawn.values())
    save(fonts, arguments.out)
    for title, held_out in (("training", False), ("held out", True)):
        some = [font for font in fonts if font.held_out == held_out]
        print(f"{title}: {len(some)} fonts, {sum(font.cyrillic for font in some)} with Cyrillic")


if __name__ == "__main__":
    main()
