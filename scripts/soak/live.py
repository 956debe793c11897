# SPDX-License-Identifier: MIT OR Apache-2.0
"""Simulated cameras, and a `roundhouse run` that plays them, as the soaks of live cameras need them.

Everything is seen from outside: what the command says and when, what the fusion was fed (its property `record`), states, and
the memory of the process.
"""

import contextlib
import datetime
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent.parent
# Distance of the pictures of simulated cameras, s.
DISTANCE = 0.2
# Cameras that go wrong show so much of their clips: other sizes and codecs are encoded when they are asked for.
SHORT = ("--length", "10s")
# The detector of soaks that are about cameras: one that costs next to nothing, or what SOAK_MODEL says.
MODEL = os.environ.get("SOAK_MODEL", "scripts/soak/light/config_infer.txt")
# Memory is read so often, s.
MEMORY_INTERVAL = 5.0


class Simulation:
    """Cameras of `roundhouse simulate-cameras`."""

    def __init__(self, folder, cameras, *options):
        self.facility = Path(folder, "facility.toml")
        self.process = subprocess.Popen(
            ["roundhouse", "simulate-cameras", "--port", "0", "--cameras", str(cameras), "--facility", self.facility, *options],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )
        self.uris = {}
        self.lock = threading.Lock()
        while (line := self.process.stdout.readline().strip()) != "ready":
            if not line:
                sys.exit("soak: the simulated cameras do not start, see above")
            name, uri = line.split()
            self.uris[name] = uri
        self.cameras = list(self.uris)

    def command(self, text):
        """Gives a command, such as `C2 kill`, and waits until it is carried out; when that was."""
        with self.lock:
            self.process.stdin.write(text + "\n")
            answer = self.process.stdout.readline().strip()
        if answer != "ok":
            sys.exit(f"soak: '{text}': {answer or 'the simulated cameras have ended'}")
        return time.time()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.process.stdin.write("quit\n")
        self.process.wait(30)


@dataclass
class Look:
    """A scan of a camera, as the fusion got it: when it was filmed, and when it arrived, s since 1970."""

    time: float
    arrival: float


@dataclass
class Run:
    """A `roundhouse run`."""

    text: str
    folder: Path
    settings: dict
    environment: dict = field(default_factory=dict)

    def __enter__(self):
        self.folder = Path(self.folder)
        self.reports, self.states = self.folder / "reports.jsonl", self.folder / "states.jsonl"
        self.lines, self.memory, self.start = [], [], time.time()
        settings = [f"--set={name}={value}" for name, value in self.settings.items()]
        self.process = subprocess.Popen(
            ["roundhouse", "run", self.text, *settings],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            env=os.environ | self.environment,
        )
        threading.Thread(target=self.listen, daemon=True).start()
        threading.Thread(target=self.weigh, daemon=True).start()
        return self

    def listen(self):
        """Notes what the command says, and when."""
        for line in self.process.stdout:
            self.lines.append((time.time(), line.rstrip()))

    def weigh(self):
        """Notes the memory of the process."""
        while self.process.poll() is None:
            with contextlib.suppress(OSError, StopIteration):
                status = Path(f"/proc/{self.process.pid}/status").read_text()
                kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
                self.memory.append((time.time(), int(kib) / 1024))
            time.sleep(MEMORY_INTERVAL)

    def alive(self):
        """Whether the process still runs."""
        return self.process.poll() is None

    def said(self, camera, since, until=float("inf")):
        """What was said of a camera, and when."""
        return [(at, line) for at, line in self.lines if since <= at < until and f" {camera} " in line.replace(":", " ")]

    def wait(self, condition, patience):
        """Waits until a condition holds; whether it did."""
        end = time.time() + patience
        while not condition():
            if time.time() > end or not self.alive():
                return False
            time.sleep(0.1)
        return True

    def wait_for_looks(self, cameras, patience=60):
        """Waits until there are looks of all cameras; whether there are."""
        return self.wait(lambda: self.reports.exists() and set(cameras) <= set(self.looks()), patience)

    def end(self, number=signal.SIGINT):
        """Ends it as a user does; its exit code, and the seconds that took."""
        begin = time.time()
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return self.process.returncode, time.time() - begin

    def __exit__(self, *_):
        if self.alive():
            self.end()

    def looks(self):
        """What the fusion was fed, by camera."""
        return looks(self.reports)


def looks(path):
    """The position reports of a recording of the fusion's input, by camera, in the order of their arrival."""
    cameras = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            with contextlib.suppress(json.JSONDecodeError):
                event = json.loads(line)
                if event["type"] == "com.roundhouse.position-report.v1":
                    look = Look(seconds(event["time"]), seconds(event["receivedtime"]))
                    cameras.setdefault(event["data"]["camera"], []).append(look)
    return cameras


def seconds(text):
    """An RFC 3339 time in UTC, s since 1970."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    whole = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.timezone.utc)
    return whole.timestamp() + float(f"0.{fraction or 0}")


def utc(at):
    """A time in UTC as the pipelines take it."""
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def within(camera, since, until):
    """The looks that were filmed in a time."""
    return [look for look in camera if since <= look.time < until]


def rate(camera, since, until):
    """Looks a second in a time."""
    return len(within(camera, since, until)) / max(until - since, DISTANCE)


def lost(camera, since, until):
    """How many pictures of a time never became looks, by the distances of those that did."""
    times = [look.time for look in within(camera, since - DISTANCE, until + DISTANCE)]
    if not times:
        return round((until - since) / DISTANCE)
    gaps = [later - earlier for earlier, later in zip(times, times[1:])]
    inside = sum(max(0, round(gap / DISTANCE) - 1) for gap in gaps)
    return inside + max(0, round((until - times[-1]) / DISTANCE) - 1)


def ages(camera, since, until):
    """Median age of looks on their arrival, and that of 99 in 100, s."""
    sorted_ages = sorted(look.arrival - look.time for look in within(camera, since, until))
    if not sorted_ages:
        return float("nan"), float("nan")
    return median(sorted_ages), sorted_ages[min(len(sorted_ages) - 1, int(len(sorted_ages) * 0.99))]


def first_after(camera, at):
    """When the first look that was filmed after `at` arrived."""
    return next((look.arrival for look in camera if look.time >= at), None)


def growth(memory, filling=0.2):
    """Growth of memory after it has filled up, MB in ten minutes: the slope of the straight line with the least squares."""
    if len(memory) < 3:
        return float("nan")
    begin, end = memory[0][0], memory[-1][0]
    points = [(at, mb) for at, mb in memory if at >= begin + (end - begin) * filling]
    x, y = (sum(values) / len(points) for values in zip(*points))
    below = sum((at - x) ** 2 for at, _ in points)
    return 600 * sum((at - x) * (mb - y) for at, mb in points) / below if below else float("nan")


def row(cells):
    """Prints a row of a table."""
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def head(cells):
    """Prints the head of a table."""
    row(cells)
    print("|" + "---|" * len(cells), flush=True)


def table(titles, rows):
    """Prints a table."""
    head(titles)
    for cells in rows:
        row(cells)
    print()


def number(value, digits=1):
    """A number for a table; a dash if there is none."""
    return "-" if value is None or value != value else f"{value:.{digits}f}"


def finish(broken):
    """Ends the soak: with the rules that were broken, if any was."""
    for rule in broken:
        print(f"BROKEN: {rule}")
    sys.exit(1 if broken else 0)


def machine(seed=None):
    """A line about the run: when, on what, from which seed."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    seeded = "" if seed is None else f", seed {seed}"
    print(f"{utc(time.time())}, commit {commit or 'unknown'}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}{seeded}\n", flush=True)
