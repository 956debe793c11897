// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `reportconvert`: outputs the reports attached to frames as JSON documents.
//!
//! Each output buffer holds one CloudEvents document and a newline, so that `fdsink` and `filesink` write JSON Lines. A
//! buffer without reports becomes a gap event. JSON input passes through unchanged.
//!
//! # Example pipeline
//!
//! ```sh
//! gst-launch-1.0 filesrc location=tests/data/demo/C1.mp4 ! qtdemux ! h264parse ! avdec_h264 \
//!   ! ortinfer config-file-path=models/trt/locodetector/config_infer.txt camera=C1 \
//!   ! locoposition facility=tests/data/demo/facility.toml ! reportconvert ! fdsink
//! ```
//!
//! Since: 0.1

mod imp;

use gst::glib;
use gst::prelude::*;

glib::wrapper! {
    /// Outputs the reports attached to frames as JSON documents.
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
