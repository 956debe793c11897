// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the detections on a frame to its report; knows no GStreamer.

use std::fmt;

use estimation::lpe::{Dropped, Estimates};
use facility::Facility;
use kit::{Boxes, Envelope, Places};
use messages::{Data, PositionReport};
use meta::FrameInfo;

use super::stats::Counters;
use super::warnings::DetectorWatch;

/// Quality of a frame, 0 to 1. Nothing measures darkness or blur yet, so every frame is taken to be good.
const QUALITY: f64 = 1.0;

/// The position estimators of all cameras.
pub struct Estimator {
    component: u32,
    places: Places,
    /// What the reports have in common.
    pub envelope: Envelope,
    detector: DetectorWatch,
    counters: Counters,
    dropped: Dropped,
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// The detector has not inferred it, so it says nothing, not even that a place is empty.
    NotInferred,
    /// Its camera has no estimator.
    UnknownCamera,
    /// Its report was dropped because a value in it was impossible.
    Invalid,
    /// It carries a report.
    Reported {
        /// Ends in the report.
        ends: usize,
        /// Detections that gave no end.
        dropped: Dropped,
    },
}

impl Estimator {
    /// Estimators for `facility` that read the detections of `component`.
    pub fn new(facility: Facility, component: u32, flow: &str) -> Self {
        Self {
            component,
            envelope: Envelope::new(&facility.name, "locoposition", flow),
            places: Places::new(facility),
            detector: DetectorWatch::new(component),
            counters: Counters::default(),
            dropped: Dropped::default(),
        }
    }

    /// Puts a report on a new frame if the detector has inferred it. A warning is returned with what became of the frame.
    pub fn estimate(&mut self, frame: &mut FrameInfo) -> (Outcome, Option<String>) {
        self.counters.frames += 1;
        if !frame.is_inferred_by(self.component) {
            return (Outcome::NotInferred, None);
        }
        self.counters.looks += 1;
        let warning = self.places.prepare(&frame.camera);
        let Some(camera) = self.places.camera(&frame.camera) else {
            self.counters.unknown_camera += 1;
            return (Outcome::UnknownCamera, warning);
        };
        let boxes = camera.boxes(frame, self.component);
        self.counters.unknown_label += boxes.unknown_labels;
        let estimates = camera.lpe.estimate(&boxes.boxes, QUALITY);
        let reported = Outcome::Reported {
            ends: estimates.ends.len(),
            dropped: estimates.dropped,
        };
        self.counters.ends += estimates.ends.len() as u64;
        self.dropped += estimates.dropped;
        caption(frame, &boxes, &estimates);
        let report = Data::Position(report(frame, estimates));
        match self.envelope.seal(frame, report) {
            Ok(event) => {
                self.counters.reports += 1;
                frame.reports.push(event);
                (reported, warning)
            }
            Err(problem) => {
                self.counters.invalid += 1;
                (Outcome::Invalid, warning.or(Some(problem)))
            }
        }
    }

    /// A buffer, a packet or not, has passed; a warning if no frame of the first ones was inferred.
    pub fn passed(&mut self, packet: bool) -> Option<String> {
        self.counters.buffers += 1;
        self.detector.passed(packet, &self.counters)
    }

    /// The stream ends; the same warning for a stream that was too short.
    pub fn ended(&self) -> Option<String> {
        self.detector.ended(&self.counters)
    }

    /// Name and value of every counter.
    pub fn counters(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
        self.counters.iter().chain(self.dropped.iter())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInferred => f.write_str("no report, the detector has not inferred this frame"),
            Self::UnknownCamera => f.write_str("no report, the camera has no position estimator"),
            Self::Invalid => f.write_str("report dropped, a value in it is impossible"),
            Self::Reported { ends, dropped } => {
                write!(f, "report of {ends} ends")?;
                dropped
                    .iter()
                    .filter(|(_, count)| *count > 0)
                    .try_for_each(|(reason, count)| write!(f, ", {count} detections {reason}"))
            }
        }
    }
}

/// Writes the place of each end at the detection that it was estimated from, in the order of the detections.
fn caption(frame: &mut FrameInfo, boxes: &Boxes, estimates: &Estimates) {
    let mut captions: Vec<(usize, String)> = estimates
        .ends
        .iter()
        .zip(&estimates.sources)
        .map(|(end, source)| {
            let caption = format!("{} {:.1} m", end.track, end.s);
            (boxes.detections[*source], caption)
        })
        .collect();
    captions.sort_by_key(|(detection, _)| *detection);
    frame.captions.extend(captions);
}

/// The body of the report about `frame`.
fn report(frame: &FrameInfo, estimates: Estimates) -> PositionReport {
    PositionReport {
        camera: frame.camera.to_string(),
        frame: frame.sequence,
        covers: estimates.covers,
        ends: estimates.ends,
        bodies: estimates.bodies,
    }
}
