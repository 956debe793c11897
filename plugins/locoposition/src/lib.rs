// SPDX-License-Identifier: MIT OR Apache-2.0
//! From detections to metres on a track: locoposition and reportconvert.

mod boxes;
mod locoposition;
mod places;
mod reportconvert;

pub use locoposition::LocoPosition;
pub use places::Places;

/// Registers this crate's elements with `plugin`.
///
/// # Errors
/// When a type cannot be registered.
pub fn register(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    locoposition::register(plugin)?;
    reportconvert::register(plugin)
}
