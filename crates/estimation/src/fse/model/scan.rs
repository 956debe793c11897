// SPDX-License-Identifier: MIT OR Apache-2.0
//! One scan: what one camera detected, and where it could detect anything, at one time.

use messages::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fse::model::gaussian::Gaussian;
use crate::fse::model::site::{Cover, Site};

/// One detected end in one scan.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Detection {
    pub(crate) track: usize,
    /// Place along the track, m.
    pub(crate) s: f64,
    /// Random and systematic variance, m².
    pub(crate) variance: f64,
    /// Log odds that it is a head.
    pub(crate) head: f64,
    /// Log odds that it is an end at all, weighted.
    pub(crate) confidence: f64,
    /// Level of its confidence.
    pub(crate) level: usize,
    /// Log odds that it is a low end.
    pub(crate) low: f64,
    /// Whether the same camera saw the body that ends there.
    pub(crate) has_body_support: bool,
}

impl Detection {
    /// Its place as a measurement.
    pub(crate) const fn place(&self) -> Gaussian {
        Gaussian {
            mean: self.s,
            variance: self.variance,
        }
    }
}

/// One scan, in numbers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Scan {
    pub(crate) camera: usize,
    pub(crate) time: Timestamp,
    /// What the camera covered; `None`: what the facility says. Read by [`Scan::covers`].
    pub(crate) covers: Option<Vec<Cover>>,
    /// What was detected, sorted by track and place.
    pub(crate) detections: Vec<Detection>,
}

impl Scan {
    /// What the camera covered.
    pub(crate) fn covers<'a>(&'a self, site: &'a Site) -> &'a [Cover] {
        let usual = &site.cameras[self.camera].covers;
        self.covers.as_ref().unwrap_or(usual)
    }

    /// What the camera covered of one track.
    pub(crate) fn covers_on(&self, track: usize, site: &Site) -> Vec<Cover> {
        let covers = self.covers(site).iter().copied();
        covers.filter(|cover| cover.track == track).collect()
    }

    /// Whether it is of this facility's tracks and cameras.
    pub(crate) fn fits(&self, site: &Site) -> bool {
        let is_track = |track: usize| track < site.tracks.len();
        let mut covers = self.covers.iter().flatten();
        let mut detections = self.detections.iter();
        self.camera < site.cameras.len()
            && covers.all(|cover| is_track(cover.track))
            && detections.all(|end| is_track(end.track))
    }
}
