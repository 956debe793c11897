// SPDX-License-Identifier: MIT OR Apache-2.0
//! The detections on a frame in pixels of the image that its camera is calibrated for.

use estimation::lpe::{BoxDetection, BoxKind};
use meta::{Detection, FrameInfo};

use crate::labels::kind;

/// The detections of one component that position estimation reads.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Boxes {
    /// The boxes, in the order of the frame's detections.
    pub boxes: Vec<BoxDetection>,
    /// For each box the index of its detection on the frame.
    pub detections: Vec<usize>,
    /// How many detections have another label than head, tail, plate and body.
    pub unknown_labels: u64,
}

impl Boxes {
    /// The boxes of `component` on `frame`, whose camera is calibrated for an image of the size `image`.
    pub(crate) fn of(frame: &FrameInfo, component: u32, image: Option<(u32, u32)>) -> Self {
        let mut boxes = Self::default();
        for (index, detection) in frame.detections.iter().enumerate() {
            if detection.component != component {
                continue;
            }
            match kind(&detection.label) {
                Some(kind) => {
                    boxes.boxes.push(in_image(frame, detection, kind, image));
                    boxes.detections.push(index);
                }
                None => boxes.unknown_labels += 1,
            }
        }
        boxes
    }
}

/// A detection in pixels of the calibrated image.
pub(crate) fn in_image(
    frame: &FrameInfo,
    detection: &Detection,
    kind: BoxKind,
    image: Option<(u32, u32)>,
) -> BoxDetection {
    let (x, y) = scale(frame, image);
    let bounds = detection.bounding_box.scaled(x, y);
    BoxDetection {
        kind,
        confidence: f64::from(detection.confidence),
        x: f64::from(bounds.x),
        y: f64::from(bounds.y),
        w: f64::from(bounds.width),
        h: f64::from(bounds.height),
    }
}

/// From pixels of the frame to pixels of the calibrated image, across and down; 1 where either size is unknown.
fn scale(frame: &FrameInfo, image: Option<(u32, u32)>) -> (f32, f32) {
    match image {
        Some((width, height)) if frame.width > 0 && frame.height > 0 => (
            width as f32 / frame.width as f32,
            height as f32 / frame.height as f32,
        ),
        _ => (1.0, 1.0),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "these values are exact")]

    use super::*;
    use messages::Timestamp;
    use meta::BoundingBox;

    #[test]
    fn boxes_are_in_pixels_of_the_calibrated_image_and_know_their_detection() {
        let mut frame = FrameInfo::new("C1", 0, Timestamp::from_nanos(0));
        (frame.width, frame.height) = (480, 270);
        let bounds = BoundingBox {
            x: 10.0,
            y: 20.0,
            width: 30.0,
            height: 40.0,
        };
        let detection =
            |component, label: &str| Detection::new(component, 0, label.into(), 0.5, bounds);
        frame.detections = vec![
            detection(1, "wheel"),
            detection(2, "head"),
            detection(1, "tail"),
        ];
        let found = Boxes::of(&frame, 1, Some((960, 540)));
        assert_eq!((found.unknown_labels, found.detections), (1, vec![2]));
        let tail = found.boxes[0];
        assert_eq!((tail.kind, tail.confidence), (BoxKind::Tail, 0.5));
        assert_eq!([tail.x, tail.y, tail.w, tail.h], [20.0, 40.0, 60.0, 80.0]);
    }
}
