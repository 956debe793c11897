# SPDX-License-Identifier: MIT OR Apache-2.0
"""Each fault of a live camera on real RTSP, one after the other, with pipelines/live.gst on three cameras.

Usage: faults.py [SECONDS [SEED]]: no fault lasts longer than SECONDS (default: 60). The seed chooses the camera. A network that
costs next to nothing stands in for the detector; SOAK_MODEL=models/trt/locodetector/config_infer.txt takes the shipped one.

Rules: the others keep 4.8 looks a second at least, lose none, and are at most 0.3 s old in the median; the camera comes back by
itself; what keeps it away for more than 5 s is said; the process never ends by itself, and ends within 3 s when asked.
"""

import random
import socket
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
import time

import live

CAMERAS = 3
# How long a camera may take to come back: the longest wait between attempts, and what connecting takes.
RETURN = 10.0
# What the others must keep.
LEAST_RATE, MOST_AGE = 4.8, 0.3
# What lasts longer must be said: framemux tells after 10 s of a camera whose pictures come and cannot be used.
UNSAID = 10.0
END_PATIENCE = 3.0


@dataclass
class Fault:
    """What goes wrong, for how long, and how it ends; the commands of the simulator, without the camera."""

    name: str
    begin: list
    lasts: float
    end: list = field(default_factory=list)


PLAYING = [
    Fault("server killed, restarted", ["kill"], 20, ["restart"]),
    Fault("server stopped, goes on", ["stop"], 30, ["continue"]),
    Fault("connected, no frames", ["silent"], 15, ["silent=off"]),
    Fault("TCP stalled in the middle of a packet", ["stall"], 20, ["stall=off"]),
    Fault("half-open TCP, also for new connections", ["stall"], 60, ["stall=off"]),
    Fault("disconnects, then answers 503", ["answer=503", "codec=h264"], 15, ["answer=none"]),
    Fault("ten times slower", ["slow=10"], 15, ["slow=1"]),
    Fault("new SPS in mid-stream (other size)", ["size=640x360"], 10, ["size=960x540"]),
    Fault("restart with another size", ["kill", "size=640x360", "restart"], 10, ["kill", "size=960x540", "restart"]),
    Fault("restart with another codec", ["kill", "codec=h265", "restart"], 10, ["kill", "codec=h264", "restart"]),
    Fault("garbage payload", ["garbage"], 10, ["garbage=off"]),
    Fault("RTP time 5 s behind", ["stamps=-5"], 15, ["stamps=0"]),
    Fault("sender report one hour ahead", ["clock=3600"], 15, ["clock=0"]),
    Fault("sender report counted from the start", ["clock=-1790000000"], 15, ["clock=0"]),
]
UDP = [Fault("UDP with 20 % of packets lost", ["loss=20"], 30, ["loss=0"])]
HEAD = [
    "fault of one of three cameras", "s", "said after, s", "away, s", "back after, s", "others: looks/s", "age median, s",
    "age p99, s", "frames lost", "sentences",
]


class Table:
    """The table, whose rows are printed as they come, what is printed behind it, and the rules that were broken."""

    def __init__(self):
        self.broken, self.sentences, self.ends = [], [], []
        live.head(HEAD)

    def add(self, name, run, looks, camera, begin, end, until, back=True, since=None):
        """Adds the row of a fault from `begin` to `end`, judged up to `until`; what is said counts from `since` on."""
        others = [looks.get(other, []) for other in run.cameras if other != camera]
        rate = min(live.rate(other, begin, until) for other in others)
        ages = [live.ages(other, begin, until) for other in others]
        lost = sum(live.lost(other, begin, until) for other in others)
        mine = looks.get(camera, [])
        arrivals = [begin] + [look.arrival for look in mine if begin <= look.arrival < until] + [until]
        away = max(later - earlier for earlier, later in zip(arrivals, arrivals[1:]))
        first = live.first_after(mine, end)
        returned = first - end if first is not None and first < until else None
        since = begin if since is None else since
        said = run.said(camera, since, until)
        noticed = said[0][0] - since if said else None
        live.row([
            name, f"{end - begin:.0f}", live.number(noticed), live.number(away), live.number(returned), live.number(rate, 2),
            live.number(max(age[0] for age in ages), 2), live.number(max(age[1] for age in ages), 2), lost, len(said),
        ])
        self.sentences += [(name, line) for _, line in said]
        worst_age = max(age[0] for age in ages)
        for rule, kept in [
            (f"the others keep {LEAST_RATE} looks/s", rate >= LEAST_RATE),
            (f"the others are at most {MOST_AGE} s old", worst_age <= MOST_AGE),
            ("the others lose no frame", lost == 0),
            ("the camera comes back", returned is not None or not back),
            ("it is said", noticed is not None or (away <= UNSAID and back)),
        ]:
            if not kept:
                self.broken.append(f"{name}: {rule}")

    def print_rest(self):
        """Prints how the runs ended, and all sentences."""
        print("\n" + "\n".join(self.ends) + "\n")
        for name, line in self.sentences:
            print(f"{name}: {line}")
        print(flush=True)

    def ended(self, name, run):
        """Ends a run and judges how it ended."""
        if not run.alive():
            self.broken.append(f"{name}: the process ended by itself: {run.lines[-1][1] if run.lines else ''}")
        code, took = run.end()
        last = run.lines[-1][1] if run.lines else "-"
        self.ends.append(f"{name}: exit code {code}, {took:.1f} s after it was asked to end; last line: {last}")
        if took > END_PATIENCE:
            self.broken.append(f"{name}: it took {took:.1f} s to end")


def play(simulation, folder, text=None, facility=None):
    """Plays the simulated cameras."""
    folder.mkdir()
    settings = {"model": live.MODEL, "facility": facility or simulation.facility, "states": folder / "states.jsonl", "record": folder / "reports.jsonl"}
    run = live.Run(text or "pipelines/live.gst", folder, settings)
    run.cameras = simulation.cameras
    return run


def while_playing(table, simulation, run, faults, camera, longest):
    """Carries out faults one after the other while one process plays."""
    with run:
        if not run.wait_for_looks(simulation.cameras):
            table.broken.append(f"{len(faults)} faults in one process: not all cameras deliver at the start")
        time.sleep(3)
        times = []
        for fault in faults:
            print(f"soak: {fault.name}", file=sys.stderr)
            begin = time.time()
            for command in fault.begin:
                simulation.command(f"{camera} {command}")
            time.sleep(min(fault.lasts, longest))
            for command in fault.end:
                simulation.command(f"{camera} {command}")
            end = time.time()
            time.sleep(RETURN)
            times.append((fault, begin, end, time.time() - 1))
        table.ended(f"{len(faults)} faults in one process", run)
        looks = run.looks()
    for fault, begin, end, until in times:
        table.add(fault.name, run, looks, camera, begin, end, until)


def at_start(table, simulation, folder, name, camera, lasts, replaced=None, mend=None, back=True):
    """Plays a camera that is wrong from the start; `replaced` changes its part of the facility file, `mend` puts it right."""
    print(f"soak: {name}", file=sys.stderr)
    facility = simulation.facility
    if replaced:
        before, after = replaced
        text = facility.read_text()
        at = text.index(f'id = "{camera}"')
        facility = folder.parent / f"{folder.name}.toml"
        facility.write_text(text[:at] + text[at:].replace(before, after, 1))
    with play(simulation, folder, facility=facility) as run:
        begin = time.time()
        time.sleep(lasts)
        end = time.time()
        if mend:
            mend()
            end = time.time()
        time.sleep(RETURN)
        until = time.time() - 1
        table.ended(name, run)
        looks = run.looks() if run.reports.exists() else {}
    # Loading takes its time: the others are judged from some seconds after their first look on.
    firsts = [looks[other][0].time + 3 for other in simulation.cameras if other != camera and looks.get(other)]
    table.add(name, run, looks, camera, max([begin, *firsts]), end, until, back, begin)


def starts(table, folder, camera, longest):
    """The faults at the start, each in a process of its own."""
    lasts = min(10, longest)
    with live.Simulation(folder, CAMERAS, *live.SHORT) as simulation:
        uri = simulation.uris[camera]
        simulation.command(f"{camera} kill")
        restart = lambda: simulation.command(f"{camera} restart")
        at_start(table, simulation, folder / "absent", "not there at start", camera, lasts, mend=restart)
        at_start(table, simulation, folder / "path", "wrong path at start", camera, lasts, (uri, uri + "/other"), back=False)
        with socket.create_server(("127.0.0.1", 0)) as mute:
            address = f"rtsp://127.0.0.1:{mute.getsockname()[1]}/stream"
            at_start(table, simulation, folder / "mute", "accepts and never answers", camera, lasts, (uri, address), back=False)
        unknown = "rtsp://no-such-camera.invalid/stream"
        at_start(table, simulation, folder / "unknown", "a name that does not resolve", camera, lasts, (uri, unknown), back=False)
        for codec in ("h265", "mjpeg", "mpeg4"):
            simulation.command(f"{camera} codec={codec}")
            at_start(table, simulation, folder / codec, f"sends {codec}", camera, lasts)
    password, wrong = folder / "password", folder / "wrong"
    password.write_text("right"), wrong.write_text("viewer:wr%ng@\n")
    with live.Simulation(folder, CAMERAS, *live.SHORT, "--user", "viewer", "--password-file", password) as simulation:
        secret = f"file:{simulation.facility.name}.credentials"
        at_start(
            table, simulation, folder / "password-run", "wrong password at start", camera, lasts, (secret, "file:wrong"), back=False
        )
    if any("wr%ng@" in line for _, line in table.sentences):
        table.broken.append("a password was shown")


def main():
    longest, seed = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0, int(sys.argv[2]) if len(sys.argv) > 2 else 1
    live.machine(seed)
    table = Table()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        with live.Simulation(folder, CAMERAS, *live.SHORT) as simulation:
            camera = random.Random(seed).choice(simulation.cameras)
            while_playing(table, simulation, play(simulation, folder / "playing"), PLAYING, camera, longest)
            udp = folder / "udp.gst"
            udp.write_text((live.ROOT / "pipelines/live.gst").read_text().replace("camerasrc camera=", "camerasrc protocols=udp camera="))
            while_playing(table, simulation, play(simulation, folder / "udp", udp), UDP, camera, longest)
        starts(table, folder, camera, longest)
    table.print_rest()
    live.finish(table.broken)


main()
