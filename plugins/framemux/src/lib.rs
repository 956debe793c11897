// SPDX-License-Identifier: MIT OR Apache-2.0
//! The image aggregator: [`FrameMux`] makes one packet of the frames of all cameras at every interval,
//! [`FrameDemux`] takes packets apart again.

mod framedemux;
mod framemux;

pub use framedemux::{FrameDemux, FrameDemuxPad};
pub use framemux::{FrameMux, FrameMuxPad};

/// Registers this crate's elements with `plugin`.
///
/// # Errors
/// When a type cannot be registered.
pub fn register(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    framemux::register(plugin)?;
    framedemux::register(plugin)
}
