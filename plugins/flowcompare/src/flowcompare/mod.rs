// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `flowcompare`: compares the facility states of two flows.
//!
//! ```text
//! gst-launch-1.0 flowcompare name=compare filesrc location=a.jsonl ! application/x-roundhouse-state ! compare.reference filesrc location=b.jsonl ! application/x-roundhouse-state ! compare.candidate
//! ```
//!
//! Since 0.1.

mod comparison;
mod imp;
mod properties;

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
