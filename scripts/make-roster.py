#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Makes the roster of a scenario, and a facility file with it: the machines of its truth among made numbers of the same form.

    scripts/make-roster.py tests/data/evaluation --numbers 400 --out out/roster
"""

import argparse
import json
import random
from pathlib import Path

SERIES = ("1037", "1542", "1511", "1120", "1244", "1138")
SEED = 400


def luhn(digits: str) -> str:
    """The check digit of seven digits."""
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", type=Path)
    parser.add_argument("--numbers", type=int, default=400)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    truth = arguments.scenario.joinpath("truth.jsonl").read_text().splitlines()
    numbers = {machine["plate"] for line in truth for machine in json.loads(line)["locomotives"]}
    rng = random.Random(SEED)
    while len(numbers) < arguments.numbers:
        seven = rng.choice(SERIES) + f"{rng.randrange(1000):03}"
        numbers.add(seven + luhn(seven))
    arguments.out.mkdir(parents=True, exist_ok=True)
    arguments.out.joinpath("roster.csv").write_text("".join(f"{number}\n" for number in sorted(numbers)))
    site = arguments.scenario.joinpath("facility.toml").read_text()
    lines = 'roster = "roster.csv"\nunexpected = 0.05\n'
    arguments.out.joinpath("facility.toml").write_text(site.replace("[numbering]\n", "[numbering]\n" + lines))


if __name__ == "__main__":
    main()
