// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a rigid locomotive is: two modes, at rest and in motion, mixed as in the interacting multiple model filter (Blom &
//! Bar-Shalom, 1988).
//!
//! At rest the state is (low end, high end) with a random walk, in motion (low end, high end, speed) with white acceleration.
//! Low and high end are correlated through the common length, so a camera that sees one end moves the other, too. What differs
//! from the textbook: the modes have states of different dimension (the speed of a new motion comes from a prior, and is
//! forgotten at a stop), a motion that starts may be that of a coupled neighbour, and scans right after each other repeat one
//! error, so that their variance grows with their number.

use messages::Side;
use nalgebra::{Matrix2, Matrix3, Vector2, Vector3};
use serde::{Deserialize, Serialize};

use crate::fse::model::gaussian::{ByMode, Component, Gaussian, Moments, density};
use crate::fse::model::parameters::{
    ACCELERATION, MAX_PREDICTION, MAX_SPEED, NEW_MOTION_SPEED, parameters,
};
use crate::fse::model::span::Span;

parameters! {
    /// Probability of motion above which a locomotive counts as moving.
    MOVING: f64 = 0.5, "", "The flag `moving` of the state, and every rule that asks for it.";
    /// Speed above which an end counts as moving, for instance in through a door.
    DOOR_SPEED_IN: f64 = 0.25, "m/s", "Smaller: noise counts as motion.";
    /// Random walk of a locomotive at rest.
    REST_WALK: f64 = 2e-6, "m²/s", "Larger: follows slow drifts of a calibration, forgets sooner.";
    /// Random walk of a locomotive's length.
    LENGTH_WALK: f64 = 1e-7, "m²/s", "Larger: a wrong length is corrected sooner.";
    /// Mean time at rest before a motion starts.
    MEAN_REST: f64 = 150.0, "s", "Larger: starts are recognised later.";
    /// Mean time in motion before a stop.
    MEAN_MOTION: f64 = 25.0, "s", "Larger: stops are recognised later.";
    /// Probability that a locomotive starts with a coupled neighbour that moves.
    COUPLED_START_PROBABILITY: f64 = 0.7, "", "Larger: unseen parts of a rake are taken along sooner.";
    /// Time within which it starts.
    COUPLED_DELAY: f64 = 0.5, "s", "Larger: it starts later.";
    /// Standard deviation between the speeds of coupled locomotives.
    COUPLED_SPEED: f64 = 0.1, "m/s", "Larger: the neighbour's speed says less.";
    /// Longest step of a prediction.
    MAX_STEP: f64 = 1.0, "s", "Smaller: more exact mode mixing, more work.";
    /// Squared normalised innovation above which a measurement's variance is inflated.
    HUBER_CHI2: f64 = 5.0, "", "Smaller: outliers pull less, true jumps are followed later.";
    /// Least probability of a mode: one that reached 0 would never come back.
    LEAST_MODE: f64 = 1e-4, "", "Larger: changes of mode are recognised sooner, estimates at rest are noisier.";
}

impl<const N: usize> Moments<N> {
    /// Kalman update with a measurement of component `i`, whose error `correlated` measurements repeat; returns how likely the
    /// measurement was.
    #[inline]
    fn update(&mut self, i: usize, measured: Gaussian, correlated: f64) -> f64 {
        let (x, p) = (&mut self.mean, &mut self.covariance);
        let (gap, spread) = (measured.mean - x[i], p[(i, i)] + measured.variance);
        let gain =
            p.column(i) / (p[(i, i)] + correlated * huber_variance(measured.variance, gap, spread));
        *x += gain * gap;
        *p -= gain * p.row(i).into_owned();
        *p = (*p + p.transpose()) * 0.5;
        density(gap, spread)
    }

    /// A mixture: a `share` of `other`, the rest of this one. Mean and covariance are those of the mixture.
    #[inline]
    fn mixed(&self, other: &Self, share: f64) -> Self {
        let gap = other.mean - self.mean;
        Self {
            mean: self.mean + gap * share,
            covariance: self.covariance * (1.0 - share)
                + other.covariance * share
                + gap * gap.transpose() * (share * (1.0 - share)),
        }
    }

    /// Places component `i` at `offset` from component `k`, with the variance of the offset.
    fn tie(&mut self, i: usize, k: usize, offset: Gaussian) {
        let (x, p) = (&mut self.mean, &mut self.covariance);
        x[i] = x[k] + offset.mean;
        p[(i, i)] = p[(k, k)] + offset.variance;
        p[(i, k)] = p[(k, k)];
        p[(k, i)] = p[(k, k)];
    }

    /// Whether every number is one.
    fn is_finite(&self) -> bool {
        let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        finite(self.mean.as_slice()) && finite(self.covariance.as_slice())
    }
}

/// The state of one locomotive's motion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Motion {
    /// Probability that it moves.
    moving: f64,
    /// Low end, high end.
    rest: Moments<2>,
    /// Low end, high end, speed.
    run: Moments<3>,
}

/// How a neighbour moves that a locomotive is coupled to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NeighbourMotion {
    /// Probability that it moves.
    pub(crate) moving: f64,
    /// Its speed if it does.
    pub(crate) speed: Gaussian,
}

/// Index of an end in the states.
const fn row(side: Side) -> usize {
    match side {
        Side::Low => 0,
        Side::High => 1,
    }
}

impl Motion {
    /// A locomotive whose ends and speed were measured independently, and which moves with probability `moving`.
    pub(crate) fn new(low: Gaussian, high: Gaussian, speed: Gaussian, moving: f64) -> Self {
        Self {
            moving: moving.clamp(LEAST_MODE, 1.0 - LEAST_MODE),
            rest: Moments {
                mean: Vector2::new(low.mean, high.mean),
                covariance: Matrix2::new(low.variance, 0.0, 0.0, high.variance),
            },
            run: Moments {
                mean: Vector3::new(low.mean, high.mean, speed.mean),
                covariance: Matrix3::from_diagonal(&Vector3::new(
                    low.variance,
                    high.variance,
                    speed.variance,
                )),
            },
        }
    }

    /// Goes on for `seconds`; a motion lasts `patience` times longer than usual. `neighbour_motion`: that of the coupled
    /// neighbour that moves most, if there is one; a locomotive starts with it.
    pub(crate) fn predict(
        &mut self,
        seconds: f64,
        patience: f64,
        neighbour_motion: Option<NeighbourMotion>,
    ) {
        let mut left = seconds.clamp(0.0, MAX_PREDICTION);
        while left > 0.0 {
            let step = left.min(MAX_STEP);
            self.step(step, patience, neighbour_motion);
            left -= step;
        }
    }

    /// One step of the prediction.
    fn step(&mut self, dt: f64, patience: f64, neighbour_motion: Option<NeighbourMotion>) {
        let alone = 1.0 - (-dt / MEAN_REST).exp();
        let with = neighbour_motion.map_or(0.0, |neighbour| {
            neighbour.moving * COUPLED_START_PROBABILITY * (1.0 - (-dt / COUPLED_DELAY).exp())
        });
        let start = 1.0 - (1.0 - alone) * (1.0 - with);
        // The speed of a motion that starts: the neighbour's, or unknown.
        let share = (start - alone) / start;
        let (speed, variance) = neighbour_motion.map_or((0.0, 0.0), |neighbour| {
            (neighbour.speed.mean, neighbour.speed.variance)
        });
        let new_speed = Gaussian {
            mean: share * speed,
            variance: share * (variance + COUPLED_SPEED.powi(2))
                + (1.0 - share) * NEW_MOTION_SPEED.powi(2)
                + share * (1.0 - share) * speed.powi(2),
        };
        let stop = 1.0 - (-dt / (MEAN_MOTION * patience)).exp();
        self.mix(start, stop, new_speed);
        let walk = REST_WALK * dt;
        let length = LENGTH_WALK * dt;
        self.rest.covariance += Matrix2::new(walk + length, walk, walk, walk + length);
        self.run_on(dt, length);
    }

    /// The mode of motion goes on: constant speed with white acceleration; `length`: variance of the change of the length.
    fn run_on(&mut self, dt: f64, length: f64) {
        let (x, p) = (&mut self.run.mean, &mut self.run.covariance);
        x.x += dt * x.z;
        x.y += dt * x.z;
        let place = ACCELERATION * dt.powi(3) / 3.0;
        let cross = ACCELERATION * dt.powi(2) / 2.0;
        let noise = Matrix3::new(
            place + length,
            place,
            cross,
            place,
            place + length,
            cross,
            cross,
            cross,
            ACCELERATION * dt,
        );
        // F P F', where F adds dt times the speed to each end.
        for k in 0..3 {
            let speed = dt * p[(2, k)];
            p[(0, k)] += speed;
            p[(1, k)] += speed;
        }
        for i in 0..3 {
            let speed = dt * p[(i, 2)];
            p[(i, 0)] += speed;
            p[(i, 1)] += speed;
        }
        *p += noise;
        x.z = x.z.clamp(-MAX_SPEED, MAX_SPEED);
    }

    /// The modes exchange probability: `start` from rest to motion, `stop` from motion to rest. A motion that starts has
    /// `new_speed`. This is the mixing step of Blom & Bar-Shalom (1988): each mode becomes the moments of its mixture.
    fn mix(&mut self, start: f64, stop: f64, new_speed: Gaussian) {
        let (moving, resting) = (self.moving, 1.0 - self.moving);
        let (to_run, to_rest) = (resting * start, moving * stop);
        let new_moving = moving - to_rest + to_run;
        let new_resting = 1.0 - new_moving;

        let stopped = Moments {
            mean: self.run.mean.xy(),
            covariance: self.run.covariance.fixed_view::<2, 2>(0, 0).into_owned(),
        };
        let started = Moments {
            mean: Vector3::new(self.rest.mean.x, self.rest.mean.y, new_speed.mean),
            covariance: self
                .rest
                .covariance
                .insert_row(2, 0.0)
                .insert_column(2, 0.0)
                + Matrix3::from_diagonal(&Vector3::new(0.0, 0.0, new_speed.variance)),
        };
        let rest = self
            .rest
            .mixed(&stopped, to_rest / new_resting.max(LEAST_MODE));
        let run = self
            .run
            .mixed(&started, to_run / new_moving.max(LEAST_MODE));
        self.rest = rest;
        self.run = run;
        self.moving = new_moving.clamp(LEAST_MODE, 1.0 - LEAST_MODE);
    }

    /// Takes in a measurement of one end, with its whole variance. `correlated`: how many measurements like this one show the
    /// same picture and repeat its error; together they weigh as much as one.
    pub(crate) fn update(&mut self, side: Side, measured: Gaussian, correlated: ByMode<f64>) {
        let i = row(side);
        let rest = self.rest.update(i, measured, correlated.rest);
        let run = self.run.update(i, measured, correlated.run);
        let speed = &mut self.run.mean.z;
        *speed = speed.clamp(-MAX_SPEED, MAX_SPEED);
        // A repeated error says little about the mode, either.
        let ratio = (run / rest).powf(1.0 / correlated.run);
        let (run, rest) = (self.moving * ratio, 1.0 - self.moving);
        self.moving = (run / (run + rest)).clamp(LEAST_MODE, 1.0 - LEAST_MODE);
    }

    /// Only the mode of motion is left.
    pub(crate) fn run_only(&mut self) {
        self.moving = 1.0 - LEAST_MODE;
    }

    /// The ends become independent of each other.
    pub(crate) fn decouple_ends(&mut self) {
        for (i, k) in [(0, 1), (1, 0)] {
            self.rest.covariance[(i, k)] = 0.0;
            self.run.covariance[(i, k)] = 0.0;
        }
    }

    /// The modes predicted the present observation (a missed detection) with these probabilities.
    pub(crate) fn weigh_modes(&mut self, predicted: ByMode<f64>) {
        let rest = (1.0 - self.moving) * predicted.rest;
        let run = self.moving * predicted.run;
        if rest + run > 0.0 {
            self.moving = (run / (run + rest)).clamp(LEAST_MODE, 1.0 - LEAST_MODE);
        }
    }

    /// Places the end that was never detected at this distance from the other end.
    pub(crate) fn place_unseen(&mut self, unseen: Side, length: Gaussian) {
        let (i, k) = match unseen {
            Side::Low => (0, 1),
            Side::High => (1, 0),
        };
        let mean = if unseen == Side::Low {
            -length.mean
        } else {
            length.mean
        };
        let offset = Gaussian { mean, ..length };
        self.rest.tie(i, k, offset);
        self.run.tie(i, k, offset);
        let p = &mut self.run.covariance;
        p[(i, 2)] = p[(k, 2)];
        p[(2, i)] = p[(2, k)];
    }

    /// The locomotive is elsewhere: one end is at `place`, with this speed; its length stays.
    pub(crate) fn move_to(&mut self, side: Side, place: Gaussian, speed: Gaussian, moving: f64) {
        let length = self.length();
        let other = if side == Side::Low {
            Side::High
        } else {
            Side::Low
        };
        *self = Self::new(place, place, speed, moving);
        self.place_unseen(other, length);
    }

    /// It was pushed by `distance`, m.
    pub(crate) fn push(&mut self, distance: f64) {
        self.rest.mean.add_scalar_mut(distance);
        self.run.mean.x += distance;
        self.run.mean.y += distance;
    }

    /// Where one end is, mode by mode: at rest, in motion.
    pub(crate) fn end(&self, side: Side) -> [Component; 2] {
        let i = row(side);
        [
            Component {
                weight: 1.0 - self.moving,
                mean: self.rest.mean[i],
                variance: self.rest.covariance[(i, i)],
            },
            Component {
                weight: self.moving,
                mean: self.run.mean[i],
                variance: self.run.covariance[(i, i)],
            },
        ]
    }

    /// Where one end is, over both modes.
    pub(crate) fn place(&self, side: Side) -> Gaussian {
        let [rest, run] = self.end(side);
        let mean = rest.weight * rest.mean + run.weight * run.mean;
        let variance = rest.weight * (rest.variance + (rest.mean - mean).powi(2))
            + run.weight * (run.variance + (run.mean - mean).powi(2));
        Gaussian {
            mean,
            variance: variance.max(0.0),
        }
    }

    /// Probability that it moves.
    pub(crate) fn moving(&self) -> f64 {
        self.moving
    }

    /// Whether it moves rather than rests.
    pub(crate) fn is_moving(&self) -> bool {
        self.moving > MOVING
    }

    /// Whether it rests rather than moves.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.moving < MOVING
    }

    /// The speed if it moves, m/s.
    pub(crate) fn run_speed(&self) -> Gaussian {
        Gaussian {
            mean: self.run.mean.z,
            variance: self.run.covariance[(2, 2)].max(0.0),
        }
    }

    /// Expected speed over both modes, m/s.
    pub(crate) fn speed(&self) -> f64 {
        self.moving * self.run.mean.z
    }

    /// Low and high end, over both modes.
    pub(crate) fn span(&self) -> Span {
        Span {
            low: self.place(Side::Low).mean,
            high: self.place(Side::High).mean,
        }
    }

    /// The length.
    pub(crate) fn length(&self) -> Gaussian {
        let Span { low, high } = self.span();
        let p = if self.is_moving() {
            self.run.covariance.fixed_view::<2, 2>(0, 0).into_owned()
        } else {
            self.rest.covariance
        };
        Gaussian {
            mean: high - low,
            variance: (p[(0, 0)] + p[(1, 1)] - 2.0 * p[(0, 1)]).max(0.0),
        }
    }

    /// Whether every number is one.
    pub(crate) fn is_finite(&self) -> bool {
        self.moving.is_finite() && self.rest.is_finite() && self.run.is_finite()
    }
}

/// Whether a speed is more than noise.
pub(crate) fn is_motion(speed: f64) -> bool {
    speed.abs() > DOOR_SPEED_IN
}

/// The variance of a measurement whose innovation is `gap`, of variance `spread`.
///
/// Huber's M-estimator (Huber, 1964), as a weight on the variance: beyond [`HUBER_CHI2`] the variance grows with the squared
/// normalised innovation, so that the pull of an outlier falls with its distance. (Huber's own weight falls with the distance,
/// not with its square: this one redescends, and forgets gross outliers.)
fn huber_variance(variance: f64, gap: f64, spread: f64) -> f64 {
    let chi2 = gap * gap / spread;
    if chi2 > HUBER_CHI2 {
        variance * chi2 / HUBER_CHI2
    } else {
        variance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scans that repeat no error.
    const ONCE: ByMode<f64> = ByMode {
        rest: 1.0,
        run: 1.0,
    };

    fn gaussian(mean: f64, variance: f64) -> Gaussian {
        Gaussian { mean, variance }
    }

    fn fresh() -> Motion {
        Motion::new(
            gaussian(10.0, 0.04),
            gaussian(30.0, 0.04),
            gaussian(0.0, 0.5),
            0.1,
        )
    }

    #[test]
    fn one_seen_end_moves_the_other() {
        let mut motion = fresh();
        for _ in 0..50 {
            motion.update(Side::Low, gaussian(10.0, 0.04), ONCE);
            motion.update(Side::High, gaussian(30.0, 0.04), ONCE);
            motion.predict(0.2, 1.0, None);
        }
        for step in 1..=50 {
            motion.predict(0.2, 1.0, None);
            motion.update(
                Side::Low,
                gaussian(10.0 + 0.2 * f64::from(step), 0.04),
                ONCE,
            );
        }
        let Span { low, high } = motion.span();
        assert!((low - 20.0).abs() < 0.2, "{low}");
        assert!((high - low - 20.0).abs() < 0.1, "{high}");
        assert!(motion.moving() > 0.9);
        assert!((motion.run_speed().mean - 1.0).abs() < 0.15);
    }

    #[test]
    fn rest_is_recognised() {
        let mut motion = fresh();
        for _ in 0..100 {
            motion.predict(0.2, 1.0, None);
            motion.update(Side::Low, gaussian(10.0, 0.04), ONCE);
        }
        assert!(motion.moving() < 0.3, "{}", motion.moving());
        assert!(motion.place(Side::Low).variance.sqrt() < 0.1);
    }

    #[test]
    fn stays_finite_whatever_comes() {
        let mut motion = fresh();
        for z in [1e6, -1e6, 0.0, 1e-9] {
            motion.update(Side::High, gaussian(z, 1e-3), ONCE);
            motion.predict(1e9, 1.0, None);
            assert!(motion.is_finite());
        }
    }
}
