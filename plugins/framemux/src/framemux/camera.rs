// SPDX-License-Identifier: MIT OR Apache-2.0
//! The frames of one camera between arrival and packet, and whether it delivers. Knows neither `GStreamer` nor a clock; all
//! times are running times in nanoseconds.

use std::collections::BTreeMap;

use super::counters::Counters;

/// A frame and when it was, running time.
#[derive(Debug, Clone)]
pub struct Timed<F> {
    /// Running time, nanoseconds.
    pub time: u64,
    /// The frame.
    pub frame: F,
}

/// The frames of one camera between arrival and packet, and what is known of its stream.
#[derive(Debug)]
pub struct Camera<F> {
    /// Frames that wait for their packet, by output running time.
    pub pending: BTreeMap<u64, Timed<F>>,
    /// The frame of the last packet that had one.
    pub cached: Option<Timed<F>>,
    /// Up to here (exclusive) the stream is known.
    pub covered: u64,
    /// Time of the newest frame that arrived.
    pub seen: Option<u64>,
    /// Time of the first packet at which the camera was there.
    pub joined: Option<u64>,
    /// Whether it is silent.
    pub silent: bool,
    /// Whether its stream ended and nothing came since.
    pub ended: bool,
    /// What became of its frames.
    pub counters: Counters,
}

// Derived, it would ask for `F: Default`.
impl<F> Default for Camera<F> {
    fn default() -> Self {
        Self {
            pending: BTreeMap::new(),
            cached: None,
            covered: 0,
            seen: None,
            joined: None,
            silent: false,
            ended: false,
            counters: Counters::default(),
        }
    }
}

/// What a packet holds of one camera.
#[derive(Debug, Clone, PartialEq)]
pub enum Content<F> {
    /// A new frame.
    Fresh(F),
    /// The frame of an earlier packet.
    Cached {
        /// The frame.
        frame: F,
        /// Nanoseconds from the frame to the packet.
        age: u64,
    },
    /// Nothing young enough.
    Missing,
}

/// Whether a camera delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// No frame for longer than the time-out.
    Silent,
    /// Frames again.
    Returned,
}

impl<F: Clone> Camera<F> {
    /// What the packet of `time` holds.
    pub fn content(
        &mut self,
        time: u64,
        max_age: u64,
        finish: impl FnOnce(u64, F) -> F,
    ) -> Content<F> {
        if let Some(Timed { time, frame }) = self.pending.remove(&time) {
            let frame = finish(time, frame);
            self.cached = Some(Timed {
                time,
                frame: frame.clone(),
            });
            self.counters.fresh += 1;
            return Content::Fresh(frame);
        }
        self.cached = self
            .cached
            .take()
            .filter(|cached| time.saturating_sub(cached.time) <= max_age);
        if let Some(cached) = &self.cached {
            self.counters.cached += 1;
            Content::Cached {
                frame: cached.frame.clone(),
                age: time.saturating_sub(cached.time),
            }
        } else {
            self.counters.missing += 1;
            Content::Missing
        }
    }

    /// Judges whether the camera is silent at the packet of `time`.
    pub fn watch(&mut self, time: u64, silence: u64) -> Option<Presence> {
        let joined = *self.joined.get_or_insert(time);
        let quiet = time.saturating_sub(self.seen.unwrap_or(joined));
        let silent = quiet > silence || (self.silent && self.ended);
        let change = if silent {
            Presence::Silent
        } else {
            Presence::Returned
        };
        (std::mem::replace(&mut self.silent, silent) != silent).then_some(change)
    }

    /// Drops what waits and what is cached.
    pub fn flush(&mut self) {
        self.counters.flushed += self.pending.len() as u64;
        self.pending.clear();
        self.cached = None;
        self.ended = false;
        self.covered = 0;
        self.seen = None;
    }
}
