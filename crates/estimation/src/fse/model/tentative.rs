// SPDX-License-Identifier: MIT OR Apache-2.0
//! An end that belongs to no known locomotive yet.

use messages::Timestamp;
use nalgebra::{Matrix2, Vector2};
use serde::{Deserialize, Serialize};

use crate::fse::model::calibration::ConfidenceHistogram;
use crate::fse::model::existence::EndExistence;
use crate::fse::model::gaussian::{Component, Gaussian, Moments};
use crate::fse::model::parameters::{
    ACCELERATION, MAX_PREDICTION, MAX_SPEED, NEW_MOTION_SPEED, parameters,
};

parameters! {
    /// Time in which the speed of a tentative end decays.
    TENTATIVE_SPEED_DECAY: f64 = 20.0, "s", "Larger: a moving end is followed longer while it is not detected.";
    /// Chance log-likelihood ratio of a new tentative end.
    CHANCE_LLR_NEW: f64 = -1.5, "nats", "Higher: fewer hits suffice.";
    /// A tentative end is terminated below this chance log-likelihood ratio.
    TENTATIVE_TERMINATION: f64 = -2.5, "nats", "Lower: clutter is followed longer.";
    /// Standard deviation of the speed of such an end.
    TENTATIVE_SETTLED_SPEED: f64 = 0.1, "m/s", "Larger: it follows other detections sooner.";
    /// A tentative end that was not detected for this long is terminated.
    TENTATIVE_TIME_OUT: f64 = 30.0, "s", "Larger: rarely seen ends are kept, as is clutter.";
    /// Least age at which a tentative end is terminated: no single scan decides.
    TENTATIVE_LEAST_AGE: f64 = 0.5, "s", "Larger: clutter is followed longer.";
}

/// A tentative end. It moves at constant speed, which decays to rest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TentativeEnd {
    /// Place and speed.
    motion: Moments<2>,
    pub(crate) existence: EndExistence,
    /// When it was first detected.
    pub(crate) initiated: Timestamp,
    /// Confidences with which it was detected.
    pub(crate) confidences: ConfidenceHistogram,
}

impl TentativeEnd {
    /// A tentative end at `place`, of unknown speed.
    pub(crate) fn new(place: Gaussian, time: Timestamp) -> Self {
        Self {
            motion: Moments {
                mean: Vector2::new(place.mean, 0.0),
                covariance: Matrix2::new(place.variance, 0.0, 0.0, NEW_MOTION_SPEED.powi(2)),
            },
            existence: EndExistence::new(CHANCE_LLR_NEW),
            initiated: time,
            confidences: ConfidenceHistogram::default(),
        }
    }

    /// It stands still, as far as is known.
    pub(crate) fn settle(&mut self) {
        self.motion.covariance[(1, 1)] = TENTATIVE_SETTLED_SPEED.powi(2);
    }

    /// Goes on for `seconds`.
    pub(crate) fn predict(&mut self, seconds: f64) {
        let dt = seconds.clamp(0.0, MAX_PREDICTION);
        if dt == 0.0 {
            return;
        }
        let kept = (-dt / TENTATIVE_SPEED_DECAY).exp();
        let f = Matrix2::new(1.0, dt.min(TENTATIVE_SPEED_DECAY), 0.0, kept);
        let q = ACCELERATION * dt.min(TENTATIVE_SPEED_DECAY);
        let Moments { mean, covariance } = &mut self.motion;
        *mean = f * *mean;
        *covariance = f * *covariance * f.transpose()
            + Matrix2::new(
                q * dt.min(10.0).powi(2) / 3.0,
                q * dt.min(10.0) / 2.0,
                q * dt.min(10.0) / 2.0,
                q,
            );
        mean.y = mean.y.clamp(-MAX_SPEED, MAX_SPEED);
    }

    /// Kalman update with a measurement of its place.
    pub(crate) fn update(&mut self, measured: Gaussian) {
        let Moments { mean, covariance } = &mut self.motion;
        let gain = covariance.column(0) / (covariance[(0, 0)] + measured.variance);
        *mean += gain * (measured.mean - mean.x);
        *covariance -= gain * covariance.row(0).into_owned();
        *covariance = (*covariance + covariance.transpose()) * 0.5;
        mean.y = mean.y.clamp(-MAX_SPEED, MAX_SPEED);
    }

    /// Its place.
    pub(crate) fn place(&self) -> Gaussian {
        Gaussian {
            mean: self.motion.mean.x,
            variance: self.motion.covariance[(0, 0)].max(0.0),
        }
    }

    /// Its speed.
    pub(crate) fn speed(&self) -> Gaussian {
        Gaussian {
            mean: self.motion.mean.y,
            variance: self.motion.covariance[(1, 1)].max(0.0),
        }
    }

    /// Its speed, one standard deviation nearer to rest than estimated, m/s.
    pub(crate) fn cautious_speed(&self) -> f64 {
        let speed = self.speed();
        speed.mean.signum() * (speed.mean.abs() - speed.variance.sqrt()).max(0.0)
    }

    /// Place and speed, with their covariance.
    pub(crate) fn motion(&self) -> Moments<2> {
        self.motion
    }

    /// Puts it back to where it was.
    pub(crate) fn set_motion(&mut self, motion: Moments<2>) {
        self.motion = motion;
    }

    /// Its place as a mixture of one.
    pub(crate) fn component(&self) -> Component {
        let Gaussian { mean, variance } = self.place();
        Component {
            weight: 1.0,
            mean,
            variance,
        }
    }

    /// Seconds since it was first detected.
    pub(crate) fn age(&self, now: Timestamp) -> f64 {
        now.seconds_since(self.initiated)
    }

    /// Whether it is to be dropped: too unlikely, missed for too long, or not a number.
    pub(crate) fn is_terminated(&self, now: Timestamp) -> bool {
        let hopeless = self.existence.chance_llr < TENTATIVE_TERMINATION
            && self.age(now) > TENTATIVE_LEAST_AGE;
        hopeless
            || self.existence.unseen(now) > TENTATIVE_TIME_OUT
            || !self.motion.mean.x.is_finite()
    }
}
