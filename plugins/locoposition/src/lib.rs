// SPDX-License-Identifier: MIT OR Apache-2.0
//! From detections to metres on a track: locoposition and reportconvert.

mod locoposition;
mod reportconvert;

pub use locoposition::LocoPosition;

/// Registers this crate's elements with `plugin`.
///
/// # Errors
/// When a type cannot be registered.
pub fn register(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    locoposition::register(plugin)?;
    reportconvert::register(plugin)
}
