// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reports about something that was recognised on a detection, such as a running number, with its place on a track.

use std::fmt;

use estimation::lpe::Place;
use messages::Data;
use meta::FrameInfo;

use crate::{Envelope, Places};

counters::counters! {
    /// What became of network outputs, and of what was recognised in them.
    pub struct LocatedCounters {
        /// New frames; cached frames of a packet do not count again.
        frames,
        /// New network outputs about detections that are high enough.
        looks,
        /// Outputs about detections that are too low.
        small,
        /// Tensors that do not fit the labels or alphabet of their network, or hold values that are no probabilities.
        errors_tensor,
        /// Recognised, but not probable enough.
        doubtful,
        /// Reports written.
        reports,
        /// Recognised on a detection that is on no track, or masked.
        off_track,
        /// Recognised by a camera that the facility file does not describe well enough.
        unknown_camera,
        /// Reports dropped because a value in them was impossible.
        invalid,
    }
}

/// What became of one thing that was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Located {
    /// Its report is on the frame.
    Reported,
    /// Its detection is on no track, or masked.
    OffTrack,
    /// Its camera has no position estimator.
    UnknownCamera,
    /// A value in the report is impossible; a sentence for the user says which.
    Invalid(String),
}

/// Locates what was recognised and puts reports about it onto frames.
#[derive(Debug)]
pub struct LocatedReports {
    places: Places,
    /// What the reports have in common.
    pub envelope: Envelope,
    /// What became of what was recognised.
    pub counters: LocatedCounters,
}

impl LocatedReports {
    /// Reports with this envelope, at these places.
    #[must_use]
    pub fn new(places: Places, envelope: Envelope) -> Self {
        Self {
            places,
            envelope,
            counters: LocatedCounters::default(),
        }
    }

    /// Call for each frame before [`Self::report`]; why there can be no reports of its camera, once.
    pub fn prepare(&mut self, frame: &FrameInfo) -> Option<String> {
        self.places.prepare(&frame.camera)
    }

    /// Locates the detection of this index on `frame` and puts a report onto the frame, whose body `data` makes of the
    /// camera's name and the place.
    pub fn report(
        &mut self,
        frame: &mut FrameInfo,
        detection: usize,
        data: impl FnOnce(String, Place) -> Data,
    ) -> Located {
        let Some(camera) = self.places.camera(&frame.camera) else {
            self.counters.unknown_camera += 1;
            return Located::UnknownCamera;
        };
        let Some(place) = camera.place(frame, detection) else {
            self.counters.off_track += 1;
            return Located::OffTrack;
        };
        match self
            .envelope
            .seal(frame, data(frame.camera.to_string(), place))
        {
            Ok(event) => {
                self.counters.reports += 1;
                frame.reports.push(event);
                Located::Reported
            }
            Err(problem) => {
                self.counters.invalid += 1;
                Located::Invalid(problem)
            }
        }
    }
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reported => f.write_str("reported"),
            Self::OffTrack => f.write_str("not reported, the detection is on no track or masked"),
            Self::UnknownCamera => {
                f.write_str("not reported, the camera has no position estimator")
            }
            Self::Invalid(problem) => f.write_str(problem),
        }
    }
}
