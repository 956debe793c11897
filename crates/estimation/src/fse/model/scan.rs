// SPDX-License-Identifier: MIT OR Apache-2.0
//! One scan: what one camera saw, and where it looked, at one time.

use messages::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fse::model::site::Cover;

/// One end in one scan.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Detection {
    pub(crate) s: f64,
    /// Random and systematic variance, m².
    pub(crate) variance: f64,
    /// Log-odds that it is a head.
    pub(crate) head: f64,
    /// Log-odds that it is an end at all, weighted.
    pub(crate) confidence: f64,
    /// Level of its confidence.
    pub(crate) level: usize,
    /// Log-odds that it is a low end.
    pub(crate) low: f64,
    /// Whether the same camera saw the body that ends there.
    pub(crate) has_body_support: bool,
}

/// One look, in numbers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Scan {
    pub(crate) camera: usize,
    pub(crate) time: Timestamp,
    /// Where it looked; `None`: where the facility says.
    pub(crate) covers: Option<Vec<Cover>>,
    /// What it saw: track and end, sorted by track and place.
    pub(crate) detections: Vec<(usize, Detection)>,
}
