// SPDX-License-Identifier: MIT OR Apache-2.0
//! One end as each camera knows it: in the order in which they came to know it, and found by camera.

use messages::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fse::model::detection_model::DetectionModel;
use crate::fse::model::parameters::{
    DETECTION_MEMORY, EXPECTED_SCANS, HIDDEN_FOR_GOOD, PATTERN_BEST, PATTERN_WORST,
};

/// One link per camera.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<SensorStatistics>", into = "Vec<SensorStatistics>")]
pub(crate) struct SensorTable {
    all: Vec<SensorStatistics>,
    /// Camera and place in `all`, sorted.
    kinematics: Vec<(usize, usize)>,
}

impl SensorTable {
    /// All of them, in order.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, SensorStatistics> {
        self.all.iter()
    }

    /// The link of a camera.
    pub(crate) fn of(&self, camera: usize) -> Option<&SensorStatistics> {
        let found = self.find(camera).ok()?;
        Some(&self.all[self.kinematics[found].1])
    }

    /// The link of a camera; if there is none yet, a new one.
    pub(crate) fn get_or_insert_with(
        &mut self,
        camera: usize,
        new: impl FnOnce() -> SensorStatistics,
    ) -> &mut SensorStatistics {
        let place = match self.find(camera) {
            Ok(found) => self.kinematics[found].1,
            Err(between) => {
                self.kinematics.insert(between, (camera, self.all.len()));
                self.all.push(new());
                self.all.len() - 1
            }
        };
        &mut self.all[place]
    }

    /// Forgets those that are not to be kept.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&SensorStatistics) -> bool) {
        let before = self.all.len();
        self.all.retain(keep);
        if self.all.len() < before {
            *self = std::mem::take(&mut self.all).into();
        }
    }

    pub(crate) fn find(&self, camera: usize) -> Result<usize, usize> {
        self.kinematics
            .binary_search_by_key(&camera, |place| place.0)
    }
}

impl From<Vec<SensorStatistics>> for SensorTable {
    fn from(all: Vec<SensorStatistics>) -> Self {
        let mut kinematics: Vec<(usize, usize)> = all
            .iter()
            .enumerate()
            .map(|(place, sensor)| (sensor.camera, place))
            .collect();
        kinematics.sort_unstable();
        Self { all, kinematics }
    }
}

impl From<SensorTable> for Vec<SensorStatistics> {
    fn from(sensors: SensorTable) -> Self {
        sensors.all
    }
}

/// One end as one camera knows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SensorStatistics {
    pub(crate) camera: usize,
    /// Probability that the end is hidden from this camera.
    pub(crate) hidden: f64,
    /// Scans and hits, old ones forgotten.
    pub(crate) scans: f64,
    pub(crate) hits: f64,
    /// Log-odds that this end is a head, as this camera sees it.
    pub(crate) head: f64,
    /// Log-odds that it comes and goes like a real end, hidden never or for stretches of time, not like a false one.
    pub(crate) steady: (f64, f64),
    /// The same for the misses since the last hit.
    pub(crate) run: (f64, f64),
    /// Scans and hits, hidden or not.
    pub(crate) trials: (f64, f64),
    pub(crate) last_scan: Timestamp,
    pub(crate) last_hit: Option<Timestamp>,
}

impl SensorStatistics {
    /// Log-odds that it comes and goes like a real end.
    pub(crate) fn steady(&self) -> f64 {
        (self.steady.0 + self.run.0)
            .max(self.steady.1 + self.run.1)
            .clamp(PATTERN_WORST, PATTERN_BEST)
    }

    /// Compares a real end, which is seen at about the expected rate while it is not hidden, with a false one, which comes and
    /// goes at a rate of its own. Both rates are learned (the mean of a beta distribution), so what counts is the rate.
    pub(crate) fn judge(&mut self, detection_model: &DetectionModel, seen: bool) {
        if detection_model.crowded || detection_model.inside < 0.9 {
            return;
        }
        let learned = |(scans, hits): (f64, f64)| {
            (EXPECTED_SCANS * detection_model.expected + hits) / (EXPECTED_SCANS + scans)
        };
        let open = learned(self.trials);
        let at_times = (1.0 - detection_model.hidden) * learned((self.scans, self.hits));
        let false_ = (self.trials.1 + 0.5) / (self.trials.0 + 1.0);
        // To be seen more often than expected speaks against nobody.
        let gain = |real: f64| match seen {
            _ if real <= false_ => 0.0,
            true => (real / false_).ln() * detection_model.share,
            false => ((1.0 - real) / (1.0 - false_)).ln() * detection_model.share,
        };
        let gains = (gain(open), gain(at_times));
        if seen {
            let add = |sum: f64| sum.clamp(PATTERN_WORST, PATTERN_BEST);
            self.steady = (
                add(self.steady.0 + self.run.0 + gains.0),
                add(self.steady.1 + self.run.1 + gains.1),
            );
            self.run = (0.0, 0.0);
        } else {
            let add = |sum: f64| sum.max(HIDDEN_FOR_GOOD);
            self.run = (add(self.run.0 + gains.0), add(self.run.1 + gains.1));
        }
        self.trials.0 += detection_model.share;
        self.trials.1 += if seen { detection_model.share } else { 0.0 };
    }

    pub(crate) fn count(&mut self, scans: f64, hits: f64) {
        self.scans += scans;
        self.hits += hits;
        if self.scans > DETECTION_MEMORY {
            let kept = DETECTION_MEMORY / self.scans;
            self.scans *= kept;
            self.hits *= kept;
        }
    }
}
