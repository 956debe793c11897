// SPDX-License-Identifier: MIT OR Apache-2.0
//! A stretch of a track.

use messages::Side;
use serde::{Deserialize, Serialize};

use crate::fse::model::parameters::COUPLED_DISTANCE;

/// From the low end to the high end of something on a track, m.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Span {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Span {
    /// Twice the middle: enough to sort by.
    pub(crate) fn twice_middle(self) -> f64 {
        self.low + self.high
    }

    /// How many metres it shares with another one.
    pub(crate) fn overlap(self, other: Self) -> f64 {
        (self.high.min(other.high) - self.low.max(other.low)).max(0.0)
    }

    /// How far before the face of an end of `side` at `s` it begins, m; negative if the end is inside.
    pub(crate) fn gap_before(self, s: f64, side: Side) -> f64 {
        match side {
            Side::Low => s - self.high,
            Side::High => self.low - s,
        }
    }

    /// Whether what stands here hides the face of an end of `side` at `s`: it is right before it. A metre of overlap is error.
    pub(crate) fn hides_face(self, s: f64, side: Side) -> bool {
        (-1.0..COUPLED_DISTANCE).contains(&self.gap_before(s, side))
    }
}
