// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pipelines inside pipelines that cannot hurt them: flowbin.

mod flowbin;

pub use flowbin::{FlowBin, Leaky, OnError, Status};

/// Registers this crate's elements with `plugin`.
///
/// # Errors
/// When a type cannot be registered.
pub fn register(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    flowbin::register(plugin)
}
