// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a secondary network remembers of the objects that it has inferred: which is which, and when to infer them again.
//!
//! An object without a tracker id gets an id here: that of the object of its class that it overlaps most in an earlier frame.
//! The id is written onto the detection, so that later elements see the same object.

use std::collections::BTreeMap;
use std::sync::Arc;

use messages::Timestamp;
use meta::{BoundingBox, Classification, Detection, FrameInfo};

use crate::config::Reinference;

/// Boxes of one object in two frames share this much of their union at least. Little, because a plate is small and moves by a
/// part of its own width from frame to frame.
const LEAST_OVERLAP: f32 = 0.1;
/// nvinfer forgets objects that it has not seen for so many frames.
const FORGET_AFTER: u64 = 150;
/// An object without a tracker is another one after so many frames, for it is found again by its place only.
const LOST_AFTER: u64 = 15;
/// nvinfer infers again when an object has grown by this factor: it came nearer.
const GROWN: f32 = 1.2;
/// Share of a period by which an inference may come early, so that jitter of frame times does not halve the rate.
const EARLY: f64 = 0.05;

/// What to do with an object of a frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Infer it.
    Infer,
    /// Do not infer it, but repeat the earlier answers of a classifier about it.
    Repeat(Vec<Classification>),
}

/// When an object is inferred again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// By the configuration: nvinfer's rules for the kind of network.
    pub reinference: Reinference,
    /// Inferences per object and second; 0 for any number.
    pub max_rate: f64,
    /// First part of the ids made here, so that two elements never make the same.
    pub component: u32,
}

/// The objects of all cameras.
#[derive(Debug, Default)]
pub struct History {
    cameras: BTreeMap<Arc<str>, BTreeMap<u64, Object>>,
    ids: u64,
}

/// One object.
#[derive(Debug, Clone)]
struct Object {
    /// Component and class of the detector that found it.
    detector: u32,
    class: i32,
    /// Where it was last.
    bounds: BoundingBox,
    /// Whether its id was made here, not by a tracker.
    ours: bool,
    /// Number of the last frame that it was on.
    seen: u64,
    inferred: Option<Inferred>,
}

/// The last inference of an object.
#[derive(Debug, Clone)]
struct Inferred {
    frame: u64,
    time: Timestamp,
    area: f32,
    answers: Vec<Classification>,
}

impl History {
    /// The ids of `objects` (indices of the frame's detections), in their order; those without a tracker id get one.
    pub fn identify(&mut self, frame: &FrameInfo, objects: &[usize], rules: &Rules) -> Vec<u64> {
        let known = self.cameras.entry(frame.camera.clone()).or_default();
        if known.values().any(|object| object.seen > frame.sequence) {
            // The stream began anew.
            known.clear();
        }
        known.retain(|_, object| {
            let patience = if object.ours {
                LOST_AFTER
            } else {
                FORGET_AFTER
            };
            frame.sequence - object.seen <= patience
        });
        let detections = objects.iter().map(|&index| &frame.detections[index]);
        let mut ids: Vec<Option<u64>> = detections.map(|found| found.tracker_id).collect();
        for (place, id) in matches(frame, objects, &ids, known) {
            ids[place] = Some(id);
        }
        let ids: Vec<u64> = ids
            .into_iter()
            .map(|id| {
                id.unwrap_or_else(|| {
                    self.ids += 1;
                    u64::from(rules.component) << 32 | self.ids
                })
            })
            .collect();
        for (&index, &id) in objects.iter().zip(&ids) {
            let found = &frame.detections[index];
            let object = known.entry(id).or_insert_with(|| Object {
                detector: found.component,
                class: found.class_id,
                bounds: found.bounding_box,
                ours: found.tracker_id.is_none(),
                seen: frame.sequence,
                inferred: None,
            });
            (object.bounds, object.seen) = (found.bounding_box, frame.sequence);
        }
        ids
    }

    /// Whether to infer the object of this id now.
    pub fn decide(&self, frame: &FrameInfo, id: u64, rules: &Rules) -> Decision {
        let object = self.object(frame, id);
        let Some((object, inferred)) =
            object.and_then(|object| Some((object, object.inferred.as_ref()?)))
        else {
            return Decision::Infer;
        };
        let passed = frame.sequence.saturating_sub(inferred.frame);
        let wanted = match rules.reinference {
            Reinference::Always => true,
            Reinference::After(frames) => passed > u64::from(frames),
            Reinference::Classifier(frames) => {
                let grown = area(object.bounds) > GROWN * inferred.area;
                grown || passed > u64::from(frames)
            }
        };
        let since = frame.capture_time.seconds_since(inferred.time);
        let due = rules.max_rate <= 0.0 || since * rules.max_rate >= 1.0 - EARLY;
        if wanted && due {
            Decision::Infer
        } else {
            Decision::Repeat(inferred.answers.clone())
        }
    }

    /// Remembers that the object was inferred, and the answers about it.
    pub fn remember(&mut self, frame: &FrameInfo, id: u64, answers: &[Classification]) {
        let camera = self.cameras.get_mut(&frame.camera);
        if let Some(object) = camera.and_then(|objects| objects.get_mut(&id)) {
            object.inferred = Some(Inferred {
                frame: frame.sequence,
                time: frame.capture_time,
                area: area(object.bounds),
                answers: answers.to_vec(),
            });
        }
    }

    /// The object of this id at the camera of `frame`.
    fn object(&self, frame: &FrameInfo, id: u64) -> Option<&Object> {
        self.cameras.get(&frame.camera)?.get(&id)
    }
}

/// Objects without an id and the known objects that they overlap most: the place in `objects`, the id.
fn matches(
    frame: &FrameInfo,
    objects: &[usize],
    ids: &[Option<u64>],
    known: &BTreeMap<u64, Object>,
) -> Vec<(usize, u64)> {
    let mut overlaps: Vec<(f32, usize, u64)> = Vec::new();
    for (place, &index) in objects.iter().enumerate() {
        if ids[place].is_some() {
            continue;
        }
        let found: &Detection = &frame.detections[index];
        let same_kind = known.iter().filter(|(_, object)| {
            object.ours && (object.detector, object.class) == (found.component, found.class_id)
        });
        overlaps.extend(same_kind.filter_map(|(id, object)| {
            let share = overlap(object.bounds, found.bounding_box);
            (share >= LEAST_OVERLAP).then_some((share, place, *id))
        }));
    }
    overlaps.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut pairs: Vec<(usize, u64)> = Vec::new();
    for (_, place, id) in overlaps {
        if !pairs.iter().any(|pair| pair.0 == place || pair.1 == id) {
            pairs.push((place, id));
        }
    }
    pairs
}

/// Area of a box.
fn area(bounds: BoundingBox) -> f32 {
    bounds.width * bounds.height
}

/// Intersection over union.
fn overlap(a: BoundingBox, b: BoundingBox) -> f32 {
    let width = (a.x + a.width).min(b.x + b.width) - a.x.max(b.x);
    let height = (a.y + a.height).min(b.y + b.height) - a.y.max(b.y);
    let common = width.max(0.0) * height.max(0.0);
    let union = area(a) + area(b) - common;
    if union > 0.0 { common / union } else { 0.0 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
    use super::*;

    const RULES: Rules = Rules {
        reinference: Reinference::Always,
        max_rate: 0.0,
        component: 3,
    };

    fn frame(sequence: u64, boxes: &[(i32, f32)]) -> FrameInfo {
        let time = Timestamp::from_nanos(sequence as i64 * 200_000_000);
        let mut frame = FrameInfo::new("C1", 0, time);
        frame.sequence = sequence;
        frame.detections = boxes
            .iter()
            .map(|&(class, x)| {
                let bounds = BoundingBox {
                    x,
                    y: 0.0,
                    width: 60.0,
                    height: 15.0,
                };
                Detection::new(1, class, "plate".into(), 0.9, bounds)
            })
            .collect();
        frame
    }

    fn all(frame: &FrameInfo) -> Vec<usize> {
        (0..frame.detections.len()).collect()
    }

    fn names(history: &mut History, frame: &FrameInfo) -> Vec<u64> {
        history.identify(frame, &all(frame), &RULES)
    }

    #[test]
    fn an_object_keeps_its_id_while_it_moves_by_less_than_its_width() {
        let mut history = History::default();
        let first = names(&mut history, &frame(0, &[(2, 100.0), (2, 300.0)]));
        assert_eq!(first[0] >> 32, 3, "the component is part of it");
        let second = names(&mut history, &frame(1, &[(2, 330.0), (2, 130.0)]));
        assert_eq!(second, [first[1], first[0]], "whatever the order");
        let third = names(&mut history, &frame(2, &[(2, 800.0), (0, 130.0)]));
        assert!(
            !third.iter().any(|id| first.contains(id)),
            "elsewhere, or of another class"
        );
    }

    #[test]
    fn ids_of_one_camera_are_not_those_of_another() {
        let mut history = History::default();
        let here = frame(0, &[(2, 100.0)]);
        let mut there = here.clone();
        there.camera = "C2".into();
        assert_ne!(names(&mut history, &here), names(&mut history, &there));
    }

    #[test]
    fn a_lost_object_is_another_one_and_a_trackers_id_is_kept() {
        let mut history = History::default();
        let first = names(&mut history, &frame(0, &[(2, 100.0)]));
        assert_eq!(
            names(&mut history, &frame(LOST_AFTER, &[(2, 100.0)])),
            first
        );
        let late = frame(2 * LOST_AFTER + 1, &[(2, 100.0)]);
        assert_ne!(names(&mut history, &late), first);
        let mut tracked = frame(100, &[(2, 100.0)]);
        tracked.detections[0].tracker_id = Some(77);
        assert_eq!(names(&mut history, &tracked), [77]);
    }

    #[test]
    fn a_stream_that_begins_anew_is_not_taken_for_the_old_one() {
        let mut history = History::default();
        let old = names(&mut history, &frame(40, &[(2, 100.0)]));
        assert_ne!(names(&mut history, &frame(0, &[(2, 100.0)])), old);
    }

    /// Frames of the first `count` in which the object is inferred under `rules`; `width` is its width in each frame.
    fn inferences(count: u64, rules: &Rules, width: impl Fn(u64) -> f32) -> Vec<u64> {
        let mut history = History::default();
        let mut frames = Vec::new();
        for sequence in 0..count {
            let mut frame = frame(sequence, &[(2, 100.0)]);
            frame.detections[0].bounding_box.width = width(sequence);
            let id = history.identify(&frame, &[0], rules)[0];
            if history.decide(&frame, id, rules) == Decision::Infer {
                frames.push(sequence);
                history.remember(&frame, id, &[]);
            }
        }
        frames
    }

    #[test]
    fn the_rate_holds_per_object() {
        let rules = |max_rate| Rules { max_rate, ..RULES };
        assert_eq!(inferences(6, &rules(0.0), |_| 60.0), [0, 1, 2, 3, 4, 5]);
        assert_eq!(inferences(12, &rules(1.0), |_| 60.0), [0, 5, 10]);
        assert_eq!(inferences(7, &rules(2.5), |_| 60.0), [0, 2, 4, 6]);
    }

    #[test]
    fn intervals_are_nvinfers() {
        let rules = |reinference| Rules {
            reinference,
            ..RULES
        };
        let detector = rules(Reinference::After(2));
        assert_eq!(inferences(8, &detector, |_| 60.0), [0, 3, 6]);
        let classifier = rules(Reinference::Classifier(3));
        assert_eq!(inferences(9, &classifier, |_| 60.0), [0, 4, 8]);
        // 60 to 72 is not yet more than a fifth, 73 is.
        let growing = |frame| if frame < 2 { 72.0 } else { 73.0 };
        let first_small = |frame| if frame == 0 { 60.0 } else { growing(frame) };
        let never = rules(Reinference::Classifier(u32::MAX));
        assert_eq!(inferences(4, &never, first_small), [0, 2]);
    }

    #[test]
    fn what_was_said_is_repeated() {
        let mut history = History::default();
        let rules = Rules {
            reinference: Reinference::Classifier(u32::MAX),
            ..RULES
        };
        let answer = Classification {
            component: 2,
            class_id: 1,
            label: "E21".into(),
            confidence: 0.9,
        };
        let first = frame(0, &[(0, 100.0)]);
        let id = history.identify(&first, &[0], &rules)[0];
        history.remember(&first, id, std::slice::from_ref(&answer));
        let second = frame(1, &[(0, 100.0)]);
        history.identify(&second, &[0], &rules);
        assert_eq!(
            history.decide(&second, id, &rules),
            Decision::Repeat(vec![answer])
        );
    }
}
