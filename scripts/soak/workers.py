# SPDX-License-Identifier: MIT OR Apache-2.0
"""Four estimators that share the cameras of a hall through Kafka, of which one is killed.

Usage: workers.py [SECONDS] (default: 90, all of the footage; at least 45, because judging begins after 30 s).

Simulated cameras, pipelines/bus/live-aggregator.gst, four times pipelines/bus/estimator.gst in one group, pipelines/bus/fusion.gst, and the
cluster that librdkafka has for tests, or with KAFKA=HOST:PORT a broker (which needs the topics: roundhouse bus setup). All of it optimised: an unoptimised build cannot read so many pictures. Frames travel by reference as JPEG. One estimator is killed by SIGKILL in the middle. Rules: no
camera is without looks for more than 10 s; the count of locomotives is exact in as many states as in one process, less 2 percentage
points at most, and the ends are as near, 0.1 m more at most. SOAK_MODEL=scripts/soak/light/config_infer.txt takes a detector that costs nothing and finds nothing,
for a machine that is too slow for the shipped one: then only the looks count.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import demo
import live

WORKERS = 4
# Longest time in which a camera may be without looks, s.
LONGEST = 10.0
# After so long a worker without a sign of life is taken for dead, ms: the cluster of tests takes as long again, less one second, to deal out what it had.
SESSION_MS = 4000
# The topics that the workers share.
TOPICS = ["depot.hall-demo.raw.image", "depot.hall-demo.prod.position-report"]
JPEG_QUALITY = 95
# The detector, if not the shipped one.
MODEL = {"model": os.environ["SOAK_MODEL"]} if "SOAK_MODEL" in os.environ else {}


@contextlib.contextmanager
def cluster():
    """A cluster of Kafka; its address."""
    if "KAFKA" in os.environ:
        yield f"kafka://{os.environ['KAFKA']}"
        return
    command = [
        "cargo", "run", "--quiet", "--locked", "--profile", os.environ.get("SOAK_PROFILE", "release"), "-p", "roundhouse-bus", "--features", "kafka",
        "--example", "kafka-mock", "--", *TOPICS,
    ]
    with subprocess.Popen(command, cwd=live.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process.stdout.readline().strip()
        process.stdin.close()


def one_process(folder, seconds):
    """The figures of the live cameras in one process."""
    start = demo.begin_on_a_second()
    with live.Simulation(folder, demo.CAMERAS, "--clips", demo.CLIPS, "--start", live.utc(start)) as simulation:
        settings = {"facility": simulation.facility, "states": folder / "states.jsonl", "record": folder / "reports.jsonl"} | MODEL
        with live.Run("pipelines/live.gst", folder, settings) as run:
            demo.sleep_until(start + seconds + 2)
    return demo.evaluate(demo.truth(folder, start, seconds), run.states)


def four_workers(folder, seconds, bus, store):
    """The figures with four workers, the looks, and when which cameras lost their worker."""
    start = demo.begin_on_a_second()
    place = lambda name: (folder / name).mkdir() or folder / name
    with live.Simulation(folder, demo.CAMERAS, "--clips", demo.CLIPS, "--start", live.utc(start)) as simulation, contextlib.ExitStack() as stack:
        play = lambda text, name, **settings: stack.enter_context(live.Run(f"pipelines/bus/{text}.gst", place(name), {"bus": bus} | settings))
        here = folder / "fusion"
        fusion = play("fusion", "fusion", clips=folder, states=here / "states.jsonl", record=here / "reports.jsonl")
        shared = f"{bus}?session.timeout.ms={SESSION_MS}"
        workers = [play("estimator", f"worker-{number}", clips=folder, frames_from=shared, reports_to=bus, image_store=store, leaky="downstream", threads=1, **MODEL) for number in range(1, WORKERS + 1)]
        play("live-aggregator", "aggregator", facility=simulation.facility, image_store=store, jpeg_quality=JPEG_QUALITY)
        demo.sleep_until(start + seconds / 2)
        workers[0].process.send_signal(signal.SIGKILL)
        demo.sleep_until(start + seconds + 2)
        for number, worker in enumerate(workers, start=1):
            for at, line in worker.lines:
                print(f"worker {number}: {at - start:6.1f} s {line}")
    return demo.evaluate(demo.truth(folder, start, seconds), fusion.states), fusion.looks(), start


def longest_silence(camera, since, until):
    """The longest time between two arrivals of looks, and from the last one to the end, s."""
    arrivals = [since, *sorted(look.arrival for look in camera if since <= look.arrival < until), until]
    return max(later - earlier for earlier, later in zip(arrivals, arrivals[1:]))


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 90.0
    live.machine()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory(dir="/dev/shm") as pictures, cluster() as bus:
        one, four = Path(folder, "one"), Path(folder, "four")
        one.mkdir()
        four.mkdir()
        alone = one_process(one, seconds)
        shared, looks, start = four_workers(four, seconds, bus, f"dir://{pictures}")
    killed, end = start + seconds / 2, start + seconds
    broken, rows = [], []
    for camera in sorted(looks):
        before, after = longest_silence(looks[camera], start + 15, killed), longest_silence(looks[camera], killed, end)
        median, slow = live.ages(looks[camera], start, end)
        rows.append([camera, len(live.within(looks[camera], start, end)), *map(live.number, (before, after, median, slow))])
        if after > LONGEST:
            broken.append(f"{camera}: no look for {after:.1f} s")
    live.table(["camera", "looks", "longest silence before, s", "after the kill, s", "age median, s", "age p99, s"], rows)
    demo.print_figures([("one process", alone), ("four workers, one killed", shared)])
    if len(looks) < demo.CAMERAS:
        broken.append(f"looks of {len(looks)} cameras only")
    if not MODEL:
        demo.at_least(broken, "count exact", shared["count_exact_share"], alone["count_exact_share"], 0.02)
        demo.at_most(broken, "ends, m", shared["end_mae_m"], alone["end_mae_m"], 0.1)
    live.finish(broken)


if __name__ == "__main__":
    main()
