# SPDX-License-Identifier: MIT OR Apache-2.0
"""What a simulated camera films: a clip, encoded anew as a camera would, and kept in memory."""

import hashlib
import math
import os
import pickle
import tempfile
from dataclasses import dataclass

from gi.repository import Gst

# Encoder, and the caps of what the camera sends. Parsers repeat the parameter sets before each key picture, so that a
# client may join at any of them.
ENCODERS = {
    "h264": (
        "x264enc speed-preset=ultrafast tune=zerolatency bitrate=1500 key-int-max={key} ! h264parse config-interval=-1",
        "video/x-h264,stream-format=byte-stream,alignment=au",
    ),
    "h265": (
        "x265enc speed-preset=ultrafast tune=zerolatency bitrate=1500 key-int-max={key} ! h265parse config-interval=-1",
        "video/x-h265,stream-format=byte-stream,alignment=au",
    ),
    "mpeg4": (
        "avenc_mpeg4 bitrate=1500000 gop-size={key} ! mpeg4videoparse config-interval=1",
        "video/mpeg,mpegversion=4,systemstream=false",
    ),
    "mjpeg": ("jpegenc quality=80", "image/jpeg"),
}

# Payloader of each codec. None repeats the parameter sets: it would do so before each slice, which cuts pictures in two.
PAYLOADERS = {
    "h264": "rtph264pay",
    "h265": "rtph265pay",
    "mpeg4": "rtpmp4vpay config-interval=1",
    "mjpeg": "rtpjpegpay",
}


@dataclass
class Picture:
    """One encoded picture."""

    data: bytes
    is_key: bool


@dataclass
class Clip:
    """The encoded pictures of one loop, at a constant rate."""

    caps: str
    pictures: list
    rate: float

    def at(self, seconds):
        """Number of the picture that is filmed `seconds` after the beginning of the first loop; grows for ever."""
        return math.floor(seconds * self.rate)

    def next_key(self, seconds):
        """Number of the first key picture from then on."""
        number = self.at(seconds) + 1
        while not self.picture(number).is_key:
            number += 1
        return number

    def picture(self, number):
        """The picture of this number, in whatever loop; before the first one, those up to its second key picture."""
        if number < 0:
            keys = (index for index, picture in enumerate(self.pictures) if picture.is_key and index)
            return self.pictures[number % next(keys, len(self.pictures))]
        return self.pictures[number % len(self.pictures)]


def load(cache, path, codec, size, rate, key_distance, length):
    """As `encode`, but what was encoded before is taken from the folder `cache`."""
    made = (path, os.stat(path).st_mtime_ns, codec, size, rate, key_distance, length)
    kept = os.path.join(cache, hashlib.sha256(repr(made).encode()).hexdigest()[:24] + ".pickle")
    try:
        with open(kept, "rb") as file:
            return pickle.load(file)
    except (OSError, pickle.UnpicklingError, EOFError, AttributeError):
        film = encode(path, codec, size, rate, key_distance, length)
    os.makedirs(cache, mode=0o700, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=cache, delete=False) as file:
        pickle.dump(film, file)
    os.replace(file.name, kept)
    return film


def encode(path, codec, size, rate, key_distance, length):
    """Reads the clip at `path` and encodes it: `size` (width, height) or None for its own, `rate` in pictures a second,
    at most `length` seconds of it."""
    encoder, caps = ENCODERS[codec]
    encoder = encoder.format(key=max(1, round(key_distance * rate)))
    scale = f"video/x-raw,width={size[0]},height={size[1]}" if size else "video/x-raw"
    numerator = round(rate * 1000)
    pipeline = Gst.parse_launch(
        f"filesrc name=file ! decodebin ! videoconvert ! videoscale ! videorate ! {scale},format=I420,"
        f"framerate={numerator}/1000,pixel-aspect-ratio=1/1 ! {encoder} ! {caps} ! fakesink name=sink"
    )
    pipeline.get_by_name("file").set_property("location", path)
    pad = pipeline.get_by_name("sink").get_static_pad("sink")
    most = round(length * rate) if length else math.inf
    pictures = []
    enough = Gst.Structure.new_empty("enough")

    # Taken from the pad, because some encoders stamp their pictures so strangely that a sink would leave them out.
    def take(pad, info):
        buffer = info.get_buffer()
        is_key = not buffer.has_flags(Gst.BufferFlags.DELTA_UNIT)
        pictures.append(Picture(buffer.extract_dup(0, buffer.get_size()), is_key))
        if len(pictures) == most:
            pipeline.get_bus().post(Gst.Message.new_application(None, enough))
        return Gst.PadProbeReturn.OK

    pad.add_probe(Gst.PadProbeType.BUFFER, take)
    pipeline.set_state(Gst.State.PLAYING)
    ends = Gst.MessageType.ERROR | Gst.MessageType.EOS | Gst.MessageType.APPLICATION
    message = pipeline.get_bus().timed_pop_filtered(Gst.CLOCK_TIME_NONE, ends)
    sent = pad.get_current_caps()
    pipeline.set_state(Gst.State.NULL)
    if not pictures:
        is_error = message.type == Gst.MessageType.ERROR
        reason = message.parse_error()[0].message if is_error else "it holds no picture"
        raise RuntimeError(f"{path} cannot be shown as {codec}: {reason}")
    return Clip(sent.to_string(), pictures[:most] if length else pictures, rate)
