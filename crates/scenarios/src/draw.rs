// SPDX-License-Identifier: MIT OR Apache-2.0
//! Chance, from a seed: the same on every computer.

use rand::RngExt;
use rand_distr::{Distribution, Exp1, StandardNormal};
use rand_pcg::Pcg64;

/// What is drawn independently of the rest, so that two kinds of one seed share what they have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    Site = 1,
    Traffic,
    Sensors,
    Faults,
    Looks,
    Delivery,
    Gaps,
}

/// A source of random numbers.
pub(crate) struct Draw(Pcg64);

impl Draw {
    /// The source of all that `stream` draws.
    pub(crate) fn new(seed: u64, stream: Stream) -> Self {
        Self::of(seed, stream, 0)
    }

    /// The source of one of many things of a kind, such as a camera.
    pub(crate) fn of(seed: u64, stream: Stream, index: usize) -> Self {
        let stream = ((stream as u128) << 64) + index as u128;
        Self(Pcg64::new(u128::from(seed), stream))
    }

    /// Uniform in [from, to).
    pub(crate) fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.0.random::<f64>()
    }

    /// Uniform in the ends of a pair.
    pub(crate) fn within(&mut self, range: (f64, f64)) -> f64 {
        self.between(range.0, range.1)
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.0.random::<f64>() < p
    }

    /// Normal with mean 0 and variance 1.
    pub(crate) fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// Exponential with this mean.
    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        let unit: f64 = Exp1.sample(&mut self.0);
        mean * unit
    }

    /// Uniform in 0..count; 0 if there is nothing to choose from.
    pub(crate) fn index(&mut self, count: usize) -> usize {
        ((self.0.random::<f64>() * count as f64) as usize).min(count.saturating_sub(1))
    }
}
