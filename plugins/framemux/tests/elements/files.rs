// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pipelines that are not live: exact, complete, repeatable.

use std::sync::Arc;

use gst::prelude::*;
use messages::Timestamp;
use meta::{BoundingBox, Detection, FrameInfo, Packet};

use crate::camera::{caps, ms, picture, segment};
use crate::recording::{Outcome, Piece, pictures, play};

fn frame(outcome: &Outcome, packet: usize, slot: usize) -> FrameInfo {
    let packet = Packet::of(&outcome.packets[packet]).unwrap();
    FrameInfo::of(packet.slots[slot].frame.as_ref().unwrap())
        .unwrap()
        .clone()
}

#[test]
fn every_frame_is_in_exactly_one_packet() {
    let outcome = play(
        "",
        "identity",
        vec![pictures([0, 200, 400, 600]), pictures([0, 200, 400, 600])],
    );
    let expected = [
        "0: C1=F0 C2=F0",
        "200: C1=F1 C2=F1",
        "400: C1=F2 C2=F2",
        "600: C1=F3 C2=F3",
    ];
    assert_eq!(outcome.words(), expected);
    assert_eq!(
        (outcome.count(0, "frames"), outcome.count(0, "fresh")),
        (4, 4)
    );
    let packet = &outcome.packets[1];
    assert_eq!(
        (packet.pts(), packet.duration()),
        (Some(ms(200)), Some(ms(200)))
    );
    assert_eq!(packet.size(), 0);
}

#[test]
fn a_frame_belongs_to_the_first_tick_that_is_not_before_it() {
    let outcome = play("", "identity", vec![pictures([1, 200, 201, 599, 600, 601])]);
    let expected = ["200: C1=F1", "400: C1=F2", "600: C1=F4", "800: C1=F5"];
    assert_eq!(outcome.words(), expected);
    assert_eq!(outcome.count(0, "dropped-newer"), 2);
}

#[test]
fn rates_may_differ() {
    // 25, 5 and 1 frames per second.
    let outcome = play(
        "",
        "identity",
        vec![
            pictures((0..50).map(|step| step * 40)),
            pictures((0..10).map(|step| step * 200)),
            pictures([0, 1_000]),
        ],
    );
    let words = outcome.words();
    assert_eq!(words.len(), 11);
    assert_eq!(words[4], "800: C1=F20 C2=F4 C3=800");
    assert_eq!(words[5], "1000: C1=F25 C2=F5 C3=F1");
    assert_eq!(words[10], "2000: C1=F49 C2=200 C3=1000");
    for camera in 0..3 {
        let dropped = outcome.count(camera, "dropped-newer") + outcome.count(camera, "fresh");
        assert_eq!(outcome.count(camera, "frames"), dropped);
    }
}

#[test]
fn a_clip_that_ends_early_does_not_hold_the_others() {
    let outcome = play(
        "max-age=400000000",
        "identity",
        vec![pictures([0]), pictures((0..=5).map(|step| step * 200))],
    );
    let expected = [
        "0: C1=F0 C2=F0",
        "200: C1=200 C2=F1",
        "400: C1=400 C2=F2",
        "600: C1=- C2=F3",
        "800: C1=- C2=F4",
        "1000: C1=- C2=F5",
    ];
    assert_eq!(outcome.words(), expected);
}

#[test]
fn a_camera_that_is_away_for_twenty_seconds_does_not_hold_the_others() {
    let away = (0..=5).chain(105..=110).map(|step| step * 200);
    let outcome = play(
        "",
        "identity",
        vec![pictures(away), pictures((0..=110).map(|step| step * 200))],
    );
    let words = outcome.words();
    assert_eq!(words.len(), 111);
    assert_eq!(words[5], "1000: C1=F5 C2=F5");
    assert_eq!(words[10], "2000: C1=1000 C2=F10");
    assert_eq!(words[11], "2200: C1=- C2=F11");
    assert_eq!(words[104], "20800: C1=- C2=F104");
    assert_eq!(words[105], "21000: C1=F6 C2=F105");
    assert_eq!(outcome.presence(), ["C1 silent 3200", "C1 returned 21000"]);
    assert_eq!(outcome.count(0, "missing"), 94);
}

#[test]
fn a_camera_may_start_late() {
    let outcome = play(
        "",
        "identity",
        vec![pictures([0, 200, 400, 600]), pictures([450, 600])],
    );
    let expected = [
        "0: C1=F0 C2=-",
        "200: C1=F1 C2=-",
        "400: C1=F2 C2=-",
        "600: C1=F3 C2=F1",
    ];
    assert_eq!(outcome.words(), expected);
}

#[test]
fn the_first_packet_is_that_of_the_first_frame() {
    let outcome = play("", "identity", vec![pictures([10_100]), pictures([10_500])]);
    assert_eq!(
        outcome.words(),
        [
            "10200: C1=F0 C2=-",
            "10400: C1=300 C2=-",
            "10600: C1=500 C2=F0"
        ]
    );
}

#[test]
fn a_gap_event_says_that_nothing_comes() {
    let mut gapped = pictures([0]);
    gapped.push(Piece::Gap(ms(200), ms(400)));
    gapped.extend(pictures([600]));
    let outcome = play("", "identity", vec![gapped, pictures([0, 200, 400, 600])]);
    let expected = [
        "0: C1=F0 C2=F0",
        "200: C1=200 C2=F1",
        "400: C1=400 C2=F2",
        "600: C1=F1 C2=F3",
    ];
    assert_eq!(outcome.words(), expected);
    assert_eq!(
        (outcome.count(0, "frames"), outcome.count(0, "broken")),
        (2, 0)
    );
}

#[test]
fn a_repeated_frame_is_no_look() {
    // livesync and videorate mark what they repeat.
    let mut repeated = picture(16, ms(200));
    repeated.get_mut().unwrap().set_flags(gst::BufferFlags::GAP);
    let mut pieces = pictures([0]);
    pieces.push(Piece::Buffer(repeated));
    let outcome = play("", "identity", vec![pieces, pictures([0, 200])]);
    assert_eq!(outcome.words()[1], "200: C1=200 C2=F1");
    assert_eq!(outcome.count(0, "repeated"), 1);
}

#[test]
fn size_and_rate_may_change() {
    let mut pieces = pictures([0, 200]);
    pieces.push(Piece::Caps(caps(32, 10)));
    pieces.extend([300, 400, 500, 600].map(|time| Piece::Buffer(picture(32, ms(time)))));
    let outcome = play("", "identity", vec![pieces, pictures([0, 200, 400, 600])]);
    let expected = [
        "0: C1=F0 C2=F0",
        "200: C1=F1 C2=F1",
        "400: C1=F3 C2=F2",
        "600: C1=F5 C2=F3",
    ];
    assert_eq!(outcome.words(), expected);
    assert_eq!(outcome.warnings(), [""; 0]);
    let widths: Vec<u32> = (0..4)
        .map(|packet| frame(&outcome, packet, 0).width)
        .collect();
    assert_eq!(widths, [16, 16, 32, 32]);
    let format = |packet: usize| {
        let packet = Packet::of(&outcome.packets[packet]).unwrap();
        packet.slots[0].video_info.clone().unwrap()
    };
    assert_eq!((format(1).width(), format(2).width()), (16, 32));
    assert_eq!(format(2).fps(), gst::Fraction::new(10, 1));
}

#[test]
fn time_is_running_time_for_packets_and_stream_time_for_capture() {
    // A part of a recording: from 10 s on, which was at 3 s of the stream.
    let mut pieces = vec![Piece::Segment(segment(10_000, 3_000))];
    pieces.extend(pictures([10_000, 10_200]));
    let outcome = play(
        "utc-start-time=2026-03-01T06:00:00Z",
        "identity",
        vec![pieces, pictures([0, 200])],
    );
    assert_eq!(outcome.words(), ["0: C1=F0 C2=F0", "200: C1=F1 C2=F1"]);
    let times = [frame(&outcome, 1, 0), frame(&outcome, 1, 1)].map(|frame| frame.capture_time);
    assert_eq!(
        times.map(|time| time.to_string()),
        ["2026-03-01T06:00:03.2Z", "2026-03-01T06:00:00.2Z"]
    );
    // The frame itself lies on the packets' time line.
    let packet = Packet::of(&outcome.packets[1]).unwrap();
    assert_eq!(packet.slots[0].frame.as_ref().unwrap().pts(), Some(ms(200)));
}

#[test]
fn the_senders_clock_is_the_best_one() {
    let mut buffer = picture(16, ms(0));
    gst::ReferenceTimestampMeta::add(
        buffer.get_mut().unwrap(),
        &gst::Caps::new_empty_simple("timestamp/x-unix"),
        gst::ClockTime::from_nseconds(1_772_344_803_412_000_000),
        gst::ClockTime::NONE,
    );
    let outcome = play("", "identity", vec![vec![Piece::Buffer(buffer)]]);
    let time = frame(&outcome, 0, 0).capture_time;
    assert_eq!(time.to_string(), "2026-03-01T06:00:03.412Z");
}

#[test]
fn a_frame_is_described() {
    let outcome = play(
        "sink_1::camera=North",
        "identity",
        vec![pictures([0]), pictures([0])],
    );
    let info = frame(&outcome, 0, 1);
    assert_eq!(&*info.camera, "North");
    assert_eq!((info.source, info.sequence), (1, 0));
    assert_eq!((info.width, info.height), (16, 16));
    assert_eq!(info.capture_time, Timestamp::from_nanos(0));
}

#[test]
fn what_was_found_before_is_kept() {
    let mut buffer = picture(16, ms(0));
    let mut info = FrameInfo::new("C7", 9, Timestamp::from_nanos(77));
    info.inferred_by.push(1);
    info.sequence = 41;
    info.detections.push(Detection::new(
        1,
        0,
        Arc::from("head"),
        0.9,
        BoundingBox::default(),
    ));
    info.attach(buffer.get_mut().unwrap());
    let outcome = play("", "identity", vec![vec![Piece::Buffer(buffer)]]);
    let info = frame(&outcome, 0, 0);
    assert_eq!(
        outcome.words(),
        ["0: C7=F41"],
        "the pad takes the frame's name"
    );
    assert_eq!(
        (info.inferred_by.as_slice(), info.detections.len()),
        (&[1][..], 1)
    );
    assert_eq!((info.source, info.capture_time.nanos()), (0, 77));
    assert_eq!((info.width, info.height), (16, 16));
}

#[test]
fn pixels_are_never_copied() {
    let buffer = picture(16, ms(0));
    let pixels = buffer.map_readable().unwrap().as_ptr();
    let outcome = play("", "identity", vec![vec![Piece::Buffer(buffer)]]);
    let packet = Packet::of(&outcome.packets[0]).unwrap();
    let frame = packet.slots[0].frame.as_ref().unwrap();
    assert_eq!(frame.map_readable().unwrap().as_ptr(), pixels);
}

#[test]
fn a_cached_frame_is_the_very_same() {
    let outcome = play("", "identity", vec![pictures([0]), pictures([0, 200])]);
    let frame = |packet: usize| {
        let packet = Packet::of(&outcome.packets[packet]).unwrap();
        packet.slots[0].frame.as_ref().unwrap().as_ptr()
    };
    assert_eq!(frame(0), frame(1));
}

#[test]
fn as_fast_as_possible_and_in_real_time_give_the_same() {
    let recordings = || {
        vec![
            pictures((0..25).map(|step| step * 40)),
            pictures([0, 200, 400, 800, 1_000]),
            pictures([330, 530]),
        ]
    };
    let run = |pace| {
        let outcome = play("utc-start-time=2026-03-01T06:00:00Z", pace, recordings());
        let times: Vec<Vec<Option<Timestamp>>> = outcome
            .packets
            .iter()
            .map(|packet| {
                let slots = Packet::of(packet).unwrap().slots.iter();
                slots
                    .map(|slot| FrameInfo::of(slot.frame.as_ref()?).map(|info| info.capture_time))
                    .collect()
            })
            .collect();
        (outcome.words(), times, outcome.stats)
    };
    let fast = run("identity");
    assert_eq!(fast.0.len(), 6);
    for pace in ["identity", "clocksync", "identity sync=true"] {
        assert_eq!(run(pace), fast, "behind {pace}");
    }
}

#[test]
fn the_packets_caps_say_their_rate() {
    let outcome = crate::recording::play("interval=40000000", "identity", vec![pictures([0, 40])]);
    assert_eq!(outcome.words(), ["0: C1=F0", "40: C1=F1"]);
}

#[test]
fn no_frames_at_all_is_no_packet_and_an_end() {
    let outcome = play("", "identity", vec![Vec::new(), Vec::new()]);
    assert!(outcome.packets.is_empty());
    assert_eq!(outcome.error(), None);
}

#[test]
fn frames_wait_for_the_cameras_that_are_still_to_come() {
    crate::camera::init();
    let pipeline = gst::parse::launch(
        "framemux name=mux cameras=2 ! appsink name=out sync=false \
         videotestsrc num-buffers=3 ! video/x-raw,framerate=5/1,width=16,height=16 ! mux.sink_0",
    )
    .unwrap()
    .downcast::<gst::Pipeline>()
    .unwrap();
    let out = pipeline.by_name("out").unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let pull = |wait: gst::ClockTime| {
        out.emit_by_name::<Option<gst::Sample>>("try-pull-sample", &[&wait])
            .map(|sample| crate::camera::words(sample.buffer().unwrap()))
    };
    assert_eq!(pull(ms(50)), None, "one camera of two is there");
    let second = gst::parse::bin_from_description(
        "videotestsrc num-buffers=3 ! video/x-raw,framerate=5/1,width=16,height=16 ! queue",
        true,
    )
    .unwrap();
    pipeline.add(&second).unwrap();
    second
        .link_pads(None, &pipeline.by_name("mux").unwrap(), None)
        .unwrap();
    second.sync_state_with_parent().unwrap();
    let words: Vec<String> = std::iter::from_fn(|| pull(ms(10_000))).collect();
    pipeline.set_state(gst::State::Null).unwrap();
    assert_eq!(
        words,
        ["0: C1=F0 C2=F0", "200: C1=F1 C2=F1", "400: C1=F2 C2=F2"]
    );
}
