// SPDX-License-Identifier: MIT OR Apache-2.0
//! How far two flows are apart: flowcompare.

mod flowcompare;

pub use flowcompare::FlowCompare;

/// Registers this crate's elements with `plugin`.
///
/// # Errors
/// When a type cannot be registered.
pub fn register(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    flowcompare::register(plugin)
}
