// SPDX-License-Identifier: MIT OR Apache-2.0
//! `camerasrc`: one camera that never errors and never ends.
//!
//! The element is a live source with one pad. Behind it a hidden pipeline of its own makes the connection, so that errors,
//! ends, flushes and slow state changes of network elements stay there, and so that credentials appear in no drawing of the
//! user's pipeline. A supervisor thread makes and replaces these connections.

mod announce;
mod connection;
mod counters;
mod decoder;
mod event;
mod failure;
mod fault;
mod handover;
mod imp;
mod inspection;
mod log;
mod loss;
mod make;
mod max_rate;
mod playback;
mod properties;
mod protocols;
mod receiver;
mod recorder;
mod recording;
mod sender_clock;
mod source;
mod stats;
mod status;
mod supervisor;
mod timeline;
mod watchdog;

use gst::glib;
use gst::prelude::*;

pub use decoder::Decoder;
pub use protocols::Protocols;
pub use status::Status;

glib::wrapper! {
    /// One camera that never errors and never ends.
    pub struct CameraSrc(ObjectSubclass<imp::CameraSrc>)
        @extends gst_base::PushSrc, gst_base::BaseSrc, gst::Element, gst::Object;
}

/// Registers `camerasrc` with `plugin`.
pub(crate) fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "camerasrc",
        gst::Rank::NONE,
        CameraSrc::static_type(),
    )
}
