// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `platereader`: decodes plate-reader output into running numbers and locates each on a track.
//!
//! One or more text recognition networks before this element (`ortinfer` or `nvinfer`, secondary mode) attach their output to
//! the detected plates. `platereader` decodes it into numbers that the numbering schemes of the site allow, adds up the
//! output of several frames and networks, and attaches a `plate-report` to the frame: number, confidence, track and metre. It
//! runs no network itself, and does not change pixels.
//!
//! # Example pipeline
//!
//! ```sh
//! gst-launch-1.0 -q filesrc location=tests/data/demo/C1.mp4 ! qtdemux ! h264parse ! avdec_h264 \
//!   ! ortinfer config-file-path=models/trt/locodetector/config_infer.txt camera=C1 \
//!   ! ortinfer config-file-path=models/trt/platereader/config_infer.txt max-rate=2 \
//!   ! platereader facility=tests/data/demo/facility.toml readers=models/trt/platereader/config_infer.txt \
//!   ! reportconvert ! fdsink
//! ```
//!
//! Since: 0.1

mod crops;
mod imp;
mod load;
mod properties;
mod reader;
mod stats;
mod warnings;

pub use load::numbering;

use gst::glib;
use gst::prelude::*;

glib::wrapper! {
    /// Decodes plate-reader output into running numbers and locates each on a track.
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
