// SPDX-License-Identifier: MIT OR Apache-2.0
//! A stream in which nobody looks at anything: the element says once what is missing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

use gst::prelude::*;
use gst_check::Harness;
use messages::Timestamp;
use meta::{FrameInfo, Packet};
use roundhouse_locoposition::LocoPosition;

const RAW: &str = "video/x-raw,format=GRAY8,width=960,height=540,framerate=5/1";
const DEEPSTREAM: &str = "video/x-raw(memory:NVMM),format=NV12,width=960,height=540,framerate=5/1";

/// Pushes `count` such buffers and the end of the stream; what was warned of.
fn warnings(caps: &str, count: u64, buffer: impl Fn() -> gst::Buffer) -> Vec<String> {
    played(caps, count, |_| buffer()).0
}

/// Pushes `count` buffers, made of their number, and the end of the stream; what was warned of, the states of cameras that
/// were told, and the number of reports.
fn played(
    caps: &str,
    count: u64,
    buffer: impl Fn(u64) -> gst::Buffer,
) -> (Vec<String>, Vec<String>, u64) {
    gst::init().unwrap();
    let element = gst::glib::Object::new::<LocoPosition>();
    let facility = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/data/demo/facility.toml"
    );
    element.set_property("facility", facility);
    let mut harness = Harness::with_element(&element, Some("sink"), Some("src"));
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    harness.set_src_caps_str(caps);
    for number in 0..count {
        harness.push(buffer(number)).unwrap();
    }
    assert!(harness.push_event(gst::event::Eos::new()));
    let stats = element.property::<gst::Structure>("stats");
    assert_eq!(stats.get::<u64>("buffers").unwrap(), count);
    let (mut warnings, mut states) = (Vec::new(), Vec::new());
    while let Some(message) = bus.pop() {
        match message.view() {
            gst::MessageView::Warning(warning) => {
                warnings.push(warning.error().message().to_owned());
            }
            gst::MessageView::Element(element) => {
                let structure = element.structure().unwrap();
                states.push(structure.get::<String>("state").unwrap());
            }
            _ => {}
        }
    }
    (warnings, states, stats.get("reports").unwrap())
}

/// Frame `number` of camera C1, at five frames a second and of this size, that a detector with these labels has inferred.
fn inferred(number: u64, size: (u32, u32), labels: &[&str]) -> gst::Buffer {
    let mut buffer = gst::Buffer::new();
    let time = Timestamp::from_nanos(i64::try_from(number).unwrap() * 200_000_000);
    let mut info = FrameInfo::new("C1", 0, time);
    (info.width, info.height) = size;
    info.inferred_by = vec![1];
    info.labels = vec![(1, labels.iter().map(|label| (*label).into()).collect())];
    info.attach(buffer.get_mut().unwrap());
    buffer
}

const SIZE: (u32, u32) = (960, 540);
const LABELS: [&str; 3] = ["head", "tail", "plate"];

#[test]
fn a_detector_whose_labels_mean_nothing_is_no_evidence_of_an_empty_hall() {
    for labels in [
        ["front", "rear", "number"],
        ["locomotive", "person", "plate"],
    ] {
        let (told, states, reports) = played(RAW, 100, |n| inferred(n, SIZE, &labels));
        assert_eq!((told.len(), reports), (1, 0), "{told:?}");
        for part in [
            "Component 1",
            labels[0],
            "'head' and 'tail'",
            "labelfile-path",
        ] {
            assert!(told[0].contains(part), "{part} is missing: {}", told[0]);
        }
        assert_eq!(states, ["discarded"]);
    }
}

#[test]
fn labels_in_upper_case_and_with_a_byte_order_mark_mean_the_same() {
    for labels in [
        ["Head", "Tail", "Plate"],
        ["\u{feff}head", "tail\r", "plate"],
    ] {
        let (told, _, reports) = played(RAW, 100, |n| inferred(n, SIZE, &labels));
        assert_eq!((told, reports), (vec![], 100));
    }
}

#[test]
fn a_picture_of_another_shape_than_the_calibrated_one_is_told_and_not_scanned() {
    let cropped = |n| inferred(n, if n < 60 { (720, 540) } else { SIZE }, &LABELS);
    let (told, states, reports) = played(RAW, 100, cropped);
    assert_eq!((told.len(), reports), (1, 40), "{told:?}");
    for part in ["camera C1", "720x540", "960x540", "calibrate it again"] {
        assert!(told[0].contains(part), "{part} is missing: {}", told[0]);
    }
    assert_eq!(states, ["discarded", "used"]);
}

#[test]
fn other_sizes_of_the_same_shape_are_scanned() {
    for size in [(1920, 1088), (640, 360), (0, 0)] {
        let (told, _, reports) = played(RAW, 3, |n| inferred(n, size, &LABELS));
        assert_eq!((told, reports), (vec![], 3), "{size:?}");
    }
}

#[test]
fn a_camera_that_the_facility_does_not_know_is_told_once() {
    let stranger = |n| {
        let mut buffer = inferred(n, SIZE, &LABELS);
        FrameInfo::of_mut(buffer.get_mut().unwrap()).unwrap().camera = "X9".into();
        buffer
    };
    let (told, states, reports) = played(RAW, 100, stranger);
    assert_eq!((told.len(), reports), (1, 0), "{told:?}");
    assert!(
        told[0].contains("X9") && told[0].contains("[[camera]]"),
        "{}",
        told[0]
    );
    assert_eq!(states, ["discarded"]);
}

/// A frame that these components have looked at.
fn frame(components: &[u32]) -> gst::Buffer {
    let mut buffer = gst::Buffer::new();
    let mut info = FrameInfo::new("C1", 0, Timestamp::from_nanos(0));
    (info.width, info.height) = (960, 540);
    info.inferred_by = components.to_vec();
    info.attach(buffer.get_mut().unwrap());
    buffer
}

#[test]
fn without_anything_before_it_a_detector_is_asked_for() {
    for (caps, count) in [(RAW, 3), (RAW, 250), (DEEPSTREAM, 3), (DEEPSTREAM, 250)] {
        let told = warnings(caps, count, gst::Buffer::new);
        assert_eq!(told.len(), 1, "{told:?}");
        let said = format!("first {} buffers", count.min(100));
        for part in [said.as_str(), "ortinfer", "nvstreammux", "nvinfer"] {
            assert!(told[0].contains(part), "{part} is missing: {}", told[0]);
        }
    }
}

#[test]
fn another_detector_is_named_by_its_number() {
    let told = warnings(RAW, 3, || frame(&[7]));
    assert_eq!(told.len(), 1, "{told:?}");
    for part in ["component 1", "'component'", "gie-unique-id"] {
        assert!(told[0].contains(part), "{part} is missing: {}", told[0]);
    }
}

#[test]
fn looks_and_silent_cameras_are_no_mistake() {
    assert_eq!(warnings(RAW, 250, || frame(&[1])), [""; 0]);
    let silent = || {
        let mut buffer = gst::Buffer::new();
        Packet::default().attach(buffer.get_mut().unwrap());
        buffer
    };
    assert_eq!(warnings(RAW, 250, silent), [""; 0]);
    assert_eq!(warnings(RAW, 0, || frame(&[])), [""; 0]);
}
