// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `locomodel`: turns classifier output into a locomotive model with its position on the track.
//!
//! A classifier before this element (`ortinfer` or `nvinfer`, secondary mode) attaches the probabilities of locomotive models
//! to the detected heads and tails. For each new result `locomodel` attaches a `model-report` to the frame: track, metre and
//! all candidates with their probabilities. It runs no network itself, and does not change pixels or detections.
//!
//! # Example pipeline
//!
//! ```sh
//! gst-launch-1.0 -q filesrc location=tests/data/demo/C1.mp4 ! qtdemux ! h264parse ! avdec_h264 \
//!   ! ortinfer config-file-path=models/trt/locodetector/config_infer.txt camera=C1 \
//!   ! ortinfer config-file-path=models/trt/locomodel/config_infer.txt max-rate=2 \
//!   ! locomodel facility=tests/data/demo/facility.toml classifier=models/trt/locomodel/config_infer.txt \
//!   ! reportconvert ! fdsink
//! ```
//!
//! Since: 0.1

mod imp;
mod properties;
mod reporter;
mod stats;
mod warnings;

use gst::glib;
use gst::prelude::*;

glib::wrapper! {
    /// Turns classifier output into a locomotive model with its position on the track.
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
