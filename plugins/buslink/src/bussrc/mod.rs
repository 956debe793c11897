// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `bussrc`: takes frames, packets and documents of another process.
//!
//! ```text
//! gst-launch-1.0 bussrc uri=zmq+pull://127.0.0.1:5555 ! fdsink
//! ```
//!
//! Since 0.1.

mod imp;
mod properties;
mod stats;

use gst::glib;
use gst::prelude::*;

glib::wrapper! {
    /// Takes frames, packets and documents of another process, by ZeroMQ or through a broker.
    pub struct BusSrc(ObjectSubclass<imp::BusSrc>) @extends gst_base::PushSrc, gst_base::BaseSrc, gst::Element, gst::Object;
}

/// Registers `bussrc`.
pub fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "bussrc",
        gst::Rank::NONE,
        BusSrc::static_type(),
    )
}
