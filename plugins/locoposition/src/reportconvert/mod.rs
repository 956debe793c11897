// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `reportconvert`.

mod imp;

use gst::glib;
use gst::prelude::*;

glib::wrapper! {
    /// Turns the reports that ride on frames into documents.
    pub struct ReportConvert(ObjectSubclass<imp::ReportConvert>) @extends gst::Element, gst::Object;
}

/// Registers `reportconvert`.
pub fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "reportconvert",
        gst::Rank::NONE,
        ReportConvert::static_type(),
    )
}
