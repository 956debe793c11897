// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is recorded plays back as it was.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::path::Path;

use gst::prelude::*;
use meta::FrameInfo;
use support::{Camera, LIMIT, Simulator, init};

/// Event time and bytes of every picture that the recording in `folder` gives.
fn play(folder: &Path, query: &str) -> Vec<(i64, Vec<u8>)> {
    init();
    let text = format!(
        "camerasrc uri=\"recording:{}{query}\" camera=C1 ! appsink name=sink sync=false",
        folder.display()
    );
    let pipeline = gst::parse::launch(&text)
        .unwrap()
        .downcast::<gst::Pipeline>()
        .unwrap();
    let sink = pipeline.by_name("sink").unwrap();
    let sink = sink.downcast::<gst_app::AppSink>().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let limit = gst::ClockTime::try_from(LIMIT).unwrap();
    let mut pictures = Vec::new();
    while let Some(sample) = sink.try_pull_sample(limit) {
        let buffer = sample.buffer().unwrap();
        let time = FrameInfo::of(buffer).unwrap().capture_time.nanos();
        assert_eq!(buffer.pts().unwrap().nseconds(), time as u64);
        pictures.push((time, buffer.map_readable().unwrap().to_vec()));
    }
    assert!(sink.is_eos(), "it ends");
    pipeline.set_state(gst::State::Null).unwrap();
    pictures
}

#[test]
fn a_recording_plays_with_its_event_times_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(&[]);
    let mut live = Vec::new();
    {
        let camera = Camera::play(&format!(
            "uri={} camera=C1 record={}",
            simulator.uris[0],
            folder.path().display()
        ));
        camera.wait_for("online");
        for _ in 0..12 {
            let sample = camera.picture();
            let info = FrameInfo::of(sample.buffer().unwrap()).unwrap();
            live.push(info.capture_time.nanos());
        }
        assert_eq!(camera.count("record-lost"), 0);
    }
    let folder = folder.path().join("C1");
    let first = play(&folder, "");
    assert_eq!(first, play(&folder, ""), "the same each time");
    for live in &live {
        // Files keep whole milliseconds.
        let is_there = |(recorded, _): &(i64, Vec<u8>)| (live - recorded).abs() <= 1_000_000;
        assert!(first.iter().any(is_there), "{live}");
    }
    let from = messages::Timestamp::from_nanos(first[3].0);
    let to = messages::Timestamp::from_nanos(first[7].0);
    let part = play(&folder, &format!("?from={from}&to={to}"));
    assert_eq!(part, first[3..7]);
}

#[test]
fn what_cannot_be_written_is_said_once_and_the_camera_goes_on() {
    let simulator = Simulator::start(&[]);
    let camera = Camera::play(&format!(
        "uri={} record=/dev/null/recordings",
        simulator.uris[0]
    ));
    let message = camera.wait_for("recording-failed");
    assert!(
        message
            .get::<&str>("message")
            .unwrap()
            .contains("/dev/null/recordings")
    );
    camera.wait_for("online");
    camera.pictures(5, None);
    assert!(camera.count("record-lost") > 0);
}

#[test]
fn a_folder_without_a_recording_is_an_error_that_names_it() {
    init();
    let folder = tempfile::tempdir().unwrap();
    let uri = format!("recording:{}", folder.path().display());
    let pipeline = gst::Pipeline::new();
    let camera = gst::ElementFactory::make("camerasrc")
        .property("uri", uri)
        .build()
        .unwrap();
    let sink = gst::ElementFactory::make("fakesink").build().unwrap();
    pipeline.add_many([&camera, &sink]).unwrap();
    camera.link(&sink).unwrap();
    assert!(pipeline.set_state(gst::State::Playing).is_err());
    let bus = pipeline.bus().unwrap();
    let error = bus.pop_filtered(&[gst::MessageType::Error]).unwrap();
    let gst::MessageView::Error(error) = error.view() else {
        unreachable!()
    };
    pipeline.set_state(gst::State::Null).unwrap();
    assert!(error.error().message().contains("no pictures"), "{error:?}");
}
