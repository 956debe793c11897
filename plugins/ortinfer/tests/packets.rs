// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element on packets of frames.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod scene;

use gst::prelude::*;
use gst_check::Harness;
use gst_video::VideoInfo;
use meta::{FrameInfo, Packet, Slot, SlotStatus};
use scene::{BLUE, Config, RED, boxes, init, ortinfer, rgb, rgb_caps, stat};

fn packet_harness(config: &Config) -> Harness {
    init();
    let mut harness = Harness::with_element(&ortinfer(config), Some("sink"), Some("src"));
    let caps = gst::Caps::builder(meta::PACKET_CAPS)
        .field("framerate", gst::Fraction::new(5, 1))
        .build();
    harness.set_src_caps(caps);
    harness
}

/// Slot number `source` with `frame` of `caps`.
fn slot(source: u32, status: SlotStatus, mut frame: gst::Buffer, caps: &gst::Caps) -> Slot {
    let camera = format!("C{source}");
    let time = messages::Timestamp::from_nanos(i64::from(source));
    if FrameInfo::of(&frame).is_none() {
        FrameInfo::new(camera.as_str(), source, time).attach(frame.make_mut());
    }
    Slot {
        camera: camera.into(),
        source,
        status,
        frame: Some(frame),
        video_info: Some(VideoInfo::from_caps(caps).unwrap()),
    }
}

/// A fresh RGB slot of 64x32 with one coloured cell.
fn fresh(source: u32, column: usize, color: [u8; 3]) -> Slot {
    slot(
        source,
        SlotStatus::Fresh,
        rgb(64, 32, 8, &[(column, 1, color)]),
        &rgb_caps(64, 32),
    )
}

fn packet(slots: Vec<Slot>) -> gst::Buffer {
    let mut buffer = gst::Buffer::new();
    Packet { slots }.attach(buffer.get_mut().unwrap());
    buffer
}

/// Class and box of all that was found on a frame; `None` where the network has not looked.
type Look = Option<Vec<(i32, [f32; 4])>>;

/// The look at each slot.
fn seen(buffer: &gst::BufferRef) -> Vec<Look> {
    let packet = Packet::of(buffer).unwrap();
    let look = |slot: &Slot| {
        let frame = slot.frame.as_deref()?;
        FrameInfo::of(frame)?
            .is_inferred_by(1)
            .then(|| boxes(frame))
    };
    packet.slots.iter().map(look).collect()
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "compared with looks that may be missing"
)]
fn one(class: i32, left: f32) -> Look {
    Some(vec![(class, [left, 5.0, 7.0, 7.0])])
}

#[test]
fn fresh_frames_are_looked_at_in_batches_and_each_gets_its_own() {
    for batch in [1, 2, 3, 8] {
        let mut harness = packet_harness(&Config::detector(&format!("batch-size={batch}\n")));
        let slots = vec![
            fresh(0, 1, RED),
            fresh(1, 2, BLUE),
            fresh(2, 3, RED),
            fresh(3, 4, BLUE),
            fresh(4, 5, RED),
        ];
        let buffer = harness.push_and_pull(packet(slots)).unwrap();
        let expected = [
            one(0, 5.0),
            one(1, 13.0),
            one(0, 21.0),
            one(1, 29.0),
            one(0, 37.0),
        ];
        assert_eq!(seen(&buffer), expected, "batch of {batch}");
        assert_eq!(stat(&harness.element().unwrap(), "inferred"), 5);
    }
}

#[test]
fn a_fixed_batch_serves_any_number_of_frames() {
    let mut harness = packet_harness(&Config::new("detector_batch2.onnx", scene::DETECTOR));
    let slots = vec![fresh(0, 1, RED), fresh(1, 2, BLUE), fresh(2, 3, RED)];
    let buffer = harness.push_and_pull(packet(slots)).unwrap();
    assert_eq!(seen(&buffer), [one(0, 5.0), one(1, 13.0), one(0, 21.0)]);
}

#[test]
fn cached_and_missing_frames_are_left_alone() {
    let mut harness = packet_harness(&Config::detector("batch-size=4\n"));
    let cached = Slot {
        status: SlotStatus::Cached { age: 200_000_000 },
        ..fresh(1, 2, RED)
    };
    let missing = Slot {
        status: SlotStatus::Missing,
        frame: None,
        video_info: None,
        ..fresh(2, 2, RED)
    };
    let buffer = harness
        .push_and_pull(packet(vec![
            fresh(0, 1, RED),
            cached,
            missing,
            fresh(3, 3, BLUE),
        ]))
        .unwrap();
    assert_eq!(seen(&buffer), [one(0, 5.0), None, None, one(1, 21.0)]);
    assert_eq!(stat(&harness.element().unwrap(), "frames"), 2);
}

#[test]
fn sizes_and_formats_may_differ_within_a_packet() {
    let mut harness = packet_harness(&Config::detector("batch-size=4\n"));
    let large = slot(
        1,
        SlotStatus::Fresh,
        rgb(128, 64, 16, &[(2, 1, RED)]),
        &rgb_caps(128, 64),
    );
    let grey_caps = gst_video::VideoCapsBuilder::new()
        .format(gst_video::VideoFormat::Gray8)
        .width(64)
        .height(32)
        .framerate(gst::Fraction::new(5, 1))
        .build();
    let grey = slot(
        2,
        SlotStatus::Fresh,
        gst::Buffer::from_slice([0u8; 64 * 32]),
        &grey_caps,
    );
    let buffer = harness
        .push_and_pull(packet(vec![fresh(0, 2, RED), large, grey]))
        .unwrap();
    assert_eq!(
        seen(&buffer),
        [
            one(0, 13.0),
            Some(vec![(0, [26.0, 10.0, 14.0, 14.0])]),
            Some(vec![])
        ]
    );
}

#[test]
fn one_bad_frame_costs_only_itself() {
    let mut harness = packet_harness(&Config::detector("batch-size=4\n"));
    let element = harness.element().unwrap();
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    let deep = gst_video::VideoCapsBuilder::new()
        .format(gst_video::VideoFormat::Argb64)
        .width(64)
        .height(32)
        .framerate(gst::Fraction::new(5, 1))
        .build();
    let size = VideoInfo::from_caps(&deep).unwrap().size();
    let slots = || {
        vec![
            fresh(0, 1, RED),
            slot(
                1,
                SlotStatus::Fresh,
                gst::Buffer::from_slice([0u8; 7]),
                &rgb_caps(64, 32),
            ),
            slot(2, SlotStatus::Fresh, gst::Buffer::new(), &rgb_caps(64, 32)),
            slot(
                3,
                SlotStatus::Fresh,
                gst::Buffer::from_slice(vec![0u8; size]),
                &deep,
            ),
            Slot {
                frame: Some(rgb(64, 32, 8, &[])),
                ..fresh(4, 1, RED)
            },
            slot(
                5,
                SlotStatus::Fresh,
                rgb(9000, 2, 1, &[]),
                &rgb_caps(9000, 2),
            ),
            fresh(6, 2, BLUE),
        ]
    };
    for _ in 0..2 {
        let buffer = harness.push_and_pull(packet(slots())).unwrap();
        assert_eq!(
            seen(&buffer),
            [one(0, 5.0), None, None, None, None, None, one(1, 13.0)]
        );
    }
    for (counter, count) in [
        ("frames", 14),
        ("inferred", 4),
        ("errors-unreadable", 4),
        ("errors-format", 2),
        ("errors-undescribed", 2),
        ("errors-size", 2),
        ("errors-inference", 0),
    ] {
        assert_eq!(stat(&element, counter), count, "{counter}");
    }
    assert_eq!(
        bus.iter_filtered(&[gst::MessageType::Warning]).count(),
        4,
        "one per reason"
    );
}

#[test]
fn interval_counts_packets() {
    let mut harness = packet_harness(&Config::detector("interval=1\n"));
    let looks: Vec<bool> = (0..4)
        .map(|_| {
            let buffer = harness
                .push_and_pull(packet(vec![fresh(0, 1, RED), fresh(1, 1, RED)]))
                .unwrap();
            let looks = seen(&buffer);
            assert_eq!(looks[0].is_some(), looks[1].is_some());
            looks[0].is_some()
        })
        .collect();
    assert_eq!(looks, [true, false, true, false]);
    assert_eq!(stat(&harness.element().unwrap(), "skipped"), 4);
}

#[test]
fn branches_behind_a_fork_do_not_see_each_other() {
    let mut harness = packet_harness(&Config::detector(""));
    let original = packet(vec![fresh(0, 1, RED)]);
    let frame = Packet::of(&original).unwrap().slots[0]
        .frame
        .clone()
        .unwrap();
    let pixels = frame.peek_memory(0).as_ptr();
    let buffer = harness.push_and_pull(original.clone()).unwrap();
    assert_eq!(seen(&buffer), [one(0, 5.0)]);
    assert_eq!(
        seen(&original),
        [None],
        "the other branch's packet is as it was"
    );
    let written = Packet::of(&buffer).unwrap().slots[0].frame.clone().unwrap();
    assert_eq!(
        written.peek_memory(0).as_ptr(),
        pixels,
        "pixels are shared, not copied"
    );
}

#[test]
fn regions_are_published_on_each_frame() {
    let mut harness = packet_harness(&Config::detector(""));
    let buffer = harness
        .push_and_pull(packet(vec![fresh(0, 1, RED), fresh(1, 2, BLUE)]))
        .unwrap();
    let regions: Vec<_> = Packet::of(&buffer)
        .unwrap()
        .slots
        .iter()
        .map(|slot| {
            let frame = slot.frame.as_ref().unwrap();
            let mut regions = frame.iter_meta::<gst_video::VideoRegionOfInterestMeta>();
            regions.next().unwrap().roi_type().to_string()
        })
        .collect();
    assert_eq!(regions, ["red", "blue"]);
}

#[test]
fn an_empty_packet_passes() {
    let mut harness = packet_harness(&Config::detector(""));
    let buffer = harness.push_and_pull(packet(vec![])).unwrap();
    assert!(seen(&buffer).is_empty());
}

#[test]
fn a_buffer_without_frames_passes_and_is_counted() {
    let mut harness = packet_harness(&Config::detector(""));
    harness.push_and_pull(gst::Buffer::new()).unwrap();
    assert_eq!(stat(&harness.element().unwrap(), "errors-undescribed"), 1);
}

#[test]
fn packets_and_frames_may_take_turns() {
    let mut harness = packet_harness(&Config::detector(""));
    harness.push(packet(vec![fresh(0, 1, RED)])).unwrap();
    harness.set_src_caps(rgb_caps(64, 32));
    harness.push(rgb(64, 32, 8, &[(2, 1, RED)])).unwrap();
    let (first, second) = (harness.pull().unwrap(), harness.pull().unwrap());
    assert_eq!(seen(&first), [one(0, 5.0)]);
    assert_eq!(boxes(&second), one(0, 13.0).unwrap());
}
