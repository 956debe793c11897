#!/usr/bin/env bash
# Behind `clocksync` or `identity sync=true` a file answers the latency query as live.
#
# Seen with: GStreamer 1.22.0 (Debian 12).
# What happens: both elements answer a LATENCY query with live=TRUE whatever their source is. An element that asks its
#   peer, as GstAggregator does, therefore takes a file that is merely paced for a camera: it begins to drop what is late.
#   The pipeline itself, asked at the same time, says live=FALSE.
# What one expects: live says that a source cannot wait, which a file can.
# Remedy: ask the sources themselves (walk upstream to the elements without sink pads), not the peer.
set -euo pipefail
. "$(dirname "$0")/packages.sh"
gstreamer

cat >"$work/live.py" <<'PYTHON'
"""Prints what a file says of itself behind several elements."""
import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst

Gst.init(None)
print(Gst.version_string())
for element in ("identity", "identity sync=true", "clocksync sync=false", "clocksync"):
    pipeline = Gst.parse_launch(
        f"filesrc location=/dev/zero ! rawvideoparse width=64 height=64 ! {element} name=paced ! fakesink"
    )
    pipeline.set_state(Gst.State.PAUSED)
    pipeline.get_state(5 * Gst.SECOND)
    answers = []
    for asked in (pipeline.get_by_name("paced").get_static_pad("src"), pipeline):
        query = Gst.Query.new_latency()
        asked.query(query)
        answers.append(query.parse_latency()[0])
    print(f"{element}: pad live={answers[0]} pipeline live={answers[1]}")
    pipeline.set_state(Gst.State.NULL)
PYTHON

seen=$(/usr/bin/python3 "$work/live.py")
echo "$seen"
expected='identity: pad live=False pipeline live=False
identity sync=true: pad live=True pipeline live=False
clocksync sync=false: pad live=False pipeline live=False
clocksync: pad live=True pipeline live=False'
[ "$(tail -n +2 <<<"$seen")" = "$expected" ] || changed "another answer"
echo "as described: a file behind clocksync calls itself live"
