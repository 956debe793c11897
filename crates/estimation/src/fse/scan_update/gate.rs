// SPDX-License-Identifier: MIT OR Apache-2.0
//! Predicted ends: where ends may be detected in a scan, and how well a detection fits one.

use messages::Side;

use crate::fse::model::detection_model::{DetectionModel, coverage};
use crate::fse::model::gaussian::{Component, Gaussian, density, logistic};
use crate::fse::model::parameters::{GATE_SIGMAS, HIDDEN_COUPLED, HIDDEN_PRIOR, parameters};
use crate::fse::model::scan::{Detection, Scan};
use crate::fse::model::site::Cover;
use crate::fse::model::span::Span;
use crate::fse::model::track::TrackState;

parameters! {
    /// False detections per scan and metre of track.
    CLUTTER_DENSITY: f64 = 5e-4, "1/m", "Larger: an assignment is worth less, hits raise existence less.";
    /// Half width of the validation gate that is always open.
    GATE_LEAST: f64 = 0.4, "m", "Larger: more assignments of detections that are off.";
    /// How fast the validation gate widens while an end is not detected.
    GATE_OPENING_SPEED: f64 = 1.1, "m/s", "Larger: fast starts stay assigned.";
    /// Time after which the validation gate widens no further.
    GATE_OPENING_TIME: f64 = 1.5, "s", "Larger: ends that are lost take detections of others.";
    /// Largest standard deviation of an end that counts for its validation gate; a lost end is reacquired instead.
    GATE_MAX_SIGMA: f64 = 0.8, "m", "Larger: ends that are lost take detections of others.";
    /// Largest price of assigning a detection whose body extends to the wrong side.
    WRONG_SIDE: f64 = 6.0, "nats", "Larger: reported directions bind more.";
    /// What a tentative end pays when it competes with a locomotive's end for a detection.
    TENTATIVE_HANDICAP: f64 = 1.0, "nats", "Larger: known ends keep their detections.";
    /// Ends are told apart as if each existed with at least this probability.
    EXISTS_LEAST: f64 = 0.5, "", "Higher: doubtful ends take more detections.";
    /// The same where a locomotive of the same track stands between camera and end.
    HIDDEN_BEHIND: f64 = 0.15, "", "Larger: such misses count for less.";
    /// A missed end counts for an outage if it should have been detected with at least this probability.
    OUTAGE_LEAST_DETECTION: f64 = 0.3, "", "Smaller: outages are found sooner, and found where there are none.";
}

/// Whose end a predicted end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// That of the locomotive with this index.
    Locomotive(usize, Side),
    /// The tentative end with this index.
    Tentative(usize),
}

/// An end that may be detected in this scan.
pub(crate) struct PredictedEnd {
    pub(crate) owner: Owner,
    /// Which end of its locomotive it is, if that is known.
    pub(crate) side: Option<Side>,
    /// Its place, mode by mode.
    pub(crate) modes: [Component; 2],
    /// Its place over all modes.
    pub(crate) place: Gaussian,
    /// Probability that it exists; 0 for an end of a locomotive that this scan can neither detect nor miss, as it is not asked.
    pub(crate) exists: f64,
    /// Log odds that this end is a head.
    head: f64,
    /// Seconds since it was last detected.
    unseen: f64,
    pub(crate) detection_model: DetectionModel,
    /// Probability that it is missed if it exists.
    pub(crate) missed: f64,
}

impl PredictedEnd {
    /// The locomotive whose end it is.
    fn locomotive(&self) -> Option<usize> {
        match self.owner {
            Owner::Locomotive(index, _) => Some(index),
            Owner::Tentative(_) => None,
        }
    }

    /// Log-likelihood of missing it if it should have been detected; `None` if it need not have been.
    pub(crate) fn missed_log_likelihood(&self) -> Option<f64> {
        (self.detection_model.inside * self.detection_model.detection_probability
            > OUTAGE_LEAST_DETECTION)
            .then(|| self.missed.max(1e-6).ln())
    }

    /// Whether a detection lies in its validation gate.
    ///
    /// The usual gate of so many standard deviations, with a least width, an upper bound for ends that are lost, and a width
    /// that grows while an end is not detected: it may have started to move.
    fn gates(&self, detection: &Detection) -> bool {
        let gap = (detection.s - self.place.mean).abs();
        let gate = GATE_LEAST
            + GATE_SIGMAS
                * (self.place.variance.min(GATE_MAX_SIGMA.powi(2)) + detection.variance).sqrt()
            + GATE_OPENING_SPEED * self.unseen.min(GATE_OPENING_TIME);
        gap <= gate
    }

    /// Worth of assigning a detection to it, nats: the log-likelihood ratio of "it was detected here" against clutter, with
    /// what the detector says about kind, side and confidence; `None` outside its gate.
    pub(crate) fn worth(&self, detection: &Detection) -> Option<f64> {
        if !self.gates(detection) {
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
    /// Every end that a scan may detect; with `all` also those that lie in none of its covers.
    pub(crate) fn predicted_ends(
        &self,
        scan: &Scan,
        covers: &[Cover],
        all: bool,
    ) -> Vec<PredictedEnd> {
        let mut predicted = Vec::with_capacity(2 * self.locomotives.len() + self.tentative.len());
        let spans = self.spans();
        for (index, locomotive) in self.locomotives.iter().enumerate() {
            let head_low = locomotive.head_low();
            for side in [Side::Low, Side::High] {
                if locomotive.never_seen(side) {
                    continue;
                }
                let modes = locomotive.motion.end(side);
                let coverage = coverage(covers, Some(side), &modes);
                if coverage.inside < 0.01 && !all {
                    continue;
                }
                let place = locomotive.motion.place(side);
                let end = locomotive.end(side);
                let hidden = hidden_prior(&spans, place.mean, side, Some(index), covers);
                predicted.push(PredictedEnd {
                    owner: Owner::Locomotive(index, side),
                    side: Some(side),
                    modes,
                    place,
                    exists: 0.0,
                    head: if side == Side::Low {
                        head_low
                    } else {
                        -head_low
                    },
                    unseen: end.unseen(scan.time),
                    detection_model: end.detection_model(scan.camera, scan.time, coverage, hidden),
                    missed: 1.0,
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
            let end = &tentative.existence;
            let side = end.side();
            let coverage = coverage(covers, side, &modes);
            if coverage.inside < 0.01 && !all {
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
                place: tentative.place(),
                exists: logistic(end.chance_llr),
                head: end.head(),
                unseen: 0.0,
                detection_model: end.detection_model(scan.camera, scan.time, coverage, hidden),
                missed: 1.0,
            });
        }
        predicted
    }

    /// Finds out how likely each end is missed, and how likely those locomotives exist that this scan can detect or miss.
    pub(crate) fn expect(&self, predicted: &mut [PredictedEnd], detections: &[Detection]) {
        for end in &mut *predicted {
            end.missed = end.detection_model.missed_probability();
        }
        let concerned =
            |end: &PredictedEnd| end.missed < 1.0 || detections.iter().any(|seen| end.gates(seen));
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

/// Prior probability that an end of `side` at `s` is hidden, given the other locomotives of its track, which stand at `spans`.
pub(crate) fn hidden_prior(
    spans: &[Span],
    s: f64,
    side: Side,
    own: Option<usize>,
    covers: &[Cover],
) -> f64 {
    let mut prior = HIDDEN_PRIOR;
    for (index, span) in spans.iter().enumerate() {
        if Some(index) == own {
            continue;
        }
        if span.hides_face(s, side) {
            return HIDDEN_COUPLED;
        }
        let between = span.gap_before(s, side) > 0.0
            && covers.iter().any(|cover| match side {
                Side::Low => cover.side == Some(Side::Low) && span.high > cover.from,
                Side::High => cover.side == Some(Side::High) && span.low < cover.to,
            });
        if between {
            prior = HIDDEN_BEHIND;
        }
    }
    prior
}
