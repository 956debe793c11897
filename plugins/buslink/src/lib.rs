// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pipelines that go on in another process: `... ! bussink` here and `bussrc ! ...` there.

mod bussink;
mod bussrc;
mod link;
mod news;
mod wire;

pub use bussink::BusSink;
pub use bussrc::BusSrc;

/// Registers this crate's elements with `plugin`.
///
/// # Errors
/// When a type cannot be registered.
pub fn register(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    bussink::register(plugin)?;
    bussrc::register(plugin)
}
