# SPDX-License-Identifier: MIT OR Apache-2.0
"""What `camerasrc record=` left in a folder."""

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

import live  # noqa: E402

Gst.init(None)


def pictures(folder):
    """Event times of the recorded pictures of a camera, s since 1970: a file's name plus the time stamps in it."""
    return sorted(time for file in sorted(folder.glob("*.mkv")) for time in times(file))


def start(file):
    """The event time of a file's first picture."""
    date, _, time = file.stem.partition("T")
    return live.seconds(f"{date}T{time.replace('-', ':')}")


def times(file):
    """Event times of the pictures in a file."""
    pipeline = Gst.parse_launch("filesrc name=file ! matroskademux ! fakesink name=sink sync=false")
    pipeline.get_by_name("file").set_property("location", str(file))
    begin, found = start(file), []

    def take(_pad, info):
        found.append(begin + info.get_buffer().pts / Gst.SECOND)
        return Gst.PadProbeReturn.OK

    pipeline.get_by_name("sink").get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, take)
    pipeline.set_state(Gst.State.PLAYING)
    pipeline.get_bus().timed_pop_filtered(30 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    return found


def holes(found, since, until):
    """How many pictures of a time are not there, and the longest time without one, s."""
    looks = [live.Look(time, time) for time in found]
    inside = [since] + [time for time in found if since <= time < until] + [until]
    return live.lost(looks, since, until), max(later - earlier for earlier, later in zip(inside, inside[1:]))


# What `account` tells.
TITLES = ["files", "MB", "pictures recorded", "missing", "longest hole, s"]


def account(folder, since, until):
    """A camera's recordings of a time as cells of a table, and how many pictures of it are missing."""
    found, files = pictures(folder), list(folder.glob("*.mkv"))
    missing, longest = holes(found, since, until)
    size = sum(file.stat().st_size for file in files) / 1e6
    inside = len([at for at in found if since <= at < until])
    return [len(files), f"{size:.1f}", inside, missing, live.number(longest, 2)], missing
