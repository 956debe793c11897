# SPDX-License-Identifier: MIT OR Apache-2.0
"""Eight cameras recorded while pipelines/live.gst plays them, then replayed twice by pipelines/replay-footage.gst.

Usage: record.py [MINUTES] (default: 10). What goes wrong is nothing: the cameras are well.

Rules: both replays give the same states and the same reports, byte for byte; every picture of the time is recorded.
"""

import hashlib
import math
import sys
import tempfile
import time
from pathlib import Path

import footage
import live

CAMERAS = 8


def record(simulation, folder, minutes):
    """Plays and records; from when to when all cameras were recorded."""
    settings = {
        "facility": simulation.facility, "states": folder / "live.jsonl", "record": folder / "reports.jsonl", "footage": folder / "footage"
    }
    with live.Run("pipelines/live.gst", folder, settings) as run:
        run.wait_for_looks(simulation.cameras)
        begin = math.ceil(time.time()) + 2
        time.sleep(minutes * 60 + 2)
        until = math.floor(time.time()) - 1
        code, took = run.end()
        print(f"recorded: exit code {code}, {took:.1f} s after it was asked to end")
        return begin, until, run.looks()


def replay(simulation, folder, begin, until):
    """Plays the recordings; the files that came of it, and how long that took."""
    folder.mkdir()
    settings = {
        "facility": simulation.facility, "footage": folder.parent / "footage", "from": live.utc(begin), "to": live.utc(until),
        "states": folder / "states.jsonl", "record": folder / "reports.jsonl",
    }
    before = time.time()
    with live.Run("pipelines/replay-footage.gst", folder, settings) as run:
        run.process.wait()
        for _, line in run.lines:
            print(f"{folder.name}: {line}")
    return [folder / "states.jsonl", folder / "reports.jsonl"], time.time() - before


def main():
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    live.machine()
    broken = []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        with live.Simulation(folder, CAMERAS) as simulation:
            begin, until, looks = record(simulation, folder, minutes)
        replays = [replay(simulation, folder / name, begin, until) for name in ("first", "second")]
        again = live.looks(replays[0][0][1])
        rows = []
        for camera in simulation.cameras:
            cells, lost = footage.account(folder / "footage" / camera, begin, until)
            rows.append([camera, *cells, len(live.within(looks[camera], begin, until)), len(again.get(camera, []))])
            if lost:
                broken.append(f"camera {camera}: {lost} pictures are not recorded")
        live.table(["camera", *footage.TITLES, "looks live", "looks replayed"], rows)
        for (first, second) in zip(replays[0][0], replays[1][0]):
            sums = [hashlib.sha256(file.read_bytes()).hexdigest() for file in (first, second)]
            count = len(first.read_text().splitlines())
            same = sums[0] == sums[1] and count > 0
            print(f"{first.name}: {count} lines, {'the same bytes' if same else 'DIFFERENT'}, sha256 {sums[0][:16]}, {sums[1][:16]}")
            if not same:
                broken.append(f"{first.name} of both replays differ")
        print(f"{until - begin} s of footage were replayed in {replays[0][1]:.0f} s and {replays[1][1]:.0f} s")
    live.finish(broken)


main()
