// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `statetobatch`: puts the newest facility state on batches of `DeepStream`, so that `nvmsgconv ! nvmsgbroker` sends it.
//!
//! ```text
//! … ! nvinfer … ! locoposition facility=facility.toml ! tee name=t
//!   t. ! queue ! fsefuse facility=facility.toml ! s.state
//!   t. ! queue ! statetobatch name=s ! nvmsgconv msg2p-newapi=true payload-type=1 config=sensors.txt ! nvmsgbroker …
//! ```
//!
//! Since 0.1.

mod imp;
mod newest;
mod stats;

use gst::glib;
use gst::prelude::*;

glib::wrapper! {
    /// Puts the newest facility state on batches of `DeepStream` as a message that `nvmsgconv` passes on.
    pub struct StateToBatch(ObjectSubclass<imp::StateToBatch>) @extends gst::Element, gst::Object;
}

/// Registers `statetobatch`.
pub fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "statetobatch",
        gst::Rank::NONE,
        StateToBatch::static_type(),
    )
}
