// SPDX-License-Identifier: MIT OR Apache-2.0
//! Normal distributions, mixtures of them, and log odds.

use nalgebra::{SMatrix, SVector};
use serde::{Deserialize, Serialize};

use crate::fse::model::parameters::parameters;

parameters! {
    /// Share of measurements that have nothing to do with the end they were assigned to.
    OUTLIER_SHARE: f64 = 0.03, "", "Larger: far measurements cost less.";
    /// Density of such a measurement.
    OUTLIER_DENSITY: f64 = 0.05, "1/m", "Larger: far measurements cost less.";
}

/// A normal distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Gaussian {
    pub(crate) mean: f64,
    pub(crate) variance: f64,
}

/// Mean and covariance of a state.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Moments<const N: usize> {
    pub(crate) mean: SVector<f64, N>,
    pub(crate) covariance: SMatrix<f64, N, N>,
}

/// One value for each mode of motion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ByMode<T> {
    /// At rest.
    pub(crate) rest: T,
    /// In motion.
    pub(crate) run: T,
}

/// Mean and variance of something in one mode, and the probability of the mode.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Component {
    pub(crate) weight: f64,
    pub(crate) mean: f64,
    pub(crate) variance: f64,
}

/// Normal density with an outlier floor, 1/m.
pub(crate) fn density(gap: f64, variance: f64) -> f64 {
    let normal = (-0.5 * gap * gap / variance).exp() / (std::f64::consts::TAU * variance).sqrt();
    (1.0 - OUTLIER_SHARE) * normal + OUTLIER_SHARE * OUTLIER_DENSITY
}

/// Probability that a normal variable lies in [from, to]: logistic approximation, error below 0.01.
pub(crate) fn share_between(from: f64, to: f64, mean: f64, variance: f64) -> f64 {
    if to <= from {
        return 0.0;
    }
    let scale = 1.702 / variance.max(1e-12).sqrt();
    let (from, to) = ((from - mean) * scale, (to - mean) * scale);
    // Both would be rounded to 1, or to 0.
    if from > LOGISTIC_ONE || to < LOGISTIC_ZERO {
        return 0.0;
    }
    (logistic(to) - logistic(from)).max(0.0)
}

/// From here on [`logistic`] is 1.
const LOGISTIC_ONE: f64 = 37.0;

/// Down to here [`logistic`] is 0: the exponential is too large for a number.
const LOGISTIC_ZERO: f64 = -710.0;

/// 1/(1 + e⁻ˣ).
pub(crate) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Inverse of [`logistic`], bounded.
pub(crate) fn log_odds(p: f64, bound: f64) -> f64 {
    (p / (1.0 - p)).ln().clamp(-bound, bound)
}
