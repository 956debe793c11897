// SPDX-License-Identifier: MIT OR Apache-2.0
//! Each end is written at the detection that it was estimated from.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::path::Path;

use facility::{END_HEIGHT, END_WIDTH, Facility};
use gst::prelude::*;
use gst_check::Harness;
use messages::Timestamp;
use meta::{BoundingBox, Detection, FrameInfo};
use roundhouse_locoposition::LocoPosition;

const FACILITY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/data/demo/facility.toml"
);

/// What camera C1 of the demo hall sees of an end at metre `s` of track T2.
fn end(label: &str, s: f64) -> Detection {
    let facility = Facility::load(Path::new(FACILITY)).unwrap();
    let projection = facility.camera("C1").unwrap().projection.as_ref().unwrap();
    let [left, top, right, bottom] = projection
        .end_box(facility.track("T2").unwrap(), s, END_WIDTH, END_HEIGHT)
        .unwrap()
        .map(|edge| edge as f32);
    let bounds = BoundingBox {
        x: left,
        y: top,
        width: right - left,
        height: bottom - top,
    };
    Detection::new(1, 0, label.into(), 0.9, bounds)
}

#[test]
fn captions_are_at_their_detections_in_the_order_of_these() {
    gst::init().unwrap();
    let element = gst::glib::Object::new::<LocoPosition>();
    element.set_property("facility", FACILITY);
    let mut harness = Harness::with_element(&element, Some("sink"), Some("src"));
    harness.set_src_caps_str("video/x-raw,format=GRAY8,width=960,height=540,framerate=5/1");
    let mut info = FrameInfo::new("C1", 0, Timestamp::from_nanos(0));
    (info.width, info.height) = (960, 540);
    info.inferred_by = vec![1];
    let mut other = end("head", 8.0);
    other.component = 2;
    info.detections = vec![
        end("plate", 12.0),
        other,
        end("head", 16.0),
        end("wheel", 8.0),
        end("tail", 8.0),
    ];
    let mut buffer = gst::Buffer::new();
    info.attach(buffer.get_mut().unwrap());
    let seen = harness.push_and_pull(buffer).unwrap();
    let captions = &FrameInfo::of(&seen).unwrap().captions;
    assert_eq!(captions.len(), 2, "{captions:?}");
    assert_eq!(captions[0], (2, "T2 16.0 m".to_owned()));
    assert_eq!(captions[1], (4, "T2 8.0 m".to_owned()));
}
