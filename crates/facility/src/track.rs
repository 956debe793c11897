// SPDX-License-Identifier: MIT OR Apache-2.0
//! A track and its ends.

use crate::Polyline;

/// A track: a curve on which a place is `s` metres from its first point.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// Its name.
    pub id: String,
    /// Its length, metres.
    pub length: f64,
    /// Through which of its ends locomotives come and go.
    pub gates: Gates,
    /// Its curve in the plan, if the file gives it.
    pub plan: Option<Polyline>,
}

/// Which ends of a track are doors; the other ends are walls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gates {
    /// The end at s = 0.
    pub low: bool,
    /// The end at s = length.
    pub high: bool,
}

/// A track whose plan is not given is treated as its own x axis: `point(s) = [s, 0]`.
/// Calibrated cameras never look at such a track; the file's reader sees to it.
impl Track {
    /// The place `s` in the plan; beyond the ends the track goes on straight.
    pub fn point(&self, s: f64) -> [f64; 2] {
        self.plan.as_ref().map_or([s, 0.0], |plan| plan.point(s))
    }

    /// The direction of growing `s` at `s`, of length 1.
    pub fn tangent(&self, s: f64) -> [f64; 2] {
        self.plan
            .as_ref()
            .map_or([1.0, 0.0], |plan| plan.tangent(s))
    }

    /// The nearest place `s` to a plan point, and the signed distance `q` from it: positive to the left of growing `s`.
    /// Beyond the ends the track goes on straight, so `s` may lie outside [0, length].
    pub fn nearest(&self, point: [f64; 2]) -> (f64, f64) {
        self.plan
            .as_ref()
            .map_or((point[0], point[1]), |plan| plan.nearest(point))
    }
}
