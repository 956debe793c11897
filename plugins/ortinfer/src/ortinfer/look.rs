// SPDX-License-Identifier: MIT OR Apache-2.0
//! One look: the frames of one buffer go through the engine, in batches as large as the network takes.

use std::time::{Duration, Instant};

use gst_video::{VideoFrameRef, VideoInfo};
use meta::{BoundingBox, Classification, Detection, FrameInfo};

use super::frames;
use super::stats::Failure;
use crate::config::{ObjectFilter, Subject};
use crate::engine::{Engine, Findings};
use crate::network::RunError;

/// A frame to look at.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Its place in the packet; 0 for a single stream.
    pub slot: usize,
    /// Its buffer.
    pub buffer: &'a gst::BufferRef,
    /// Its format.
    pub info: &'a VideoInfo,
}

/// What the network says of one frame.
#[derive(Debug)]
pub struct Look {
    /// The frame's place in the packet.
    pub slot: usize,
    /// What was found, on the whole frame or (by index) on one of its detections.
    units: Vec<(Option<usize>, Findings)>,
}

/// What looking at one buffer cost and gave.
#[derive(Debug, Default)]
pub struct Account {
    /// Frames looked at.
    pub inferred: u64,
    /// Boxes found.
    pub boxes: u64,
    /// Time in the network.
    pub inference: Duration,
    /// Time for the network's input.
    pub preprocess: Duration,
    /// Frames that could not be looked at, and why.
    pub failures: Vec<(Failure, String)>,
}

/// Looks at `frames`. A frame that cannot be looked at is told in `account` and left out; the others go on.
///
/// # Errors
/// When the network itself fails.
pub fn look(
    engine: &mut Engine,
    frames: &[Frame<'_>],
    account: &mut Account,
) -> Result<Vec<Look>, RunError> {
    let mut looks = Vec::with_capacity(frames.len());
    // For each picture staged: index of its look, and its object.
    let mut staged: Vec<(usize, Option<usize>)> = Vec::new();
    for frame in frames {
        let subjects = match subjects(engine, frame) {
            Ok(subjects) => subjects,
            Err(failure) => {
                account.failures.push(failure);
                continue;
            }
        };
        let begin = Instant::now();
        let Ok(mapped) = VideoFrameRef::from_buffer_ref_readable(frame.buffer, frame.info) else {
            let problem = format!(
                "its {} bytes are no {} picture of {}x{}",
                frame.buffer.size(),
                frame.info.format(),
                frame.info.width(),
                frame.info.height()
            );
            account.failures.push((Failure::Unreadable, problem));
            continue;
        };
        let picture = match frames::picture(&mapped) {
            Ok(picture) => picture,
            Err(failure) => {
                let problem = format!("its format {} cannot be read", frame.info.format());
                account.failures.push((failure, problem));
                continue;
            }
        };
        account.preprocess += begin.elapsed();
        looks.push(Look {
            slot: frame.slot,
            units: Vec::new(),
        });
        for (object, rectangle) in subjects {
            let begin = Instant::now();
            match engine.stage(&picture, rectangle) {
                Ok(()) => staged.push((looks.len() - 1, object)),
                // An object too small to see is nothing to tell; the frame was looked at all the same.
                Err(_) if object.is_some() => {}
                Err(problem) => {
                    account.failures.push((Failure::Size, problem.to_string()));
                    looks.pop();
                }
            }
            account.preprocess += begin.elapsed();
            if engine.is_full() {
                infer(engine, &mut staged, &mut looks, account)?;
            }
        }
    }
    infer(engine, &mut staged, &mut looks, account)?;
    account.inferred += looks.len() as u64;
    Ok(looks)
}

/// Runs the network on what is staged and hands the findings to their looks.
fn infer(
    engine: &mut Engine,
    staged: &mut Vec<(usize, Option<usize>)>,
    looks: &mut [Look],
    account: &mut Account,
) -> Result<(), RunError> {
    if staged.is_empty() {
        return Ok(());
    }
    let begin = Instant::now();
    let found = engine.infer()?;
    account.inference += begin.elapsed();
    for ((look, object), findings) in staged.drain(..).zip(found) {
        account.boxes += findings.detections.len() as u64;
        looks[look].units.push((object, findings));
    }
    Ok(())
}

/// What of `frame` the network is to see: the whole (`None`), or the rectangles of the objects that it cares for.
type Subjects = Vec<(Option<usize>, Option<[f32; 4]>)>;

fn subjects(engine: &Engine, frame: &Frame<'_>) -> Result<Subjects, (Failure, String)> {
    let Some(info) = FrameInfo::of(frame.buffer) else {
        let problem = "it carries no description (camera, time)".to_owned();
        return Err((Failure::Undescribed, problem));
    };
    Ok(match &engine.config.subject {
        Subject::Frames => vec![(None, None)],
        Subject::Objects(filter) => info
            .detections
            .iter()
            .enumerate()
            .filter(|(_, detection)| wants(filter, detection))
            .map(|(index, detection)| {
                let BoundingBox {
                    x,
                    y,
                    width,
                    height,
                } = detection.bounding_box;
                (Some(index), Some([x, y, width, height]))
            })
            .collect(),
    })
}

/// Whether a secondary network looks at `detection`.
fn wants(filter: &ObjectFilter, detection: &Detection) -> bool {
    let BoundingBox { width, height, .. } = detection.bounding_box;
    let fits = |size: f32, min: u32, max: u32| {
        size >= min.max(1) as f32 && (max == 0 || size <= max as f32)
    };
    filter
        .component
        .is_none_or(|component| component == detection.component)
        && fits(width, filter.min.0, filter.max.0)
        && fits(height, filter.min.1, filter.max.1)
        && (filter.classes.is_empty() || filter.classes.contains(&detection.class_id))
}

impl Look {
    /// Writes what `component` found onto the frame in `buffer`, also when it found nothing.
    pub fn write(self, buffer: &mut gst::BufferRef, component: u32) {
        let Some(frame) = FrameInfo::of_mut(buffer) else {
            return;
        };
        if !frame.inferred_by.contains(&component) {
            frame.inferred_by.push(component);
        }
        let known = frame.detections.len();
        for (object, findings) in self.units {
            write_findings(frame, object, findings, component);
        }
        let new = frame.detections[known..].to_vec();
        meta::publish_regions(buffer, &new);
    }
}

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
        let whole = whole(frame, findings.classifications, component);
        frame.detections.push(whole);
    }
}

/// The object that carries a classifier's answers about a whole frame: class -1, no label, as nvinfer makes it.
fn whole(frame: &FrameInfo, answers: Vec<Classification>, component: u32) -> Detection {
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
