// SPDX-License-Identifier: MIT OR Apache-2.0
//! The data of the element and its locks.
//!
//! `settings`, `state` and the locks of the pads are held for bookkeeping only, never while a pad, the base class, the bus
//! or another of these locks is used. The base class calls `next_time` with its own lock held, so that method touches
//! nothing but our own data and the queues of the pads.

use std::collections::BTreeSet;
use std::sync::{LazyLock, Mutex, MutexGuard};

use kit::discards::{Change, DiscardWatch};
use messages::Timestamp;

use super::announcements::Announcement;
use super::collector::Collector;
use super::frame::Frame;
use super::health::Healths;
use super::properties::Settings;
use super::stall::Stall;
use super::timing::Timings;
use super::warnings::Warnings;

/// The debug category `framemux`.
pub static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "framemux",
        gst::DebugColorFlags::empty(),
        Some("Image aggregator"),
    )
});

/// What changes while the element plays.
pub struct State {
    /// The frames between arrival and packet.
    pub collector: Collector<Frame>,
    /// UTC of running time 0, live only; read from the clock after each start.
    pub utc_base: Option<Timestamp>,
    /// Whether the element is in state PLAYING, so that its clock and base time are valid.
    pub playing: bool,
    /// The time of each camera's stream.
    pub timings: Timings,
    /// The base class's property `min-upstream-latency`, nanoseconds; read at the start, because reading it takes a lock.
    pub min_upstream_latency: u64,
    /// Live: how long packets wait for cameras, as it was told downstream last, nanoseconds.
    pub reported_wait: u64,
    /// Recordings: what holds the packets up.
    pub stall: Stall,
    /// What is to be said about cameras on the bus, each with its running time in nanoseconds.
    pub announcements: Vec<(u32, Announcement, u64)>,
    /// What the user must be told about cameras.
    pub warnings: Warnings,
    /// Cameras all of whose frames are discarded.
    pub discards: DiscardWatch,
    /// What is to be said about them.
    pub discard_changes: Vec<Change>,
    /// How live cameras are.
    pub healths: Healths,
    /// Cameras that were not called silent, because the user was told that all of them is discarded.
    pub not_called_silent: BTreeSet<u32>,
}

impl State {
    /// Whether packets are made by the clock: a live camera is there and the clock runs.
    pub fn is_timed(&self) -> bool {
        self.playing && self.timings.any_live()
    }
}

/// The element.
pub struct FrameMux {
    settings: Mutex<Settings>,
    state: Mutex<State>,
}

impl Default for FrameMux {
    fn default() -> Self {
        let settings = Settings::default();
        let state = State {
            collector: Collector::new(settings.interval),
            utc_base: None,
            playing: false,
            timings: Timings::default(),
            min_upstream_latency: 0,
            reported_wait: 0,
            stall: Stall::default(),
            announcements: Vec::new(),
            warnings: Warnings::default(),
            discards: DiscardWatch::default(),
            discard_changes: Vec::new(),
            healths: Healths::default(),
            not_called_silent: BTreeSet::new(),
        };
        Self {
            settings: Mutex::new(settings),
            state: Mutex::new(state),
        }
    }
}

impl FrameMux {
    /// What the user has set.
    pub fn settings(&self) -> MutexGuard<'_, Settings> {
        kit::lock(&self.settings)
    }

    /// What changes while the element plays.
    pub fn state(&self) -> MutexGuard<'_, State> {
        kit::lock(&self.state)
    }
}
