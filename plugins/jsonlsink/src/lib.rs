// SPDX-License-Identifier: MIT OR Apache-2.0
//! Documents in files that rotate and that a restart appends to: jsonlsink.

mod jsonlsink;

pub use jsonlsink::JsonlSink;

/// Registers this crate's elements with `plugin`.
///
/// # Errors
/// When a type cannot be registered.
pub fn register(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    jsonlsink::register(plugin)
}
