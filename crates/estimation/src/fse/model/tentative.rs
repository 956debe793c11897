// SPDX-License-Identifier: MIT OR Apache-2.0
//! An end that belongs to no known locomotive yet.

use messages::Timestamp;
use nalgebra::{Matrix2, Vector2};
use serde::{Deserialize, Serialize};

use crate::fse::model::calibration::ConfidenceHistogram;
use crate::fse::model::existence::EndExistence;
use crate::fse::model::gaussian::Component;
use crate::fse::model::parameters::{
    ACCELERATION, CHANCE_LLR_NEW, MAX_PREDICTION, MAX_SPEED, NEW_MOTION_SPEED, TENTATIVE_LEAST_AGE,
    TENTATIVE_SETTLED_SPEED, TENTATIVE_SPEED_DECAY, TENTATIVE_TERMINATION, TENTATIVE_TIME_OUT,
};

/// A tentative end end: constant velocity that decays to rest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TentativeEnd {
    state: Vector2<f64>,
    spread: Matrix2<f64>,
    pub(crate) existence: EndExistence,
    pub(crate) initiated: Timestamp,
    /// Confidences with which it was seen.
    pub(crate) confidences: ConfidenceHistogram,
}

impl TentativeEnd {
    pub(crate) fn new(s: f64, variance: f64, time: Timestamp) -> Self {
        Self {
            state: Vector2::new(s, 0.0),
            spread: Matrix2::new(variance, 0.0, 0.0, NEW_MOTION_SPEED.powi(2)),
            existence: EndExistence::new(CHANCE_LLR_NEW),
            initiated: time,
            confidences: ConfidenceHistogram::default(),
        }
    }

    /// It stands still, as far as is known.
    pub(crate) fn settle(&mut self) {
        self.spread[(1, 1)] = TENTATIVE_SETTLED_SPEED.powi(2);
    }

    pub(crate) fn predict(&mut self, seconds: f64) {
        let dt = seconds.clamp(0.0, MAX_PREDICTION);
        if dt == 0.0 {
            return;
        }
        let kept = (-dt / TENTATIVE_SPEED_DECAY).exp();
        let f = Matrix2::new(1.0, dt.min(TENTATIVE_SPEED_DECAY), 0.0, kept);
        let q = ACCELERATION * dt.min(TENTATIVE_SPEED_DECAY);
        self.state = f * self.state;
        self.spread = f * self.spread * f.transpose()
            + Matrix2::new(
                q * dt.min(10.0).powi(2) / 3.0,
                q * dt.min(10.0) / 2.0,
                q * dt.min(10.0) / 2.0,
                q,
            );
        self.state.y = self.state.y.clamp(-MAX_SPEED, MAX_SPEED);
    }

    pub(crate) fn update(&mut self, z: f64, variance: f64) {
        let gain = self.spread.column(0) / (self.spread[(0, 0)] + variance);
        self.state += gain * (z - self.state.x);
        self.spread -= gain * self.spread.row(0).into_owned();
        self.spread = (self.spread + self.spread.transpose()) * 0.5;
        self.state.y = self.state.y.clamp(-MAX_SPEED, MAX_SPEED);
    }

    /// Mean and variance of its place.
    pub(crate) fn place(&self) -> (f64, f64) {
        (self.state.x, self.spread[(0, 0)].max(0.0))
    }

    /// Mean and variance of its speed.
    pub(crate) fn speed(&self) -> (f64, f64) {
        (self.state.y, self.spread[(1, 1)].max(0.0))
    }

    /// Its speed, one standard deviation nearer to rest than estimated, m/s.
    pub(crate) fn surely(&self) -> f64 {
        let (speed, variance) = self.speed();
        speed.signum() * (speed.abs() - variance.sqrt()).max(0.0)
    }

    /// Place and speed, with their covariance.
    pub(crate) fn motion(&self) -> (Vector2<f64>, Matrix2<f64>) {
        (self.state, self.spread)
    }

    pub(crate) fn set_motion(&mut self, motion: (Vector2<f64>, Matrix2<f64>)) {
        (self.state, self.spread) = motion;
    }

    pub(crate) fn component(&self) -> Component {
        let (mean, variance) = self.place();
        Component {
            weight: 1.0,
            mean,
            variance,
        }
    }

    pub(crate) fn age(&self, now: Timestamp) -> f64 {
        now.seconds_since(self.initiated)
    }

    pub(crate) fn is_terminated(&self, now: Timestamp) -> bool {
        let hopeless = self.existence.chance_llr < TENTATIVE_TERMINATION
            && self.age(now) > TENTATIVE_LEAST_AGE;
        hopeless || self.existence.unseen(now) > TENTATIVE_TIME_OUT || !self.state.x.is_finite()
    }
}
