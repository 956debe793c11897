// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a detector's confidence is worth: learned from what its detections turned out to be.

use serde::{Deserialize, Serialize};

use super::ablation::Without;
use super::constants::{SURENESS_MEMORY, SURENESS_PRIOR};

/// Levels of confidence that are told apart.
pub(crate) const LEVELS: usize = 10;

/// How many looks showed something of each level of confidence.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Levels([f64; LEVELS]);

impl Levels {
    pub(crate) fn add(&mut self, level: usize, share: f64) {
        self.0[level.min(LEVELS - 1)] += share;
    }

    fn merge(&mut self, more: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(more.0) {
            *mine += theirs;
        }
        let total: f64 = self.0.iter().sum();
        if total > SURENESS_MEMORY {
            self.0 = self.0.map(|count| count * SURENESS_MEMORY / total);
        }
    }

    /// Share of a level, from even shares before anything is known.
    fn share(&self, level: usize) -> f64 {
        self.share_beside(level, 1.0 / LEVELS as f64)
    }

    /// Share of a level that is `prior` before anything is known.
    fn share_beside(&self, level: usize, prior: f64) -> f64 {
        let (total, known) = (self.0.iter().sum::<f64>(), SURENESS_PRIOR * LEVELS as f64);
        (self.0[level.min(LEVELS - 1)] + known * prior) / (total + known)
    }
}

/// Confidences of ends of machines that are known well, and of candidates that came to nothing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Sureness {
    real: Levels,
    false_: Levels,
}

impl Sureness {
    /// Log-odds that something detected with this level of confidence is real.
    pub(crate) fn says(&self, level: usize, without: Without) -> f64 {
        if without.confidence {
            return 0.0;
        }
        // Until false ends are known they look like real ones: nothing is false only because it is seen less clearly.
        let real = self.real.share(level);
        (real / self.false_.share_beside(level, real)).ln()
    }

    pub(crate) fn was_real(&mut self, level: usize, share: f64) {
        let mut one = Levels::default();
        one.add(level, share);
        self.real.merge(&one);
    }

    pub(crate) fn were_false(&mut self, levels: &Levels) {
        self.false_.merge(levels);
    }
}

/// The level of a confidence in [0, 1].
pub(crate) fn level(confidence: f64) -> usize {
    ((confidence * LEVELS as f64) as usize).min(LEVELS - 1)
}
