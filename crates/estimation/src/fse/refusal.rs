// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a position report was not used.

use std::fmt;

/// Why a position report was not used, or not as its sender meant it. Its text goes on after "because" and ends with the remedy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Refusal {
    /// The facility has no camera of this name.
    UnknownCamera,
    /// It arrived later than the fusion waits for reports.
    Late {
        /// Time from its event to its arrival, seconds.
        delay: f64,
    },
    /// It arrived at a time far from all others.
    FarArrival,
    /// The same camera had reported this frame before.
    Duplicate,
    /// There was no room for it.
    NoRoom,
    /// It has ends, and none of them can be meant.
    Ends,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCamera => f.write_str(
                "the facility file has no [[camera]] with this id: add it, or correct the id where the reports are made",
            ),
            Self::Late { delay } => write!(
                f,
                "they arrive {delay:.1} s after they were seen, later than the fusion waits for them: make what stands before \
                 it faster, or wait longer (property window)"
            ),
            Self::FarArrival => f.write_str(
                "they arrive at a time that is hours from that of all others: correct the clock of the machine that sends them",
            ),
            Self::Duplicate => f.write_str(
                "their frames were reported before: let only one estimator of a flow report this camera",
            ),
            Self::NoRoom => f.write_str(
                "the fusion is slower than its inputs: give it a faster machine, or fewer scans a second",
            ),
            Self::Ends => f.write_str(
                "none of their ends has a place on a track of this facility: give the estimator the same facility file, and \
                 check the camera's calibration",
            ),
        }
    }
}
