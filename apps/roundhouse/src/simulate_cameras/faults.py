# SPDX-License-Identifier: MIT OR Apache-2.0
"""What can go wrong with a camera, by command and by schedule.

A fault is written NAME or NAME=VALUE. `kill`, `stop`, `continue` and `restart` act on the camera's process; the others are
carried out inside it. A schedule is CAMERA:FAULT@TIME[,FAULT@TIME...], its times counted from the start: C2:kill@20s,restart@40s.
"""

import datetime
import re
from dataclasses import dataclass

UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}

# Faults that are switched on and off.
SWITCHES = ("silent", "garbage", "stall")
# Faults of the process.
PROCESS = ("kill", "stop", "continue", "restart")
# Faults with a value: how it is read.
VALUES = {
    # Every RTSP request is answered with this status; 'none' ends it.
    "answer": lambda text: None if text == "none" else status(text),
    # Pictures come so many times slower; 1 ends it.
    "slow": lambda text: positive(text),
    # So many percent of the RTP packets over UDP are lost.
    "loss": lambda text: percent(text),
    # The camera's clock goes wrong by so many seconds, as its RTCP sender reports tell.
    "clock": lambda text: seconds(text),
    # The times of RTP packets go wrong by so many seconds.
    "stamps": lambda text: seconds(text),
    # Pictures have another size from now on.
    "size": lambda text: size(text),
    # Pictures have another codec at the next connection.
    "codec": lambda text: codec(text),
}


class Mistake(Exception):
    """What is wrong with a command, in a sentence."""


@dataclass
class Fault:
    """One thing that goes wrong."""

    name: str
    value: object = True


@dataclass
class Scheduled:
    """A fault of a camera at a time, in seconds from the start."""

    at: float
    camera: str
    fault: Fault


def fault(text):
    """Reads NAME or NAME=VALUE."""
    name, _, value = text.strip().partition("=")
    if name in PROCESS and not value:
        return Fault(name)
    if name in SWITCHES and value in ("", "on", "off"):
        return Fault(name, value != "off")
    if name in VALUES and value:
        return Fault(name, VALUES[name](value))
    known = [*PROCESS, *(f"{name}[=off]" for name in SWITCHES), *(f"{name}=VALUE" for name in VALUES)]
    raise Mistake(f"'{text}' is no fault: write one of {', '.join(known)}")


def command(text, cameras):
    """Reads CAMERA FAULT, as it comes from standard input or from the control socket."""
    camera, _, rest = text.strip().partition(" ")
    check_camera(camera, cameras)
    return camera, fault(rest)


def schedule(text, cameras):
    """Reads CAMERA:FAULT@TIME[,FAULT@TIME...]."""
    camera, colon, rest = text.partition(":")
    if not colon:
        raise Mistake(f"'{text}' is no schedule: write CAMERA:FAULT@TIME, as in C2:kill@20s,restart@40s")
    check_camera(camera, cameras)
    planned = []
    for item in rest.split(","):
        what, at, when = item.rpartition("@")
        if not at:
            raise Mistake(f"'{item}' has no time: write FAULT@TIME, as in kill@20s")
        planned.append(Scheduled(duration(when), camera, fault(what)))
    return planned


def check_camera(camera, cameras):
    """Refuses a camera that is not simulated."""
    if camera not in cameras:
        raise Mistake(f"there is no camera '{camera}': it is one of {', '.join(cameras)}")


def duration(text):
    """Reads a time such as 20s or 500ms, in seconds."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(ms|s|min|h)", text)
    if not match:
        raise Mistake(f"'{text}' is no time: write it as 20s, 500ms or 2min")
    return float(match[1]) * UNITS[match[2]]


def instant(text):
    """Reads a UTC time such as 2026-03-01T06:00:00Z, in seconds since 1970."""
    try:
        time = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise Mistake(f"'{text}' is no time in UTC: write it as 2026-03-01T06:00:00Z")
    return time.timestamp()


def size(text):
    """Reads WIDTHxHEIGHT."""
    match = re.fullmatch(r"([0-9]{2,4})x([0-9]{2,4})", text)
    if not match or any(int(side) % 2 for side in match.groups()):
        raise Mistake(f"'{text}' is no size: write it as 640x360, both even")
    return int(match[1]), int(match[2])


def codec(text):
    """Reads the name of a codec."""
    if text not in ("h264", "h265", "mpeg4", "mjpeg"):
        raise Mistake(f"'{text}' is no codec: it is one of h264, h265, mpeg4, mjpeg")
    return text


def status(text):
    """Reads the status of an RTSP answer."""
    if not re.fullmatch(r"[3-5][0-9]{2}", text):
        raise Mistake(f"'{text}' is no RTSP status: write 401, 404, 503 or none")
    return int(text)


def number(text):
    """Reads a number."""
    try:
        return float(text)
    except ValueError:
        raise Mistake(f"'{text}' is no number") from None


def positive(text):
    """Reads a number above 0."""
    value = number(text)
    if not 0 < value < 1e6:
        raise Mistake(f"'{text}' is no number above 0")
    return value


def percent(text):
    """Reads 0 to 100, as a share."""
    value = number(text)
    if not 0 <= value <= 100:
        raise Mistake(f"'{text}' is no percentage of 0 to 100")
    return value / 100


def seconds(text):
    """Reads seconds with a sign."""
    value = number(text)
    if not abs(value) < 1e10:
        raise Mistake(f"'{text}' is no number of seconds")
    return value
