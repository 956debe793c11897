# SPDX-License-Identifier: MIT OR Apache-2.0
"""Whether anything of GStreamer is left behind: pipelines/live.gst on three cameras from start to stop, with faults in between.

Usage: leaks.py [SECONDS] (default: 60). gst-launch-1.0 plays the text, because it lets go of everything at its end, and GStreamer's
leaks tracer then lists the objects that are still alive.

Rule: there are none.
"""

import collections
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import live

CAMERAS = 3
# In parts of the time.
FAULTS = [
    (0.2, "C1 kill"), (0.2, "C2 silent"), (0.3, "C3 garbage"), (0.4, "C1 restart"), (0.5, "C2 silent=off"), (0.5, "C3 garbage=off"),
    (0.6, "C1 size=640x360"), (0.6, "C2 stop"), (0.7, "C2 continue"), (0.7, "C3 kill"), (0.7, "C3 codec=h265"), (0.75, "C3 restart"),
]


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    live.machine()
    broken = []
    with tempfile.TemporaryDirectory() as folder, live.Simulation(folder, CAMERAS, *live.SHORT) as simulation:
        settings = [f"model={live.MODEL}", f"facility={simulation.facility}", f"states={folder}/states.jsonl", f"footage={folder}/footage"]
        expand = ["roundhouse", "expand", "pipelines/live.gst", *(word for setting in settings for word in ("--set", setting))]
        text = subprocess.run(expand, cwd=live.ROOT, check=True, capture_output=True, text=True).stdout
        log = Path(folder, "log")
        environment = os.environ | {"GST_TRACERS": "leaks", "GST_DEBUG": "GST_TRACER:7", "GST_DEBUG_FILE": str(log), "GST_DEBUG_NO_COLOR": "1"}
        begin = time.time()
        process = subprocess.Popen(["gst-launch-1.0", "-e", "-q", *text.split()], cwd=live.ROOT, env=environment)
        for share, command in FAULTS:
            time.sleep(max(0.0, begin + share * seconds - time.time()))
            simulation.command(command)
        time.sleep(max(0.0, begin + seconds - time.time()))
        if process.poll() is not None:
            broken.append(f"gst-launch-1.0 ended by itself with {process.returncode}")
        process.send_signal(signal.SIGINT)
        process.wait(60)
        alive = re.findall(
            r"object-alive, type-name=\(string\)(\w+), address=\S+ description=\(string\)(.*?), ref-count=", log.read_text(errors="replace")
        )
        states = len(Path(folder, "states.jsonl").read_text().splitlines())
    print(f"{seconds:.0f} s, {len(FAULTS)} commands, {states} states; objects that are alive after the end: {len(alive)}\n")
    if alive:
        live.table(["type", "object", "how many"], [[*one, count] for one, count in collections.Counter(alive).most_common()])
        broken.append(f"{len(alive)} objects are left")
    live.finish(broken)


main()
