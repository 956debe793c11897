// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `flowbin`: runs a pipeline text as one element of a bigger pipeline, whose failures stay inside.
//!
//! ```sh
//! gst-launch-1.0 videotestsrc ! tee name=fork \
//!   fork. ! flowbin flow=prod leaky=no description="videoconvert ! queue" ! fakesink \
//!   fork. ! flowbin flow=dev description="videoconvert ! fakesink"
//! ```
//!
//! Since 0.1.
//!
//! Everything that threads share is one [`flow::Flow`]. The streaming thread puts packets into its input queue; one worker
//! thread per inner bin takes them out and pushes them in; the supervisor's thread makes, restarts and replaces inner bins.
//! The files import each other in this order only:
//!
//! ```text
//! imp ─► supervisor ─► failure, reload ─► lifecycle ─► worker ─► input, output, queries ─► flow
//!                                                         flow ─► inner_bin, input_queue, properties, stats ─► debug
//! ```

mod backoff;
mod build;
mod conflict;
mod debug;
mod failure;
mod flow;
mod imp;
mod inner_bin;
mod input;
mod input_queue;
mod latency;
mod lifecycle;
mod niceness;
mod output;
mod properties;
mod queries;
mod reload;
mod stats;
mod supervisor;
mod worker;

use gst::glib;
use gst::prelude::*;

pub use properties::{Leaky, OnError, Status};

glib::wrapper! {
    /// Runs a pipeline text as one element whose failures stay inside.
    pub struct FlowBin(ObjectSubclass<imp::FlowBin>) @extends gst::Bin, gst::Element, gst::Object;
}

/// Registers `flowbin`.
pub fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "flowbin",
        gst::Rank::NONE,
        FlowBin::static_type(),
    )
}
