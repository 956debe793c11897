// SPDX-License-Identifier: MIT OR Apache-2.0
//! Facility states for `DeepStream`'s own messengers: statetobatch.

mod statetobatch;

pub use statetobatch::StateToBatch;

/// Registers this crate's elements with `plugin`.
///
/// # Errors
/// When a type cannot be registered.
pub fn register(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    statetobatch::register(plugin)
}
