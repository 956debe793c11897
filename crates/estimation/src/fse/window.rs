// SPDX-License-Identifier: MIT OR Apache-2.0
//! The reorder window: what was heard waits until nothing earlier is expected any more.

use std::collections::{BTreeMap, VecDeque};

use messages::{ModelReport, PlateReport, Timestamp};

use super::constants::{DELAYS, WINDOW_EXTRA, WINDOW_FACTOR, WINDOW_HEARD, WINDOW_MAX, WINDOW_MIN};
use super::tracker::Look;

/// What waits: everything that changes the state at an event time.
#[derive(Debug, Clone)]
pub(crate) enum Observation {
    Look(Look),
    Model(ModelReport),
    Plate(PlateReport),
}

/// Order of commitment: event time, then camera, then kind and frame number.
pub(crate) type Key = (Timestamp, String, u64);

/// What waits, in order, and how long.
#[derive(Debug, Default)]
pub(crate) struct Window {
    waiting: BTreeMap<Key, Observation>,
    /// Per camera: when it was last heard, and its latest delays in seconds.
    delays: BTreeMap<usize, (Timestamp, VecDeque<f64>)>,
    fixed: Option<f64>,
}

impl Window {
    pub(crate) fn new(fixed: Option<f64>) -> Self {
        Self {
            fixed,
            ..Self::default()
        }
    }

    /// Notes how late a camera's report came.
    pub(crate) fn heard(&mut self, camera: usize, time: Timestamp, arrival: Timestamp) {
        let (last, delays) = self
            .delays
            .entry(camera)
            .or_insert((arrival, VecDeque::new()));
        *last = arrival.max(*last);
        delays.push_back(arrival.seconds_since(time).max(0.0));
        if delays.len() > DELAYS {
            delays.pop_front();
        }
    }

    /// The window, s.
    pub(crate) fn width(&self, now: Timestamp) -> f64 {
        if let Some(fixed) = self.fixed {
            return fixed;
        }
        let slowest = self
            .delays
            .values()
            .filter(|(last, _)| now.seconds_since(*last) <= WINDOW_HEARD)
            .map(|(_, delays)| late(delays))
            .fold(0.0, f64::max);
        (WINDOW_FACTOR * slowest + WINDOW_EXTRA).clamp(WINDOW_MIN, WINDOW_MAX)
    }

    /// Whether this was not heard before.
    pub(crate) fn add(&mut self, key: Key, observation: Observation) -> bool {
        match self.waiting.entry(key) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(observation);
                true
            }
            std::collections::btree_map::Entry::Occupied(_) => false,
        }
    }

    /// The first observation, if it is not later than `until`.
    pub(crate) fn pop(&mut self, until: Timestamp) -> Option<(Key, Observation)> {
        let first = self.waiting.first_entry()?;
        (first.key().0 <= until).then(|| first.remove_entry())
    }

    /// Everything that waits, in order.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (&Key, &Observation)> {
        self.waiting.iter()
    }
}

/// The 95 % quantile of some delays, s.
fn late(delays: &VecDeque<f64>) -> f64 {
    let mut sorted: Vec<f64> = delays.iter().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let index = (sorted.len() * 95 / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).copied().unwrap_or(0.0)
}
