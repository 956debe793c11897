// SPDX-License-Identifier: MIT OR Apache-2.0
// Roundhouse's elements in your own C program: it prints states and reacts to messages about cameras and flows.
//
//   cc -Wall examples/embed.c -o embed $(pkg-config --cflags --libs gstreamer-1.0 gstreamer-app-1.0)
//   . scripts/env.sh && ./embed tests/data/demo
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <stdio.h>

// Two cameras, one flow. An error in the flow is reported and does not stop the pipeline; the flow starts anew after a second.
static const char *PIPELINE =
    "framemux name=mux interval=200000000 utc-start-time=2026-03-01T06:00:00Z"
    " ! flowbin flow=prod leaky=no description=\""
    "ortinfer config-file-path=models/trt/locodetector/config_infer.txt"
    " ! locoposition facility=%1$s/facility.toml"
    " ! fsefuse facility=%1$s/facility.toml interval=1000000000\""
    " ! appsink name=states max-buffers=8 sync=false"
    " filesrc location=%1$s/C4.mp4 ! qtdemux ! h264parse ! avdec_h264 ! mux.sink_3"
    " filesrc location=%1$s/C8.mp4 ! qtdemux ! h264parse ! avdec_h264 ! mux.sink_7";

// Each buffer is one state: a CloudEvents document in JSON, and a line feed.
static void print_state(GstSample *sample) {
  GstMapInfo map;
  if (gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ)) {
    fwrite(map.data, 1, map.size, stdout);
    gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
  }
  gst_sample_unref(sample);
}

// Element messages report the state of cameras and flows.
static void react(const GstStructure *said) {
  if (gst_structure_has_name(said, "roundhouse-camera"))
    fprintf(stderr, "camera %s: %s\n", gst_structure_get_string(said, "camera"),
            gst_structure_get_string(said, "state"));
  if (gst_structure_has_name(said, "roundhouse-flow")) {
    const char *reason = gst_structure_get_string(said, "reason");
    fprintf(stderr, "flow %s: %s %s\n", gst_structure_get_string(said, "flow"),
            gst_structure_get_string(said, "event"), reason ? reason : "");
  }
}

int main(int argc, char **argv) {
  gst_init(&argc, &argv);
  if (argc != 2) {
    fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  g_autofree char *text = g_strdup_printf(PIPELINE, argv[1]);
  GError *error = NULL;
  GstElement *pipeline = gst_parse_launch_full(text, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (!pipeline) {
    fprintf(stderr, "%s\n", error->message);
    return 1;
  }
  GstElement *states = gst_bin_get_by_name(GST_BIN(pipeline), "states");
  GstBus *bus = gst_element_get_bus(pipeline);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);

  int failed = 0;
  for (gboolean playing = TRUE; playing;) {
    GstSample *sample = gst_app_sink_try_pull_sample(GST_APP_SINK(states), 100 * GST_MSECOND);
    if (sample) print_state(sample);
    for (GstMessage *message; (message = gst_bus_pop(bus)); gst_message_unref(message)) {
      if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ELEMENT) react(gst_message_get_structure(message));
      if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
        gst_message_parse_error(message, &error, NULL);
        fprintf(stderr, "%s\n", error->message);
        failed = 1;
      }
      if (GST_MESSAGE_TYPE(message) & (GST_MESSAGE_EOS | GST_MESSAGE_ERROR)) playing = FALSE;
    }
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(states);
  gst_object_unref(pipeline);
  return failed;
}
