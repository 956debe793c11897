// SPDX-License-Identifier: MIT OR Apache-2.0
//! From reports to the facility state: fsefuse.
//!
//! What a pad carries becomes events (`input`, with `documents` and `timebase`), the events of all pads wait in the queue
//! (`queue`, which merges them by `inputs`), and the recorder feeds them to the fusion (`recorder`). All
//! of them count in `stats`. `state_file` is the file in which a fusion outlives its process, `saver` the thread that
//! writes it, at the times of `save_schedule`. The element `fsefuse` connects these to pads, threads and the clock.

mod documents;
mod fsefuse;
mod input;
mod inputs;
mod queue;
mod recorder;
mod save_schedule;
mod saver;
mod state_file;
mod stats;
mod timebase;

/// Registers this crate's elements with `plugin`.
///
/// # Errors
/// When a type cannot be registered.
pub fn register(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    fsefuse::register(plugin)
}
