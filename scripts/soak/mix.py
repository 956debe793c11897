# SPDX-License-Identifier: MIT OR Apache-2.0
"""Mixed faults of eight cameras in one process that is never restarted.

Usage: mix.py [MINUTES [SEED]] (default: 20 1). pipelines/live.gst plays the cameras; every 2 to 8 s one of at most four cameras at
a time goes wrong in one of many ways for 2 to 40 s. At the end all are put right. The detector is that of faults.py.

Rules: the process ends only when asked, within 3 s; all cameras are back at the end; cameras that are well lose no frame; memory
grows by less than 1 MB in ten minutes (in the second half of ten minutes or more).
"""

import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import live

CAMERAS = 8
# So many may be wrong at a time.
MOST_WRONG = 4
# What begins a fault, and what ends it.
FAULTS = {
    "kill": ["restart"],
    "stop": ["continue"],
    "silent": ["silent=off"],
    "stall": ["stall=off"],
    "garbage": ["garbage=off"],
    "slow=10": ["slow=1"],
    "answer=503": ["answer=none"],
    "size=640x360": ["size=960x540"],
    "codec=h265": ["codec=h264"],
    "clock=3600": ["clock=0"],
    "stamps=-5": ["stamps=0"],
}
# A camera is judged as one that is well from so long after its fault on, s.
RETURN = 15.0
MOST_GROWTH_MB = 1.0


def spoil(simulation, run, chance, minutes):
    """Lets cameras go wrong; when and how each did: (fault, begin, end)."""
    history = {camera: [] for camera in simulation.cameras}
    wrong, begin = {}, time.time()
    next_fault = begin
    while (now := time.time()) < begin + minutes * 60 and run.alive():
        for camera, (fault, since, until) in list(wrong.items()):
            if now >= until:
                mend(simulation, camera, fault)
                history[camera].append((fault, since, time.time()))
                del wrong[camera]
        well = [camera for camera in simulation.cameras if camera not in wrong]
        if now >= next_fault and len(wrong) < MOST_WRONG:
            camera, fault = chance.choice(well), chance.choice(list(FAULTS))
            simulation.command(f"{camera} {fault}")
            wrong[camera] = (fault, now, now + chance.uniform(2, 40))
            next_fault = now + chance.uniform(2, 8)
        time.sleep(0.1)
    for camera, (fault, since, _) in wrong.items():
        mend(simulation, camera, fault)
        history[camera].append((fault, since, time.time()))
    return history


def mend(simulation, camera, fault):
    """Ends a fault."""
    for command in FAULTS[fault]:
        simulation.command(f"{camera} {command}")


def judge(run, history, begin, end):
    """Prints the table of the cameras; the rules that were broken."""
    rows, broken, looks = [], [], run.looks()
    for camera, faults in history.items():
        mine = looks.get(camera, [])
        returns = [live.first_after(mine, until) for _, _, until in faults]
        took = [at - until for at, (_, _, until) in zip(returns, faults) if at is not None]
        # The times between faults, beginning when it is back.
        bounds = [begin, *(time for _, since, until in faults for time in (since, until + RETURN)), end]
        well = [(since, until) for since, until in zip(bounds[::2], bounds[1::2]) if until > since]
        lost = sum(live.lost(mine, since, until) for since, until in well)
        seconds = sum(until - since for since, until in well)
        age, slow = live.ages([look for since, until in well for look in live.within(mine, since, until)], begin, end)
        back = bool(live.within(mine, end - 5, end))
        rows.append([
            camera, len(faults), live.number(median(took) if took else None), live.number(max(took, default=None)),
            f"{seconds:.0f}", live.number(sum(live.rate(mine, *one) * (one[1] - one[0]) for one in well) / max(seconds, 1), 2), lost,
            live.number(age, 2), live.number(slow, 2), "yes" if back else "NO",
        ])
        if not back:
            broken.append(f"camera {camera} is not back at the end")
        if lost:
            broken.append(f"camera {camera} lost {lost} frames while it was well")
    live.table(
        ["camera", "faults", "back after, median s", "slowest, s", "well, s", "looks/s then", "frames lost then", "age median, s", "age p99, s", "back at the end"],
        rows,
    )
    return broken


def main():
    minutes, seed = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0, int(sys.argv[2]) if len(sys.argv) > 2 else 1
    live.machine(seed)
    with tempfile.TemporaryDirectory() as folder, live.Simulation(folder, CAMERAS, *live.SHORT) as simulation:
        settings = {"model": live.MODEL, "facility": simulation.facility, "states": Path(folder, "states.jsonl"), "record": Path(folder, "reports.jsonl")}
        with live.Run("pipelines/live.gst", folder, settings) as run:
            run.wait_for_looks(simulation.cameras)
            time.sleep(5)
            begin = time.time()
            history = spoil(simulation, run, random.Random(seed), minutes)
            time.sleep(RETURN + 10)
            end, alive = time.time() - 1, run.alive()
            code, took = run.end()
        broken = judge(run, history, begin, end)
        faults = sum(len(faults) for faults in history.values())
        growth = live.growth([point for point in run.memory if point[0] < end], 0.5)
        megabytes = [mb for at, mb in run.memory if at < end]
        print(f"{faults} faults in {minutes:g} minutes; {len(run.lines)} lines said; memory {min(megabytes):.0f} to {max(megabytes):.0f} MB, "
              f"growth {growth:.2f} MB in 10 minutes; exit code {code}, {took:.1f} s after it was asked to end")
        if not alive:
            broken.append("the process ended by itself")
        if took > 3:
            broken.append("it took more than 3 s to end")
        # In a shorter run caches still fill up.
        if minutes >= 10 and growth > MOST_GROWTH_MB:
            broken.append(f"memory grows by {growth:.2f} MB in ten minutes")
    live.finish(broken)


main()
