// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `flowcompare`.

mod imp;

use gst::glib;
use gst::prelude::*;

glib::wrapper! {
    /// Compares the states of two flows; writes what differs at each instant, and says in the end how far they are apart.
    pub struct FlowCompare(ObjectSubclass<imp::FlowCompare>) @extends gst::Element, gst::Object;
}

/// Registers `flowcompare`.
pub fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "flowcompare",
        gst::Rank::NONE,
        FlowCompare::static_type(),
    )
}
