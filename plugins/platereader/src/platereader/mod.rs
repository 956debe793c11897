// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `platereader`.

mod crops;
mod imp;
mod reader;
mod settings;

use gst::glib;
use gst::prelude::*;

glib::wrapper! {
    /// Turns what networks say of plates into running numbers on a track.
    pub struct PlateReader(ObjectSubclass<imp::PlateReader>) @extends gst_base::BaseTransform, gst::Element, gst::Object;
}

/// Registers `platereader`.
pub fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "platereader",
        gst::Rank::NONE,
        PlateReader::static_type(),
    )
}
