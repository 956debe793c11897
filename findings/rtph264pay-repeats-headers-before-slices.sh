#!/usr/bin/env bash
# `rtph264pay config-interval=-1` sends the parameter sets (SPS, PPS) before every slice of a key picture, not once before it.
#
# Seen with: GStreamer 1.22.0 (Debian 12), x264enc sliced-threads=true (as tune=zerolatency sets it), four slices a picture.
# What happens: each key picture leaves as SPS, PPS, slice, SPS, PPS, slice, and so on. A parser behind the depayloader takes a
#   parameter set for the beginning of a new picture, so it cuts the key picture into as many parts as it has slices.
# What one expects: the documentation says "-1 = send with every IDR frame", once per key picture.
# Remedy: `h264parse config-interval=-1` before the payloader, and config-interval=0 (the default) at the payloader.
set -euo pipefail
. "$(dirname "$0")/packages.sh"
gstreamer gstreamer1.0-plugins-bad=1.22.0-4+deb12u8 gstreamer1.0-plugins-ugly=1.22.0-2+deb12u2

cat >"$work/count.py" <<'PYTHON'
"""Prints, for each picture, the kinds of its NAL units in the order in which they are sent."""
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst

Gst.init(None)
pipeline = Gst.parse_launch(
    "videotestsrc num-buffers=6 ! video/x-raw,format=I420,width=320,height=240,framerate=5/1 "
    "! x264enc sliced-threads=true threads=4 key-int-max=3 bframes=0 ! " + sys.argv[1] + " "
    "! appsink name=out sync=false"
)
pipeline.set_state(Gst.State.PLAYING)
out = pipeline.get_by_name("out")
pictures = {}
while (sample := out.emit("try-pull-sample", 20 * Gst.SECOND)) is not None:
    data = sample.get_buffer().extract_dup(0, sample.get_buffer().get_size())
    time, payload = data[4:8], data[12:]
    kinds = pictures.setdefault(time, [])
    if payload[0] & 31 == 24:
        # Several NAL units in one packet, each behind its length.
        rest = payload[1:]
        while rest:
            length = int.from_bytes(rest[:2], "big")
            kinds.append(rest[2] & 31)
            rest = rest[2 + length:]
    elif payload[0] & 31 == 28:
        # A part of a NAL unit; its first one counts.
        if payload[1] & 128:
            kinds.append(payload[1] & 31)
    else:
        kinds.append(payload[0] & 31)
pipeline.set_state(Gst.State.NULL)
words = {1: "slice", 5: "key-slice", 6: "SEI", 7: "SPS", 8: "PPS", 9: "AUD"}
for kinds in pictures.values():
    print(" ".join(words.get(kind, str(kind)) for kind in kinds))
PYTHON

version=$(/usr/bin/python3 -c 'import gi; gi.require_version("Gst", "1.0"); from gi.repository import Gst; Gst.init(None); print(Gst.version_string())') \
  || unable "Python has no bindings of GStreamer"
echo "$version"
/usr/bin/python3 "$work/count.py" "rtph264pay config-interval=-1" >"$work/repeated" || unable "the encoder or the payloader does not play"
/usr/bin/python3 "$work/count.py" "h264parse config-interval=-1 ! rtph264pay" >"$work/once" || unable "the parser does not play"
echo "rtph264pay config-interval=-1, one picture a line:"
cat "$work/repeated"
echo "h264parse config-interval=-1 ! rtph264pay:"
cat "$work/once"

# Key pictures with more than one slice, and those of them with more than one SPS.
several=$(grep -cE 'key-slice.*key-slice' "$work/repeated") || unable "the encoder makes one slice of a key picture"
repeated=$(grep -cE 'SPS.*key-slice.*SPS.*key-slice' "$work/repeated") || true
[ "$repeated" = "$several" ] || changed "of $several sliced key pictures $repeated have their SPS more than once"
! grep -qE 'SPS.*SPS' "$work/once" || changed "h264parse repeats the SPS, too: the remedy is none"
echo "as described: all $several key pictures have their parameter sets before each slice, behind h264parse once"
