// SPDX-License-Identifier: MIT OR Apache-2.0
//! One pipeline cut in two: what comes out behind the bus is what went in.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::path::Path;

use gst::prelude::*;
use messages::{Event, Timestamp};
use meta::{FrameInfo, Packet};
use support::{HANG, facility, free_port, init, pipeline};

/// Plays until the end and returns what the appsink `out` got.
fn play(description: &str) -> Vec<gst::Sample> {
    let pipeline = pipeline(description);
    let sink = pipeline
        .by_name("out")
        .unwrap()
        .downcast::<gst_app::AppSink>()
        .unwrap();
    sink.set_property("sync", false);
    pipeline.set_state(gst::State::Playing).unwrap();
    let mut samples = Vec::new();
    while let Some(sample) = sink.try_pull_sample(HANG) {
        samples.push(sample);
    }
    let ended = sink.is_eos();
    let bus = pipeline.bus().unwrap();
    let errors = std::iter::from_fn(|| {
        bus.pop_filtered(&[gst::MessageType::Error, gst::MessageType::Warning])
    });
    let said: Vec<String> = errors
        .map(|message| format!("{:?}", message.view()))
        .collect();
    pipeline.set_state(gst::State::Null).unwrap();
    assert!(ended, "{said:?}");
    samples
}

/// Everything of a frame: its times, what is known of it, its pixels.
fn told(buffer: &gst::BufferRef) -> String {
    let pixels = buffer.map_readable().unwrap();
    let sum: u64 = pixels.iter().map(|byte| u64::from(*byte)).sum();
    let info = FrameInfo::of(buffer).map(|info| format!("{info:?}"));
    format!(
        "{:?} {:?} {info:?} {} {sum}",
        buffer.pts(),
        buffer.duration(),
        pixels.len()
    )
}

#[test]
fn single_frames_cross_with_their_pixels() {
    init();
    let source = "videotestsrc num-buffers=20 pattern=ball ! video/x-raw,format=I420,width=320,height=240,framerate=5/1";
    let one = play(&format!("{source} ! appsink name=out async=false"));
    let cut = play(&format!(
        "{source} ! bussink uri=zmq+push://127.0.0.1:{port} camera=C1 facility={} \
         bussrc uri=zmq+pull://127.0.0.1:{port} is-live=false ! appsink name=out async=false",
        facility(),
        port = free_port()
    ));
    assert_eq!(cut.len(), 20);
    for (index, (sent, got)) in one.iter().zip(&cut).enumerate() {
        let (sent, got) = (sent.buffer().unwrap(), got.buffer().unwrap());
        assert_eq!(
            sent.map_readable().unwrap().as_slice(),
            got.map_readable().unwrap().as_slice()
        );
        assert_eq!((sent.pts(), sent.duration()), (got.pts(), got.duration()));
        let info = FrameInfo::of(got).unwrap();
        assert_eq!((&*info.camera, info.width), ("C1", 320));
        assert_eq!(
            info.capture_time,
            Timestamp::from_nanos(200_000_000 * index as i64)
        );
    }
    let format =
        |sample: &gst::Sample| gst_video::VideoInfo::from_caps(sample.caps().unwrap()).unwrap();
    assert_eq!(format(&cut[0]), format(&one[0]));
}

#[test]
fn recorded_frames_that_are_encoded_all_cross_in_order() {
    init();
    // More frames than wait anywhere, so that each of those who wait does so.
    let cut = play(&format!(
        "videotestsrc num-buffers=40 pattern=ball ! video/x-raw,format=I420,width=320,height=240,framerate=5/1 \
         ! bussink jpeg-quality=85 max-size-messages=2 uri=zmq+push://127.0.0.1:{port} camera=C1 facility={} \
         bussrc uri=zmq+pull://127.0.0.1:{port} is-live=false ! appsink name=out async=false",
        facility(),
        port = free_port()
    ));
    let times = cut.iter().map(|sample| sample.buffer().unwrap().pts());
    let expected = (0..40).map(|index| Some(index * gst::ClockTime::from_mseconds(200)));
    assert!(times.eq(expected));
    let caps = cut[0].caps().unwrap();
    assert_eq!(caps.structure(0).unwrap().name(), "image/jpeg");
}

#[test]
fn packets_cross_as_they_are() {
    init();
    let source = "videotestsrc num-buffers=12 ! video/x-raw,width=64,height=48,framerate=5/1 ! mux.sink_0 \
                  videotestsrc num-buffers=5 pattern=snow ! video/x-raw,width=80,height=48,framerate=2/1 ! mux.sink_1 \
                  framemux name=mux interval=200000000 utc-start-time=2026-03-01T06:00:00Z sink_1::camera=\"north gate\"";
    let packets = |samples: Vec<gst::Sample>| -> Vec<String> {
        let told_packet = |sample: &gst::Sample| {
            let buffer = sample.buffer().unwrap();
            let packet = Packet::of(buffer).unwrap();
            let slots = packet.slots.iter().map(|slot| {
                let frame = slot.frame.as_ref().map(|frame| told(frame));
                format!(
                    "{} {} {:?} {frame:?} {:?}",
                    slot.camera, slot.source, slot.status, slot.video_info
                )
            });
            format!(
                "{:?} {:?} {:?}",
                buffer.pts(),
                buffer.duration(),
                slots.collect::<Vec<_>>()
            )
        };
        samples.iter().map(told_packet).collect()
    };
    let one = packets(play(&format!("{source} ! appsink name=out async=false")));
    let cut = packets(play(&format!(
        "{source} ! bussink uri=zmq+push://127.0.0.1:{port} facility={} \
         bussrc uri=zmq+pull://127.0.0.1:{port} is-live=false ! appsink name=out async=false",
        facility(),
        port = free_port()
    )));
    assert_eq!(one.len(), 12);
    assert_eq!(cut, one);
}

#[test]
fn documents_cross_in_order() {
    init();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("reports.jsonl");
    let examples = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../crates/messages/tests/data/examples.jsonl");
    let examples = std::fs::read_to_string(examples).unwrap();
    let lines: Vec<&str> = examples.lines().cycle().take(500).collect();
    std::fs::write(&file, lines.join("\n") + "\n").unwrap();
    let cut = play(&format!(
        "filesrc location={} blocksize=100000000 \
         ! application/x-roundhouse-report ! bussink uri=zmq+push://127.0.0.1:{port} \
         bussrc uri=zmq+pull://127.0.0.1:{port} is-live=false ! appsink name=out async=false",
        file.display(),
        port = free_port()
    ));
    let got: Vec<Event> = cut
        .iter()
        .map(|sample| {
            let bytes = sample.buffer().unwrap().map_readable().unwrap();
            Event::parse(std::str::from_utf8(&bytes).unwrap()).unwrap()
        })
        .collect();
    let sent: Vec<Event> = lines
        .iter()
        .map(|line| Event::parse(line).unwrap())
        .collect();
    assert_eq!(got, sent);
}

#[test]
fn a_dev_consumer_that_is_not_there_costs_prod_nothing() {
    init();
    let (prod, dev) = (free_port(), free_port());
    let got = play(&format!(
        "videotestsrc num-buffers=300 ! video/x-raw,format=GRAY8,width=320,height=240 ! tee name=fork \
         fork. ! queue ! bussink uri=zmq+push://127.0.0.1:{prod} camera=C1 facility={facility} \
         fork. ! queue leaky=downstream max-size-buffers=4 max-size-bytes=0 max-size-time=0 \
           ! bussink leaky=downstream max-size-messages=16 drain-timeout=0 uri=zmq+push://127.0.0.1:{dev} camera=C1 facility={facility} \
         bussrc uri=zmq+pull://127.0.0.1:{prod} is-live=false ! appsink name=out async=false",
        facility = facility()
    ));
    let times: Vec<_> = got
        .iter()
        .map(|sample| sample.buffer().unwrap().pts())
        .collect();
    assert_eq!(times.len(), 300);
    assert!(times.is_sorted());
}
