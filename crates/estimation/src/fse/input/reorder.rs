// SPDX-License-Identifier: MIT OR Apache-2.0
//! The reorder window: what arrived waits until nothing earlier is expected any more.

use std::collections::{BTreeMap, VecDeque};

use messages::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fse::model::parameters::{WINDOW_MAX, parameters};
use crate::fse::model::pending_readings::Reading;
use crate::fse::model::scan::Scan;
use crate::fse::model::site::Site;

parameters! {
    /// Shortest reorder window.
    WINDOW_MIN: f64 = 0.4, "s", "Larger: scans are committed later.";
    /// The window is this many times the largest 95 % delay of a camera, plus `WINDOW_EXTRA`.
    WINDOW_FACTOR: f64 = 1.1, "", "Larger: fewer late scans, later commitment.";
    /// See `WINDOW_FACTOR`.
    WINDOW_EXTRA: f64 = 0.1, "s", "Larger: fewer late scans, later commitment.";
    /// Cameras heard within this time set the window.
    WINDOW_RECENT: f64 = 10.0, "s", "Larger: a camera that went silent holds the window open for longer.";
    /// Time between two reviews of the window's width.
    WINDOW_REVIEW: f64 = 0.25, "s", "Smaller: more work.";
    /// Delays remembered per camera.
    DELAYS: usize = 64, "", "Larger: the window follows changes later.";
}

/// What waits: everything that changes the state at an event time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Observation {
    Scan(Scan),
    Reading(Reading),
}

/// Order of commitment: event time, then camera, then frame number; readings by their ids, after scans.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct CommitKey {
    pub(crate) time: Timestamp,
    pub(crate) camera: usize,
    /// Empty for scans.
    pub(crate) reading: String,
    pub(crate) frame: u64,
}

/// How late one camera's reports come.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Delays {
    heard: Timestamp,
    /// The latest ones, s.
    latest: VecDeque<f64>,
    /// Their 95 % quantile, s.
    late: f64,
}

/// What waits, in order, and how long.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct ReorderWindow {
    #[serde(with = "pairs")]
    waiting: BTreeMap<CommitKey, Observation>,
    /// Per camera.
    delays: BTreeMap<usize, Delays>,
    fixed: Option<f64>,
    /// The window, s, and when it was found.
    width: Option<(Timestamp, f64)>,
}

/// A map whose keys are no texts, as a list of pairs.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::{CommitKey, Observation};

    /// Writes the pairs in the order of their keys.
    pub(crate) fn serialize<S: Serializer>(
        map: &BTreeMap<CommitKey, Observation>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    /// Reads the pairs.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<CommitKey, Observation>, D::Error> {
        Vec::<(CommitKey, Observation)>::deserialize(deserializer)
            .map(|pairs| pairs.into_iter().collect())
    }
}

impl ReorderWindow {
    /// An empty window, of fixed width or one that follows the delays.
    pub(crate) fn new(fixed: Option<f64>) -> Self {
        Self {
            fixed,
            ..Self::default()
        }
    }

    /// Notes how late a camera's report came.
    pub(crate) fn note_delay(&mut self, camera: usize, time: Timestamp, arrival: Timestamp) {
        let delays = self.delays.entry(camera).or_insert(Delays {
            heard: arrival,
            latest: VecDeque::new(),
            late: 0.0,
        });
        delays.heard = arrival.max(delays.heard);
        let delay = arrival.seconds_since(time).max(0.0);
        delays.latest.push_back(delay);
        let oldest = if delays.latest.len() > DELAYS {
            delays.latest.pop_front()
        } else {
            None
        };
        // A short delay after another one moves no quantile near the longest.
        let same = oldest.is_some_and(|oldest| {
            delay.total_cmp(&oldest).is_eq() || (delay <= delays.late && oldest < delays.late)
        });
        if !same {
            delays.late = late(&delays.latest);
        }
    }

    /// The window, s.
    pub(crate) fn width(&mut self, now: Timestamp) -> f64 {
        if let Some(fixed) = self.fixed {
            return fixed;
        }
        if let Some((found, width)) = self.width
            && (0.0..WINDOW_REVIEW).contains(&now.seconds_since(found))
        {
            return width;
        }
        let slowest = self
            .delays
            .values()
            .filter(|delays| now.seconds_since(delays.heard) <= WINDOW_RECENT)
            .map(|delays| delays.late)
            .fold(0.0, f64::max);
        let width = (WINDOW_FACTOR * slowest + WINDOW_EXTRA).clamp(WINDOW_MIN, WINDOW_MAX);
        self.width = Some((now, width));
        width
    }

    /// Whether this was not heard before.
    pub(crate) fn add(&mut self, key: CommitKey, observation: Observation) -> bool {
        match self.waiting.entry(key) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(observation);
                true
            }
            std::collections::btree_map::Entry::Occupied(_) => false,
        }
    }

    /// The event time of the first observation.
    pub(crate) fn first(&self) -> Option<Timestamp> {
        self.waiting.keys().next().map(|key| key.time)
    }

    /// The first observation.
    pub(crate) fn pop(&mut self) -> Option<(CommitKey, Observation)> {
        self.waiting.pop_first()
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.fixed);
    }

    /// How many observations wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether all that waits is of this facility's tracks and cameras.
    pub(crate) fn fits(&self, site: &Site) -> bool {
        self.waiting().all(|(key, observation)| {
            let fits = match observation {
                Observation::Scan(scan) => scan.fits(site),
                Observation::Reading(reading) => reading.track() < site.tracks.len(),
            };
            fits && key.camera < site.cameras.len()
        })
    }

    /// Everything that waits, in order.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (&CommitKey, &Observation)> {
        self.waiting.iter()
    }
}

/// The 95 % quantile of some delays, s.
fn late(delays: &VecDeque<f64>) -> f64 {
    // One in twenty is later: the largest of so many that are left when those are put aside.
    let above = delays.len() - (delays.len() * 95 / 100).min(delays.len().saturating_sub(1));
    let mut largest = vec![f64::NEG_INFINITY; above];
    for &delay in delays {
        if let Some(least) = largest.first_mut()
            && delay > *least
        {
            *least = delay;
            largest.sort_by(f64::total_cmp);
        }
    }
    largest.first().copied().unwrap_or(0.0).max(0.0)
}
