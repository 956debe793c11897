// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `bussink`: sends frames, packets and documents to another process.
//!
//! ```text
//! gst-launch-1.0 filesrc location=states.jsonl ! application/x-roundhouse-state ! bussink uri=zmq+push://127.0.0.1:5555
//! ```
//!
//! Since 0.1.

mod imp;
mod leaky;
mod properties;
mod spool;
mod stats;
mod stream;
mod worker;

use gst::glib;
use gst::prelude::*;

glib::wrapper! {
    /// Sends frames, packets and documents to another process, by ZeroMQ or through a broker.
    pub struct BusSink(ObjectSubclass<imp::BusSink>) @extends gst_base::BaseSink, gst::Element, gst::Object;
}

/// Registers `bussink`.
pub fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "bussink",
        gst::Rank::NONE,
        BusSink::static_type(),
    )
}
