# SPDX-License-Identifier: MIT OR Apache-2.0
"""Simulates RTSP cameras: one process for each, with faults by schedule and by command.

Started by `roundhouse simulate-cameras`, whose help describes the options. This process starts and ends the cameras'
processes and passes commands on; it never loads GStreamer itself, because a process that did cannot be forked safely.
"""

import argparse
import dataclasses
import glob
import os
import selectors
import shutil
import signal
import socket
import sys
import time

import facility
import faults


@dataclasses.dataclass
class Settings:
    """What a camera's process is told."""

    name: str
    clip: str
    host: str
    port: int
    codec: str
    size: tuple
    rate: float
    key_distance: float
    length: float
    audio: bool
    metadata: bool
    user: str
    password: str
    cache: str
    epoch: float

    def login(self):
        """USER:PASSWORD, or nothing where everybody is let in."""
        return f"{self.user}:{self.password}" if self.user else ""


class Process:
    """The process of one camera."""

    def __init__(self, settings):
        self.settings = settings
        self.pid = None

    def start(self):
        """Starts it; `listening` waits until it listens."""
        to_child, from_parent = os.pipe()
        to_parent, from_child = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.dup2(to_child, 0)
            os.dup2(from_child, 1)
            # Nothing else of this process is the camera's: its own pipes would keep those of other cameras open.
            os.closerange(3, 1024)
            live(self.settings)
        os.close(to_child)
        os.close(from_child)
        self.input = os.fdopen(from_parent, "w", buffering=1)
        self.output = os.fdopen(to_parent)

    def listening(self):
        """Waits until it listens, and keeps its port, also for a restart."""
        answer = self.output.readline().split(maxsplit=1)
        if len(answer) != 2 or answer[0] != "port":
            raise faults.Mistake(f"camera {self.settings.name} does not start: {' '.join(answer[1:]).strip() or 'it ended'}")
        self.settings.port = int(answer[1])

    def signal(self, number):
        """Sends it a signal, if it lives."""
        if self.pid is not None:
            os.kill(self.pid, number)

    def kill(self):
        """Ends it at once."""
        self.signal(signal.SIGKILL)
        if self.pid is not None:
            os.waitpid(self.pid, 0)
            self.input.close()
            self.output.close()
            self.pid = None

    def apply(self, fault):
        """Carries out a fault, here or in the process."""
        if fault.name == "kill":
            self.kill()
        elif fault.name == "stop":
            self.signal(signal.SIGSTOP)
        elif fault.name == "continue":
            self.signal(signal.SIGCONT)
        elif fault.name == "restart":
            self.kill()
            self.start()
            self.listening()
        else:
            self.change(fault)

    def change(self, fault):
        """Carries out a fault of the camera itself; size and codec also hold after a restart."""
        if fault.name in ("size", "codec"):
            setattr(self.settings, fault.name, fault.value)
        elif self.pid is None:
            raise faults.Mistake(f"camera {self.settings.name} does not run: restart it first")
        if self.pid is None:
            return
        print(written(fault), file=self.input)
        answer = self.output.readline().strip()
        if answer != "ok":
            raise faults.Mistake(answer.removeprefix("error: ") or f"camera {self.settings.name} has ended")

    @property
    def shows(self):
        """Name of the clip that it shows."""
        return clip_name(self.settings.clip)

    @property
    def uri(self):
        """Where clients find the camera."""
        settings = self.settings
        user = f"{settings.user}:***@" if settings.user else ""
        return f"rtsp://{user}{settings.host}:{settings.port}/stream"


def clip_name(path):
    """Name of the camera that filmed the clip at `path`."""
    return os.path.splitext(os.path.basename(path))[0]


def written(fault):
    """The fault as the camera's process reads it."""
    if fault.name in faults.SWITCHES:
        return f"{fault.name}={'on' if fault.value else 'off'}"
    if fault.name == "size":
        return f"size={fault.value[0]}x{fault.value[1]}"
    if fault.name == "answer":
        return f"answer={fault.value or 'none'}"
    if fault.name == "loss":
        return f"loss={fault.value * 100}"
    return f"{fault.name}={fault.value}"


def live(settings):
    """The life of a camera's process; does not return."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w", buffering=1)
        import camera

        camera.main(settings)
        code = 0
    except (ImportError, ValueError):
        print(
            "error: Python has no bindings of GStreamer's RTSP server: install the packages python3-gi and "
            "gir1.2-gst-rtsp-server-1.0, or run scripts/setup.sh --checks",
            flush=True,
        )
    except OSError as error:
        address = f"{settings.host}:{settings.port}"
        print(f"error: cannot listen at {address}: {error.strerror}; choose other ports by --port, or end what uses this one", flush=True)
    finally:
        os._exit(code)


class Simulation:
    """All cameras, their schedule and those who give commands."""

    def __init__(self, processes, schedule, control):
        self.processes = processes
        self.schedule = sorted(schedule, key=lambda planned: planned.at)
        self.selector = selectors.DefaultSelector()
        self.control = control
        self.start = time.monotonic()

    def run(self):
        """Serves until standard input says `quit` or a signal comes; its end alone is no reason to stop."""
        self.watch(sys.stdin.fileno(), lambda: self.obey_lines(sys.stdin.fileno(), sys.stdout.fileno()))
        if self.control:
            self.watch(self.control, self.accept)
        while True:
            wait = None
            if self.schedule:
                wait = max(0.0, self.schedule[0].at - (time.monotonic() - self.start))
            for key, _ in self.selector.select(wait):
                key.data()
            while self.schedule and self.schedule[0].at <= time.monotonic() - self.start:
                planned = self.schedule.pop(0)
                print(f"{planned.at:g} s: {planned.camera} {written(planned.fault)}" if planned.fault.name not in faults.PROCESS
                      else f"{planned.at:g} s: {planned.camera} {planned.fault.name}", flush=True)
                self.attempt(planned.camera, planned.fault)

    def watch(self, file, act):
        """Calls `act` whenever `file` can be read."""
        try:
            self.selector.register(file, selectors.EVENT_READ, act)
        except PermissionError:
            # Standard input is a file, or /dev/null: nobody gives commands there.
            pass

    def accept(self):
        """Takes a new client of the control socket."""
        client, _ = self.control.accept()
        self.watch(client, lambda: self.obey_lines(client.fileno(), client.fileno(), client))

    def obey_lines(self, source, answers, client=None):
        """Carries out commands, one a line, and answers each with one line."""
        try:
            text = os.read(source, 65536).decode(errors="replace")
        except OSError:
            # The terminal of a job in the background, which belongs to another one now.
            text = ""
        if not text:
            self.selector.unregister(client or source)
            if client:
                client.close()
            return
        for line in text.splitlines():
            if line.strip() == "quit":
                sys.exit(0)
            if line.strip():
                os.write(answers, (self.obey(line) + "\n").encode())

    def obey(self, line):
        """Carries out one command; the answer."""
        try:
            camera, fault = faults.command(line, self.processes)
        except faults.Mistake as mistake:
            return f"error: {mistake}"
        return self.attempt(camera, fault)

    def attempt(self, camera, fault):
        """Carries out a fault; the answer."""
        try:
            self.processes[camera].apply(fault)
        except (faults.Mistake, OSError) as mistake:
            return f"error: {mistake}"
        return "ok"


def arguments():
    """The options."""
    parser = argparse.ArgumentParser(prog="roundhouse simulate-cameras", add_help=False)
    parser.add_argument("--clips", default="tests/data/demo")
    parser.add_argument("--cameras", type=int)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--codec", type=faults.codec, default="h264")
    parser.add_argument("--size", type=faults.size)
    parser.add_argument("--rate", type=faults.positive, default=5.0)
    parser.add_argument("--key-distance", type=faults.duration, default=1.0)
    parser.add_argument("--length", type=faults.duration)
    parser.add_argument("--start", type=faults.instant)
    parser.add_argument("--user", default="")
    parser.add_argument("--password-file")
    parser.add_argument("--audio", action="store_true")
    parser.add_argument("--metadata", action="store_true")
    parser.add_argument("--fault", action="append", default=[])
    parser.add_argument("--control")
    parser.add_argument("--facility")
    return parser.parse_args()


def processes(options):
    """The cameras, by name; none runs yet."""
    clips = sorted(glob.glob(os.path.join(glob.escape(options.clips), "*.mp4")))
    if not clips:
        raise faults.Mistake(f"{options.clips} holds no clip: name a folder with files C1.mp4, C2.mp4, ... with --clips")
    password = ""
    if options.user:
        if not options.password_file:
            raise faults.Mistake("--user needs --password-file, a file with the password")
        with open(options.password_file, encoding="utf-8") as file:
            password = file.read().strip()
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    epoch = time.time() if options.start is None else options.start
    count = options.cameras if options.cameras is not None else len(clips)
    made = {}
    for index in range(count):
        clip = clips[index % len(clips)]
        name = clip_name(clip) if index < len(clips) else f"C{index + 1}"
        made[name] = Process(
            Settings(
                name, clip, options.host, options.port + index if options.port else 0, options.codec, options.size,
                options.rate, options.key_distance, options.length, options.audio, options.metadata, options.user, password,
                os.path.join(cache, "roundhouse", "simulate-cameras"), epoch,
            )
        )
    return made


def listen(path):
    """Opens the control socket."""
    control = socket.socket(socket.AF_UNIX)
    control.bind(path)
    control.listen()
    return control


def main():
    """Starts everything, and ends it."""
    unpacked = os.environ.pop("ROUNDHOUSE_UNPACKED", None)
    # A job in the background that reads from its terminal would be stopped, and its cameras with it.
    signal.signal(signal.SIGTTIN, signal.SIG_IGN)
    for end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(end, lambda *_: sys.exit(0))
    made, options = {}, None
    try:
        options = arguments()
        made = processes(options)
        planned = [one for text in options.fault for one in faults.schedule(text, made)]
        for process in made.values():
            process.start()
        for process in made.values():
            process.listening()
        for process in made.values():
            print(f"{process.settings.name} {process.uri}", flush=True)
        if options.facility:
            login = next((one.settings.login() for one in made.values()), "")
            cameras = {name: (one.shows, one.uri) for name, one in made.items()}
            facility.write(options.clips, options.facility, cameras, login)
        control = listen(options.control) if options.control else None
        print("ready", flush=True)
        Simulation(made, planned, control).run()
    except (faults.Mistake, OSError) as mistake:
        sys.exit(f"roundhouse simulate-cameras: {mistake}")
    finally:
        for process in made.values():
            process.kill()
        if options and options.control and os.path.exists(options.control):
            os.unlink(options.control)
        if unpacked:
            shutil.rmtree(unpacked, ignore_errors=True)


main()
