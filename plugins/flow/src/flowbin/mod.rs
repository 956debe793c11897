// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `flowbin`.

mod backoff;
mod content;
mod entry;
mod failure;
mod imp;
mod latency;
mod life;
mod niceness;
mod reload;
mod settings;
mod stream;
mod supervisor;

use gst::glib;
use gst::prelude::*;

/// What becomes of a packet that finds the entry queue full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "RoundhouseFlowBinLeaky")]
pub enum Leaky {
    /// The sender waits.
    #[enum_value(name = "The sender waits", nick = "no")]
    No,
    /// The oldest packet that waits is dropped: newest wins.
    #[default]
    #[enum_value(name = "The oldest waiting packet is dropped", nick = "downstream")]
    Downstream,
}

/// What follows a failure inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "RoundhouseFlowBinOnError")]
pub enum OnError {
    /// The content is made anew after a delay.
    #[default]
    #[enum_value(name = "Begin anew after a delay", nick = "restart")]
    Restart,
    /// The flow stays off until it is reloaded.
    #[enum_value(name = "Stay off until reloaded", nick = "stop")]
    Stop,
    /// The error leaves the bin like that of any element.
    #[enum_value(name = "Let the error out", nick = "forward")]
    Forward,
}

/// How the flow is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "RoundhouseFlowBinStatus")]
pub enum Status {
    /// Failed for good, or not started.
    #[default]
    #[enum_value(name = "Off", nick = "stopped")]
    Stopped,
    /// The content plays.
    #[enum_value(name = "The content plays", nick = "running")]
    Running,
    /// Failed, waits for its next start.
    #[enum_value(name = "Waits for its next start", nick = "restarting")]
    Restarting,
}

glib::wrapper! {
    /// Plays a pipeline text as one element whose failures stay inside.
    pub struct FlowBin(ObjectSubclass<imp::FlowBin>) @extends gst::Bin, gst::Element, gst::Object;
}

/// Registers `flowbin`.
pub fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "flowbin",
        gst::Rank::NONE,
        FlowBin::static_type(),
    )
}
