// SPDX-License-Identifier: MIT OR Apache-2.0
//! Detections as `GstVideoRegionOfInterestMeta`, for overlays and other plugin sets.

use gst_video::VideoRegionOfInterestMeta;

use crate::detection::Detection;

/// Writes each of `detections` on `buffer` as a region of interest, with its label as type and its confidence as parameter.
pub fn publish_regions(buffer: &mut gst::BufferRef, detections: &[Detection]) {
    for detection in detections {
        let bounds = detection.bounding_box;
        let rectangle = (
            bounds.x.max(0.0).round() as u32,
            bounds.y.max(0.0).round() as u32,
            bounds.width.max(0.0).round() as u32,
            bounds.height.max(0.0).round() as u32,
        );
        let label = if detection.label.is_empty() {
            "object"
        } else {
            &*detection.label
        };
        let mut region = VideoRegionOfInterestMeta::add(buffer, label, rectangle);
        region.add_param(
            gst::Structure::builder("detection")
                .field("confidence", f64::from(detection.confidence))
                .field("label_id", detection.class_id)
                .build(),
        );
    }
}
