// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a classifier's results about the ends on a frame to reports; knows no GStreamer.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use kit::{Located, LocatedReports};
use messages::{Data, ModelCandidate, ModelReport, Timestamp};
use meta::FrameInfo;

use super::stats::Counters;
use super::warnings;
use crate::catalogue::{Answer, Catalogue};

/// A result that equals the one before counts as a new one after this time, nanoseconds.
const REPEATED: i64 = 1_000_000_000;

/// Reports the models of locomotives at all cameras.
#[derive(Debug)]
pub struct Reporter {
    catalogue: Catalogue,
    min_confidence: f64,
    min_height: f64,
    /// Where ends stand, and the reports about them.
    pub reports: LocatedReports,
    /// Per camera and object the best model of the last result, and when it came.
    last: BTreeMap<(Arc<str>, u64), (Timestamp, Option<ModelCandidate>)>,
    counters: Counters,
}

/// What became of the classifier's result on one end.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The best label is `other`.
    Other,
    /// The tensor does not fit the labels.
    BadTensor,
    /// The end is too low.
    Small,
    /// It equals the result before.
    Repeated,
    /// The best model is not probable enough.
    Doubtful,
    /// There is a model to report.
    Located(Located),
}

/// What became of a frame.
#[derive(Debug, Default)]
pub struct Outcomes {
    /// The indices of the detections that have a result, and what became of it.
    pub results: Vec<(usize, Outcome)>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

impl Reporter {
    /// Reports the models that `catalogue` names, for ends of `min_height` pixels and results of `min_confidence` at least.
    pub fn new(
        catalogue: Catalogue,
        min_confidence: f64,
        min_height: f64,
        reports: LocatedReports,
    ) -> Self {
        Self {
            catalogue,
            min_confidence,
            min_height,
            reports,
            last: BTreeMap::new(),
            counters: Counters::default(),
        }
    }

    /// Forgets earlier results: another part of the stream begins.
    pub fn flush(&mut self) {
        self.last.clear();
    }

    /// Puts reports on a new frame.
    pub fn process(&mut self, frame: &mut FrameInfo) -> Outcomes {
        self.reports.counters.frames += 1;
        let mut outcomes = Outcomes::default();
        outcomes.warnings.extend(self.reports.prepare(frame));
        let now = frame.capture_time.nanos();
        self.last
            .retain(|_, (time, _)| now.abs_diff(time.nanos()) <= REPEATED.unsigned_abs());
        for index in 0..frame.detections.len() {
            let outcome = match self.catalogue.answer(&frame.detections[index]) {
                None => continue,
                Some(Answer::Other) => {
                    self.counters.other += 1;
                    Outcome::Other
                }
                Some(Answer::Unfit { found, expected }) => {
                    self.reports.counters.errors_tensor += 1;
                    if self.reports.counters.errors_tensor == 1 {
                        let warning = warnings::bad_tensor(&frame.camera, found, expected);
                        outcomes.warnings.push(warning);
                    }
                    Outcome::BadTensor
                }
                Some(Answer::Models(models)) => self.judge(frame, index, models),
            };
            if let Outcome::Located(Located::Invalid(problem)) = &outcome
                && self.reports.counters.invalid == 1
            {
                outcomes.warnings.push(problem.clone());
            }
            outcomes.results.push((index, outcome));
        }
        outcomes
    }

    /// Reports the models `candidates` of the end of this index, the most probable first, unless they are not worth it.
    fn judge(
        &mut self,
        frame: &mut FrameInfo,
        index: usize,
        candidates: Vec<ModelCandidate>,
    ) -> Outcome {
        let detection = &frame.detections[index];
        if f64::from(detection.bounding_box.height) < self.min_height {
            self.reports.counters.small += 1;
            return Outcome::Small;
        }
        let object = detection.tracker_id;
        let best = candidates.first();
        let sure = best.filter(|best| best.p >= self.min_confidence);
        if let Some(best) = sure {
            frame.captions.push((index, best.model.clone()));
        }
        if let Some(object) = object
            && self.is_repeated(frame, object, best)
        {
            return Outcome::Repeated;
        }
        self.reports.counters.looks += 1;
        if sure.is_none() {
            self.reports.counters.doubtful += 1;
            return Outcome::Doubtful;
        }
        let located = self.reports.report(frame, index, |camera, place| {
            Data::Model(ModelReport {
                camera,
                track: place.track,
                s: place.s,
                sigma: place.sigma,
                candidates,
            })
        });
        Outcome::Located(located)
    }

    /// Whether `best` is what the last result about this object said; if not, it is remembered.
    ///
    /// A repeated result comes without its tensor, so the best model alone tells whether it is one.
    fn is_repeated(
        &mut self,
        frame: &FrameInfo,
        object: u64,
        best: Option<&ModelCandidate>,
    ) -> bool {
        let key = (frame.camera.clone(), object);
        let repeated = self
            .last
            .get(&key)
            .is_some_and(|(_, last)| last.as_ref() == best);
        if !repeated {
            self.last.insert(key, (frame.capture_time, best.cloned()));
        }
        repeated
    }

    /// Name and value of every counter.
    pub fn counters(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
        self.reports.counters.iter().chain(self.counters.iter())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other => f.write_str("no locomotive of the catalogue"),
            Self::BadTensor => f.write_str("dropped, the tensor does not fit the labels"),
            Self::Small => f.write_str("dropped, the end is lower than min-height"),
            Self::Repeated => f.write_str("repeats the result before, not reported again"),
            Self::Doubtful => f.write_str("not reported, less probable than min-confidence"),
            Self::Located(located) => located.fmt(f),
        }
    }
}
