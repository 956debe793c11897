// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a network found on one frame, and how it is written there.

use std::fmt;
use std::sync::Arc;

use gst_video::VideoInfo;
use meta::{BoundingBox, Classification, Detection, FrameInfo};

use super::history::History;
use crate::engine::Findings;

/// A frame to infer.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Its place in the packet; 0 for a single stream.
    pub slot: usize,
    /// Its buffer.
    pub buffer: &'a gst::BufferRef,
    /// Its format.
    pub info: &'a VideoInfo,
}

/// Under which names a network writes what it found.
#[derive(Debug, Clone)]
pub struct NetworkNames {
    /// `gie-unique-id`.
    pub component: u32,
    /// The labels of all its classes, if it is a detector.
    pub labels: Option<Arc<[Arc<str>]>>,
}

/// What a network found on one frame.
#[derive(Debug)]
pub struct InferenceResult {
    /// The frame's place in the packet.
    pub slot: usize,
    /// Width of the frame's pixels over their height.
    pixel_aspect: f64,
    /// What was found, on the whole frame (`None`) or on one of its detections (by index).
    findings: Vec<(Option<usize>, Findings)>,
    /// Objects that were not inferred now, with the earlier answers of a classifier about them.
    repeated: Vec<(Option<usize>, Findings)>,
    /// Detections (by index) and the ids that they have or get.
    ids: Vec<(usize, u64)>,
}

impl InferenceResult {
    /// A result without findings about `frame`.
    pub fn new(
        frame: &Frame<'_>,
        ids: Vec<(usize, u64)>,
        repeated: Vec<(Option<usize>, Findings)>,
    ) -> Self {
        let par = frame.info.par();
        Self {
            slot: frame.slot,
            pixel_aspect: f64::from(par.numer()) / f64::from(par.denom()),
            findings: Vec::new(),
            repeated,
            ids,
        }
    }

    /// Adds what was found on the whole frame (`None`) or on a detection.
    pub fn add(&mut self, object: Option<usize>, findings: Findings) {
        self.findings.push((object, findings));
    }

    /// Tells `history` which objects of `frame` were inferred.
    pub fn remember(&self, frame: &FrameInfo, history: &mut History) {
        for (object, findings) in &self.findings {
            let identified = self.ids.iter().find(|(index, _)| Some(*index) == *object);
            if let Some((_, id)) = identified {
                history.remember(frame, *id, &findings.classifications);
            }
        }
    }

    /// Writes what the network that `network` describes found onto the frame in `buffer`, also when it found nothing.
    pub fn write(self, buffer: &mut gst::BufferRef, network: &NetworkNames) {
        let Some(frame) = FrameInfo::of_mut(buffer) else {
            return;
        };
        let component = network.component;
        frame.pixel_aspect = self.pixel_aspect;
        if !frame.inferred_by.contains(&component) {
            frame.inferred_by.push(component);
            let labels = network.labels.iter().cloned();
            frame
                .labels
                .extend(labels.map(|labels| (component, labels)));
        }
        for (index, id) in self.ids {
            if let Some(found) = frame.detections.get_mut(index) {
                found.tracker_id = Some(id);
            }
        }
        let known = frame.detections.len();
        for (object, findings) in self.findings.into_iter().chain(self.repeated) {
            write_findings(frame, object, findings, component);
        }
        let new = frame.detections[known..].to_vec();
        meta::publish_regions(buffer, &new);
    }
}

impl fmt::Display for InferenceResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detections: usize = self
            .findings
            .iter()
            .map(|(_, it)| it.detections.len())
            .sum();
        let objects = self.findings.iter().filter(|it| it.0.is_some()).count();
        write!(
            f,
            "{detections} detections, {objects} objects inferred, {} objects not inferred again yet",
            self.repeated.len()
        )
    }
}

/// Writes findings about the whole frame (`object` is `None`) or about one of its detections.
fn write_findings(
    frame: &mut FrameInfo,
    object: Option<usize>,
    findings: Findings,
    component: u32,
) {
    for mut detection in findings.detections {
        detection.parent = object;
        frame.detections.push(detection);
    }
    if let Some(detection) = object.and_then(|object| frame.detections.get_mut(object)) {
        detection.classifications.extend(findings.classifications);
        detection.tensors.extend(findings.tensors);
        return;
    }
    frame.tensors.extend(findings.tensors);
    if !findings.classifications.is_empty() {
        let whole = whole_frame(frame, findings.classifications, component);
        frame.detections.push(whole);
    }
}

/// The object that carries a classifier's answers about a whole frame: class -1, no label, as nvinfer makes it.
fn whole_frame(frame: &FrameInfo, answers: Vec<Classification>, component: u32) -> Detection {
    let bounds = BoundingBox {
        x: 0.0,
        y: 0.0,
        width: frame.width as f32,
        height: frame.height as f32,
    };
    let best = answers
        .iter()
        .map(|answer| answer.confidence)
        .fold(0.0, f32::max);
    let mut detection = Detection::new(component, -1, "".into(), best, bounds);
    detection.classifications = answers;
    detection
}
