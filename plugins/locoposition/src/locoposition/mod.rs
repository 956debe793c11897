// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `locoposition`.

mod estimator;
mod imp;
mod settings;

use gst::glib;
use gst::prelude::*;

glib::wrapper! {
    /// Turns the boxes that a detector found into places on a track.
    pub struct LocoPosition(ObjectSubclass<imp::LocoPosition>) @extends gst_base::BaseTransform, gst::Element, gst::Object;
}

/// Registers `locoposition`.
pub fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "locoposition",
        gst::Rank::NONE,
        LocoPosition::static_type(),
    )
}
