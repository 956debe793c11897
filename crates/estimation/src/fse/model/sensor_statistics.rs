// SPDX-License-Identifier: MIT OR Apache-2.0
//! What one camera has learned about one end: detections, occlusion, and the pattern in which it detects it.

use messages::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fse::model::detection_model::DetectionModel;
use crate::fse::model::parameters::{HIDDEN_FOR_GOOD, PATTERN_BEST, PATTERN_WORST, parameters};

parameters! {
    /// Scans after which old ones are forgotten.
    DETECTION_MEMORY: f64 = 60.0, "scans", "Larger: changes are learned more slowly.";
    /// Weight of the facility's detection rate when an end is compared with persistent clutter.
    EXPECTED_SCANS: f64 = 200.0, "scans", "Larger: the stated rate decides more than the learned one.";
}

/// Scans and the hits among them; both may be fractions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) scans: f64,
    pub(crate) hits: f64,
}

/// Log Bayes factors of a real end against persistent clutter, for two kinds of real ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PatternLlr {
    /// The end is never hidden from the camera.
    never_hidden: f64,
    /// The end is hidden now and then, for stretches of time.
    at_times: f64,
}

impl PatternLlr {
    /// The sum with another one, each part bounded by `bound`.
    fn add(self, more: Self, bound: impl Fn(f64) -> f64) -> Self {
        Self {
            never_hidden: bound(self.never_hidden + more.never_hidden),
            at_times: bound(self.at_times + more.at_times),
        }
    }

    /// The sum with another one.
    fn plus(self, more: Self) -> Self {
        self.add(more, |sum| sum)
    }

    /// The better of the two kinds.
    fn best(self) -> f64 {
        self.never_hidden.max(self.at_times)
    }
}

/// What one camera has learned about one end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SensorStatistics {
    pub(crate) camera: usize,
    /// Probability that the end is hidden from this camera.
    pub(crate) hidden: f64,
    /// Scans in which it was not hidden and the hits among them, old ones forgotten.
    pub(crate) unhidden: Counts,
    /// Log odds that this end is a head.
    pub(crate) head: f64,
    /// Detection pattern until the last hit.
    pattern: PatternLlr,
    /// The same for the misses since.
    miss_run: PatternLlr,
    /// All scans and hits, whether hidden or not.
    pub(crate) all: Counts,
    pub(crate) last_scan: Timestamp,
    pub(crate) last_hit: Option<Timestamp>,
}

impl SensorStatistics {
    /// What a camera knows before its first scan of an end.
    pub(crate) fn new(detection_model: &DetectionModel) -> Self {
        Self {
            camera: detection_model.camera,
            hidden: detection_model.hidden,
            unhidden: Counts::default(),
            head: 0.0,
            pattern: PatternLlr::default(),
            miss_run: PatternLlr::default(),
            all: Counts::default(),
            last_scan: detection_model.time,
            last_hit: None,
        }
    }

    /// Detection-pattern log odds: whether hits and misses follow each other as those of a real end.
    pub(crate) fn pattern_log_odds(&self) -> f64 {
        self.pattern
            .plus(self.miss_run)
            .best()
            .clamp(PATTERN_WORST, PATTERN_BEST)
    }

    /// Adds one scan to the detection pattern.
    ///
    /// This is a sequential log Bayes factor (Kass & Raftery, 1995): a real end is detected at about the rate that the
    /// facility states while it is not hidden, persistent clutter (a poster, a parked wagon) at a rate of its own. Both rates
    /// are means of beta distributions that are learned on the way, not integrated over; the sum is bounded, and a run of
    /// misses counts for no more than [`HIDDEN_FOR_GOOD`], because the end may be hidden all the while.
    pub(crate) fn update_pattern(&mut self, detection_model: &DetectionModel, seen: bool) {
        if detection_model.crowded || detection_model.inside < 0.9 {
            return;
        }
        let learned = |counts: Counts| {
            (EXPECTED_SCANS * detection_model.expected + counts.hits)
                / (EXPECTED_SCANS + counts.scans)
        };
        let never_hidden = learned(self.all);
        let at_times = (1.0 - detection_model.hidden) * learned(self.unhidden);
        let clutter = (self.all.hits + 0.5) / (self.all.scans + 1.0);
        // To be detected more often than expected speaks against nothing.
        let gain = |real: f64| match seen {
            _ if real <= clutter => 0.0,
            true => (real / clutter).ln() * detection_model.share,
            false => ((1.0 - real) / (1.0 - clutter)).ln() * detection_model.share,
        };
        let gains = PatternLlr {
            never_hidden: gain(never_hidden),
            at_times: gain(at_times),
        };
        if seen {
            self.pattern = self
                .pattern
                .plus(self.miss_run)
                .add(gains, |sum| sum.clamp(PATTERN_WORST, PATTERN_BEST));
            self.miss_run = PatternLlr::default();
        } else {
            self.miss_run = self.miss_run.add(gains, |sum| sum.max(HIDDEN_FOR_GOOD));
        }
        self.all.scans += detection_model.share;
        self.all.hits += if seen { detection_model.share } else { 0.0 };
    }

    /// Counts scans in which the end was not hidden; old ones are forgotten.
    pub(crate) fn count(&mut self, scans: f64, hits: f64) {
        let counts = &mut self.unhidden;
        counts.scans += scans;
        counts.hits += hits;
        if counts.scans > DETECTION_MEMORY {
            let kept = DETECTION_MEMORY / counts.scans;
            counts.scans *= kept;
            counts.hits *= kept;
        }
    }
}

/// Statistics of one end for each camera, in the order in which the cameras came to know it, and found by camera.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<SensorStatistics>", into = "Vec<SensorStatistics>")]
pub(crate) struct SensorTable {
    all: Vec<SensorStatistics>,
    /// Where each camera's statistics stand, sorted by camera.
    index: Vec<Entry>,
}

/// Where one camera's statistics stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    camera: usize,
    position: usize,
}

impl SensorTable {
    /// All of them, in order.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, SensorStatistics> {
        self.all.iter()
    }

    /// Those of one camera.
    pub(crate) fn get(&self, camera: usize) -> Option<&SensorStatistics> {
        let found = self.find(camera).ok()?;
        Some(&self.all[self.index[found].position])
    }

    /// Those of one camera; if there are none yet, new ones.
    pub(crate) fn get_or_insert_with(
        &mut self,
        camera: usize,
        new: impl FnOnce() -> SensorStatistics,
    ) -> &mut SensorStatistics {
        let position = match self.find(camera) {
            Ok(found) => self.index[found].position,
            Err(between) => {
                let position = self.all.len();
                self.index.insert(between, Entry { camera, position });
                self.all.push(new());
                position
            }
        };
        &mut self.all[position]
    }

    /// Forgets those that are not to be kept.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&SensorStatistics) -> bool) {
        let before = self.all.len();
        self.all.retain(keep);
        if self.all.len() < before {
            *self = std::mem::take(&mut self.all).into();
        }
    }

    /// Where a camera's entry stands in the index, or where it would.
    fn find(&self, camera: usize) -> Result<usize, usize> {
        self.index
            .binary_search_by_key(&camera, |entry| entry.camera)
    }
}

impl From<Vec<SensorStatistics>> for SensorTable {
    fn from(all: Vec<SensorStatistics>) -> Self {
        let mut index: Vec<Entry> = all
            .iter()
            .enumerate()
            .map(|(position, statistics)| Entry {
                camera: statistics.camera,
                position,
            })
            .collect();
        index.sort_unstable();
        Self { all, index }
    }
}

impl From<SensorTable> for Vec<SensorStatistics> {
    fn from(table: SensorTable) -> Self {
        table.all
    }
}
