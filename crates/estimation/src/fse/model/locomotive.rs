// SPDX-License-Identifier: MIT OR Apache-2.0
//! A locomotive as the fusion knows it.

use messages::{Side, Timestamp};
use serde::{Deserialize, Serialize};

use crate::fse::model::attributes::Attributes;
use crate::fse::model::existence::EndExistence;
use crate::fse::model::gaussian::logistic;
use crate::fse::model::motion::Motion;
use crate::fse::model::parameters::{
    CONFIDENCE_OFFSET, DEPARTED_DEPTH, LENGTH_VARIANCE, LENGTH_WEIGHT_WORST, OVERLAP,
};
use crate::fse::model::site::Track;

/// The other end.
pub(crate) const fn other(side: Side) -> Side {
    match side {
        Side::Low => Side::High,
        Side::High => Side::Low,
    }
}

/// The end that nobody has seen yet: which lengths the locomotive may have, and how likely each is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Unseen {
    pub(crate) side: Side,
    /// (length, log weight).
    pub(crate) lengths: Vec<(f64, f64)>,
}

impl Unseen {
    /// (length, probability).
    pub(crate) fn probabilities(&self) -> Vec<(f64, f64)> {
        let best = self
            .lengths
            .iter()
            .map(|l| l.1)
            .fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = self.lengths.iter().map(|l| (l.1 - best).exp()).collect();
        let sum: f64 = weights.iter().sum();
        self.lengths
            .iter()
            .zip(weights)
            .map(|(l, w)| (l.0, w / sum))
            .collect()
    }

    /// Mean and variance of the length.
    pub(crate) fn length(&self) -> (f64, f64) {
        let all = self.probabilities();
        let mean: f64 = all.iter().map(|(l, p)| l * p).sum();
        let variance: f64 = all.iter().map(|(l, p)| p * (l - mean).powi(2)).sum();
        (mean, variance + LENGTH_VARIANCE)
    }

    /// Adds to the log weights, which that lets fall no lower than `floor`; the best becomes 0, the worst is bounded.
    pub(crate) fn weigh(&mut self, floor: f64, log_likelihood: impl Fn(f64) -> f64) {
        for length in &mut self.lengths {
            length.1 = (length.1 + log_likelihood(length.0)).max(floor.min(length.1));
        }
        let best = self
            .lengths
            .iter()
            .map(|l| l.1)
            .fold(f64::NEG_INFINITY, f64::max);
        for length in &mut self.lengths {
            length.1 = (length.1 - best).max(LENGTH_WEIGHT_WORST);
        }
    }
}

/// One locomotive.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Locomotive {
    pub(crate) id: u64,
    pub(crate) motion: Motion,
    pub(crate) low: EndExistence,
    pub(crate) high: EndExistence,
    pub(crate) unseen: Option<Unseen>,
    pub(crate) attributes: Attributes,
    /// The locomotive above it (towards larger s) that it was coupled to when both stood still.
    pub(crate) coupled_to: Option<u64>,
    pub(crate) initiated: Timestamp,
    /// Since when a different explanation wins.
    pub(crate) hysteresis_start: Option<Timestamp>,
}

impl Locomotive {
    pub(crate) fn end(&self, side: Side) -> &EndExistence {
        match side {
            Side::Low => &self.low,
            Side::High => &self.high,
        }
    }

    pub(crate) fn end_mut(&mut self, side: Side) -> &mut EndExistence {
        match side {
            Side::Low => &mut self.low,
            Side::High => &mut self.high,
        }
    }

    /// Log-odds that it exists.
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

    /// Log-odds that the head is the low end.
    pub(crate) fn head_low(&self) -> f64 {
        self.low.head() - self.high.head()
    }

    pub(crate) fn last_seen(&self) -> Option<Timestamp> {
        self.low.last_hit.max(self.high.last_hit)
    }

    /// Metres between it and the locomotive above it.
    pub(crate) fn gap_to(&self, above: &Self) -> f64 {
        above.motion.span().0 - self.motion.span().1
    }

    /// Seconds since it was last seen.
    pub(crate) fn unseen_for(&self, now: Timestamp) -> f64 {
        self.low.unseen(now).min(self.high.unseen(now))
    }

    /// Whether one of its ends is missed, and was last seen before `since`: what is still seen of it may be a false end.
    pub(crate) fn has_left(&self, since: Timestamp) -> bool {
        [&self.low, &self.high]
            .into_iter()
            .any(|end| end.chance_llr < 0.0 && end.last_hit.is_some_and(|hit| hit < since))
    }

    /// Whether nobody has ever seen this end.
    pub(crate) fn never_seen(&self, side: Side) -> bool {
        self.unseen
            .as_ref()
            .is_some_and(|unseen| unseen.side == side)
    }

    /// Places the unseen end where its lengths say.
    pub(crate) fn place_unseen_end(&mut self) {
        if let Some(unseen) = &self.unseen {
            let (length, variance) = unseen.length();
            self.motion.place_unseen(unseen.side, length, variance);
        }
    }

    /// Probability that it takes none of [from, to]: 0 or 1, unless its length is not known.
    pub(crate) fn free(&self, from: f64, to: f64) -> f64 {
        let (low, high) = self.motion.span();
        let Some(unseen) = &self.unseen else {
            return f64::from(u8::from(self.overlap(from, to) <= OVERLAP));
        };
        unseen
            .probabilities()
            .into_iter()
            .filter(|(length, _)| {
                let (low, high) = match unseen.side {
                    Side::High => (low, low + length),
                    Side::Low => (high - length, high),
                };
                high.min(to) - low.max(from) <= OVERLAP
            })
            .map(|(_, p)| p)
            .sum()
    }

    /// How many metres of [from, to] it takes.
    pub(crate) fn overlap(&self, from: f64, to: f64) -> f64 {
        let (low, high) = self.motion.span();
        (high.min(to) - low.max(from)).max(0.0)
    }

    /// Whether it is wholly, or nearly, outside a gate.
    pub(crate) fn has_departed(&self, track: &Track) -> bool {
        let (low, high) = self.motion.span();
        (track.door_low && high < DEPARTED_DEPTH)
            || (track.door_high && low > track.length - DEPARTED_DEPTH)
    }
}
