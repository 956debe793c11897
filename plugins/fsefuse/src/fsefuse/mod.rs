// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `fsefuse`: fuses the reports of any number of inputs into the state of the facility.
//!
//! ```text
//! gst-launch-1.0 filesrc location=reports.jsonl ! application/x-roundhouse-report ! fsefuse facility=facility.toml ! fdsink
//! ```
//!
//! Since 0.1.
//!
//! | file | holds |
//! |---|---|
//! | `imp` | what GStreamer calls: properties, pads, changes of state |
//! | `properties` | what the user can set |
//! | `run` | what one run works with, from READY to READY; why this is no `GstAggregator` |
//! | `restart` | how the fusion outlives its process |
//! | `sink` | buffers and events of the sink pads |
//! | `input_queue` | what waits between the sink pads' threads and the fusing thread |
//! | `source` | the fusing thread, and the states that it pushes |
//! | `seek` | flushing seeks |

mod imp;
mod input_queue;
mod properties;
mod restart;
mod run;
mod seek;
mod sink;
mod source;

use gst::glib;
use gst::prelude::*;

glib::wrapper! {
    /// Fuses the reports of any number of inputs into the state of the facility.
    pub struct FseFuse(ObjectSubclass<imp::FseFuse>) @extends gst::Element, gst::Object;
}

/// Registers `fsefuse`.
pub fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "fsefuse",
        gst::Rank::NONE,
        FseFuse::static_type(),
    )
}
