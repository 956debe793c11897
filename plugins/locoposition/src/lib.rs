// SPDX-License-Identifier: MIT OR Apache-2.0
//! `locoposition` estimates where the ends of locomotives stand; `reportconvert` outputs reports as JSON documents.

mod locoposition;
mod reportconvert;

pub use locoposition::LocoPosition;
pub use reportconvert::ReportConvert;

/// Registers this crate's elements with `plugin`.
///
/// # Errors
/// When a type cannot be registered.
pub fn register(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    locoposition::register(plugin)?;
    reportconvert::register(plugin)
}
