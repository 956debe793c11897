// SPDX-License-Identifier: MIT OR Apache-2.0
//! From reports to the facility state: fsefuse.

mod documents;
mod feed;
mod fsefuse;
mod input;
mod merge;
mod timebase;

/// Registers this crate's elements with `plugin`.
///
/// # Errors
/// When a type cannot be registered.
pub fn register(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    fsefuse::register(plugin)
}
