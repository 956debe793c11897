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
    for _ in 0..count {
        harness.push(buffer()).unwrap();
    }
    assert!(harness.push_event(gst::event::Eos::new()));
    let stats = element.property::<gst::Structure>("stats");
    assert_eq!(stats.get::<u64>("buffers").unwrap(), count);
    let messages = std::iter::from_fn(|| bus.pop_filtered(&[gst::MessageType::Warning]));
    messages
        .map(|message| match message.view() {
            gst::MessageView::Warning(warning) => warning.error().message().to_owned(),
            _ => unreachable!(),
        })
        .collect()
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
