// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a network's tensors to running numbers at a place: platereader.

pub mod networks;
mod platereader;

pub use platereader::PlateReader;

/// Registers this crate's elements with `plugin`.
///
/// # Errors
/// When a type cannot be registered.
pub fn register(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    platereader::register(plugin)
}
