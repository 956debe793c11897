// SPDX-License-Identifier: MIT OR Apache-2.0
//! A facility as everybody else sees it.

use std::path::PathBuf;

use messages::Side;

use crate::{Calibration, Mask, Mistake, Numbering, Projection, Track};

/// A site: everything that `facility.toml` says, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Facility {
    /// The site's name.
    pub name: String,
    /// Where its days begin and end: a name of the time zone database, such as `Europe/Berlin`, as the file gives it.
    pub timezone: Option<String>,
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

/// A camera: what it sees and, if calibrated, how.
#[derive(Debug, Clone, PartialEq)]
pub struct Camera {
    /// Its name.
    pub id: String,
    /// The address of its pictures, without a password; that of a file is absolute.
    pub uri: Option<String>,
    /// Where user and password are kept: `env:NAME` or `file:PATH`.
    pub credentials: Option<String>,
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
    /// A picture of what it looks at, taken when it was calibrated.
    pub reference: Option<PathBuf>,
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
