# SPDX-License-Identifier: MIT OR Apache-2.0
"""Makes pictures small: PNG files are rewritten with a palette. palette.py FILE..."""

import sys

from PIL import Image

COLOURS = 256

for name in sys.argv[1:]:
    with Image.open(name) as picture:
        small = picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small.save(name, optimize=True)
