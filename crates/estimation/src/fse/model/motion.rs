// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a rigid locomotive is: two modes, at rest and in motion, mixed as an IMM (Blom & Bar-Shalom 1988).
//!
//! Low and high end are correlated through the common length, so a camera that sees one end moves the other, too.

use messages::Side;
use nalgebra::{Matrix2, Matrix3, Vector2, Vector3};
use serde::{Deserialize, Serialize};

use crate::fse::model::gaussian::{Component, density};
use crate::fse::model::parameters::{
    ACCELERATION, COUPLED_DELAY, COUPLED_SPEED, COUPLED_START_PROBABILITY, HUBER_CHI2, LEAST_MODE,
    LENGTH_WALK, MAX_PREDICTION, MAX_SPEED, MAX_STEP, MEAN_MOTION, MEAN_REST, MOVING,
    NEW_MOTION_SPEED, REST_WALK,
};

/// The state of one locomotive's motion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Motion {
    moving: f64,
    rest: (Vector2<f64>, Matrix2<f64>),
    run: (Vector3<f64>, Matrix3<f64>),
}

/// How a neighbour moves that a locomotive is coupled to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NeighbourMotion {
    /// Probability that it moves.
    pub(crate) moving: f64,
    /// Mean and variance of its speed if it does.
    pub(crate) speed: (f64, f64),
}

/// Index of an end in the states.
const fn row(side: Side) -> usize {
    match side {
        Side::Low => 0,
        Side::High => 1,
    }
}

impl Motion {
    /// A locomotive whose ends were measured independently: (mean, variance) each; speed with variance.
    pub(crate) fn new(low: (f64, f64), high: (f64, f64), speed: (f64, f64), moving: f64) -> Self {
        Self {
            moving: moving.clamp(LEAST_MODE, 1.0 - LEAST_MODE),
            rest: (
                Vector2::new(low.0, high.0),
                Matrix2::new(low.1, 0.0, 0.0, high.1),
            ),
            run: (
                Vector3::new(low.0, high.0, speed.0),
                Matrix3::from_diagonal(&Vector3::new(low.1, high.1, speed.1)),
            ),
        }
    }

    /// Goes on for `seconds`; a motion lasts `patience` times longer than usual. `company`: the coupled neighbour that moves
    /// most, if there is one; a locomotive starts with it.
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

    pub(crate) fn step(
        &mut self,
        dt: f64,
        patience: f64,
        neighbour_motion: Option<NeighbourMotion>,
    ) {
        let alone = 1.0 - (-dt / MEAN_REST).exp();
        let with = neighbour_motion.map_or(0.0, |neighbour_motion| {
            neighbour_motion.moving
                * COUPLED_START_PROBABILITY
                * (1.0 - (-dt / COUPLED_DELAY).exp())
        });
        let start = 1.0 - (1.0 - alone) * (1.0 - with);
        // The speed of a fresh motion: its neighbour's, or unknown.
        let share = (start - alone) / start;
        let (speed, variance) =
            neighbour_motion.map_or((0.0, 0.0), |neighbour_motion| neighbour_motion.speed);
        let fresh = (
            share * speed,
            share * (variance + COUPLED_SPEED.powi(2))
                + (1.0 - share) * NEW_MOTION_SPEED.powi(2)
                + share * (1.0 - share) * speed.powi(2),
        );
        self.mix(start, 1.0 - (-dt / (MEAN_MOTION * patience)).exp(), fresh);
        let walk = REST_WALK * dt;
        let length = LENGTH_WALK * dt;
        self.rest.1 += Matrix2::new(walk + length, walk, walk, walk + length);

        let (x, p) = &mut self.run;
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

    /// The modes exchange probability: `start` from rest to motion, `stop` from motion to rest. `fresh`: mean and variance of
    /// the speed of a motion that starts.
    pub(crate) fn mix(&mut self, start: f64, stop: f64, fresh: (f64, f64)) {
        let (moving, resting) = (self.moving, 1.0 - self.moving);
        let (to_run, to_rest) = (resting * start, moving * stop);
        let new_moving = moving - to_rest + to_run;
        let new_resting = 1.0 - new_moving;

        let slowed = (
            self.run.0.xy(),
            self.run.1.fixed_view::<2, 2>(0, 0).into_owned(),
        );
        let started = (
            Vector3::new(self.rest.0.x, self.rest.0.y, fresh.0),
            self.rest.1.insert_row(2, 0.0).insert_column(2, 0.0)
                + Matrix3::from_diagonal(&Vector3::new(0.0, 0.0, fresh.1)),
        );

        let share = to_rest / new_resting.max(LEAST_MODE);
        let gap = slowed.0 - self.rest.0;
        let rest = (
            self.rest.0 + gap * share,
            self.rest.1 * (1.0 - share)
                + slowed.1 * share
                + gap * gap.transpose() * (share * (1.0 - share)),
        );
        let share = to_run / new_moving.max(LEAST_MODE);
        let gap = started.0 - self.run.0;
        let run = (
            self.run.0 + gap * share,
            self.run.1 * (1.0 - share)
                + started.1 * share
                + gap * gap.transpose() * (share * (1.0 - share)),
        );
        self.rest = rest;
        self.run = run;
        self.moving = new_moving.clamp(LEAST_MODE, 1.0 - LEAST_MODE);
    }

    /// Takes in a measurement of one end, with its whole variance. `copies`: how many measurements like this one show the same
    /// picture and are wrong in the same way, at rest and in motion; together they weigh as much as one.
    pub(crate) fn update(&mut self, side: Side, z: f64, variance: f64, copies: (f64, f64)) {
        let i = row(side);
        let likelihood_rest = {
            let (x, p) = &mut self.rest;
            let (gap, spread) = (z - x[i], p[(i, i)] + variance);
            let gain = p.column(i) / (p[(i, i)] + copies.0 * inflated(variance, gap, spread));
            *x += gain * gap;
            *p -= gain * p.row(i).into_owned();
            *p = (*p + p.transpose()) * 0.5;
            density(gap, spread)
        };
        let likelihood_run = {
            let (x, p) = &mut self.run;
            let (gap, spread) = (z - x[i], p[(i, i)] + variance);
            let gain = p.column(i) / (p[(i, i)] + copies.1 * inflated(variance, gap, spread));
            *x += gain * gap;
            *p -= gain * p.row(i).into_owned();
            *p = (*p + p.transpose()) * 0.5;
            x.z = x.z.clamp(-MAX_SPEED, MAX_SPEED);
            density(gap, spread)
        };
        // What is a copy says little new about the mode, either.
        let ratio = (likelihood_run / likelihood_rest).powf(1.0 / copies.1);
        let (run, rest) = (self.moving * ratio, 1.0 - self.moving);
        self.moving = (run / (run + rest)).clamp(LEAST_MODE, 1.0 - LEAST_MODE);
    }

    /// Only the mode of motion is left.
    pub(crate) fn run_only(&mut self) {
        self.moving = 1.0 - LEAST_MODE;
    }

    /// The ends know nothing of each other.
    pub(crate) fn loosen(&mut self) {
        for (i, k) in [(0, 1), (1, 0)] {
            self.rest.1[(i, k)] = 0.0;
            self.run.1[(i, k)] = 0.0;
        }
    }

    /// The modes foretell the present observation (a miss) with these probabilities.
    pub(crate) fn weigh_modes(&mut self, rest: f64, run: f64) {
        let (rest, run) = ((1.0 - self.moving) * rest, self.moving * run);
        if rest + run > 0.0 {
            self.moving = (run / (run + rest)).clamp(LEAST_MODE, 1.0 - LEAST_MODE);
        }
    }

    /// Places the end that nobody sees: its distance from the other end has this mean and variance.
    pub(crate) fn place_unseen(&mut self, unseen: Side, length: f64, variance: f64) {
        let (i, k) = match unseen {
            Side::Low => (0, 1),
            Side::High => (1, 0),
        };
        let offset = if unseen == Side::Low { -length } else { length };
        let (x, p) = &mut self.rest;
        x[i] = x[k] + offset;
        p[(i, i)] = p[(k, k)] + variance;
        p[(i, k)] = p[(k, k)];
        p[(k, i)] = p[(k, k)];
        let (x, p) = &mut self.run;
        x[i] = x[k] + offset;
        p[(i, i)] = p[(k, k)] + variance;
        p[(i, k)] = p[(k, k)];
        p[(k, i)] = p[(k, k)];
        p[(i, 2)] = p[(k, 2)];
        p[(2, i)] = p[(2, k)];
    }

    /// The locomotive is found elsewhere: one end is here (mean, variance), with this speed; its length stays.
    pub(crate) fn reacquire_at(
        &mut self,
        side: Side,
        place: (f64, f64),
        speed: (f64, f64),
        moving: f64,
    ) {
        let (length, variance) = self.length();
        let unseen = if side == Side::Low {
            Side::High
        } else {
            Side::Low
        };
        *self = Self::new(place, place, speed, moving);
        self.place_unseen(unseen, length, variance);
    }

    /// It was pushed by `distance`, m.
    pub(crate) fn push(&mut self, distance: f64) {
        self.rest.0.add_scalar_mut(distance);
        self.run.0.x += distance;
        self.run.0.y += distance;
    }

    /// Where one end is, mode by mode: at rest, in motion.
    pub(crate) fn end(&self, side: Side) -> [Component; 2] {
        let i = row(side);
        [
            Component {
                weight: 1.0 - self.moving,
                mean: self.rest.0[i],
                variance: self.rest.1[(i, i)],
            },
            Component {
                weight: self.moving,
                mean: self.run.0[i],
                variance: self.run.1[(i, i)],
            },
        ]
    }

    /// Mean and variance of one end over both modes.
    pub(crate) fn place(&self, side: Side) -> (f64, f64) {
        let [rest, run] = self.end(side);
        let mean = rest.weight * rest.mean + run.weight * run.mean;
        let variance = rest.weight * (rest.variance + (rest.mean - mean).powi(2))
            + run.weight * (run.variance + (run.mean - mean).powi(2));
        (mean, variance.max(0.0))
    }

    /// Probability that it moves.
    pub(crate) fn moving(&self) -> f64 {
        self.moving
    }

    /// Mean and variance of the speed if it moves, m/s.
    pub(crate) fn run_speed(&self) -> (f64, f64) {
        (self.run.0.z, self.run.1[(2, 2)].max(0.0))
    }

    /// Expected speed, m/s.
    pub(crate) fn speed(&self) -> f64 {
        self.moving * self.run.0.z
    }

    /// Low and high end, over both modes.
    pub(crate) fn span(&self) -> (f64, f64) {
        (self.place(Side::Low).0, self.place(Side::High).0)
    }

    /// Mean and variance of the length.
    pub(crate) fn length(&self) -> (f64, f64) {
        let (low, high) = self.span();
        let p = if self.moving > MOVING {
            self.run.1.fixed_view::<2, 2>(0, 0).into_owned()
        } else {
            self.rest.1
        };
        (
            high - low,
            (p[(0, 0)] + p[(1, 1)] - 2.0 * p[(0, 1)]).max(0.0),
        )
    }

    /// Whether every number is one.
    pub(crate) fn is_finite(&self) -> bool {
        let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        self.moving.is_finite()
            && finite(self.rest.0.as_slice())
            && finite(self.rest.1.as_slice())
            && finite(self.run.0.as_slice())
            && finite(self.run.1.as_slice())
    }
}

/// Huber: beyond [`HUBER_CHI2`] a measurement's variance grows so that its pull stays bounded.
fn inflated(variance: f64, gap: f64, spread: f64) -> f64 {
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

    fn fresh() -> Motion {
        Motion::new((10.0, 0.04), (30.0, 0.04), (0.0, 0.5), 0.1)
    }

    #[test]
    fn one_seen_end_moves_the_other() {
        let mut motion = fresh();
        for _ in 0..50 {
            motion.update(Side::Low, 10.0, 0.04, (1.0, 1.0));
            motion.update(Side::High, 30.0, 0.04, (1.0, 1.0));
            motion.predict(0.2, 1.0, None);
        }
        for step in 1..=50 {
            motion.predict(0.2, 1.0, None);
            motion.update(Side::Low, 10.0 + 0.2 * f64::from(step), 0.04, (1.0, 1.0));
        }
        let (low, high) = motion.span();
        assert!((low - 20.0).abs() < 0.2, "{low}");
        assert!((high - low - 20.0).abs() < 0.1, "{high}");
        assert!(motion.moving() > 0.9);
        assert!((motion.run_speed().0 - 1.0).abs() < 0.15);
    }

    #[test]
    fn rest_is_recognised() {
        let mut motion = fresh();
        for _ in 0..100 {
            motion.predict(0.2, 1.0, None);
            motion.update(Side::Low, 10.0, 0.04, (1.0, 1.0));
        }
        assert!(motion.moving() < 0.3, "{}", motion.moving());
        assert!(motion.place(Side::Low).1.sqrt() < 0.1);
    }

    #[test]
    fn stays_finite_whatever_comes() {
        let mut motion = fresh();
        for z in [1e6, -1e6, 0.0, 1e-9] {
            motion.update(Side::High, z, 1e-3, (1.0, 1.0));
            motion.predict(1e9, 1.0, None);
            assert!(motion.is_finite());
        }
    }
}
