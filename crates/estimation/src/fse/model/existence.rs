// SPDX-License-Identifier: MIT OR Apache-2.0
//! What speaks for and against one end of a locomotive: hits and misses, camera by camera.

use messages::{Side, Timestamp};
use serde::{Deserialize, Serialize};

use crate::fse::model::detection_model::DetectionModel;
use crate::fse::model::gaussian::logistic;
use crate::fse::model::parameters::{
    CHANCE_LLR_MAX, CHANCE_LLR_MIN, CONFIDENCE_BEST, CONFIDENCE_SCANS_MAX, CONFIDENCE_WORST,
    CROWDED_WORST, DETECTION_MAX, DETECTION_MIN, DETECTION_PRIOR_SCANS, EXPECTED_DETECTION_MAX,
    HIDDEN_AFTER_HIT, HIDDEN_COUPLED, HIDDEN_FOR_GOOD, HIDDEN_MEMORY, MAX_SIDE_VOTE, MISSES_MEMORY,
    ORIENTATION_CAP, PATTERN_BEST, PATTERN_WORST, PERSISTENT_PRIOR, PROVEN_HITS, SCAN_CORRELATION,
    SIDE_CERTAIN, SIDE_PRICE, SYSTEMATIC_MEMORY, UNWATCHED, WITNESS_HITS,
};
use crate::fse::model::scan::Detection;
use crate::fse::model::sensor_statistics::{SensorStatistics, SensorTable};

/// Evidence of one end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EndExistence {
    /// Log-odds that the end is real.
    pub(crate) chance_llr: f64,
    pub(crate) hits: u32,
    pub(crate) last_hit: Option<Timestamp>,
    /// Log-odds that it is real, as the confidences say with which it was seen: mean, and how many looks it is worth.
    sure: (f64, f64),
    /// Log-odds that it is a low end, as cameras see its body.
    pub(crate) low: f64,
    /// Whether another end stands so near that they hide each other now and then.
    crowded: bool,
    /// When a camera last looked where it is.
    watched: Option<Timestamp>,
    sensors: SensorTable,
}

impl EndExistence {
    pub(crate) fn new(chance_llr: f64) -> Self {
        Self {
            chance_llr,
            hits: 0,
            last_hit: None,
            sure: (0.0, 0.0),
            low: 0.0,
            crowded: false,
            watched: None,
            sensors: SensorTable::default(),
        }
    }

    /// How `camera` looks at this end: `inside` its cover, of detection rate `detection`, hidden with the prior `hidden`.
    pub(crate) fn detection_model(
        &self,
        camera: usize,
        time: Timestamp,
        inside: f64,
        detection: f64,
        hidden: f64,
    ) -> DetectionModel {
        let sensor = self.sensors.of(camera);
        let (scans, hits) = sensor.map_or((0.0, 0.0), |sensor| (sensor.scans, sensor.hits));
        let detection_probability = ((DETECTION_PRIOR_SCANS * detection + hits)
            / (DETECTION_PRIOR_SCANS + scans))
            .clamp(DETECTION_MIN, DETECTION_MAX);
        let prior = hidden;
        let (hidden, share, age) = sensor.map_or((hidden, 1.0, f64::INFINITY), |sensor| {
            let age = time.seconds_since(sensor.last_scan).max(0.0);
            let kept = (-age / HIDDEN_MEMORY).exp();
            (
                hidden + (sensor.hidden - hidden) * kept,
                (age / SCAN_CORRELATION).min(1.0),
                age,
            )
        });
        DetectionModel {
            camera,
            time,
            inside,
            detection_probability,
            crowded: prior >= HIDDEN_COUPLED,
            hidden: hidden.clamp(0.0, 0.995),
            expected: detection.clamp(DETECTION_MIN, EXPECTED_DETECTION_MAX),
            share,
            age,
        }
    }

    /// It was seen; `gain` in nats for a whole look, `says` the log-odds that what is seen with this confidence is real.
    pub(crate) fn hit(
        &mut self,
        detection_model: &DetectionModel,
        detection: &Detection,
        gain: f64,
        confidence_log_odds: f64,
    ) {
        let scans = (self.sure.1 + detection_model.share).min(CONFIDENCE_SCANS_MAX);
        if scans > 0.0 {
            self.sure.0 += (confidence_log_odds - self.sure.0) * detection_model.share / scans;
        }
        self.sure.1 = scans;
        self.low =
            (self.low + detection.low * detection_model.share).clamp(-MAX_SIDE_VOTE, MAX_SIDE_VOTE);
        self.chance_llr =
            (self.chance_llr + gain * detection_model.share).clamp(CHANCE_LLR_MIN, CHANCE_LLR_MAX);
        self.hits = self.hits.saturating_add(1);
        self.last_hit = Some(
            self.last_hit
                .map_or(detection_model.time, |last| last.max(detection_model.time)),
        );
        let sensor = self.sensor(detection_model);
        sensor.judge(detection_model, true);
        sensor.hidden = HIDDEN_AFTER_HIT;
        sensor.count(1.0, 1.0);
        sensor.head = (sensor.head + detection.head * detection_model.share.max(0.2))
            .clamp(-ORIENTATION_CAP, ORIENTATION_CAP);
        sensor.last_hit = Some(detection_model.time);
    }

    /// It was not seen by a camera that is blind with probability `blind`; `gain`: share of the miss that counts.
    pub(crate) fn miss(&mut self, detection_model: &DetectionModel, outage: f64, gain: f64) {
        let miss = detection_model.miss();
        self.chance_llr = (self.chance_llr + gain * (outage + (1.0 - outage) * miss).ln())
            .clamp(CHANCE_LLR_MIN, CHANCE_LLR_MAX);
        let sensor = self.sensor(detection_model);
        if outage < 0.5 {
            sensor.judge(detection_model, false);
        }
        let unhidden = sensor.hidden / miss;
        sensor.hidden = (outage * sensor.hidden + (1.0 - outage) * unhidden).min(0.995);
        sensor.count(
            (1.0 - sensor.hidden) * detection_model.inside * (1.0 - outage),
            0.0,
        );
    }

    pub(crate) fn sensor(&mut self, detection_model: &DetectionModel) -> &mut SensorStatistics {
        self.crowded = detection_model.crowded;
        if detection_model.inside > 0.5 {
            self.watched = self.watched.max(Some(detection_model.time));
        }
        let sensor = self
            .sensors
            .get_or_insert_with(detection_model.camera, || SensorStatistics {
                camera: detection_model.camera,
                hidden: detection_model.hidden,
                scans: 0.0,
                hits: 0.0,
                head: 0.0,
                steady: (0.0, 0.0),
                run: (0.0, 0.0),
                trials: (0.0, 0.0),
                last_scan: detection_model.time,
                last_hit: None,
            });
        sensor.hidden = detection_model.hidden;
        sensor.last_scan = sensor.last_scan.max(detection_model.time);
        sensor
    }

    /// Log-odds that this end is a head.
    pub(crate) fn head(&self) -> f64 {
        self.sensors.iter().map(|sensor| sensor.head).sum()
    }

    /// Log-odds that it is an end of a locomotive: neither chance (`weight`) nor something else that stays there.
    pub(crate) fn log_odds(&self) -> f64 {
        self.real(PATTERN_WORST)
    }

    /// What [`belief`](Self::belief), alone or [together](Self::belief_together), is at least, found without asking every camera:
    /// its coming and going speaks as much against it as it can.
    pub(crate) fn least_log_odds(&self) -> f64 {
        let lasting = PERSISTENT_PRIOR + PATTERN_WORST + self.calibration();
        self.chance_llr.min(lasting) - BOTH_COST
    }

    /// Log-odds that it is real, as the confidences say with which it was seen.
    pub(crate) fn calibration(&self) -> f64 {
        (self.sure.0 * self.sure.1).clamp(CONFIDENCE_WORST, CONFIDENCE_BEST)
    }

    /// The same as [`belief`](Self::belief); what its coming and going says against it is bounded by `floor`.
    pub(crate) fn real(&self, floor: f64) -> f64 {
        // A neighbour was there before it was known, too.
        let floor = if self.crowded {
            floor.max(CROWDED_WORST)
        } else {
            floor
        };
        let lasting = PERSISTENT_PRIOR + self.steady().max(floor) + self.calibration();
        both(self.chance_llr, lasting)
    }

    /// Log-odds that it comes and goes like an end of a locomotive, not like a false one; at most a little above 0. One camera
    /// that sees it steadily is enough: it may be hidden from others. Those that never saw it count together.
    /// What several cameras see in one place is no false end, however it comes and goes.
    pub(crate) fn steady(&self) -> f64 {
        let mut witnesses = self
            .sensors
            .iter()
            .filter(|sensor| sensor.hits >= WITNESS_HITS);
        if witnesses.nth(1).is_some() {
            return PATTERN_BEST;
        }
        // One hit may be chance: who saw it often speaks for those that did not.
        let often = self
            .sensors
            .iter()
            .map(|sensor| sensor.trials.1)
            .fold(0.0, f64::max)
            .min(WITNESS_HITS);
        let saw = |sensor: &&SensorStatistics| sensor.trials.1 > 0.0 && sensor.trials.1 >= often;
        let seen = self
            .sensors
            .iter()
            .filter(saw)
            .map(SensorStatistics::steady)
            .fold(f64::NEG_INFINITY, f64::max);
        let unseen: f64 = self
            .sensors
            .iter()
            .filter(|sensor| !saw(sensor))
            .map(SensorStatistics::steady)
            .sum();
        let seen = if seen.is_finite() { seen } else { 0.0 };
        (seen + unseen.clamp(HIDDEN_FOR_GOOD, 0.0)).clamp(PATTERN_WORST, PATTERN_BEST)
    }

    /// Whether some camera has seen it often, and as steadily as an end of a locomotive.
    pub(crate) fn is_proven(&self) -> bool {
        self.sensors
            .iter()
            .any(|sensor| sensor.trials.1 >= PROVEN_HITS && sensor.steady() > 0.0)
    }

    /// Log-odds that two ends of one locomotive are real. An end that is certainly real has a partner: where one comes and goes at
    /// the right distance, it is rather hidden now and then than false.
    pub(crate) fn joint_log_odds(&self, partner: &Self) -> f64 {
        let floor = |proven: bool| {
            if proven {
                HIDDEN_FOR_GOOD
            } else {
                PATTERN_WORST
            }
        };
        self.real(floor(partner.is_proven())) + partner.real(floor(self.is_proven()))
    }

    /// Which end it is, if that is certain.
    pub(crate) fn side(&self) -> Option<Side> {
        if self.low >= SIDE_CERTAIN {
            Some(Side::Low)
        } else if self.low <= -SIDE_CERTAIN {
            Some(Side::High)
        } else {
            None
        }
    }

    /// Price of using it as an end of this side, nats, at most 0.
    pub(crate) fn side_price(&self, side: Side) -> f64 {
        let for_it = if side == Side::Low {
            self.low
        } else {
            -self.low
        };
        logistic(for_it).ln().max(-SIDE_PRICE)
    }

    /// Whether a camera ever looked at it.
    pub(crate) fn knows(&self, camera: usize) -> bool {
        self.sensors.of(camera).is_some()
    }

    /// How many cameras saw it since `since`, at least one.
    pub(crate) fn cameras_since(&self, since: Timestamp) -> usize {
        self.seen_by(since).count().max(1)
    }

    /// The cameras that saw it since `since`.
    pub(crate) fn seen_by(&self, since: Timestamp) -> impl Iterator<Item = usize> + '_ {
        self.sensors
            .iter()
            .filter(move |sensor| sensor.last_hit.is_some_and(|hit| hit >= since))
            .map(|sensor| sensor.camera)
    }

    /// Seconds since it was last seen.
    pub(crate) fn unseen(&self, now: Timestamp) -> f64 {
        self.last_hit
            .map_or(f64::INFINITY, |hit| now.seconds_since(hit).max(0.0))
    }

    /// For `seconds` nobody looked where it is, while the other end of its locomotive was seen: it is somewhere, and that it was
    /// missed before is forgotten.
    pub(crate) fn relax(&mut self, now: Timestamp, seconds: f64) {
        let unwatched = self
            .watched
            .is_none_or(|watched| now.seconds_since(watched) > UNWATCHED);
        if unwatched && self.chance_llr < 0.0 {
            self.chance_llr = (self.chance_llr + seconds / MISSES_MEMORY).min(0.0);
        }
    }

    /// Forgets cameras that have not looked for long: nothing grows.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        self.sensors
            .retain(|sensor| now.seconds_since(sensor.last_scan) < SYSTEMATIC_MEMORY);
    }

    /// The evidence of two sightings of one end, taken together.
    pub(crate) fn merge(&mut self, older: &Self) {
        self.hits = self.hits.saturating_add(older.hits);
        self.last_hit = self.last_hit.max(older.last_hit);
        self.low = (self.low + older.low).clamp(-MAX_SIDE_VOTE, MAX_SIDE_VOTE);
        for sensor in older.sensors.iter() {
            let known = self.sensors.of(sensor.camera).is_some();
            let mine = self
                .sensors
                .get_or_insert_with(sensor.camera, || sensor.clone());
            if known {
                mine.head = (mine.head + sensor.head).clamp(-ORIENTATION_CAP, ORIENTATION_CAP);
            }
        }
    }
}

/// Log-odds that something is neither of two false things, each of these log-odds against it.
///
/// It is less than the smaller one by [`BOTH_COST`] at most.
fn both(a: f64, b: f64) -> f64 {
    let least = a.min(b);
    least - (1.0 + (least - a.max(b)).exp()).ln()
}

/// ln 2, and a little more for rounding.
const BOTH_COST: f64 = 0.694;
