// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known of the time of each camera's stream.

use std::collections::BTreeMap;

use super::event_time::EventClock;
use super::lateness::Lateness;
use super::timeline::Timeline;

/// The time of one camera's stream.
#[derive(Debug, Clone, Default)]
pub struct Timing {
    /// Whether its source says that it is live.
    pub live: bool,
    /// How long its frames may take, as its source announces, nanoseconds.
    pub announced: u64,
    /// From the times of its frames to running time.
    pub timeline: Timeline,
    /// From running time to UTC.
    pub event_clock: EventClock,
    /// When its frames came late.
    pub lateness: Lateness,
}

impl Timing {
    /// Forgets the frames that came; what the source said holds.
    pub fn flush(&mut self) {
        self.timeline = Timeline::default();
        self.event_clock = EventClock::default();
    }
}

/// The time of all cameras' streams, by index.
#[derive(Debug, Default)]
pub struct Timings(BTreeMap<u32, Timing>);

impl Timings {
    /// What is known of camera `index`.
    pub fn of(&mut self, index: u32) -> &mut Timing {
        self.0.entry(index).or_default()
    }

    /// Forgets camera `index`.
    pub fn remove(&mut self, index: u32) {
        self.0.remove(&index);
    }

    /// Forgets the frames that came.
    pub fn flush(&mut self) {
        self.0.values_mut().for_each(Timing::flush);
    }

    /// Whether any camera is live.
    pub fn any_live(&self) -> bool {
        self.0.values().any(|timing| timing.live)
    }

    /// How long packets wait for cameras `now`: as long as the slowest one takes that delivers.
    pub fn wait(&self, now: u64, interval: u64) -> u64 {
        self.0
            .values()
            .filter(|timing| timing.live)
            .map(|timing| timing.timeline.wait(now, timing.announced, interval))
            .max()
            .unwrap_or(0)
    }
}
