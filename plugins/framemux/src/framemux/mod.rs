// SPDX-License-Identifier: MIT OR Apache-2.0
//! `framemux`: many camera streams in, one stream of packets out. Since 0.1.
//!
//! ```text
//! framemux name=mux ! ortinfer ... ! locoposition ... ! fsefuse ... ! fdsink
//! rtspsrc location=rtsp://camera-1/ ! rtph264depay ! h264parse ! avdec_h264 ! mux.sink_0
//! rtspsrc location=rtsp://camera-2/ ! rtph264depay ! h264parse ! avdec_h264 ! mux.sink_1
//! ```
//!
//! `collector` decides which frame goes into which packet, `timeline` whether its time can be right, `event_time` what UTC
//! that is; these know no `GStreamer`. `validation` says what came in at a `pad`, `intake` takes it, `schedule` says when a packet
//! is due, `packet` makes it, `liveness` knows which cameras are live and how long they are waited for.

mod announcements;
mod bus;
mod camera;
mod collector;
mod counters;
mod event_time;
mod frame;
mod health;
mod imp;
mod intake;
mod lateness;
mod liveness;
mod packet;
mod pad;
mod pads;
mod properties;
mod schedule;
mod stall;
mod stall_watch;
mod state;
mod stats;
mod timeline;
mod timing;
mod validation;
mod warnings;

use gst::glib;
use gst::prelude::*;

glib::wrapper! {
    /// The image aggregator: a packet with the frames of all cameras at every interval.
    pub struct FrameMux(ObjectSubclass<state::FrameMux>)
        @extends gst_base::Aggregator, gst::Element, gst::Object, @implements gst::ChildProxy;
}

glib::wrapper! {
    /// A sink pad of [`FrameMux`]: one camera.
    pub struct FrameMuxPad(ObjectSubclass<pad::FrameMuxPad>)
        @extends gst_base::AggregatorPad, gst::Pad, gst::Object;
}

/// Registers `framemux` with `plugin`.
pub(crate) fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "framemux",
        gst::Rank::NONE,
        FrameMux::static_type(),
    )
}
