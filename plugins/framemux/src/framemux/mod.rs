// SPDX-License-Identifier: MIT OR Apache-2.0
//! `framemux`: many camera streams in, one stream of packets out.

mod capture;
mod collector;
mod imp;
mod pad;
mod picture;
mod settings;

use gst::glib;
use gst::prelude::*;

glib::wrapper! {
    /// The image aggregator: a packet with the frames of all cameras at every interval.
    pub struct FrameMux(ObjectSubclass<imp::FrameMux>)
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
