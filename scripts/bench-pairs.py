#!/usr/bin/env python3
"""Whether a change made the code slower: runs the build before and the build after in turns and compares their CPU time.

  scripts/bench-pairs.py BEFORE AFTER                       the whole pipeline on the demo clips
  scripts/bench-pairs.py BEFORE AFTER -- roundhouse ARGUMENTS
  scripts/bench-pairs.py BEFORE AFTER --cell 6 -- --size 100 100

BEFORE and AFTER are each
* a folder that scripts/build.sh (.install) or scripts/package.sh made: its command and its plugin are found first, or
* a program, which is run with the arguments behind `--`; for the fusion, what `cargo bench -p roundhouse-estimation
  --bench latency --no-run` names.

Compared is the CPU time of the process and of its children; with --cell N, a figure that the program prints: the cell N
(from 1) of each row of its table, as geometric mean of the rows. In every other pair AFTER goes first. Printed are the
median of the ratios after/before, and their geometric mean with its 95 % interval (Student's t on logarithms). Fails if
that interval lies wholly above the limit.
"""

import argparse
import math
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import NormalDist, mean, median, stdev

ROOT = Path(__file__).resolve().parent.parent
PIPELINE = (
    "roundhouse bench stage pipeline --file pipelines/hall.gst --clips tests/data/demo --model models/trt/locodetector"
)


def student(freedom):
    """The 97.5 % quantile of Student's t, by the expansion about the normal distribution (Abramowitz & Stegun 26.7.5)."""
    z = NormalDist().inv_cdf(0.975)
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )


class Build:
    """One of the two builds: how its command is run."""

    def __init__(self, place, command, registry):
        self.place, self.environment = Path(place).resolve(), dict(os.environ)
        if self.place.is_dir():
            self.command = command or PIPELINE.split()
            plugins = next(self.place.rglob("libgstroundhouse.so"), None)
            if plugins is None:
                sys.exit(f"{place}: there is no libgstroundhouse.so in it; scripts/build.sh makes such a folder")
            self.environment["PATH"] = f"{self.place}/bin:{os.environ['PATH']}"
            self.environment["GST_PLUGIN_PATH"] = str(plugins.parent)
            # Each has its own list of plugins, so that neither pays for looking them up again.
            self.environment["GST_REGISTRY"] = f"{registry}/{abs(hash(self.place))}"
        elif self.place.is_file():
            self.command = [str(self.place), *command]
        else:
            sys.exit(f"{place}: neither a folder nor a program")

    def measure(self, cell):
        """CPU time of one run, s, or the figure that it prints."""
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
            child = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=errors
            )
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0), errors.seek(0)
            if child.returncode:
                sys.exit(f"{self.place}: ended with {child.returncode}\n{errors.read()}")
            return figure(out.read(), cell) if cell else usage.ru_utime + usage.ru_stime


def figure(text, cell):
    """Geometric mean of a cell over the rows of a table."""
    rows = [line.strip("| ").split("|") for line in text.splitlines() if line.startswith("|")]
    numbers = [
        float(row[cell - 1]) for row in rows if len(row) >= cell and re.fullmatch(r"\s*\d+(\.\d+)?\s*", row[cell - 1])
    ]
    if not numbers:
        sys.exit(f"no row of a table with a number in cell {cell} was printed:\n{text}")
    return math.exp(mean(math.log(number) for number in numbers))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("--pairs", type=int, default=9, help="how often (default: 9)")
    parser.add_argument("--limit", type=float, default=1.02, help="the highest ratio that passes (default: 1.02)")
    parser.add_argument("--cell", type=int, help="compare this cell of the printed table instead of CPU time")
    words = sys.argv[1:]
    at = words.index("--") if "--" in words else len(words)
    arguments, command = parser.parse_args(words[:at]), words[at + 1 :]
    if arguments.pairs < 2:
        parser.error("--pairs: an interval needs two pairs at least")
    unit = "" if arguments.cell else " s"
    with tempfile.TemporaryDirectory() as registry:
        builds = [Build(place, command, registry) for place in (arguments.before, arguments.after)]
        for build in builds:
            build.measure(arguments.cell)  # Fills caches; does not count.
        ratios = []
        for pair in range(arguments.pairs):
            order = (0, 1) if pair % 2 == 0 else (1, 0)
            measured = {index: builds[index].measure(arguments.cell) for index in order}
            if min(measured.values()) <= 0:
                sys.exit("a run took no measurable CPU time: compare a longer one")
            ratios.append(measured[1] / measured[0])
            print(f"pair {pair + 1}: {measured[0]:.3f}{unit}, {measured[1]:.3f}{unit}, ratio {ratios[-1]:.4f}", flush=True)
    logs = [math.log(ratio) for ratio in ratios]
    half = student(len(logs) - 1) * stdev(logs) / math.sqrt(len(logs))
    low, high = (math.exp(mean(logs) + sign * half) for sign in (-1, 1))
    passed = low <= arguments.limit
    print(
        f"after/before: median {median(ratios):.4f}, mean {math.exp(mean(logs)):.4f}, 95 % interval {low:.4f} to {high:.4f}; "
        f"{'passed' if passed else 'failed'}: limit {arguments.limit}"
    )
    return not passed


if __name__ == "__main__":
    sys.exit(main())
