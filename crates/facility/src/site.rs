// SPDX-License-Identifier: MIT OR Apache-2.0
//! A facility as everybody else sees it.

use messages::Side;

use crate::{Calibration, Mask, Mistake, Numbering, Polyline, Projection};

/// A site: everything that `facility.toml` says, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Facility {
    /// The site's name.
    pub name: String,
    /// Shortest and longest locomotive, metres.
    pub locomotive_length: (f64, f64),
    /// The tracks, in the order of the file.
    pub tracks: Vec<Track>,
    /// The cameras, in the order of the file.
    pub cameras: Vec<Camera>,
    /// The catalogue of locomotive models.
    pub models: Vec<Model>,
    /// How its locomotives are numbered, if the file says so.
    pub numbering: Option<Numbering>,
    /// What is odd about the file but no mistake, such as unknown keys.
    pub warnings: Vec<Mistake>,
}

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

/// A camera: what it sees and, if calibrated, how.
#[derive(Debug, Clone, PartialEq)]
pub struct Camera {
    /// Its name.
    pub id: String,
    /// Its source number in `DeepStream`.
    pub source: u32,
    /// Frames per second expected.
    pub rate: f64,
    /// Width and height of its image, pixels.
    pub image: Option<(u32, u32)>,
    /// Where it sees ends: as given, or computed from the calibration.
    pub covers: Vec<CameraCover>,
    /// How it maps the plan to pixels, if it is calibrated.
    pub projection: Option<Projection>,
    /// Parts of the image that are not looked at.
    pub masks: Vec<Mask>,
    /// How well the marks fit, if it is calibrated.
    pub calibration: Option<Calibration>,
    /// Ids of the tracks that it may report on.
    pub tracks: Vec<String>,
}

/// A stretch of track on which a camera sees ends of locomotives.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraCover {
    /// The track's id.
    pub track: String,
    /// Start, metres along the track.
    pub from: f64,
    /// End, metres along the track.
    pub to: f64,
    /// Which ends it sees there; `None`: both.
    pub side: Option<Side>,
    /// Probability that an end that is there is detected in one frame.
    pub detection: f64,
    /// Error common to all its reports on this track, metres, one standard deviation.
    pub sigma_systematic: f64,
}

/// A model of locomotive.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Its length over the end planes, metres.
    pub length: f64,
}

impl Facility {
    /// The track of this name.
    pub fn track(&self, id: &str) -> Option<&Track> {
        self.tracks.iter().find(|track| track.id == id)
    }

    /// The camera of this name.
    pub fn camera(&self, id: &str) -> Option<&Camera> {
        self.cameras.iter().find(|camera| camera.id == id)
    }

    /// The model of this name.
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.name == name)
    }
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
