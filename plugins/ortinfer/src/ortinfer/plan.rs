// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a network has to infer in one frame: the whole frame, or objects that another network found on it.

use meta::{BoundingBox, Detection, FrameInfo};

use super::history::{Decision, History, Rules};
use crate::config::{ObjectFilter, Subject};
use crate::engine::Findings;

/// What a secondary network knows beside the frame.
#[derive(Debug)]
pub struct Memory {
    /// The objects that it has inferred.
    pub history: History,
    /// When it infers them again.
    pub rules: Rules,
    /// How far a crop reaches beyond an object's box, share of the box's height.
    pub margin: f32,
}

/// What is to be done with one frame.
#[derive(Debug, Default)]
pub struct Plan {
    /// What the network is to see: the whole frame (`None`), or the rectangles (left, top, width, height) of objects.
    pub subjects: Vec<(Option<usize>, Option<[f32; 4]>)>,
    /// Objects that are not inferred now, with the earlier answers of a classifier about them.
    pub repeated: Vec<(Option<usize>, Findings)>,
    /// Detections (by index) and the ids that they have or get.
    pub ids: Vec<(usize, u64)>,
}

/// Plans what a network that infers `subject` does with `frame`, whose pixels are of the given width and height.
pub fn plan(subject: &Subject, memory: &mut Memory, frame: &FrameInfo, size: (u32, u32)) -> Plan {
    let Subject::Objects(filter) = subject else {
        return Plan {
            subjects: vec![(None, None)],
            ..Plan::default()
        };
    };
    let objects: Vec<usize> = (0..frame.detections.len())
        .filter(|&index| is_wanted(filter, &frame.detections[index]))
        .collect();
    let ids = memory.history.identify(frame, &objects, &memory.rules);
    let mut plan = Plan::default();
    for (index, id) in objects.into_iter().zip(ids) {
        plan.ids.push((index, id));
        match memory.history.decide(frame, id, &memory.rules) {
            Decision::Infer => {
                let bounds = &frame.detections[index].bounding_box;
                let crop = with_margin(bounds, memory.margin, size);
                plan.subjects.push((Some(index), Some(crop)));
            }
            Decision::Repeat(classifications) => {
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

/// Left, top, width and height of a box with a margin of so much of its height to the left and right, and half of it above and
/// below. The margin ends where a frame of that size does.
fn with_margin(object: &BoundingBox, margin: f32, size: (u32, u32)) -> [f32; 4] {
    let beside = margin * object.height;
    let above = 0.5 * beside;
    let (right, bottom) = (object.x + object.width, object.y + object.height);
    let left = object.x.min((object.x - beside).max(0.0));
    let top = object.y.min((object.y - above).max(0.0));
    let right = right.max((right + beside).min(size.0 as f32));
    let bottom = bottom.max((bottom + above).min(size.1 as f32));
    [left, top, right - left, bottom - top]
}

/// Whether a secondary network infers `detection`.
fn is_wanted(filter: &ObjectFilter, detection: &Detection) -> bool {
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
        assert_eq!(
            with_margin(&plate, 0.2, (960, 540)),
            [96.0, 48.0, 88.0, 24.0]
        );
        assert_eq!(
            with_margin(&plate, 0.0, (960, 540)),
            [100.0, 50.0, 80.0, 20.0]
        );
    }

    #[test]
    fn a_margin_ends_at_the_border_and_shrinks_nothing() {
        let corner = object(1.0, 1.0, 958.0, 538.5);
        assert_eq!(
            with_margin(&corner, 0.5, (960, 540)),
            [0.0, 0.0, 960.0, 540.0]
        );
        let outside = object(-10.0, 530.0, 40.0, 20.0);
        assert_eq!(
            with_margin(&outside, 0.5, (960, 540)),
            [-10.0, 525.0, 50.0, 25.0]
        );
    }
}
