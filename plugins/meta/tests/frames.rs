// SPDX-License-Identifier: MIT OR Apache-2.0
//! Frames and packets through buffer copies, `tee` branches and `videoscale`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

use std::sync::Arc;

use gst::prelude::*;
use messages::Timestamp;
use roundhouse_meta::{
    BoundingBox, Detection, FrameInfo, Packet, Slot, SlotStatus, frames, publish_regions,
    update_frames,
};

fn frame(camera: &str) -> gst::Buffer {
    gst::init().unwrap();
    let mut buffer = gst::Buffer::new();
    let mut info = FrameInfo::new(camera, 0, Timestamp::from_nanos(7));
    (info.width, info.height) = (320, 240);
    info.attach(buffer.get_mut().unwrap());
    buffer
}

fn detection() -> Detection {
    let bounding_box = BoundingBox {
        x: 10.0,
        y: 20.0,
        width: 30.0,
        height: 40.0,
    };
    Detection::new(1, 0, Arc::from("head"), 0.9, bounding_box)
}

fn packet(slots: Vec<(SlotStatus, gst::Buffer)>) -> gst::Buffer {
    let mut buffer = gst::Buffer::new();
    let slots = slots
        .into_iter()
        .zip(0..)
        .map(|((status, frame), source)| Slot {
            camera: Arc::from(format!("C{source}")),
            source,
            status,
            frame: Some(frame),
            video_info: None,
        })
        .collect();
    Packet { slots }.attach(buffer.get_mut().unwrap());
    buffer
}

#[test]
fn a_copy_of_a_frame_is_independent() {
    let original = frame("C1");
    let mut copy = original.copy();
    update_frames(copy.get_mut().unwrap(), |info| {
        info.detections.push(detection());
    });
    assert!(FrameInfo::of(&original).unwrap().detections.is_empty());
    assert_eq!(FrameInfo::of(&copy).unwrap().detections.len(), 1);
}

#[test]
fn branches_of_a_packet_never_see_each_other() {
    let prod = packet(vec![
        (SlotStatus::Fresh, frame("C1")),
        (SlotStatus::Fresh, frame("C2")),
    ]);
    let mut dev = prod.clone();
    update_frames(dev.make_mut(), |info| info.detections.push(detection()));
    assert_eq!(
        frames(&prod)
            .map(|frame| frame.info.detections.len())
            .sum::<usize>(),
        0
    );
    assert_eq!(
        frames(&dev)
            .map(|frame| frame.info.detections.len())
            .sum::<usize>(),
        2
    );
}

#[test]
fn a_cached_frame_is_readable_but_never_written() {
    let mut buffer = packet(vec![
        (SlotStatus::Cached { age: 5 }, frame("C1")),
        (SlotStatus::Fresh, frame("C2")),
    ]);
    update_frames(buffer.make_mut(), |info| info.inferred_by.push(1));
    let observations: Vec<bool> = frames(&buffer)
        .map(|frame| frame.is_observation_of(1))
        .collect();
    assert_eq!(observations, [false, true]);
}

#[test]
fn a_frame_that_is_no_frame_has_no_view() {
    gst::init().unwrap();
    let buffer = gst::Buffer::new();
    assert_eq!(frames(&buffer).count(), 0);
}

#[test]
fn boxes_follow_videoscale() {
    gst::init().unwrap();
    let pipeline = gst::parse::launch(
        "appsrc name=in caps=video/x-raw,format=GRAY8,width=320,height=240,framerate=1/1 ! videoscale \
         ! video/x-raw,width=160,height=240,pixel-aspect-ratio=1/1 ! appsink name=out sync=false",
    )
    .unwrap()
    .downcast::<gst::Pipeline>()
    .unwrap();
    let input = pipeline.by_name("in").unwrap();
    let output = pipeline.by_name("out").unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let mut buffer = gst::Buffer::with_size(320 * 240).unwrap();
    let mut info = FrameInfo::new("C1", 0, Timestamp::from_nanos(0));
    (info.width, info.height) = (320, 240);
    info.detections.push(detection());
    let writable = buffer.get_mut().unwrap();
    publish_regions(writable, &info.detections);
    info.attach(writable);
    assert_eq!(
        input.emit_by_name::<gst::FlowReturn>("push-buffer", &[&buffer]),
        gst::FlowReturn::Ok
    );
    let sample = output
        .emit_by_name::<Option<gst::Sample>>("pull-sample", &[])
        .unwrap();
    let info = FrameInfo::of(sample.buffer().unwrap())
        .expect("videoscale keeps the frame")
        .clone();
    pipeline.set_state(gst::State::Null).unwrap();
    assert_eq!((info.width, info.height), (160, 240));
    let expected = BoundingBox {
        x: 5.0,
        y: 20.0,
        width: 15.0,
        height: 40.0,
    };
    assert_eq!(info.detections[0].bounding_box, expected);
}
