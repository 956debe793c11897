// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `locoposition`: estimates where the ends of locomotives stand.
//!
//! It reads the heads and tails that a detector found on frames, packets of frames or batches of `DeepStream`, estimates for
//! each the track and the metre at which that end stands, and attaches one `position-report` to every camera frame that the
//! detector has inferred, also when there is no end on it. Pixels and detections are not changed.
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

mod detector_labels;
mod estimator;
mod imp;
mod properties;
mod stats;
mod warnings;

use gst::glib;
use gst::prelude::*;

glib::wrapper! {
    /// Estimates where the ends of locomotives stand on the tracks.
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
