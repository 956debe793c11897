// SPDX-License-Identifier: MIT OR Apache-2.0
//! How likely one camera detects one end.

use messages::{Side, Timestamp};

use crate::fse::model::gaussian::{Component, share_between};
use crate::fse::model::parameters::{
    CORRELATED_SCANS_MAX, COVER_MARGIN, ERROR_CORRELATION_AT_REST, ERROR_CORRELATION_IN_MOTION,
};
use crate::fse::model::site::Cover;

/// How one camera looks at one end now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DetectionModel {
    pub(crate) camera: usize,
    pub(crate) time: Timestamp,
    /// Probability that the end lies where this camera sees it.
    pub(crate) inside: f64,
    /// Probability that it is detected if it is there and not hidden.
    pub(crate) detection_probability: f64,
    /// Probability that it is hidden.
    pub(crate) hidden: f64,
    /// Probability that an end of a locomotive is detected there, as the facility says.
    pub(crate) expected: f64,
    /// Whether something stands so near that it is hidden now and then.
    pub(crate) crowded: bool,
    /// Share of a scan that this one counts.
    pub(crate) share: f64,
    /// Seconds since this camera looked at it before.
    pub(crate) age: f64,
}

impl DetectionModel {
    /// Probability that a real end is missed in this scan.
    pub(crate) fn miss(&self) -> f64 {
        let seen = 1.0 - self.inside * self.detection_probability;
        // A power of 1, or by 1, is what it was.
        let seen = if seen < 1.0 && self.share < 1.0 {
            seen.powf(self.share)
        } else {
            seen
        };
        self.hidden + (1.0 - self.hidden) * seen
    }

    /// How many looks show the same picture as this one: at rest, in motion.
    pub(crate) fn copies(&self) -> (f64, f64) {
        let copies = |memory: f64| (memory / self.age.max(1e-3)).clamp(1.0, CORRELATED_SCANS_MAX);
        (
            copies(ERROR_CORRELATION_AT_REST),
            copies(ERROR_CORRELATION_IN_MOTION),
        )
    }
}

/// Probability that an end of `side` lies where one of `covers` shows it, and the detection rate there.
pub(crate) fn inside(covers: &[Cover], side: Option<Side>, modes: &[Component]) -> (f64, f64) {
    let mut total = (0.0_f64, 0.0_f64);
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
        total = (
            total.0 + p,
            total.1.max(if p > 0.0 { cover.detection } else { 0.0 }),
        );
    }
    (total.0.min(1.0), total.1)
}
