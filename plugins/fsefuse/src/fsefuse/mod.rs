// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `fsefuse`.

mod imp;
mod inbox;
mod settings;

use gst::glib;
use gst::prelude::*;

glib::wrapper! {
    /// Fuses the reports of any number of inputs into the state of the facility.
    pub struct FseFuse(ObjectSubclass<imp::FseFuse>) @extends gst::Element, gst::Object;
}

/// Registers `fsefuse`.
pub fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "fsefuse",
        gst::Rank::NONE,
        FseFuse::static_type(),
    )
}
