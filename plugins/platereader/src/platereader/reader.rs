// SPDX-License-Identifier: MIT OR Apache-2.0
//! From what networks say of the plates on a frame to reports.

use std::collections::BTreeMap;
use std::sync::Arc;

use kit::{Envelope, Places};
use messages::{Data, PlateCandidate, PlateReport, Timestamp};
use meta::{Classification, FrameInfo};
use plates::{Ballot, Look, Numbering, Tempering, Verdict};

use crate::networks::Network;

/// What the reader needs to know.
#[derive(Debug)]
pub struct Rules {
    /// The networks that look.
    pub networks: Vec<Network>,
    /// The numbers that there are.
    pub numbering: Numbering,
    /// Readings below this confidence are not reported.
    pub min_confidence: f64,
    /// Plates lower than this are not read, pixels of the frame.
    pub min_height: f64,
    /// How long looks count after the last one, nanoseconds.
    pub window: i64,
}

/// Reads the plates of all cameras.
#[derive(Debug)]
pub struct Reader {
    rules: Rules,
    places: Places,
    /// What the reports have in common.
    pub envelope: Envelope,
    /// Camera and object: what was seen of its plate.
    visits: BTreeMap<(Arc<str>, u64), Visit>,
    counters: Counters,
}

/// One plate while it is in view.
#[derive(Debug)]
struct Visit {
    ballot: Ballot,
    verdict: Option<Verdict>,
    last: Timestamp,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counters {
    frames: u64,
    looks: u64,
    reports: u64,
    small: u64,
    tensor: u64,
    unread: u64,
    doubtful: u64,
    off_track: u64,
    unknown_camera: u64,
    invalid: u64,
}

/// A crop and what was read there.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Index of the detection on its frame.
    pub detection: usize,
    /// The number; empty if there is none.
    pub text: String,
    /// Probability that it is right.
    pub confidence: f64,
}

/// What came of one frame.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The crops looked at.
    pub readings: Vec<Reading>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

impl Reader {
    /// Reads by `rules` at `places`.
    pub fn new(rules: Rules, places: Places, envelope: Envelope) -> Self {
        Self {
            rules,
            places,
            envelope,
            visits: BTreeMap::new(),
            counters: Counters::default(),
        }
    }

    /// Forgets what was seen: another part of the stream begins.
    pub fn forget(&mut self) {
        self.visits.clear();
    }

    /// Reads the plates of a new frame, puts reports on it and writes the numbers onto the detections.
    pub fn read(&mut self, frame: &mut FrameInfo) -> Outcome {
        self.counters.frames += 1;
        let mut outcome = Outcome::default();
        outcome.warnings.extend(self.places.prepare(&frame.camera));
        let now = frame.capture_time;
        let window = self.rules.window;
        self.visits
            .retain(|_, visit| now.nanos().abs_diff(visit.last.nanos()) <= window.unsigned_abs());
        for index in 0..frame.detections.len() {
            let looks = self.looks(frame, index, &mut outcome.warnings);
            let name = frame.detections[index].tracker_id;
            if !looks.is_empty() {
                self.counters.looks += looks.len() as u64;
                let verdict = self.vote(frame, name, looks);
                self.counters.unread += u64::from(verdict.is_none());
                outcome.readings.push(Reading {
                    detection: index,
                    text: verdict
                        .as_ref()
                        .map_or_else(String::new, |verdict| verdict.text.clone()),
                    confidence: verdict.as_ref().map_or(0.0, |verdict| verdict.confidence),
                });
                let warning = verdict.and_then(|verdict| self.report(frame, index, verdict));
                outcome.warnings.extend(warning);
            }
            self.write_text(frame, index);
        }
        outcome
    }

    /// What the networks say of one detection now.
    fn looks(&mut self, frame: &FrameInfo, index: usize, warnings: &mut Vec<String>) -> Vec<Look> {
        let detection = &frame.detections[index];
        let mut looks = Vec::new();
        let height = f64::from(detection.bounding_box.height);
        for network in &self.rules.networks {
            let Some(emissions) = network.emissions(detection) else {
                continue;
            };
            if height < self.rules.min_height {
                self.counters.small += 1;
                continue;
            }
            match emissions {
                Ok(emissions) => looks.push(Look {
                    view: network.component.to_string(),
                    frame: frame.sequence,
                    height,
                    emissions,
                }),
                Err(error) => {
                    if self.counters.tensor == 0 {
                        warnings.push(format!(
                            "Camera '{}', component {}: {error}; such plates are not read",
                            frame.camera, network.component
                        ));
                    }
                    self.counters.tensor += 1;
                }
            }
        }
        looks
    }

    /// Adds looks to what was seen before of the plate of this name; what it says now.
    fn vote(&mut self, frame: &FrameInfo, name: Option<u64>, looks: Vec<Look>) -> Option<Verdict> {
        let fresh = || Visit {
            ballot: Ballot::new(Tempering::default()),
            verdict: None,
            last: frame.capture_time,
        };
        let mut nameless = fresh();
        let visit = match name {
            Some(name) => self
                .visits
                .entry((frame.camera.clone(), name))
                .or_insert_with(fresh),
            // Nobody knows which plate this is in other frames.
            None => &mut nameless,
        };
        visit.last = frame.capture_time;
        for look in looks {
            visit.ballot.add(&self.rules.numbering, look);
        }
        visit.verdict = visit.ballot.verdict(&self.rules.numbering);
        visit.verdict.clone()
    }

    /// Puts a report on the frame; what the user should know is returned once.
    fn report(&mut self, frame: &mut FrameInfo, index: usize, verdict: Verdict) -> Option<String> {
        let counters = &mut self.counters;
        if verdict.confidence < self.rules.min_confidence {
            counters.doubtful += 1;
            return None;
        }
        let Some(camera) = self.places.camera(&frame.camera) else {
            counters.unknown_camera += 1;
            return None;
        };
        let Some(place) = camera.place(frame, index) else {
            counters.off_track += 1;
            return None;
        };
        let report = PlateReport {
            camera: frame.camera.to_string(),
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
        };
        match self.envelope.seal(frame, Data::Plate(report)) {
            Ok(event) => {
                counters.reports += 1;
                frame.reports.push(event);
                None
            }
            Err(problem) => {
                counters.invalid += 1;
                (counters.invalid == 1).then_some(problem)
            }
        }
    }

    /// Writes the number that is known of a plate onto its detection, for overlays.
    fn write_text(&mut self, frame: &mut FrameInfo, index: usize) {
        let detection = &mut frame.detections[index];
        let Some(name) = detection.tracker_id else {
            return;
        };
        let Some(visit) = self.visits.get_mut(&(frame.camera.clone(), name)) else {
            return;
        };
        visit.last = frame.capture_time;
        let Some(verdict) = &visit.verdict else {
            return;
        };
        let Some(network) = self.rules.networks.first() else {
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
    pub fn counters(&self) -> Vec<(&'static str, u64)> {
        let counters = &self.counters;
        vec![
            ("frames", counters.frames),
            ("looks", counters.looks),
            ("reports", counters.reports),
            ("small", counters.small),
            ("errors-tensor", counters.tensor),
            ("unread", counters.unread),
            ("doubtful", counters.doubtful),
            ("off-track", counters.off_track),
            ("unknown-camera", counters.unknown_camera),
            ("invalid", counters.invalid),
        ]
    }
}
