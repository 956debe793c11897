// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the detections on a frame to its report; knows no GStreamer.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use estimation::lpe::{Dropped, Estimates};
use facility::Facility;
use kit::discards::{Change, DiscardWatch, Reason};
use kit::{Boxes, Envelope, Places};
use messages::{Data, PositionReport};
use meta::FrameInfo;

use super::detector_labels::DetectorLabels;
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
    labels: DetectorLabels,
    /// Why cameras have no estimator.
    unknown: BTreeMap<Arc<str>, String>,
    /// Cameras all of whose frames are discarded.
    watch: DiscardWatch,
    counters: Counters,
    dropped: Dropped,
}

/// What the user is to be told.
#[derive(Debug, Default)]
pub struct Notices {
    /// Sentences.
    pub warnings: Vec<String>,
    /// Cameras all of whose frames are discarded, or no longer.
    pub changes: Vec<Change>,
}

/// What became of a frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The detector has not inferred it, so it says nothing, not even that a place is empty.
    NotInferred,
    /// It has no report, because that would not be true; why, also in words for the user.
    Discarded(Reason, String),
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
            labels: DetectorLabels::default(),
            unknown: BTreeMap::new(),
            watch: DiscardWatch::default(),
            counters: Counters::default(),
            dropped: Dropped::default(),
        }
    }

    /// Puts a report on a new frame if the detector has inferred it and its report would be true; returns what became of it.
    pub fn estimate(&mut self, frame: &mut FrameInfo, notices: &mut Notices) -> Outcome {
        self.counters.frames += 1;
        if !frame.is_inferred_by(self.component) {
            return Outcome::NotInferred;
        }
        self.counters.looks += 1;
        let outcome = self.report(frame, notices);
        let (camera, time) = (frame.camera.clone(), frame.capture_time);
        let change = match &outcome {
            Outcome::Discarded(reason, why) => {
                self.watch.discarded(&camera, time, *reason, || why.clone())
            }
            Outcome::NotInferred | Outcome::Reported { .. } => self.watch.used(&camera, time),
        };
        notices.changes.extend(change);
        self.counters.discarded_cameras = self.watch.discarded_cameras();
        outcome
    }

    /// Puts a report on a frame that the detector has inferred.
    fn report(&mut self, frame: &mut FrameInfo, notices: &mut Notices) -> Outcome {
        let labels = self.labels.look(frame, self.component);
        notices
            .warnings
            .extend(labels.map(|problem| format!("Component {}: {problem}", self.component)));
        if let Some(problem) = self.places.prepare(&frame.camera) {
            self.unknown.insert(frame.camera.clone(), problem);
        }
        let Some(camera) = self.places.camera(&frame.camera) else {
            self.counters.unknown_camera += 1;
            let problem = self.unknown.get(&frame.camera).cloned();
            return Outcome::Discarded(Reason::Camera, problem.unwrap_or_default());
        };
        if let Some(problem) = camera.misfit(frame) {
            self.counters.wrong_aspect += 1;
            return Outcome::Discarded(Reason::Aspect, problem);
        }
        if self.labels.mean_nothing() {
            self.counters.unknown_labels += 1;
            let problem = "the detector's labels mean nothing here".to_owned();
            return Outcome::Discarded(Reason::Labels, problem);
        }
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
                reported
            }
            Err(problem) => {
                self.counters.invalid += 1;
                notices.warnings.push(problem.clone());
                Outcome::Discarded(Reason::Value, problem)
            }
        }
    }

    /// A buffer, a packet or not, has passed; a warning if no frame of the first ones was inferred.
    pub fn passed(&mut self, packet: bool) -> Option<String> {
        self.counters.buffers += 1;
        self.detector.passed(packet, &self.counters)
    }

    /// The stream ends: what a stream that was too short has not been told of before.
    pub fn ended(&mut self) -> Notices {
        Notices {
            warnings: self.detector.ended(&self.counters).into_iter().collect(),
            changes: self.watch.ended(),
        }
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
            Self::Discarded(reason, _) => write!(f, "no report, {}", reason.as_str()),
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
        clock: frame.clock,
        covers: estimates.covers,
        ends: estimates.ends,
        bodies: estimates.bodies,
    }
}
