// SPDX-License-Identifier: MIT OR Apache-2.0
//! A stretch of a track.

use messages::Side;
use serde::{Deserialize, Serialize};

use crate::fse::model::parameters::{COUPLED_DISTANCE, parameters};

parameters! {
    /// Hypotheses that overlap by less than this do not exclude each other.
    OVERLAP: f64 = 0.8, "m", "Larger: locomotives may be closer together.";
}

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

    /// Whether both cannot be there: they share more than an error of measurement.
    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.overlap(other) > OVERLAP
    }

    /// Whether both can be there, this one below the other.
    pub(crate) fn is_below(self, other: Self) -> bool {
        self.high <= other.low + OVERLAP
    }

    /// Whether a place lies inside by more than an error of measurement.
    pub(crate) fn has_inside(self, s: f64) -> bool {
        s > self.low + OVERLAP && s < self.high - OVERLAP
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
