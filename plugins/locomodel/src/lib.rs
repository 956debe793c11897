// SPDX-License-Identifier: MIT OR Apache-2.0
//! `locomodel` turns classifier output into a locomotive model with its position on the track.

pub mod catalogue;
mod locomodel;

pub use locomodel::LocoModel;

/// Registers this crate's elements with `plugin`.
///
/// # Errors
/// When a type cannot be registered.
pub fn register(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    locomodel::register(plugin)
}
