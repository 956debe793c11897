#!/usr/bin/python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Roundhouse's elements in your own Python program: it prints states and reacts to messages about cameras and flows.

    apt-get install python3-gi gir1.2-gst-plugins-base-1.0
    . scripts/env.sh && /usr/bin/python3 examples/embed.py tests/data/demo
"""
import json
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
from gi.repository import GLib, Gst, GstApp  # noqa: E402, F401 (GstApp gives appsink its methods)

# Two cameras, one flow. An error in the flow is reported and does not stop the pipeline; the flow starts anew after a second.
PIPELINE = """
framemux name=mux interval=200000000 utc-start-time=2026-03-01T06:00:00Z
  ! flowbin flow=prod leaky=no description="
      ortinfer config-file-path=models/trt/locodetector/config_infer.txt
      ! locoposition facility={folder}/facility.toml
      ! fsefuse facility={folder}/facility.toml interval=1000000000"
  ! appsink name=states max-buffers=8 sync=false emit-signals=true
filesrc location={folder}/C4.mp4 ! qtdemux ! h264parse ! avdec_h264 ! mux.sink_3
filesrc location={folder}/C8.mp4 ! qtdemux ! h264parse ! avdec_h264 ! mux.sink_7
"""


def on_state(sink):
    """Each buffer is one state: a CloudEvents document in JSON."""
    buffer = sink.pull_sample().get_buffer()
    state = json.loads(buffer.extract_dup(0, buffer.get_size()))
    print(state["time"], state["data"]["count"], "locomotives", flush=True)
    return Gst.FlowReturn.OK


def on_message(_bus, message, loop, failures):
    """Element messages report the state of cameras and flows."""
    said = message.get_structure()
    if message.type == Gst.MessageType.ELEMENT and said.has_name("roundhouse-camera"):
        camera, state = said.get_string("camera"), said.get_string("state")
        print(f"camera {camera}: {state}", file=sys.stderr)
    elif message.type == Gst.MessageType.ELEMENT and said.has_name("roundhouse-flow"):
        flow, event = said.get_string("flow"), said.get_string("event")
        print(f"flow {flow}: {event} {said.get_string('reason') or ''}", file=sys.stderr)
    elif message.type == Gst.MessageType.ERROR:
        failures.append(message.parse_error()[0].message)
        loop.quit()
    elif message.type == Gst.MessageType.EOS:
        loop.quit()


def main(folder):
    Gst.init(None)
    pipeline = Gst.parse_launch(PIPELINE.format(folder=folder))
    pipeline.get_by_name("states").connect("new-sample", on_state)
    loop, failures = GLib.MainLoop(), []
    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message", on_message, loop, failures)
    pipeline.set_state(Gst.State.PLAYING)
    try:
        loop.run()
    finally:
        pipeline.set_state(Gst.State.NULL)
    return "; ".join(failures) or None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else f"usage: {sys.argv[0]} FOLDER")
