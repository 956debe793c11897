// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element on a single stream of frames.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod scene;

use gst::prelude::*;
use gst_check::Harness;
use meta::FrameInfo;
use scene::{
    BLUE, Config, RED, at, boxes, harness, init, ortinfer, rgb, rgb_caps, rgb_harness, stat,
};

#[test]
fn boxes_are_those_worked_out_by_hand() {
    let mut harness = rgb_harness(&Config::detector(""), 64, 32);
    let picture = rgb(64, 32, 8, &[(2, 1, RED), (5, 2, [0, 51, 255])]);
    let seen = harness.push_and_pull(at(picture, 0)).unwrap();
    // Cell (2, 1): anchor (16.5, 8.5), 3.5 px to each side. Cell (5, 2): anchor (40.5, 16.5), right and down 3.5 + 35 / 5.
    assert_eq!(
        boxes(&seen),
        [(0, [13.0, 5.0, 7.0, 7.0]), (1, [37.0, 13.0, 14.0, 14.0])]
    );
    let frame = FrameInfo::of(&seen).unwrap();
    assert_eq!(frame.inferred_by, [1]);
    assert_eq!((frame.width, frame.height), (64, 32));
    assert_eq!(
        frame
            .detections
            .iter()
            .map(|found| &*found.label)
            .collect::<Vec<_>>(),
        ["red", "blue"]
    );
    assert!((frame.detections[0].confidence - 1.0).abs() < 1e-4);
    assert!((frame.detections[1].confidence - 1.0).abs() < 1e-4);
}

#[test]
fn boxes_are_in_pixels_of_the_frame() {
    // 128x96 becomes 42x32 of the network's pixels.
    let mut harness = rgb_harness(&Config::detector("scaling-filter=1\n"), 192, 96);
    let seen = harness
        .push_and_pull(at(rgb(192, 96, 24, &[(2, 1, RED)]), 0))
        .unwrap();
    assert_eq!(boxes(&seen), [(0, [39.0, 15.0, 21.0, 21.0])]);
}

#[test]
fn regions_of_interest_are_published() {
    let mut harness = rgb_harness(&Config::detector(""), 64, 32);
    let seen = harness
        .push_and_pull(at(rgb(64, 32, 8, &[(2, 1, RED)]), 0))
        .unwrap();
    let regions: Vec<_> = seen
        .iter_meta::<gst_video::VideoRegionOfInterestMeta>()
        .map(|region| (region.roi_type().to_string(), region.rect()))
        .collect();
    assert_eq!(regions, [("red".to_owned(), (13, 5, 7, 7))]);
}

#[test]
fn an_empty_look_is_a_look() {
    let mut harness = rgb_harness(&Config::detector(""), 64, 32);
    let seen = harness.push_and_pull(at(rgb(64, 32, 8, &[]), 0)).unwrap();
    let frame = FrameInfo::of(&seen).unwrap();
    assert!(frame.detections.is_empty() && frame.is_inferred_by(1));
}

#[test]
fn every_format_is_read_without_a_converter() {
    init();
    for format in [
        "I420", "NV12", "YV12", "NV21", "Y42B", "Y444", "RGB", "BGR", "RGBx", "BGRx", "xRGB",
        "xBGR", "RGBA", "BGRA", "ARGB", "ABGR",
    ] {
        for size in ["width=64,height=32", "width=66,height=34"] {
            let config = Config::detector("maintain-aspect-ratio=0\n");
            let pipeline = gst::parse::launch(&format!(
                "videotestsrc num-buffers=1 pattern=solid-color foreground-color=0xffff0000 ! \
                 video/x-raw,format={format},{size},framerate=5/1 ! \
                 ortinfer provider=cpu threads=1 config-file-path={} ! appsink name=out sync=false",
                config.path.display()
            ))
            .unwrap()
            .downcast::<gst::Pipeline>()
            .unwrap();
            let sample = play_one(&pipeline);
            let seen = sample.buffer().unwrap();
            let frame = FrameInfo::of(seen).unwrap();
            assert_eq!(
                frame.detections.len(),
                32,
                "{format} {size}: one box per cell"
            );
            for found in &frame.detections {
                assert_eq!(found.class_id, 0, "{format}");
                assert!(found.confidence > 0.97, "{format}: {}", found.confidence);
            }
        }
    }
}

#[test]
fn cameras_of_ten_bits_and_other_formats_are_converted() {
    init();
    for format in [
        "I420_10LE",
        "I420_12LE",
        "I422_10LE",
        "Y444_10LE",
        "P010_10LE",
        "I420_10BE",
        "YUY2",
        "UYVY",
        "NV16",
        "v210",
        "GBR",
        "GBR_10LE",
    ] {
        let config = Config::detector("maintain-aspect-ratio=0\n");
        let pipeline = gst::parse::launch(&format!(
            "videotestsrc num-buffers=1 pattern=solid-color foreground-color=0xffff0000 ! \
             video/x-raw,format={format},width=66,height=34,framerate=5/1 ! \
             ortinfer name=infer provider=cpu threads=1 config-file-path={} ! appsink name=out sync=false",
            config.path.display()
        ))
        .unwrap()
        .downcast::<gst::Pipeline>()
        .unwrap();
        let sample = play_one(&pipeline);
        assert_eq!(
            sample
                .caps()
                .unwrap()
                .structure(0)
                .unwrap()
                .get::<&str>("format")
                .unwrap(),
            format,
            "the frame itself stays as it is"
        );
        let frame = FrameInfo::of(sample.buffer().unwrap()).unwrap();
        assert_eq!(frame.detections.len(), 32, "{format}: one box per cell");
        assert!(
            frame
                .detections
                .iter()
                .all(|it| it.class_id == 0 && it.confidence > 0.95),
            "{format}"
        );
    }
}

#[test]
fn frames_name_the_labels_of_their_detector() {
    let config = Config::detector("");
    std::fs::write(config.file("labels.txt"), "\u{feff}red\r\nblue\r\n").unwrap();
    let mut harness = rgb_harness(&config, 64, 32);
    let seen = harness.push_and_pull(at(rgb(64, 32, 8, &[]), 0)).unwrap();
    let labels = FrameInfo::of(&seen).unwrap().labels_of(1).unwrap().clone();
    assert_eq!(*labels, ["red", "blue"].map(Into::into));
}

#[test]
fn grey_is_all_colours_at_once() {
    let config = Config::detector("");
    let mut harness = harness(&config);
    harness.set_src_caps(
        gst_video::VideoCapsBuilder::new()
            .format(gst_video::VideoFormat::Gray8)
            .width(64)
            .height(32)
            .framerate(gst::Fraction::new(5, 1))
            .build(),
    );
    let mut pixels = vec![0u8; 64 * 32];
    for row in 0..8 {
        pixels[row * 64..row * 64 + 8].fill(255);
    }
    let seen = harness
        .push_and_pull(at(gst::Buffer::from_slice(pixels), 0))
        .unwrap();
    let classes: Vec<_> = boxes(&seen).into_iter().map(|(class, _)| class).collect();
    assert_eq!(classes, [0, 1], "white has red and blue");
}

/// Plays until the first sample at `out`.
fn play_one(pipeline: &gst::Pipeline) -> gst::Sample {
    let sink = pipeline
        .by_name("out")
        .unwrap()
        .downcast::<gst_app::AppSink>()
        .unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let sample = sink.pull_sample().unwrap();
    pipeline.set_state(gst::State::Null).unwrap();
    sample
}

#[test]
fn strides_of_the_decoder_are_followed() {
    let mut harness = rgb_harness(&Config::detector(""), 64, 32);
    // The same picture with rows of 256 bytes, as its video meta says.
    let mut pixels = vec![0u8; 256 * 32];
    for y in 8..16 {
        for x in 16..24 {
            pixels[y * 256 + 3 * x] = 255;
        }
    }
    let mut buffer = gst::Buffer::from_slice(pixels);
    gst_video::VideoMeta::add_full(
        buffer.get_mut().unwrap(),
        gst_video::VideoFrameFlags::empty(),
        gst_video::VideoFormat::Rgb,
        64,
        32,
        &[0],
        &[256],
    )
    .unwrap();
    let seen = harness.push_and_pull(at(buffer, 0)).unwrap();
    assert_eq!(boxes(&seen), [(0, [13.0, 5.0, 7.0, 7.0])]);
}

#[test]
fn the_caps_are_kept_and_may_change_while_playing() {
    let mut harness = rgb_harness(&Config::detector(""), 64, 32);
    harness.push(at(rgb(64, 32, 8, &[(2, 1, RED)]), 0)).unwrap();
    harness.set_src_caps(rgb_caps(128, 64));
    harness
        .push(at(rgb(128, 64, 16, &[(2, 1, RED)]), 200))
        .unwrap();
    let (first, second) = (harness.pull().unwrap(), harness.pull().unwrap());
    assert_eq!(boxes(&first), [(0, [13.0, 5.0, 7.0, 7.0])]);
    assert_eq!(boxes(&second), [(0, [26.0, 10.0, 14.0, 14.0])]);
    let sizes = [first, second].map(|seen| FrameInfo::of(&seen).unwrap().width);
    assert_eq!(sizes, [64, 128]);
    let caps = harness.sinkpad().unwrap().current_caps().unwrap();
    assert_eq!(caps.structure(0).unwrap().get::<i32>("width").unwrap(), 128);
}

#[test]
fn interval_lets_frames_pass_unseen_and_a_flush_starts_anew() {
    let mut harness = rgb_harness(&Config::detector("interval=2\n"), 64, 32);
    let mut looks = Vec::new();
    let mut push = |harness: &mut Harness, pts| {
        let seen = harness
            .push_and_pull(at(rgb(64, 32, 8, &[(2, 1, RED)]), pts))
            .unwrap();
        looks.push(FrameInfo::of(&seen).unwrap().is_inferred_by(1));
    };
    for i in 0..5 {
        push(&mut harness, i * 200);
    }
    harness.push_event(gst::event::FlushStart::new());
    harness.push_event(gst::event::FlushStop::new(true));
    harness.push_event(gst::event::Segment::new(&gst::FormattedSegment::<
        gst::ClockTime,
    >::new()));
    push(&mut harness, 0);
    push(&mut harness, 200);
    assert_eq!(looks, [true, false, false, true, false, true, false]);
    let element = harness.element().unwrap();
    assert_eq!(
        (
            stat(&element, "frames"),
            stat(&element, "inferred"),
            stat(&element, "skipped")
        ),
        (7, 3, 4)
    );
    assert_eq!(stat(&element, "boxes"), 3);
    assert!(stat(&element, "inference-time") > 0 && stat(&element, "preprocess-time") > 0);
}

#[test]
fn properties_win_over_the_file() {
    init();
    let config = Config::detector("interval=5\n");
    let element = ortinfer(&config);
    element.set_property("interval", 0i32);
    element.set_property("unique-id", 7u32);
    let mut harness = Harness::with_element(&element, Some("sink"), Some("src"));
    harness.set_src_caps(rgb_caps(64, 32));
    for pts in [0, 200] {
        let seen = harness
            .push_and_pull(at(rgb(64, 32, 8, &[(2, 1, BLUE)]), pts))
            .unwrap();
        let frame = FrameInfo::of(&seen).unwrap();
        assert_eq!(
            (&frame.inferred_by[..], frame.detections[0].component),
            (&[7][..], 7)
        );
    }
}

#[test]
fn a_gap_stays_a_gap() {
    let mut harness = rgb_harness(&Config::detector(""), 64, 32);
    let mut buffer = at(rgb(64, 32, 8, &[(2, 1, RED)]), 0);
    buffer.get_mut().unwrap().set_flags(gst::BufferFlags::GAP);
    let seen = harness.push_and_pull(buffer).unwrap();
    assert!(seen.flags().contains(gst::BufferFlags::GAP));
    assert!(!FrameInfo::of(&seen).unwrap().is_inferred_by(1));
    let gap = gst::event::Gap::builder(gst::ClockTime::from_mseconds(200)).build();
    assert!(harness.push_event(gap));
    let passed = std::iter::from_fn(|| harness.try_pull_event())
        .any(|event| event.type_() == gst::EventType::Gap);
    assert!(passed, "a gap event goes on");
}

#[test]
fn the_end_of_the_stream_goes_on() {
    let mut harness = rgb_harness(&Config::detector(""), 64, 32);
    harness.push_and_pull(at(rgb(64, 32, 8, &[]), 0)).unwrap();
    assert!(harness.push_event(gst::event::Eos::new()));
    let passed = std::iter::from_fn(|| harness.try_pull_event())
        .any(|event| event.type_() == gst::EventType::Eos);
    assert!(passed);
}

#[test]
fn frames_of_a_file_get_camera_number_and_time_from_the_properties() {
    init();
    let config = Config::detector("");
    let element = ortinfer(&config);
    element.set_property("camera", "north");
    element.set_property("utc-start-time", "2026-03-01T06:00:00Z");
    let mut harness = Harness::with_element(&element, Some("sink"), Some("src"));
    harness.set_live(false);
    harness.set_src_caps(rgb_caps(64, 32));
    let mut segment = gst::FormattedSegment::<gst::ClockTime>::new();
    segment.set_start(gst::ClockTime::from_seconds(10));
    segment.set_time(gst::ClockTime::from_seconds(3));
    harness.push_event(gst::event::Segment::new(&segment));
    for (number, pts, time) in [
        (0, 10_000, "2026-03-01T06:00:03Z"),
        (1, 10_400, "2026-03-01T06:00:03.4Z"),
    ] {
        let seen = harness.push_and_pull(at(rgb(64, 32, 8, &[]), pts)).unwrap();
        let frame = FrameInfo::of(&seen).unwrap();
        assert_eq!((&*frame.camera, frame.sequence), ("north", number));
        assert_eq!(frame.capture_time.to_string(), time);
    }
}

#[test]
fn frames_of_a_live_stream_are_stamped_by_the_clock() {
    let before = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    // The harness is live unless told otherwise.
    let mut harness = rgb_harness(&Config::detector(""), 64, 32);
    let times = [0, 400].map(|pts| {
        let seen = harness.push_and_pull(at(rgb(64, 32, 8, &[]), pts)).unwrap();
        FrameInfo::of(&seen).unwrap().capture_time
    });
    assert!(i128::from(times[0].nanos()) >= before.as_nanos() as i128 - 1_000_000_000);
    assert_eq!(
        times[1].since(times[0]),
        400_000_000,
        "the base is asked for once"
    );
}

#[test]
fn what_the_sender_says_of_the_time_wins() {
    let mut harness = rgb_harness(&Config::detector(""), 64, 32);
    let mut buffer = at(rgb(64, 32, 8, &[]), 0);
    gst::ReferenceTimestampMeta::add(
        buffer.get_mut().unwrap(),
        &gst::Caps::new_empty_simple("timestamp/x-unix"),
        gst::ClockTime::from_nseconds(1_772_344_803_412_000_000),
        gst::ClockTime::NONE,
    );
    let seen = harness.push_and_pull(buffer).unwrap();
    let frame = FrameInfo::of(&seen).unwrap();
    assert_eq!(frame.capture_time.to_string(), "2026-03-01T06:00:03.412Z");
}

#[test]
fn a_description_that_is_there_stays() {
    let mut harness = rgb_harness(&Config::detector(""), 64, 32);
    let mut buffer = at(rgb(64, 32, 8, &[(2, 1, RED)]), 0);
    let time = "2026-03-01T06:00:00Z".parse().unwrap();
    let mut frame = FrameInfo::new("south", 3, time);
    frame.sequence = 42;
    frame.attach(buffer.get_mut().unwrap());
    let seen = harness.push_and_pull(buffer).unwrap();
    let frame = FrameInfo::of(&seen).unwrap();
    assert_eq!(
        (
            &*frame.camera,
            frame.source,
            frame.sequence,
            frame.capture_time
        ),
        ("south", 3, 42, time)
    );
    assert_eq!((frame.width, frame.detections.len()), (64, 1));
}

#[test]
fn a_frame_that_cannot_be_read_passes_unseen_and_is_counted() {
    let mut harness = rgb_harness(&Config::detector(""), 64, 32);
    let bus = gst::Bus::new();
    let element = harness.element().unwrap();
    element.set_bus(Some(&bus));
    for _ in 0..3 {
        let seen = harness
            .push_and_pull(at(gst::Buffer::from_slice([1, 2, 3]), 0))
            .unwrap();
        assert!(!FrameInfo::of(&seen).unwrap().is_inferred_by(1));
    }
    let seen = harness
        .push_and_pull(at(rgb(64, 32, 8, &[(2, 1, RED)]), 0))
        .unwrap();
    assert_eq!(boxes(&seen).len(), 1, "the next one is looked at");
    assert_eq!(stat(&element, "errors-unreadable"), 3);
    let warnings = bus.iter_filtered(&[gst::MessageType::Warning]).count();
    assert_eq!(warnings, 1, "it is told once");
}

#[test]
fn a_sliver_is_counted() {
    let mut harness = rgb_harness(&Config::detector(""), 20_000, 2);
    let seen = harness
        .push_and_pull(at(rgb(20_000, 2, 1, &[]), 0))
        .unwrap();
    assert!(!FrameInfo::of(&seen).unwrap().is_inferred_by(1));
    assert_eq!(stat(&harness.element().unwrap(), "errors-size"), 1);
}

#[test]
fn caps_queries_are_answered_at_once() {
    init();
    let config = Config::detector("");
    let element = ortinfer(&config);
    let caps = element.static_pad("sink").unwrap().query_caps(None);
    let names: Vec<_> = caps.iter().map(|caps| caps.name().to_string()).collect();
    assert_eq!(names, ["video/x-raw", "multistream/x-frame-packet"]);
    assert!(caps.can_intersect(&rgb_caps(640, 480)));
    assert!(
        !caps.can_intersect(
            &gst::Caps::builder("video/x-raw")
                .field("format", "ARGB64")
                .build()
        )
    );
}

#[test]
fn the_same_frames_give_the_same_boxes() {
    let picture = || {
        rgb(
            64,
            32,
            8,
            &[(2, 1, RED), (5, 2, [3, 99, 200]), (7, 0, [77, 5, 131])],
        )
    };
    let look = |threads: u32| {
        init();
        let config = Config::detector("[class-attrs-all]\npre-cluster-threshold=0.1\n");
        let element = ortinfer(&config);
        element.set_property("threads", threads);
        let mut harness = Harness::with_element(&element, Some("sink"), Some("src"));
        harness.set_src_caps(rgb_caps(64, 32));
        let seen = harness.push_and_pull(at(picture(), 0)).unwrap();
        FrameInfo::of(&seen).unwrap().detections.clone()
    };
    let first = look(1);
    assert!(first.len() >= 3);
    assert_eq!(first, look(1));
    assert_eq!(first, look(2));
}

#[test]
fn it_can_be_started_again() {
    init();
    let config = Config::detector("");
    let element = ortinfer(&config);
    for _ in 0..3 {
        element.set_state(gst::State::Paused).unwrap();
        element.set_state(gst::State::Null).unwrap();
    }
}
