// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether one end exists: what hits and misses say, camera by camera.
//!
//! The existence of an end is a hypothesis of its own, tested with every scan, as in integrated PDA (Musicki, Evans &
//! Stankovic, 1994): hits raise its log odds, misses lower them by the detection model. What differs: there are two
//! alternatives instead of one. Random clutter is refuted by repeated hits (`chance_llr`), persistent clutter, which is
//! detected again and again in one place, only by the detection pattern and the detector's confidence.

use messages::{Side, Timestamp};
use serde::{Deserialize, Serialize};

use crate::fse::model::detection_model::{Coverage, DetectionModel};
use crate::fse::model::gaussian::logistic;
use crate::fse::model::parameters::{
    CHANCE_LLR_MAX, DETECTION_MAX, HIDDEN_COUPLED, HIDDEN_FOR_GOOD, PATTERN_BEST, PATTERN_WORST,
    SYSTEMATIC_MEMORY, UNWATCHED, parameters,
};
use crate::fse::model::scan::Detection;
use crate::fse::model::sensor_statistics::{Counts, SensorStatistics, SensorTable};

parameters! {
    /// Tentative ends below this chance log-likelihood ratio take part in no hypothesis.
    NODE_LEAST_LLR: f64 = 0.0, "nats", "Higher: fewer hypotheses, later initiation.";
    /// Least chance log-likelihood ratio of an end.
    CHANCE_LLR_MIN: f64 = -4.0, "nats", "Lower: what was missed for long comes back later.";
    /// Time after which two scans of one camera count as two; sooner ones show the same picture.
    SCAN_CORRELATION: f64 = 0.6, "s", "Larger: high frame rates count for less.";
    /// Time in which one nat of misses is forgotten while an end is unwatched and the other end is seen.
    MISSES_MEMORY: f64 = 10.0, "s", "Larger: misses are remembered longer.";
    /// The same right after a hit.
    HIDDEN_AFTER_HIT: f64 = 0.04, "", "Larger: misses after a hit count for less.";
    /// Time in which an occlusion is forgotten.
    HIDDEN_MEMORY: f64 = 50.0, "s", "Larger: an end stays hidden, and alive, for longer.";
    /// Least learned detection probability.
    DETECTION_MIN: f64 = 0.15, "", "Larger: a camera that rarely detects an end counts for more when it misses it.";
    /// Weight of the facility's detection rate when the detection probability is learned.
    DETECTION_PRIOR_SCANS: f64 = 6.0, "scans", "Larger: it is learned more slowly.";
    /// Largest price of using an end as one that extends to the wrong side.
    SIDE_PRICE: f64 = 5.0, "nats", "Larger: directions of bodies bind more.";
    /// Log odds at which the side of a tentative end is certain.
    SIDE_CERTAIN: f64 = 1.0, "nats", "Larger: more sides stay open.";
    /// Bound of the log odds of a side.
    MAX_SIDE_VOTE: f64 = 6.0, "nats", "Larger: a wrong side is corrected later.";
    /// Least detection-pattern log odds of an end right before another one.
    CROWDED_WORST: f64 = -1.0, "nats", "Lower: inner ends of rakes are less likely.";
    /// Log odds that something detected again and again in one place is an end rather than persistent clutter,
    /// before its detection pattern is known.
    PERSISTENT_PRIOR: f64 = 3.0, "nats", "Lower: locomotives are initiated later.";
    /// Scans that the confidences of one end count for, at most: the same end always looks the same.
    CONFIDENCE_SCANS_MAX: f64 = 15.0, "scans", "Larger: confidences decide more.";
    /// Least log odds from an end's confidences.
    CONFIDENCE_WORST: f64 = -6.0, "nats", "Lower: confidences decide more.";
    /// Largest log odds from an end's confidences.
    CONFIDENCE_BEST: f64 = 0.5, "nats", "Higher: confidences decide more.";
    /// A camera with so many recent hits is a witness of an end; two witnesses make it real.
    WITNESS_HITS: f64 = 4.0, "hits", "Larger: later.";
    /// Hits by one camera after which an end with a regular detection pattern is certainly real.
    PROVEN_HITS: f64 = 10.0, "hits", "Larger: later.";
    /// Largest detection rate of a cover that is used.
    EXPECTED_DETECTION_MAX: f64 = 0.95, "", "Larger: misses at such covers count for more.";
    /// Bound of one camera's log odds of head and tail: a camera that is wrong is wrong all day.
    ORIENTATION_CAP: f64 = 2.5, "nats", "Larger: one camera decides more.";
}

/// Whether one end exists: its hits and misses, camera by camera.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EndExistence {
    /// Log-likelihood ratio of a real end against random clutter, with the prior of its initiation.
    pub(crate) chance_llr: f64,
    /// How often it was detected.
    pub(crate) hits: u32,
    /// When it was last detected.
    pub(crate) last_hit: Option<Timestamp>,
    /// What the confidences say with which it was detected.
    confidence: ConfidenceMean,
    /// Log odds that it is a low end, as its body is seen.
    pub(crate) low: f64,
    /// Whether another end stands so near that they hide each other now and then.
    crowded: bool,
    /// When a camera last covered it.
    watched: Option<Timestamp>,
    /// What each camera has learned about it.
    sensors: SensorTable,
}

/// Mean log odds that what was detected with an end's confidences is real.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct ConfidenceMean {
    log_odds: f64,
    /// How many scans it is worth.
    scans: f64,
}

impl EndExistence {
    /// An end that was never detected.
    pub(crate) fn new(chance_llr: f64) -> Self {
        Self {
            chance_llr,
            hits: 0,
            last_hit: None,
            confidence: ConfidenceMean::default(),
            low: 0.0,
            crowded: false,
            watched: None,
            sensors: SensorTable::default(),
        }
    }

    /// Whether it is more likely an end than random clutter, so that it may take part in hypotheses.
    pub(crate) fn is_likely(&self) -> bool {
        self.chance_llr > NODE_LEAST_LLR
    }

    /// How `camera` may detect this end now, if the end is hidden with the prior probability `hidden`.
    ///
    /// The occlusion is a two-state Markov process per end and camera (hidden, visible). It is predicted in closed form: the
    /// filtered probability decays to its stationary value, the prior, with [`HIDDEN_MEMORY`]. The detection probability is
    /// the mean of a beta distribution over the scans in which the end was not hidden, with the facility's rate as prior.
    pub(crate) fn detection_model(
        &self,
        camera: usize,
        time: Timestamp,
        coverage: Coverage,
        hidden: f64,
    ) -> DetectionModel {
        let Coverage { inside, detection } = coverage;
        let sensor = self.sensors.get(camera);
        let counts = sensor.map_or(Counts::default(), |sensor| sensor.unhidden);
        let detection_probability = ((DETECTION_PRIOR_SCANS * detection + counts.hits)
            / (DETECTION_PRIOR_SCANS + counts.scans))
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

    /// It was detected: a whole scan raises its log-likelihood ratio by `gain` nats; `confidence_log_odds` says whether what is
    /// detected with this confidence is real.
    pub(crate) fn detected(
        &mut self,
        detection_model: &DetectionModel,
        detection: &Detection,
        gain: f64,
        confidence_log_odds: f64,
    ) {
        let share = detection_model.share;
        let scans = (self.confidence.scans + share).min(CONFIDENCE_SCANS_MAX);
        if scans > 0.0 {
            self.confidence.log_odds +=
                (confidence_log_odds - self.confidence.log_odds) * share / scans;
        }
        self.confidence.scans = scans;
        self.low = (self.low + detection.low * share).clamp(-MAX_SIDE_VOTE, MAX_SIDE_VOTE);
        self.chance_llr = (self.chance_llr + gain * share).clamp(CHANCE_LLR_MIN, CHANCE_LLR_MAX);
        self.hits = self.hits.saturating_add(1);
        self.last_hit = Some(
            self.last_hit
                .map_or(detection_model.time, |last| last.max(detection_model.time)),
        );
        let sensor = self.scanned(detection_model);
        sensor.update_pattern(detection_model, true);
        sensor.hidden = HIDDEN_AFTER_HIT;
        sensor.count(1.0, 1.0);
        sensor.head = (sensor.head + detection.head * share.max(0.2))
            .clamp(-ORIENTATION_CAP, ORIENTATION_CAP);
        sensor.last_hit = Some(detection_model.time);
    }

    /// It was missed by a camera that fails with probability `outage`; `gain`: share of the miss that counts.
    ///
    /// The update of integrated PDA for a scan without a detection (Musicki, Evans & Stankovic, 1994), as a log-likelihood
    /// ratio: the probability of the miss if the end exists, over 1 if it does not. What differs: the miss is explained by an
    /// outage or an occlusion first, and only a share of it counts. The occlusion is updated by Bayes' rule: a hidden end is
    /// missed for sure.
    pub(crate) fn missed(&mut self, detection_model: &DetectionModel, outage: f64, gain: f64) {
        let missed = detection_model.missed_probability();
        self.chance_llr = (self.chance_llr + gain * (outage + (1.0 - outage) * missed).ln())
            .clamp(CHANCE_LLR_MIN, CHANCE_LLR_MAX);
        let sensor = self.scanned(detection_model);
        if outage < 0.5 {
            sensor.update_pattern(detection_model, false);
        }
        let hidden = sensor.hidden / missed;
        sensor.hidden = (outage * sensor.hidden + (1.0 - outage) * hidden).min(0.995);
        sensor.count(
            (1.0 - sensor.hidden) * detection_model.inside * (1.0 - outage),
            0.0,
        );
    }

    /// A camera scanned it; what that camera has learned so far.
    fn scanned(&mut self, detection_model: &DetectionModel) -> &mut SensorStatistics {
        self.crowded = detection_model.crowded;
        if detection_model.inside > 0.5 {
            self.watched = self.watched.max(Some(detection_model.time));
        }
        let sensor = self.sensors.get_or_insert_with(detection_model.camera, || {
            SensorStatistics::new(detection_model)
        });
        sensor.hidden = detection_model.hidden;
        sensor.last_scan = sensor.last_scan.max(detection_model.time);
        sensor
    }

    /// Log odds that this end is a head.
    pub(crate) fn head(&self) -> f64 {
        self.sensors.iter().map(|sensor| sensor.head).sum()
    }

    /// Existence log odds: it is an end of a locomotive, neither random clutter (`chance_llr`) nor persistent clutter.
    pub(crate) fn log_odds(&self) -> f64 {
        self.bounded_log_odds(PATTERN_WORST)
    }

    /// A lower bound of [`log_odds`](Self::log_odds), alone or [with a partner](Self::joint_log_odds), found without asking
    /// every camera: the detection pattern speaks as much against it as it can.
    pub(crate) fn least_log_odds(&self) -> f64 {
        let persistent = PERSISTENT_PRIOR + PATTERN_WORST + self.confidence_log_odds();
        self.chance_llr.min(persistent) - NEITHER_COST
    }

    /// Log odds that it is real because of the confidences with which it was detected.
    fn confidence_log_odds(&self) -> f64 {
        (self.confidence.log_odds * self.confidence.scans).clamp(CONFIDENCE_WORST, CONFIDENCE_BEST)
    }

    /// The same as [`log_odds`](Self::log_odds), but the detection pattern counts for no less than `floor`.
    fn bounded_log_odds(&self, floor: f64) -> f64 {
        // A neighbour was there before it was known, too.
        let floor = if self.crowded {
            floor.max(CROWDED_WORST)
        } else {
            floor
        };
        let persistent =
            PERSISTENT_PRIOR + self.pattern_log_odds().max(floor) + self.confidence_log_odds();
        neither(self.chance_llr, persistent)
    }

    /// Log odds that its detection pattern is that of a real end and not of persistent clutter; at most a little above 0.
    ///
    /// One camera that detects it regularly is enough, because it may be hidden from others. Cameras that never detected it
    /// count together. What several cameras detect in one place is real, whatever the pattern.
    fn pattern_log_odds(&self) -> f64 {
        let mut witnesses = self
            .sensors
            .iter()
            .filter(|sensor| sensor.unhidden.hits >= WITNESS_HITS);
        if witnesses.nth(1).is_some() {
            return PATTERN_BEST;
        }
        // One hit may be chance: a camera that detected it often speaks for those that did not.
        let often = self
            .sensors
            .iter()
            .map(|sensor| sensor.all.hits)
            .fold(0.0, f64::max)
            .min(WITNESS_HITS);
        let saw = |sensor: &&SensorStatistics| sensor.all.hits > 0.0 && sensor.all.hits >= often;
        let seen = self
            .sensors
            .iter()
            .filter(saw)
            .map(SensorStatistics::pattern_log_odds)
            .fold(f64::NEG_INFINITY, f64::max);
        let unseen: f64 = self
            .sensors
            .iter()
            .filter(|sensor| !saw(sensor))
            .map(SensorStatistics::pattern_log_odds)
            .sum();
        let seen = if seen.is_finite() { seen } else { 0.0 };
        (seen + unseen.clamp(HIDDEN_FOR_GOOD, 0.0)).clamp(PATTERN_WORST, PATTERN_BEST)
    }

    /// Whether some camera has detected it often, and as regularly as a real end.
    fn is_proven(&self) -> bool {
        self.sensors
            .iter()
            .any(|sensor| sensor.all.hits >= PROVEN_HITS && sensor.pattern_log_odds() > 0.0)
    }

    /// Log odds that two ends of one locomotive exist. An end that is certainly real has a partner: where one is detected now
    /// and then at the right distance, it is hidden at times rather than clutter.
    pub(crate) fn joint_log_odds(&self, partner: &Self) -> f64 {
        let floor = |proven: bool| {
            if proven {
                HIDDEN_FOR_GOOD
            } else {
                PATTERN_WORST
            }
        };
        self.bounded_log_odds(floor(partner.is_proven()))
            + partner.bounded_log_odds(floor(self.is_proven()))
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

    /// Whether it was scanned by none but so many cameras.
    pub(crate) fn fits(&self, cameras: usize) -> bool {
        self.sensors.iter().all(|sensor| sensor.camera < cameras)
    }

    /// Whether a camera ever scanned it.
    pub(crate) fn knows(&self, camera: usize) -> bool {
        self.sensors.get(camera).is_some()
    }

    /// How many cameras detected it since `since`, at least one.
    pub(crate) fn cameras_since(&self, since: Timestamp) -> usize {
        self.seen_by(since).count().max(1)
    }

    /// The cameras that detected it since `since`.
    pub(crate) fn seen_by(&self, since: Timestamp) -> impl Iterator<Item = usize> + '_ {
        self.sensors
            .iter()
            .filter(move |sensor| sensor.last_hit.is_some_and(|hit| hit >= since))
            .map(|sensor| sensor.camera)
    }

    /// Seconds since it was last detected.
    pub(crate) fn unseen(&self, now: Timestamp) -> f64 {
        self.last_hit
            .map_or(f64::INFINITY, |hit| now.seconds_since(hit).max(0.0))
    }

    /// For `seconds` no camera covered it, while the other end of its locomotive was detected: it must be somewhere, so that
    /// earlier misses are forgotten.
    pub(crate) fn relax(&mut self, now: Timestamp, seconds: f64) {
        let unwatched = self
            .watched
            .is_none_or(|watched| now.seconds_since(watched) > UNWATCHED);
        if unwatched && self.chance_llr < 0.0 {
            self.chance_llr = (self.chance_llr + seconds / MISSES_MEMORY).min(0.0);
        }
    }

    /// Forgets cameras that have not scanned it for long: nothing grows without bound.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        self.sensors
            .retain(|sensor| now.seconds_since(sensor.last_scan) < SYSTEMATIC_MEMORY);
    }

    /// Takes over what an older sighting of the same end knew.
    pub(crate) fn merge(&mut self, older: &Self) {
        self.hits = self.hits.saturating_add(older.hits);
        self.last_hit = self.last_hit.max(older.last_hit);
        self.low = (self.low + older.low).clamp(-MAX_SIDE_VOTE, MAX_SIDE_VOTE);
        for sensor in older.sensors.iter() {
            let known = self.sensors.get(sensor.camera).is_some();
            let mine = self
                .sensors
                .get_or_insert_with(sensor.camera, || sensor.clone());
            if known {
                mine.head = (mine.head + sensor.head).clamp(-ORIENTATION_CAP, ORIENTATION_CAP);
            }
        }
    }
}

/// Log odds that something is neither of two kinds of clutter, from the log odds against each: −ln(e⁻ᵃ + e⁻ᵇ).
///
/// It is less than the smaller one by [`NEITHER_COST`] at most.
fn neither(a: f64, b: f64) -> f64 {
    let least = a.min(b);
    least - (1.0 + (least - a.max(b)).exp()).ln()
}

/// ln 2, and a little more for rounding.
const NEITHER_COST: f64 = 0.694;
