// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `locomodel`.

mod imp;
mod reporter;
mod settings;

use gst::glib;
use gst::prelude::*;

glib::wrapper! {
    /// Turns a classifier's answers into models of locomotives on a track.
    pub struct LocoModel(ObjectSubclass<imp::LocoModel>) @extends gst_base::BaseTransform, gst::Element, gst::Object;
}

/// Registers `locomodel`.
pub fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "locomodel",
        gst::Rank::NONE,
        LocoModel::static_type(),
    )
}
