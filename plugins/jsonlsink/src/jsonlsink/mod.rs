// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `jsonlsink`: writes documents into JSON Lines files that rotate and that a restart appends to.
//!
//! ```text
//! gst-launch-1.0 filesrc location=reports.jsonl ! fsefuse facility=facility.toml ! jsonlsink location=states
//! ```
//!
//! Since 0.1.

mod imp;
mod properties;
mod warnings;

use gst::glib;
use gst::prelude::*;

glib::wrapper! {
    /// Writes documents into JSON Lines files of a folder: a new file each day or so many bytes, old ones are removed.
    pub struct JsonlSink(ObjectSubclass<imp::JsonlSink>) @extends gst_base::BaseSink, gst::Element, gst::Object;
}

/// Registers `jsonlsink`.
pub fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "jsonlsink",
        gst::Rank::NONE,
        JsonlSink::static_type(),
    )
}
