// SPDX-License-Identifier: MIT OR Apache-2.0
//! Predicted ends: where ends may be detected in a scan, and how well a detection fits.

use messages::Side;

use crate::fse::model::detection_model::{DetectionModel, inside};
use crate::fse::model::gaussian::{Component, density, logistic};
use crate::fse::model::parameters::{
    CLUTTER_DENSITY, COUPLED_DISTANCE, EXISTS_LEAST, GATE_LEAST, GATE_MAX_SIGMA,
    GATE_OPENING_SPEED, GATE_OPENING_TIME, GATE_SIGMAS, HIDDEN_BEHIND, HIDDEN_COUPLED,
    HIDDEN_PRIOR, OUTAGE_LEAST_DETECTION, TENTATIVE_HANDICAP, WRONG_SIDE,
};
use crate::fse::model::scan::{Detection, Scan};
use crate::fse::model::site::Cover;
use crate::fse::model::track::TrackState;

/// Whose end a slot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Locomotive(usize, Side),
    Tentative(usize),
}

/// A place where an end may be seen in this scan.
pub(crate) struct PredictedEnd {
    pub(crate) owner: Owner,
    pub(crate) side: Option<Side>,
    pub(crate) modes: [Component; 2],
    pub(crate) mean: f64,
    pub(crate) variance: f64,
    /// Probability that it exists; of an end of a locomotive that this scan can neither show nor miss, it is not asked: 0.
    pub(crate) exists: f64,
    /// Log-odds that this end is a head.
    pub(crate) head: f64,
    pub(crate) unseen: f64,
    pub(crate) detection_model: DetectionModel,
    /// Probability that it is missed if it is there.
    pub(crate) miss: f64,
}

impl PredictedEnd {
    /// The locomotive whose end it is.
    pub(crate) fn locomotive(&self) -> Option<usize> {
        match self.owner {
            Owner::Locomotive(index, _) => Some(index),
            Owner::Tentative(_) => None,
        }
    }

    /// Log probability of the miss of an end that should have been seen; `None` if it need not have been.
    pub(crate) fn missed_log_likelihood(&self) -> Option<f64> {
        (self.detection_model.inside * self.detection_model.detection_probability
            > OUTAGE_LEAST_DETECTION)
            .then(|| self.miss.max(1e-6).ln())
    }

    /// Whether it is near enough to be the one that was detected.
    pub(crate) fn reaches(&self, detection: &Detection) -> bool {
        let gap = (detection.s - self.mean).abs();
        let gate = GATE_LEAST
            + GATE_SIGMAS * (self.variance.min(GATE_MAX_SIGMA.powi(2)) + detection.variance).sqrt()
            + GATE_OPENING_SPEED * self.unseen.min(GATE_OPENING_TIME);
        gap <= gate
    }

    /// Worth of being the one that was detected, nats.
    pub(crate) fn score(&self, detection: &Detection) -> Option<f64> {
        if !self.reaches(detection) {
            return None;
        }
        let likelihood: f64 = self
            .modes
            .iter()
            .filter(|mode| mode.weight > 0.0)
            .map(|mode| {
                mode.weight * density(detection.s - mode.mean, mode.variance + detection.variance)
            })
            .sum();
        let side = match self.side {
            Some(Side::Low) => logistic(detection.low),
            Some(Side::High) => logistic(-detection.low),
            None => 1.0,
        };
        // P(kind | end): agreement of two opinions.
        let (a, b) = (logistic(detection.head), logistic(self.head));
        let kind = 2.0 * (a * b + (1.0 - a) * (1.0 - b));
        let handicap = if matches!(self.owner, Owner::Tentative(_)) {
            TENTATIVE_HANDICAP
        } else {
            0.0
        };
        Some(
            (self.exists.max(EXISTS_LEAST)
                * self.detection_model.detection_probability
                * likelihood
                / CLUTTER_DENSITY)
                .ln()
                + detection.confidence
                + side.ln().max(-WRONG_SIDE)
                + kind.ln()
                - handicap,
        )
    }
}

impl TrackState {
    /// Every end that this scan may show.
    pub(crate) fn predicted(&self, scan: &Scan, covers: &[Cover], all: bool) -> Vec<PredictedEnd> {
        let mut predicted = Vec::with_capacity(2 * self.locomotives.len() + self.tentative.len());
        let spans = self.spans();
        for (index, locomotive) in self.locomotives.iter().enumerate() {
            let head_low = locomotive.head_low();
            for side in [Side::Low, Side::High] {
                if locomotive.never_seen(side) {
                    continue;
                }
                let modes = locomotive.motion.end(side);
                let (inside, detection) = inside(covers, Some(side), &modes);
                if inside < 0.01 && !all {
                    continue;
                }
                let (mean, variance) = locomotive.motion.place(side);
                let existence = locomotive.end(side);
                let hidden = hidden_prior(&spans, mean, side, Some(index), covers);
                predicted.push(PredictedEnd {
                    owner: Owner::Locomotive(index, side),
                    side: Some(side),
                    modes,
                    mean,
                    variance,
                    exists: 0.0,
                    head: if side == Side::Low {
                        head_low
                    } else {
                        -head_low
                    },
                    unseen: existence.unseen(scan.time),
                    detection_model: existence.detection_model(
                        scan.camera,
                        scan.time,
                        inside,
                        detection,
                        hidden,
                    ),
                    miss: 1.0,
                });
            }
        }
        for (index, tentative) in self.tentative.iter().enumerate() {
            let component = tentative.component();
            let modes = [
                component,
                Component {
                    weight: 0.0,
                    ..component
                },
            ];
            let side = tentative.existence.side();
            let (inside, detection) = inside(covers, side, &modes);
            if inside < 0.01 && !all {
                continue;
            }
            let hidden = if self.is_crowded(index) {
                HIDDEN_COUPLED
            } else {
                side.map_or(HIDDEN_PRIOR, |side| {
                    hidden_prior(&spans, component.mean, side, None, covers)
                })
            };
            predicted.push(PredictedEnd {
                owner: Owner::Tentative(index),
                side,
                modes,
                mean: component.mean,
                variance: component.variance,
                exists: logistic(tentative.existence.chance_llr),
                head: tentative.existence.head(),
                unseen: 0.0,
                detection_model: tentative.existence.detection_model(
                    scan.camera,
                    scan.time,
                    inside,
                    detection,
                    hidden,
                ),
                miss: 1.0,
            });
        }
        predicted
    }

    /// Finds out how likely each end is missed, and how likely those locomotives exist of which this scan can show or miss one.
    pub(crate) fn expect(&self, predicted: &mut [PredictedEnd], detections: &[Detection]) {
        for end in &mut *predicted {
            end.miss = end.detection_model.miss();
        }
        let concerned =
            |end: &PredictedEnd| end.miss < 1.0 || detections.iter().any(|seen| end.reaches(seen));
        for ends in predicted.chunk_by_mut(|a, b| a.locomotive() == b.locomotive()) {
            if let Some(index) = ends[0].locomotive()
                && ends.iter().any(concerned)
            {
                let exists = logistic(self.locomotives[index].existence_log_odds());
                for end in ends {
                    end.exists = exists;
                }
            }
        }
    }
}

/// How likely an end of `side` at `s` is hidden by other locomotives of its own track, which stand at `spans`.
pub(crate) fn hidden_prior(
    spans: &[(f64, f64)],
    s: f64,
    side: Side,
    own: Option<usize>,
    covers: &[Cover],
) -> f64 {
    let mut prior = HIDDEN_PRIOR;
    for (index, &(low, high)) in spans.iter().enumerate() {
        if Some(index) == own {
            continue;
        }
        // Distance of the locomotive that stands before this end, where its face looks.
        let gap = match side {
            Side::Low => s - high,
            Side::High => low - s,
        };
        if (-1.0..COUPLED_DISTANCE).contains(&gap) {
            return HIDDEN_COUPLED;
        }
        let between = gap > 0.0
            && covers.iter().any(|cover| match side {
                Side::Low => cover.side == Some(Side::Low) && high > cover.from,
                Side::High => cover.side == Some(Side::High) && low < cover.to,
            });
        if between {
            prior = HIDDEN_BEHIND;
        }
    }
    prior
}
