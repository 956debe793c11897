// SPDX-License-Identifier: MIT OR Apache-2.0
//! One look: the frames of one buffer go through the engine, in batches as large as the network takes.

use std::time::{Duration, Instant};

use gst_video::{VideoFrameRef, VideoInfo};
use meta::{BoundingBox, Classification, Detection, FrameInfo};

use super::frames;
use super::history::{History, Order, Rules};
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
    /// Objects that were not looked at now, with what a classifier said of them before.
    repeated: Vec<(Option<usize>, Findings)>,
    /// Detections (by index) and the ids that they have or get.
    names: Vec<(usize, u64)>,
}

/// What a secondary network knows beside the frame.
#[derive(Debug)]
pub struct Memory {
    /// The objects that it has looked at.
    pub history: History,
    /// When it looks again.
    pub rules: Rules,
    /// How far it sees beyond an object's box, share of the box's height.
    pub margin: f32,
}

/// What looking at one buffer cost and gave.
#[derive(Debug, Default)]
pub struct Account {
    /// Frames looked at.
    pub inferred: u64,
    /// Boxes found.
    pub boxes: u64,
    /// Objects that a secondary network has looked at.
    pub objects: u64,
    /// Objects left alone, because of `max-rate` or `secondary-reinfer-interval`.
    pub rested: u64,
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
    memory: &mut Memory,
    frames: &[Frame<'_>],
    account: &mut Account,
) -> Result<Vec<Look>, RunError> {
    let mut looks: Vec<Look> = Vec::with_capacity(frames.len());
    let mut seen: Vec<&FrameInfo> = Vec::with_capacity(frames.len());
    // For each picture staged: index of its look, and its object.
    let mut staged: Vec<(usize, Option<usize>)> = Vec::new();
    for frame in frames {
        let Some(described) = FrameInfo::of(frame.buffer) else {
            let problem = "it carries no description (camera, time)".to_owned();
            account.failures.push((Failure::Undescribed, problem));
            continue;
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
        let size = (frame.info.width(), frame.info.height());
        let plan = plan(engine, memory, described, size);
        account.rested += plan.repeated.len() as u64;
        looks.push(Look {
            slot: frame.slot,
            units: Vec::new(),
            repeated: plan.repeated,
            names: plan.names,
        });
        seen.push(described);
        for (object, rectangle) in plan.subjects {
            let begin = Instant::now();
            match engine.stage(&picture, rectangle) {
                Ok(()) => staged.push((looks.len() - 1, object)),
                // An object too small to see is nothing to tell; the frame was looked at all the same.
                Err(_) if object.is_some() => {}
                Err(problem) => {
                    account.failures.push((Failure::Size, problem.to_string()));
                    looks.pop();
                    seen.pop();
                }
            }
            account.preprocess += begin.elapsed();
            if engine.is_full() {
                infer(engine, &mut staged, &mut looks, account)?;
            }
        }
    }
    infer(engine, &mut staged, &mut looks, account)?;
    for (look, frame) in looks.iter().zip(seen) {
        look.remember(frame, &mut memory.history);
    }
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
        account.objects += u64::from(object.is_some());
        looks[look].units.push((object, findings));
    }
    Ok(())
}

/// What is to be done with one frame.
#[derive(Debug, Default)]
struct Plan {
    /// What the network is to see: the whole (`None`), or the rectangles of objects.
    subjects: Vec<(Option<usize>, Option<[f32; 4]>)>,
    /// Objects that are not looked at now, with what a classifier said of them.
    repeated: Vec<(Option<usize>, Findings)>,
    names: Vec<(usize, u64)>,
}

fn plan(engine: &Engine, memory: &mut Memory, frame: &FrameInfo, size: (u32, u32)) -> Plan {
    let Subject::Objects(filter) = &engine.config.subject else {
        return Plan {
            subjects: vec![(None, None)],
            ..Plan::default()
        };
    };
    let objects: Vec<usize> = (0..frame.detections.len())
        .filter(|&index| wants(filter, &frame.detections[index]))
        .collect();
    let ids = memory.history.name(frame, &objects, &memory.rules);
    let mut plan = Plan::default();
    for (index, id) in objects.into_iter().zip(ids) {
        plan.names.push((index, id));
        match memory.history.order(frame, id, &memory.rules) {
            Order::Look => {
                let seen = grown(&frame.detections[index].bounding_box, memory.margin, size);
                plan.subjects.push((Some(index), Some(seen)));
            }
            Order::Repeat(classifications) => {
                let findings = Findings {
                    classifications,
                    ..Findings::default()
                };
                plan.repeated.push((Some(index), findings));
            }
        }
    }
    plan
}

/// Left, top, width and height of a box with a margin of so much of its height, half of it above and below. The margin ends where a
/// picture of that size does.
fn grown(object: &BoundingBox, margin: f32, size: (u32, u32)) -> [f32; 4] {
    let beside = margin * object.height;
    let above = 0.5 * beside;
    let (right, bottom) = (object.x + object.width, object.y + object.height);
    let left = object.x.min((object.x - beside).max(0.0));
    let top = object.y.min((object.y - above).max(0.0));
    let right = right.max((right + beside).min(size.0 as f32));
    let bottom = bottom.max((bottom + above).min(size.1 as f32));
    [left, top, right - left, bottom - top]
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
    /// Tells `history` which objects of `frame` were looked at.
    fn remember(&self, frame: &FrameInfo, history: &mut History) {
        for (object, findings) in &self.units {
            let named = self.names.iter().find(|(index, _)| Some(*index) == *object);
            if let Some((_, id)) = named {
                history.looked(frame, *id, &findings.classifications);
            }
        }
    }

    /// Writes what `component` found onto the frame in `buffer`, also when it found nothing.
    pub fn write(self, buffer: &mut gst::BufferRef, component: u32) {
        let Some(frame) = FrameInfo::of_mut(buffer) else {
            return;
        };
        if !frame.inferred_by.contains(&component) {
            frame.inferred_by.push(component);
        }
        for (index, id) in self.names {
            if let Some(found) = frame.detections.get_mut(index) {
                found.tracker_id = Some(id);
            }
        }
        let known = frame.detections.len();
        for (object, findings) in self.units.into_iter().chain(self.repeated) {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "these values are exact")]

    use super::*;

    fn object(x: f32, y: f32, width: f32, height: f32) -> BoundingBox {
        BoundingBox {
            x,
            y,
            width,
            height,
        }
    }

    #[test]
    fn a_margin_grows_a_box_twice_as_far_beside_as_above() {
        let plate = object(100.0, 50.0, 80.0, 20.0);
        assert_eq!(grown(&plate, 0.2, (960, 540)), [96.0, 48.0, 88.0, 24.0]);
        assert_eq!(grown(&plate, 0.0, (960, 540)), [100.0, 50.0, 80.0, 20.0]);
    }

    #[test]
    fn a_margin_ends_at_the_border_and_shrinks_nothing() {
        let corner = object(1.0, 1.0, 958.0, 538.5);
        assert_eq!(grown(&corner, 0.5, (960, 540)), [0.0, 0.0, 960.0, 540.0]);
        let outside = object(-10.0, 530.0, 40.0, 20.0);
        assert_eq!(grown(&outside, 0.5, (960, 540)), [-10.0, 525.0, 50.0, 25.0]);
    }
}
