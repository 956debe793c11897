# SPDX-License-Identifier: MIT OR Apache-2.0
"""The demo footage as live cameras, judged against its truth: with faults, and with `kill -9` in the middle.

Usage: demo.py faults|kill [SECONDS] (default: 90, all of the footage; at least 45, because judging begins after 30 s).

`faults`: pipelines/hall.gst on the files, and pipelines/live.gst on the simulated cameras with three faults. Rules: the count of
locomotives is exact in as many states within 2 percentage points, and arrivals are seen within 2 s of when they are with the files.

`kill`: the hall with models and numbers on simulated cameras, once to the end, and once killed by SIGKILL in the middle and started
again with its state file. Rules: the first state after the restart comes within 3 s and has the identifiers and numbers that the
last one before had; the figures are those of the run without (count and identities within 2 percentage points, no more identity
switches), over the instants that both have.
"""

import json
import math
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import live

CLIPS = live.ROOT / "tests/data/demo"
TRUTH_START = live.seconds("2026-03-01T06:00:00Z")
CAMERAS = 8
FAULTS = ["C2:kill@40s,restart@46s", "C6:stall@52s,stall=off@58s", "C3:silent@64s,silent=off@70s"]
# Longest time to load the networks and to connect, before the clips begin.
LEAD = 12
FIGURES = [
    "instants", "count_exact_share", "end_mae_m", "id_switches", "idf1", "arrival_delay_s_max", "departure_delay_s_max", "plate_coverage",
    "plate_accuracy", "model_accuracy",
]


def truth(folder, start, seconds, without=()):
    """The truth of the first seconds of the footage as if it had begun at `start`, without the instants that are left out."""
    path = Path(folder, f"truth-{start:.0f}-{len(without)}.jsonl")
    with open(CLIPS / "truth.jsonl", encoding="utf-8") as source, open(path, "w", encoding="utf-8") as target:
        for line in source:
            instant = json.loads(line)
            at = live.seconds(instant["time"]) - TRUTH_START
            if at <= seconds and round(at) not in without:
                instant["time"] = live.utc(start + at)
                target.write(json.dumps(instant) + "\n")
    return path


def evaluate(path, states):
    """The figures of `roundhouse evaluate`."""
    command = ["roundhouse", "evaluate", "--json", "--truth", path, "--states", states]
    return json.loads(subprocess.run(command, cwd=live.ROOT, check=True, capture_output=True, text=True).stdout)


def states(path):
    """The states of a file: (time, data)."""
    with open(path, encoding="utf-8") as file:
        events = [json.loads(line) for line in file if line.endswith("\n")]
    return [(live.seconds(event["time"]), event["data"]) for event in events]


def begin_on_a_second():
    """When the clips begin: far enough ahead for everything to play by then."""
    return math.ceil(time.time()) + LEAD


def sleep_until(at):
    """Waits for a time."""
    time.sleep(max(0.0, at - time.time()))


def play_faults(simulation, start, seconds):
    """Carries out the schedule of faults, then waits for the end of the footage."""
    planned = []
    for text in FAULTS:
        camera, _, rest = text.partition(":")
        for item in rest.split(","):
            what, _, at = item.rpartition("@")
            planned.append((float(at.removesuffix("s")), f"{camera} {what}"))
    for at, command in sorted(planned):
        if at < seconds:
            sleep_until(start + at)
            simulation.command(command)
    sleep_until(start + seconds + 2)


def print_figures(columns):
    """Prints the figures of several runs side by side."""
    rows = [[figure, *(show(figures.get(figure)) for _, figures in columns)] for figure in FIGURES]
    live.table(["figure", *(name for name, _ in columns)], rows)


def show(value):
    """A figure for the table."""
    return "-" if value is None else f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def near(broken, what, these, those, most):
    """Notes if two figures differ by more than `most`."""
    if these is None or those is None or abs(these - those) > most:
        broken.append(f"{what}: {show(these)} against {show(those)}")


def at_least(broken, what, this, that, short):
    """Notes if a figure that is to be large falls short of another one by more than `short`."""
    if this is None or that is None or this < that - short:
        broken.append(f"{what}: {show(this)} against {show(that)}")


def at_most(broken, what, this, that, more):
    """Notes if a figure that is to be small exceeds another one by more than `more`."""
    if this is None or that is None or this > that + more:
        broken.append(f"{what}: {show(this)} against {show(that)}")


def faults(folder, seconds):
    """The footage as files, and live with three faults."""
    file_states = folder / "file.jsonl"
    command = ["roundhouse", "run", "--quiet", "pipelines/hall.gst", "--set", f"states={file_states}"]
    subprocess.run(command, cwd=live.ROOT, check=True)
    start = begin_on_a_second()
    columns = [("files", evaluate(truth(folder, TRUTH_START, seconds), file_states))]
    broken = []
    for name, act in [("live", lambda *_: sleep_until(start + seconds + 2)), ("live, three faults", play_faults)]:
        start = begin_on_a_second()
        place = folder / name.replace(", ", "-").replace(" ", "-")
        place.mkdir()
        with live.Simulation(place, CAMERAS, "--clips", CLIPS, "--start", live.utc(start)) as simulation:
            settings = {"facility": simulation.facility, "states": place / "states.jsonl", "record": place / "reports.jsonl"}
            with live.Run("pipelines/live.gst", place, settings) as run:
                act(simulation, start, seconds)
                alive = run.alive()
                run.end()
        columns.append((name, evaluate(truth(folder, start, seconds), run.states)))
        looks = run.looks()
        lost = sum(live.lost(looks.get(camera, []), start, start + seconds) for camera in simulation.cameras)
        age, slow = (max(values) for values in zip(*(live.ages(looks[camera], start, start + seconds) for camera in looks)))
        print(f"{name}: {lost} of {round(seconds * CAMERAS / live.DISTANCE)} pictures not looked at, age {age:.2f} s in the median, {slow:.2f} s at p99")
        for at, line in run.lines:
            print(f"{name}: {at - start:6.1f} s {line}")
        if not alive:
            broken.append(f"{name}: the process ended by itself")
        near(broken, f"{name}: count exact", columns[-1][1]["count_exact_share"], columns[0][1]["count_exact_share"], 0.02)
        if columns[0][1]["arrival_delay_s_max"] is not None:
            near(broken, f"{name}: arrivals", columns[-1][1]["arrival_delay_s_max"], columns[0][1]["arrival_delay_s_max"], 2.0)
    print()
    print_figures(columns)
    return broken


def identity_text(folder):
    """pipelines/hall-identity.gst with the cameras of live.gst in place of its files."""
    text = (live.ROOT / "pipelines/hall-identity.gst").read_text()
    cameras = re.search(r"(?ms)^for camera.*?^end\n", (live.ROOT / "pipelines/live.gst").read_text())[0]
    text = re.sub(r"(?m)^filesrc .*\n", "", text)
    text = text.replace('record="${record:-}"', 'record="${record:-}" state-file="${state_file}"')
    path = folder / "live-identity.gst"
    path.write_text(text + cameras)
    return path


def kill(folder, seconds):
    """The footage live with models and numbers, without and with a kill in the middle."""
    text = identity_text(folder)
    broken, runs = [], []
    for name in ("without", "killed"):
        start = begin_on_a_second()
        place = folder / name
        place.mkdir()
        with live.Simulation(place, CAMERAS, "--clips", CLIPS, "--start", live.utc(start)) as simulation:
            parts = [place / "states-1.jsonl", place / "states-2.jsonl"]
            settings = {"facility": simulation.facility, "state_file": place / "fusion", "leaky": "downstream"}
            with live.Run(text, place, settings | {"states": parts[0]}) as run:
                if name == "killed":
                    sleep_until(start + seconds / 2)
                    run.process.kill()
                    run.process.wait()
                    killed = time.time()
                    with live.Run(text, place, settings | {"states": parts[1]}) as again:
                        sleep_until(start + seconds + 2)
                        again.end()
                    run.lines += again.lines
                else:
                    sleep_until(start + seconds + 2)
                    run.end()
        whole = place / "states.jsonl"
        whole.write_text("".join(part.read_text() for part in parts if part.exists()))
        for at, line in run.lines:
            print(f"{name}: {at - start:6.1f} s {line}")
        runs.append((name, start, whole, parts))
    before, after = (states(part) for part in runs[1][3])
    gone = [at for at, _ in before][-1]
    back = after[0][0]
    gap = set(range(math.floor(gone - runs[1][1]) + 1, math.ceil(back - runs[1][1])))
    print(f"\nkilled at {killed - runs[1][1]:.1f} s of the footage; last state {killed - gone:.1f} s before, first {back - killed:.1f} s after\n")

    def of(state):
        return {one["id"]: (one["track"], (one["plate"] or {}).get("text")) for one in state["locomotives"] if one["status"] != "tentative"}

    last, first = of(before[-1][1]), of(after[0][1])
    live.table(
        ["locomotive", "track and number before", "after"],
        [[name, last.get(name, "-"), first.get(name, "-")] for name in sorted(last | first)],
    )
    columns = [(name, evaluate(truth(folder, start, seconds, gap), whole)) for name, start, whole, _ in runs]
    print_figures(columns)
    without, with_kill = (figures for _, figures in columns)
    if last != first:
        broken.append("identifiers, tracks or numbers differ after the restart")
    if back - killed > 3:
        broken.append(f"the first state came {back - killed:.1f} s after the kill")
    near(broken, "count exact", with_kill["count_exact_share"], without["count_exact_share"], 0.02)
    near(broken, "identities kept", with_kill["idf1"], without["idf1"], 0.02)
    if with_kill["id_switches"] > without["id_switches"]:
        broken.append(f"{with_kill['id_switches']} identity switches against {without['id_switches']}")
    return broken


def main():
    what, seconds = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 90.0
    live.machine()
    with tempfile.TemporaryDirectory() as folder:
        broken = {"faults": faults, "kill": kill}[what](Path(folder), seconds)
    live.finish(broken)


if __name__ == "__main__":
    main()
