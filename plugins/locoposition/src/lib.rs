// SPDX-License-Identifier: MIT OR Apache-2.0
//! From detections to metres on a track: locoposition and reportconvert.

/// Registers this crate's elements with `plugin`.
///
/// # Errors
/// When a type cannot be registered.
pub fn register(_plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    Ok(())
}
