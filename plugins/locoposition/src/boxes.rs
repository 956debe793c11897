// SPDX-License-Identifier: MIT OR Apache-2.0
//! The boxes on a frame in pixels of the image that its camera is calibrated for.

use estimation::lpe::{BoxDetection, BoxKind};
use meta::{Detection, FrameInfo};

/// The boxes of `component` on `frame`; boxes of other labels than ours are counted.
pub fn boxes(
    frame: &FrameInfo,
    component: u32,
    image: Option<(u32, u32)>,
    unknown_labels: &mut u64,
) -> Vec<BoxDetection> {
    let mut boxes = Vec::new();
    for detection in frame
        .detections
        .iter()
        .filter(|detection| detection.component == component)
    {
        match kind(detection) {
            Some(kind) => boxes.push(in_image(frame, detection, kind, image)),
            None => *unknown_labels += 1,
        }
    }
    boxes
}

/// A detection in pixels of the calibrated image.
pub fn in_image(
    frame: &FrameInfo,
    detection: &Detection,
    kind: BoxKind,
    image: Option<(u32, u32)>,
) -> BoxDetection {
    let (x, y) = scale(frame, image);
    let place = detection.bounding_box.scaled(x, y);
    BoxDetection {
        kind,
        confidence: f64::from(detection.confidence),
        x: f64::from(place.x),
        y: f64::from(place.y),
        w: f64::from(place.width),
        h: f64::from(place.height),
    }
}

/// From pixels of the frame to pixels of the calibrated image; 1 where either size is unknown.
fn scale(frame: &FrameInfo, image: Option<(u32, u32)>) -> (f32, f32) {
    match image {
        Some((width, height)) if frame.width > 0 && frame.height > 0 => (
            width as f32 / frame.width as f32,
            height as f32 / frame.height as f32,
        ),
        _ => (1.0, 1.0),
    }
}

/// What a detector's label means.
pub fn kind(detection: &Detection) -> Option<BoxKind> {
    match &*detection.label {
        "head" => Some(BoxKind::Head),
        "tail" => Some(BoxKind::Tail),
        "plate" => Some(BoxKind::Plate),
        "body" => Some(BoxKind::Body),
        _ => None,
    }
}
