// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element without a network.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use support::{Camera, init};

const CLIP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/demo/C1.mp4");

#[test]
fn every_property_can_be_read_and_set() {
    init();
    let element = gst::ElementFactory::make("camerasrc").build().unwrap();
    assert_eq!(kit::properties::exercise(&element).len(), 21);
}

#[test]
fn a_camera_is_live_and_a_recording_is_not_before_they_play() {
    use gst_base::prelude::*;
    init();
    let element = gst::ElementFactory::make("camerasrc").build().unwrap();
    let source = element.downcast::<gst_base::BaseSrc>().unwrap();
    assert!(source.is_live());
    source.set_property("uri", "recording:footage/C1");
    assert!(!source.is_live());
    source.set_property("uri", "rtsp://camera/stream");
    assert!(source.is_live());
}

#[test]
fn a_bad_address_is_said_and_the_pipeline_plays_on() {
    for uri in [
        "",
        "camera",
        "gopher://cam/x",
        "rtsp:///x",
        "rtsp://me:%zz@cam/x",
        "rtsp://no.such.host.invalid/x",
    ] {
        let camera = Camera::play(&format!("uri=\"{uri}\""));
        let message = camera.wait_for("offline");
        assert!(!message.to_string().contains("zz"), "{message}");
        camera.gap();
    }
}

#[test]
fn a_file_plays_in_real_time() {
    let camera = Camera::play(&format!("uri=file://{CLIP}"));
    camera.wait_for("online");
    let first = camera.pictures(1, None).unwrap();
    let last = camera.pictures(10, Some(first)).unwrap();
    assert_eq!((last - first).mseconds(), 2000);
}

#[test]
fn a_missing_file_and_one_that_is_no_video_are_lost_cameras() {
    for (uri, reason) in [
        ("file:///no/such/file.mp4".to_owned(), "not-found"),
        (
            format!("file://{}/Cargo.toml", env!("CARGO_MANIFEST_DIR")),
            "no-video",
        ),
    ] {
        let camera = Camera::play(&format!("uri={uri}"));
        assert_eq!(camera.wait_for("offline").get("reason"), Ok(reason));
    }
}

#[test]
fn an_end_that_is_asked_for_comes() {
    use gst::prelude::*;
    init();
    let pipeline =
        gst::parse::launch("camerasrc name=camera uri=rtsp://127.0.0.1:1/x ! fakesink async=false")
            .unwrap()
            .downcast::<gst::Pipeline>()
            .unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let sources: Vec<_> = pipeline.iterate_sources().into_iter().flatten().collect();
    assert_eq!(sources.len(), 1);
    assert!(sources[0].send_event(gst::event::Eos::new()));
    let bus = pipeline.bus().unwrap();
    let end = bus.timed_pop_filtered(gst::ClockTime::from_seconds(3), &[gst::MessageType::Eos]);
    assert!(end.is_some());
    pipeline.set_state(gst::State::Null).unwrap();
}
