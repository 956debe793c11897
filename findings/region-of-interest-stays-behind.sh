#!/usr/bin/env bash
# A region of interest on a video buffer is not moved when the picture under it is flipped or letterboxed.
#
# Seen with: GStreamer 1.22.0 (Debian 12).
# What happens: GstVideoRegionOfInterestMeta passes `videoflip` with its old numbers, and `videoscale` scales it as if
#   the picture filled the new frame, although `add-borders` (true by default) puts bars beside it. The box then frames
#   other pixels than those that were found, and nothing says so. `videocrop` drops the box altogether.
# What one expects: the box follows the picture, as it does through a plain `videoscale`, or is dropped.
# Remedy: look for objects behind the last element that moves pixels, or carry boxes in a metadata of your own.
set -euo pipefail
. "$(dirname "$0")/packages.sh"
gstreamer

cat >"$work/region.py" <<'PYTHON'
"""Sends one frame with one box through several elements, and prints the box that comes out."""
import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstVideo", "1.0")
from gi.repository import Gst, GstVideo

WIDTH, HEIGHT = 320, 240
# Element -> where the pixels of the box (200, 100, 60, 50) are behind it.
CASES = {
    "videoscale ! video/x-raw,width=160,height=120": (100, 50, 30, 25),
    "videoscale ! video/x-raw,width=320,height=480,pixel-aspect-ratio=1/1": (200, 220, 60, 50),
    "videoflip method=horizontal-flip": (60, 100, 60, 50),
    "videoflip method=rotate-180": (60, 90, 60, 50),
    "videocrop left=100": (100, 100, 60, 50),
}

Gst.init(None)
print(Gst.version_string())
for element, right in CASES.items():
    pipeline = Gst.parse_launch(
        f"appsrc name=source format=time caps=video/x-raw,format=I420,width={WIDTH},height={HEIGHT},framerate=10/1"
        f" ! {element} ! fakesink name=sink signal-handoffs=true"
    )
    out = []

    def keep(_sink, buffer, _pad):
        region = GstVideo.buffer_get_video_region_of_interest_meta_id(buffer, 0)
        out.append((region.x, region.y, region.w, region.h) if region else None)

    pipeline.get_by_name("sink").connect("handoff", keep)
    frame = Gst.Buffer.new_allocate(None, WIDTH * HEIGHT * 3 // 2, None)
    frame.pts = 0
    GstVideo.buffer_add_video_region_of_interest_meta(frame, "box", 200, 100, 60, 50)
    source = pipeline.get_by_name("source")
    pipeline.set_state(Gst.State.PLAYING)
    source.emit("push-buffer", frame)
    source.emit("end-of-stream")
    pipeline.get_bus().timed_pop_filtered(10 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    print(f"{element}: box {out[0]}, its pixels are at {right}")
PYTHON

seen=$(/usr/bin/python3 "$work/region.py")
echo "$seen"
expected='videoscale ! video/x-raw,width=160,height=120: box (100, 50, 30, 25), its pixels are at (100, 50, 30, 25)
videoscale ! video/x-raw,width=320,height=480,pixel-aspect-ratio=1/1: box (200, 200, 60, 100), its pixels are at (200, 220, 60, 50)
videoflip method=horizontal-flip: box (200, 100, 60, 50), its pixels are at (60, 100, 60, 50)
videoflip method=rotate-180: box (200, 100, 60, 50), its pixels are at (60, 90, 60, 50)
videocrop left=100: box None, its pixels are at (100, 100, 60, 50)'
[ "$(tail -n +2 <<<"$seen")" = "$expected" ] || changed "other boxes"
echo "as described: boxes stay behind where the picture is flipped or letterboxed"
