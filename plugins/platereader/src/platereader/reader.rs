// SPDX-License-Identifier: MIT OR Apache-2.0
//! From network outputs about the plates on a frame to running numbers and reports; knows no GStreamer.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use kit::{Located, LocatedReports};
use messages::{Data, PlateCandidate, PlateReport, Timestamp};
use meta::{Classification, FrameInfo};
use plates::{Ballot, CropReading, Numbering, Tempering, Verdict};

use super::stats::Counters;
use super::warnings;
use crate::networks::Network;

/// What the reader needs to know.
#[derive(Debug)]
pub struct Rules {
    /// The networks that read plates.
    pub networks: Vec<Network>,
    /// The numbers that are possible.
    pub numbering: Numbering,
    /// Numbers below this confidence are not reported.
    pub min_confidence: f64,
    /// Outputs about plates lower than this are ignored, pixels of the frame.
    pub min_height: f64,
    /// How long the outputs about a plate count after the last one, nanoseconds.
    pub window: i64,
}

/// Reads the plates of all cameras.
#[derive(Debug)]
pub struct Reader {
    rules: Rules,
    /// Where plates are, and the reports about them.
    pub reports: LocatedReports,
    /// The plates in view, by camera and object.
    plates: BTreeMap<(Arc<str>, u64), Plate>,
    counters: Counters,
}

/// One plate while it is in view.
#[derive(Debug)]
struct Plate {
    /// The outputs about it, added up.
    ballot: Ballot,
    verdict: Option<Verdict>,
    last: Timestamp,
}

/// What was read on one detection.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Index of the detection on its frame.
    pub detection: usize,
    /// The number; empty if there is none.
    pub text: String,
    /// Probability that it is right.
    pub confidence: f64,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of one number.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// No number that a scheme allows was read.
    Unread,
    /// It is not probable enough.
    Doubtful,
    /// There is a number to report.
    Located(Located),
}

/// What became of one frame.
#[derive(Debug, Default)]
pub struct Outcomes {
    /// The plates about which there is network output.
    pub readings: Vec<Reading>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

impl Reader {
    /// Reads plates by `rules`.
    pub fn new(rules: Rules, reports: LocatedReports) -> Self {
        Self {
            rules,
            reports,
            plates: BTreeMap::new(),
            counters: Counters::default(),
        }
    }

    /// Forgets earlier outputs: another part of the stream begins.
    pub fn flush(&mut self) {
        self.plates.clear();
    }

    /// Reads the plates of a new frame, puts reports on it and writes the numbers onto the detections.
    pub fn process(&mut self, frame: &mut FrameInfo) -> Outcomes {
        self.reports.counters.frames += 1;
        let mut outcomes = Outcomes::default();
        outcomes.warnings.extend(self.reports.prepare(frame));
        let now = frame.capture_time;
        let window = self.rules.window;
        self.plates
            .retain(|_, plate| now.nanos().abs_diff(plate.last.nanos()) <= window.unsigned_abs());
        for index in 0..frame.detections.len() {
            let outputs = self.outputs(frame, index, &mut outcomes.warnings);
            if !outputs.is_empty() {
                let reading = self.read(frame, index, outputs);
                if let Outcome::Located(Located::Invalid(problem)) = &reading.outcome
                    && self.reports.counters.invalid == 1
                {
                    outcomes.warnings.push(problem.clone());
                }
                outcomes.readings.push(reading);
            }
            self.write_text(frame, index);
        }
        outcomes
    }

    /// The usable outputs of all networks about one detection of this frame.
    fn outputs(
        &mut self,
        frame: &FrameInfo,
        index: usize,
        warnings: &mut Vec<String>,
    ) -> Vec<CropReading> {
        let detection = &frame.detections[index];
        let mut outputs = Vec::new();
        let height = f64::from(detection.bounding_box.height);
        for network in &self.rules.networks {
            let Some(emissions) = network.emissions(detection) else {
                continue;
            };
            if height < self.rules.min_height {
                self.reports.counters.small += 1;
                continue;
            }
            match emissions {
                Ok(emissions) => outputs.push(CropReading {
                    view: network.component.to_string(),
                    frame: frame.sequence,
                    height,
                    emissions,
                }),
                Err(error) => {
                    if self.reports.counters.errors_tensor == 0 {
                        let camera = &frame.camera;
                        warnings.push(warnings::bad_tensor(camera, network.component, &error));
                    }
                    self.reports.counters.errors_tensor += 1;
                }
            }
        }
        outputs
    }

    /// Reads one plate from new outputs about it and the earlier ones, and reports the number.
    fn read(&mut self, frame: &mut FrameInfo, index: usize, outputs: Vec<CropReading>) -> Reading {
        self.reports.counters.looks += outputs.len() as u64;
        let object = frame.detections[index].tracker_id;
        let verdict = self.vote(frame, object, outputs);
        let (text, confidence) = verdict.as_ref().map_or_else(Default::default, |verdict| {
            (verdict.text.clone(), verdict.confidence)
        });
        Reading {
            detection: index,
            text,
            confidence,
            outcome: self.judge(frame, index, verdict),
        }
    }

    /// Adds outputs to the earlier ones about the same object; the number that all of them together give.
    fn vote(
        &mut self,
        frame: &FrameInfo,
        object: Option<u64>,
        outputs: Vec<CropReading>,
    ) -> Option<Verdict> {
        let new = || Plate {
            ballot: Ballot::new(Tempering::default()),
            verdict: None,
            last: frame.capture_time,
        };
        let mut untracked = new();
        let plate = match object {
            Some(object) => self
                .plates
                .entry((frame.camera.clone(), object))
                .or_insert_with(new),
            // Without an id it cannot be found again on other frames.
            None => &mut untracked,
        };
        plate.last = frame.capture_time;
        for output in outputs {
            plate.ballot.add(&self.rules.numbering, output);
        }
        plate.verdict = plate.ballot.verdict(&self.rules.numbering);
        plate.verdict.clone()
    }

    /// Puts a report of the number on the frame if it is probable enough.
    fn judge(&mut self, frame: &mut FrameInfo, index: usize, verdict: Option<Verdict>) -> Outcome {
        let Some(verdict) = verdict else {
            self.counters.unread += 1;
            return Outcome::Unread;
        };
        if verdict.confidence < self.rules.min_confidence {
            self.reports.counters.doubtful += 1;
            return Outcome::Doubtful;
        }
        let located = self.reports.report(frame, index, |camera, place| {
            Data::Plate(PlateReport {
                camera,
                track: place.track,
                s: place.s,
                sigma: place.sigma,
                text: verdict.text,
                confidence: verdict.confidence,
                valid: verdict.scheme.as_ref().map(|_| verdict.validity),
                scheme: verdict.scheme,
                alternatives: verdict
                    .alternatives
                    .into_iter()
                    .map(|other| PlateCandidate {
                        text: other.text,
                        p: other.p,
                    })
                    .collect(),
            })
        });
        Outcome::Located(located)
    }

    /// Writes the number that is known of a plate onto its detection, for overlays.
    fn write_text(&mut self, frame: &mut FrameInfo, index: usize) {
        let detection = &mut frame.detections[index];
        let Some(object) = detection.tracker_id else {
            return;
        };
        let Some(plate) = self.plates.get_mut(&(frame.camera.clone(), object)) else {
            return;
        };
        plate.last = frame.capture_time;
        let (Some(verdict), Some(network)) = (&plate.verdict, self.rules.networks.first()) else {
            return;
        };
        if verdict.confidence >= self.rules.min_confidence {
            detection.classifications.push(Classification {
                component: network.component,
                class_id: -1,
                label: verdict.text.as_str().into(),
                confidence: verdict.confidence as f32,
            });
            frame.captions.push((index, verdict.text.clone()));
        }
    }

    /// Name and value of every counter.
    pub fn counters(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
        self.reports.counters.iter().chain(self.counters.iter())
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            text, confidence, ..
        } = self;
        match &self.outcome {
            Outcome::Unread => f.write_str("no number that a scheme allows"),
            Outcome::Doubtful => write!(
                f,
                "'{text}' ({confidence:.3}) not reported, less probable than min-confidence"
            ),
            Outcome::Located(located) => write!(f, "'{text}' ({confidence:.3}) {located}"),
        }
    }
}
