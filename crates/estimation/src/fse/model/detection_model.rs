// SPDX-License-Identifier: MIT OR Apache-2.0
//! The detection model: how likely one camera detects one end in one scan.
//!
//! A detection needs three things: the end lies in a cover (`inside`), it is not hidden (`1 − hidden`), and the detector finds
//! it (`detection_probability`). A real end is missed with probability
//!
//! `P(miss) = h + (1 − h) (1 − inside · P_D)^share`.
//!
//! This is the usual `P_D` of a tracker (Bar-Shalom & Li, 1995), split by cause. The occlusion `h` is a two-state Markov process
//! per end and camera that is known by its filtered probability, see `EndExistence::detection_model`.

use messages::{Side, Timestamp};

use crate::fse::model::gaussian::{ByMode, Component, share_between};
use crate::fse::model::parameters::{COVER_MARGIN, parameters};
use crate::fse::model::site::Cover;

parameters! {
    /// Time in which the picture of an end at rest, and with it the measurement error, stays the same.
    ERROR_CORRELATION_AT_REST: f64 = 4.0, "s", "Larger: σ is more honest, a camera that errs pulls less, a new one is heard sooner.";
    /// The same in motion.
    ERROR_CORRELATION_IN_MOTION: f64 = 0.5, "s", "Larger: motion is followed later.";
    /// Scans that may count as one, at most.
    CORRELATED_SCANS_MAX: f64 = 100.0, "", "Bounds the inflation at high frame rates.";
}

/// How one camera may detect one end in the present scan.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DetectionModel {
    pub(crate) camera: usize,
    pub(crate) time: Timestamp,
    /// Probability that the end lies where this camera sees it.
    pub(crate) inside: f64,
    /// Probability that it is detected if it lies there and is not hidden.
    pub(crate) detection_probability: f64,
    /// Probability that it is hidden.
    pub(crate) hidden: f64,
    /// Probability that an end of a locomotive is detected there, as the facility states.
    pub(crate) expected: f64,
    /// Whether something stands so near that it is hidden now and then.
    pub(crate) crowded: bool,
    /// Share of a scan that this one counts: scans right after each other show the same picture.
    pub(crate) share: f64,
    /// Seconds since this camera's scan before.
    pub(crate) age: f64,
}

impl DetectionModel {
    /// Probability that a real end is missed in this scan.
    pub(crate) fn missed_probability(&self) -> f64 {
        let seen = 1.0 - self.inside * self.detection_probability;
        // A power of 1, or by 1, is what it was.
        let seen = if seen < 1.0 && self.share < 1.0 {
            seen.powf(self.share)
        } else {
            seen
        };
        self.hidden + (1.0 - self.hidden) * seen
    }

    /// How many scans show the same picture as this one, and so repeat its measurement error.
    pub(crate) fn correlated_scans(&self) -> ByMode<f64> {
        let within = |memory: f64| (memory / self.age.max(1e-3)).clamp(1.0, CORRELATED_SCANS_MAX);
        ByMode {
            rest: within(ERROR_CORRELATION_AT_REST),
            run: within(ERROR_CORRELATION_IN_MOTION),
        }
    }
}

/// How covers show one end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Coverage {
    /// Probability that the end lies in one of them.
    pub(crate) inside: f64,
    /// The best detection rate there, as the facility states.
    pub(crate) detection: f64,
}

/// How `covers` show an end of `side` whose place is a mixture of `modes`.
pub(crate) fn coverage(covers: &[Cover], side: Option<Side>, modes: &[Component]) -> Coverage {
    let mut total = Coverage {
        inside: 0.0,
        detection: 0.0,
    };
    for cover in covers {
        if side.is_some() && cover.side.is_some() && cover.side != side {
            continue;
        }
        let p: f64 = modes
            .iter()
            .map(|mode| {
                mode.weight
                    * share_between(
                        cover.from + COVER_MARGIN,
                        cover.to - COVER_MARGIN,
                        mode.mean,
                        mode.variance,
                    )
            })
            .sum();
        total.inside += p;
        total.detection = total
            .detection
            .max(if p > 0.0 { cover.detection } else { 0.0 });
    }
    total.inside = total.inside.min(1.0);
    total
}
