// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cameras that are never lost for good: `camerasrc`.

mod camerasrc;

pub use camerasrc::{CameraSrc, Decoder, Protocols, Status};

/// Registers this crate's elements with `plugin`.
///
/// # Errors
/// When a type cannot be registered.
pub fn register(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    camerasrc::register(plugin)
}
