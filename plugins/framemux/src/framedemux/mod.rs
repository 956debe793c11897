// SPDX-License-Identifier: MIT OR Apache-2.0
//! `framedemux`: one stream of packets in, the streams of its cameras out. Since 0.1.
//!
//! ```text
//! framemux name=mux ... ! framedemux name=demux  demux.src_0 ! queue ! videoconvert ! autovideosink
//! ```

mod events;
mod imp;
mod outputs;
mod pad;
mod state;
mod streams;

use gst::glib;
use gst::prelude::*;

glib::wrapper! {
    /// Takes packets apart: the fresh frames of each camera on a pad of its own.
    pub struct FrameDemux(ObjectSubclass<state::FrameDemux>)
        @extends gst::Element, gst::Object;
}

glib::wrapper! {
    /// A source pad of [`FrameDemux`]: one camera.
    pub struct FrameDemuxPad(ObjectSubclass<pad::FrameDemuxPad>)
        @extends gst::Pad, gst::Object;
}

/// Registers `framedemux` with `plugin`.
pub(crate) fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "framedemux",
        gst::Rank::NONE,
        FrameDemux::static_type(),
    )
}
