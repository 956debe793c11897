// SPDX-License-Identifier: MIT OR Apache-2.0
//! `platereader` decodes plate-reader output into running numbers and locates each on a track.

pub mod networks;
mod platereader;

pub use platereader::{PlateReader, numbering};

/// Registers this crate's elements with `plugin`.
///
/// # Errors
/// When a type cannot be registered.
pub fn register(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    platereader::register(plugin)
}
