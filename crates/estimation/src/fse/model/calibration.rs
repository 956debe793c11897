// SPDX-License-Identifier: MIT OR Apache-2.0
//! Confidence calibration: what a detector's confidence is worth, and whether it shows bodies. Both are learned from what
//! detections turned out to be.
//!
//! Calibration by histogram binning (Zadrozny & Elkan, 2001): confidences fall into levels, and the log odds of a level compare
//! its share among real ends with its share among false ones. What differs: false ends count as distributed like real ones
//! until some are known, so that nothing is doubted only because it is seen less clearly.

use serde::{Deserialize, Serialize};

use crate::fse::config::Ablation;
use crate::fse::model::parameters::parameters;

parameters! {
    /// Weight of the prior for each level of confidence, for real ends and false ones.
    CALIBRATION_PRIOR_SCANS: f64 = 5.0, "scans", "Larger: calibration is learned more slowly.";
    /// Scans after which the confidences of old ones are forgotten.
    CALIBRATION_MEMORY: f64 = 20_000.0, "scans", "Larger: changes of a detector are learned more slowly.";
    /// Ends of known locomotives that a camera must have shown before it is judged by their bodies.
    BODY_SUPPORT_SCANS: f64 = 20.0, "scans", "Larger: later.";
    /// A camera shows the bodies of real ends if it showed this share of them with their bodies.
    BODY_SUPPORT_LEAST: f64 = 0.7, "", "Smaller: more cameras reject ends without a body.";
    /// Scans after which old ones are forgotten.
    BODY_SUPPORT_MEMORY: f64 = 200.0, "scans", "Larger: changes are learned more slowly.";
}

/// Levels of confidence that are told apart.
pub(crate) const LEVELS: usize = 10;

/// How many scans showed something of each level of confidence.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct ConfidenceHistogram([f64; LEVELS]);

impl ConfidenceHistogram {
    /// Counts a scan, or a share of one, that showed something of this level.
    pub(crate) fn add(&mut self, level: usize, share: f64) {
        self.0[level.min(LEVELS - 1)] += share;
    }

    /// Adds what another histogram counted; old scans are forgotten.
    fn merge(&mut self, more: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(more.0) {
            *mine += theirs;
        }
        let total: f64 = self.0.iter().sum();
        if total > CALIBRATION_MEMORY {
            self.0 = self.0.map(|count| count * CALIBRATION_MEMORY / total);
        }
    }

    /// Share of a level, from even shares before anything is known.
    fn share(&self, level: usize) -> f64 {
        self.share_with_prior(level, 1.0 / LEVELS as f64)
    }

    /// Share of a level that is `prior` before anything is known.
    fn share_with_prior(&self, level: usize, prior: f64) -> f64 {
        let (total, known) = (
            self.0.iter().sum::<f64>(),
            CALIBRATION_PRIOR_SCANS * LEVELS as f64,
        );
        (self.0[level.min(LEVELS - 1)] + known * prior) / (total + known)
    }
}

/// Confidences of ends of locomotives that are known well, and of tentative ends that came to nothing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct ConfidenceCalibration {
    /// Of real ends.
    real: ConfidenceHistogram,
    /// Of false ends.
    false_: ConfidenceHistogram,
}

impl ConfidenceCalibration {
    /// Log odds that something detected with this level of confidence is real.
    pub(crate) fn log_odds(&self, level: usize, ablation: Ablation) -> f64 {
        if ablation.confidence {
            return 0.0;
        }
        let real = self.real.share(level);
        (real / self.false_.share_with_prior(level, real)).ln()
    }

    /// Learns the level of a detection of an end that is certainly real.
    pub(crate) fn add_real(&mut self, level: usize, share: f64) {
        let mut one = ConfidenceHistogram::default();
        one.add(level, share);
        self.real.merge(&one);
    }

    /// Learns the levels of a tentative end that came to nothing.
    pub(crate) fn add_false(&mut self, confidences: &ConfidenceHistogram) {
        self.false_.merge(confidences);
    }
}

/// The level of a confidence in [0, 1].
pub(crate) fn level(confidence: f64) -> usize {
    ((confidence * LEVELS as f64) as usize).min(LEVELS - 1)
}

/// How often a camera that shows the end of a known locomotive shows its body, too.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct BodySupport {
    scans: f64,
    hits: f64,
}

impl BodySupport {
    /// Counts the detection of an end of a known locomotive.
    pub(crate) fn count(&mut self, has_body_support: bool) {
        self.scans += 1.0;
        self.hits += f64::from(u8::from(has_body_support));
        if self.scans > BODY_SUPPORT_MEMORY {
            let kept = BODY_SUPPORT_MEMORY / self.scans;
            self.scans *= kept;
            self.hits *= kept;
        }
    }

    /// Whether an end without a body is none.
    pub(crate) fn is_reliable(&self) -> bool {
        self.scans >= BODY_SUPPORT_SCANS && self.hits >= BODY_SUPPORT_LEAST * self.scans
    }
}
