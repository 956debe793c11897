// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a classifier's answers about the ends on a frame to reports.

use std::collections::BTreeMap;
use std::sync::Arc;

use kit::{Envelope, Places};
use messages::{Data, ModelCandidate, ModelReport, Timestamp};
use meta::FrameInfo;

use crate::catalogue::{Answer, Catalogue};

/// An answer that only repeats the one before is a look again after this time, nanoseconds.
const REPEATED: i64 = 1_000_000_000;

/// Reports the models at all cameras.
#[derive(Debug)]
pub struct Reporter {
    catalogue: Catalogue,
    min_confidence: f64,
    min_height: f64,
    places: Places,
    /// What the reports have in common.
    pub envelope: Envelope,
    /// Camera and object: the best of what was said last, and when.
    said: BTreeMap<(Arc<str>, u64), (Timestamp, Option<ModelCandidate>)>,
    counters: Counters,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counters {
    frames: u64,
    looks: u64,
    reports: u64,
    small: u64,
    tensor: u64,
    other: u64,
    doubtful: u64,
    off_track: u64,
    unknown_camera: u64,
    invalid: u64,
}

impl Reporter {
    /// Reports what `catalogue` names at `places`, ends of `min_height` pixels and answers of `min_confidence` at least.
    pub fn new(
        catalogue: Catalogue,
        min_confidence: f64,
        min_height: f64,
        places: Places,
        envelope: Envelope,
    ) -> Self {
        Self {
            catalogue,
            min_confidence,
            min_height,
            places,
            envelope,
            said: BTreeMap::new(),
            counters: Counters::default(),
        }
    }

    /// Forgets what was seen: another part of the stream begins.
    pub fn forget(&mut self) {
        self.said.clear();
    }

    /// Puts reports on a new frame; what the user should know is returned.
    pub fn look(&mut self, frame: &mut FrameInfo) -> Vec<String> {
        self.counters.frames += 1;
        let mut warnings: Vec<String> = self.places.prepare(&frame.camera).into_iter().collect();
        let now = frame.capture_time.nanos();
        self.said
            .retain(|_, (time, _)| now.abs_diff(time.nanos()) <= REPEATED.unsigned_abs());
        for index in 0..frame.detections.len() {
            match self.catalogue.answer(&frame.detections[index]) {
                None => (),
                Some(Answer::Other) => self.counters.other += 1,
                Some(Answer::Unfit { found, expected }) => {
                    self.counters.tensor += 1;
                    if self.counters.tensor == 1 {
                        warnings.push(format!(
                            "Camera '{}': the classifier's tensor has {found} values for {expected} labels, or values that are \
                             no probabilities; use the labels of this network, and end it in a softmax",
                            frame.camera
                        ));
                    }
                }
                Some(Answer::Models(models)) => warnings.extend(self.report(frame, index, models)),
            }
        }
        warnings
    }

    fn report(
        &mut self,
        frame: &mut FrameInfo,
        index: usize,
        candidates: Vec<ModelCandidate>,
    ) -> Option<String> {
        let detection = &frame.detections[index];
        if f64::from(detection.bounding_box.height) < self.min_height {
            self.counters.small += 1;
            return None;
        }
        let best = candidates.first();
        if let Some(best) = best.filter(|best| best.p >= self.min_confidence) {
            frame.captions.push((index, best.model.clone()));
        }
        let detection = &frame.detections[index];
        if let Some(name) = detection.tracker_id {
            let key = (frame.camera.clone(), name);
            // What is repeated comes without its tensor: the best alone tells whether it is.
            let best = candidates.first().cloned();
            let said = self.said.get(&key);
            if said.is_some_and(|(_, said)| *said == best) {
                return None;
            }
            self.said.insert(key, (frame.capture_time, best));
        }
        let counters = &mut self.counters;
        counters.looks += 1;
        if candidates
            .first()
            .is_none_or(|best| best.p < self.min_confidence)
        {
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
        let report = ModelReport {
            camera: frame.camera.to_string(),
            track: place.track,
            s: place.s,
            sigma: place.sigma,
            candidates,
        };
        match self.envelope.seal(frame, Data::Model(report)) {
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

    /// Name and value of every counter.
    pub fn counters(&self) -> Vec<(&'static str, u64)> {
        let counters = &self.counters;
        vec![
            ("frames", counters.frames),
            ("looks", counters.looks),
            ("reports", counters.reports),
            ("small", counters.small),
            ("errors-tensor", counters.tensor),
            ("other", counters.other),
            ("doubtful", counters.doubtful),
            ("off-track", counters.off_track),
            ("unknown-camera", counters.unknown_camera),
            ("invalid", counters.invalid),
        ]
    }
}
