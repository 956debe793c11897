// SPDX-License-Identifier: MIT OR Apache-2.0
//! A locomotive as the fusion knows it.

use messages::{Side, Timestamp};
use serde::{Deserialize, Serialize};

use crate::fse::model::attributes::Attributes;
use crate::fse::model::existence::EndExistence;
use crate::fse::model::gaussian::{Gaussian, logistic};
use crate::fse::model::motion::Motion;
use crate::fse::model::parameters::{
    DEPARTED_DEPTH, LENGTH_VARIANCE, LENGTH_WEIGHT_WORST, parameters,
};
use crate::fse::model::site::Track;
use crate::fse::model::span::Span;

parameters! {
    /// Offset of the log odds of a locomotive's confidence.
    CONFIDENCE_OFFSET: f64 = 0.3, "nats", "Larger: the state shows locomotives sooner.";
}

/// The other end.
pub(crate) const fn other(side: Side) -> Side {
    match side {
        Side::Low => Side::High,
        Side::High => Side::Low,
    }
}

/// A length that a locomotive may have.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct LengthWeight {
    /// m.
    pub(crate) length: f64,
    /// Log weight; those of one locomotive are not normalised.
    pub(crate) log_weight: f64,
}

/// A length that a locomotive may have, and how likely it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LengthProbability {
    /// m.
    pub(crate) length: f64,
    pub(crate) p: f64,
}

/// The end that was never detected: which lengths the locomotive may have, and how likely each is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct UnseenEnd {
    pub(crate) side: Side,
    pub(crate) lengths: Vec<LengthWeight>,
}

impl UnseenEnd {
    /// The lengths with their probabilities.
    pub(crate) fn probabilities(&self) -> Vec<LengthProbability> {
        let best = self.best();
        let weights: Vec<f64> = self
            .lengths
            .iter()
            .map(|l| (l.log_weight - best).exp())
            .collect();
        let sum: f64 = weights.iter().sum();
        self.lengths
            .iter()
            .zip(weights)
            .map(|(l, weight)| LengthProbability {
                length: l.length,
                p: weight / sum,
            })
            .collect()
    }

    /// The length.
    pub(crate) fn length(&self) -> Gaussian {
        let all = self.probabilities();
        let mean: f64 = all.iter().map(|l| l.length * l.p).sum();
        let variance: f64 = all.iter().map(|l| l.p * (l.length - mean).powi(2)).sum();
        Gaussian {
            mean,
            variance: variance + LENGTH_VARIANCE,
        }
    }

    /// Adds to the log weights, which fall no lower than `floor` by it; the best becomes 0, the worst is bounded.
    pub(crate) fn weigh(&mut self, floor: f64, log_likelihood: impl Fn(f64) -> f64) {
        for l in &mut self.lengths {
            l.log_weight = (l.log_weight + log_likelihood(l.length)).max(floor.min(l.log_weight));
        }
        let best = self.best();
        for l in &mut self.lengths {
            l.log_weight = (l.log_weight - best).max(LENGTH_WEIGHT_WORST);
        }
    }

    /// The largest log weight.
    fn best(&self) -> f64 {
        self.lengths
            .iter()
            .map(|l| l.log_weight)
            .fold(f64::NEG_INFINITY, f64::max)
    }
}

/// One locomotive.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Locomotive {
    /// Its identity, given once.
    pub(crate) id: u64,
    pub(crate) motion: Motion,
    pub(crate) low: EndExistence,
    pub(crate) high: EndExistence,
    /// The end that was never detected, if there is one.
    pub(crate) unseen: Option<UnseenEnd>,
    pub(crate) attributes: Attributes,
    /// The locomotive above it (towards larger s) that it was coupled to when both stood still.
    pub(crate) coupled_to: Option<u64>,
    /// When it was initiated.
    pub(crate) initiated: Timestamp,
    /// Since when another explanation of its ends wins.
    pub(crate) hysteresis_start: Option<Timestamp>,
}

impl Locomotive {
    /// Whether its ends were seen by none but so many cameras.
    pub(crate) fn fits(&self, cameras: usize) -> bool {
        self.low.fits(cameras) && self.high.fits(cameras)
    }

    /// What is known about one of its ends.
    pub(crate) fn end(&self, side: Side) -> &EndExistence {
        match side {
            Side::Low => &self.low,
            Side::High => &self.high,
        }
    }

    /// The same, to change it.
    pub(crate) fn end_mut(&mut self, side: Side) -> &mut EndExistence {
        match side {
            Side::Low => &mut self.low,
            Side::High => &mut self.high,
        }
    }

    /// Log odds that it exists: the sum over its ends.
    pub(crate) fn existence_log_odds(&self) -> f64 {
        match &self.unseen {
            Some(unseen) => {
                self.end(other(unseen.side)).log_odds() + self.end(unseen.side).chance_llr
            }
            None => self.low.joint_log_odds(&self.high),
        }
    }

    /// Whether its existence is certainly not below `least`, as far as that is seen without asking every camera.
    pub(crate) fn surely_exists(&self, least: f64) -> bool {
        let sum = match &self.unseen {
            Some(unseen) => {
                self.end(other(unseen.side)).least_log_odds() + self.end(unseen.side).chance_llr
            }
            None => self.low.least_log_odds() + self.high.least_log_odds(),
        };
        sum > least
    }

    /// Probability that it exists.
    pub(crate) fn confidence(&self) -> f64 {
        logistic(self.existence_log_odds() + CONFIDENCE_OFFSET)
    }

    /// Log odds that the head is the low end.
    pub(crate) fn head_low(&self) -> f64 {
        self.low.head() - self.high.head()
    }

    /// When one of its ends was last detected.
    pub(crate) fn last_seen(&self) -> Option<Timestamp> {
        self.low.last_hit.max(self.high.last_hit)
    }

    /// Metres between it and the locomotive above it.
    pub(crate) fn gap_to(&self, above: &Self) -> f64 {
        above.motion.span().low - self.motion.span().high
    }

    /// Seconds since it was last detected.
    pub(crate) fn unseen_for(&self, now: Timestamp) -> f64 {
        self.low.unseen(now).min(self.high.unseen(now))
    }

    /// Whether one of its ends is missed, and was last detected before `since`: what is still detected of it may be a false end.
    pub(crate) fn has_left(&self, since: Timestamp) -> bool {
        [&self.low, &self.high]
            .into_iter()
            .any(|end| end.chance_llr < 0.0 && end.last_hit.is_some_and(|hit| hit < since))
    }

    /// Whether this end was never detected.
    pub(crate) fn never_seen(&self, side: Side) -> bool {
        self.unseen
            .as_ref()
            .is_some_and(|unseen| unseen.side == side)
    }

    /// Places the end that was never detected at the expected length.
    pub(crate) fn place_unseen_end(&mut self) {
        if let Some(unseen) = &self.unseen {
            self.motion.place_unseen(unseen.side, unseen.length());
        }
    }

    /// Probability that it takes none of a stretch: 0 or 1, unless its length is not known.
    pub(crate) fn leaves_free(&self, stretch: Span) -> f64 {
        let Span { low, high } = self.motion.span();
        let Some(unseen) = &self.unseen else {
            return f64::from(u8::from(!self.overlaps(stretch)));
        };
        unseen
            .probabilities()
            .into_iter()
            .filter(|l| {
                let taken = match unseen.side {
                    Side::High => Span {
                        low,
                        high: low + l.length,
                    },
                    Side::Low => Span {
                        low: high - l.length,
                        high,
                    },
                };
                !taken.overlaps(stretch)
            })
            .map(|l| l.p)
            .sum()
    }

    /// How many metres of a stretch it takes.
    pub(crate) fn overlap(&self, stretch: Span) -> f64 {
        self.motion.span().overlap(stretch)
    }

    /// Whether it and something on a stretch cannot both be there.
    pub(crate) fn overlaps(&self, stretch: Span) -> bool {
        self.motion.span().overlaps(stretch)
    }

    /// Whether it is wholly, or nearly, outside a door.
    pub(crate) fn has_departed(&self, track: &Track) -> bool {
        let Span { low, high } = self.motion.span();
        (track.door_low && high < DEPARTED_DEPTH)
            || (track.door_high && low > track.length - DEPARTED_DEPTH)
    }
}
