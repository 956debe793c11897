# SPDX-License-Identifier: MIT OR Apache-2.0
"""Eight cameras captured, aggregated and recorded, nothing else.

Usage: hour.py [MINUTES] (default: 60).

Rules: every picture is recorded; memory grows by less than 1 MB in ten minutes (in runs of ten minutes and more); nothing is said while they are well.
"""

import math
import sys
import tempfile
import time
from pathlib import Path

import footage
import live

CAMERAS = 8
MOST_GROWTH_MB = 1.0
TEXT = """
framemux name=mux interval=200000000
  for camera in ${facility}
    sink_${camera.source}::camera="${camera.id}"
  end
  ! fakesink async=false
for camera in ${facility}
  camerasrc camera="${camera.id}" uri="${camera.uri}" record="${footage}" ! mux.sink_${camera.source}
end
"""


def cpu(pid):
    """CPU time of a process, s."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def main():
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    live.machine()
    broken = []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        text = folder / "capture.gst"
        text.write_text(TEXT)
        with live.Simulation(folder, CAMERAS) as simulation:
            with live.Run(text, folder, {"facility": simulation.facility, "footage": folder / "footage"}) as run:
                recorded = [folder / "footage" / camera for camera in simulation.cameras]
                run.wait(lambda: all(any(place.glob("*.mkv")) for place in recorded), 60)
                begin = math.ceil(time.time()) + 1
                time.sleep(minutes * 60)
                until, alive = math.floor(time.time()) - 1, run.alive()
                used = cpu(run.process.pid) if alive else float("nan")
                code, took = run.end()
        rows = []
        for camera in simulation.cameras:
            cells, lost = footage.account(folder / "footage" / camera, begin, until)
            rows.append([camera, *cells])
            if lost:
                broken.append(f"camera {camera}: {lost} pictures are not recorded")
        live.table(["camera", *footage.TITLES], rows)
        memory = [point for point in run.memory if begin <= point[0] < until]
        growth, megabytes = live.growth(memory), [mb for _, mb in memory]
        print(f"{until - begin} s, {used / (until - begin):.3f} of a core, memory {min(megabytes):.0f} to {max(megabytes):.0f} MB, growth "
              f"{growth:.2f} MB in 10 minutes; exit code {code}, {took:.1f} s after it was asked to end")
        for _, line in run.lines:
            print(line)
        if not alive:
            broken.append("the process ended by itself")
        # In a shorter run caches still fill up.
        if minutes >= 10 and growth > MOST_GROWTH_MB:
            broken.append(f"memory grows by {growth:.2f} MB in ten minutes")
        if said := [line for at, line in run.lines if begin <= at < until]:
            broken.append(f"{len(said)} lines were said while all cameras were well")
    live.finish(broken)


main()
