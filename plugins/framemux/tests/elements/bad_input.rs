// SPDX-License-Identifier: MIT OR Apache-2.0
//! What cameras should not send, and what users should not write.

use gst::prelude::*;

use crate::camera::{Bench, init, ms, picture, segment};
use crate::recording::{Piece, pictures, play};

fn sized(size: usize, time: u64) -> Piece {
    let mut buffer = gst::Buffer::with_size(size).unwrap();
    buffer.get_mut().unwrap().set_pts(ms(time));
    Piece::Buffer(buffer)
}

#[test]
fn frames_of_a_wrong_size_are_dropped_counted_and_told_once() {
    init();
    let mut pieces = pictures([0]);
    pieces.extend([sized(0, 200), sized(255, 400)]);
    pieces.extend(pictures([600]));
    let outcome = play("", "identity", vec![pieces, pictures([0, 200, 400, 600])]);
    let expected = [
        "0: C1=F0 C2=F0",
        "200: C1=200 C2=F1",
        "400: C1=400 C2=F2",
        "600: C1=F3 C2=F3",
    ];
    assert_eq!(outcome.words(), expected);
    assert_eq!(
        (outcome.count(0, "broken"), outcome.count(0, "frames")),
        (2, 4)
    );
    let warnings = outcome.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    for word in ["C1", "sink_0", "0 bytes", "256 bytes"] {
        assert!(warnings[0].contains(word), "{word} in {}", warnings[0]);
    }
}

#[test]
fn frames_without_a_time_are_dropped_counted_and_told_once() {
    init();
    let mut pieces = pictures([0]);
    pieces.push(Piece::Buffer(picture(16, None)));
    pieces.push(Piece::Buffer(picture(16, None)));
    pieces.extend(pictures([200]));
    let outcome = play("", "identity", vec![pieces, pictures([0, 200])]);
    assert_eq!(outcome.words(), ["0: C1=F0 C2=F0", "200: C1=F3 C2=F1"]);
    assert_eq!(outcome.count(0, "untimed"), 2);
    let warnings = outcome.warnings();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("do-timestamp"), "{}", warnings[0]);
}

#[test]
fn a_camera_that_sends_nothing_usable_does_not_hold_the_others() {
    init();
    let outcome = play(
        "",
        "identity",
        vec![vec![sized(0, 0), sized(0, 200)], pictures([0, 200])],
    );
    assert_eq!(outcome.words(), ["0: C1=- C2=F0", "200: C1=- C2=F1"]);
}

#[test]
fn frames_outside_their_segment_are_counted() {
    let mut pieces = vec![Piece::Segment(segment(1_000, 0))];
    pieces.extend(pictures([500, 1_000, 1_200]));
    let outcome = play("", "identity", vec![pieces, pictures([0, 200])]);
    assert_eq!(outcome.words(), ["0: C1=F1 C2=F0", "200: C1=F2 C2=F1"]);
    assert_eq!(outcome.count(0, "clipped"), 1);
}

#[test]
fn timestamps_that_run_backwards_are_told() {
    let outcome = play("", "identity", vec![pictures([0, 200, 400, 100, 600])]);
    assert_eq!(
        outcome.words(),
        ["0: C1=F0", "200: C1=F1", "400: C1=F2", "600: C1=F4"]
    );
    assert_eq!(outcome.count(0, "late"), 1);
    assert!(outcome.warnings()[0].contains("backwards"));
}

#[test]
fn caps_that_are_no_picture_format_cost_that_camera_only() {
    let bench = Bench::live();
    let (good, bad) = (bench.camera(), bench.camera());
    let caps = gst::Caps::builder("video/x-raw")
        .field("format", "NOSUCH")
        .build();
    bad.event(gst::event::Caps::new(&caps));
    bench.play();
    good.push(0);
    bad.push(0);
    assert_eq!(bench.due(), "0: C1=F0 C2=-");
    let warnings = bench.messages(gst::MessageType::Warning);
    assert!(format!("{:?}", warnings[0]).contains("videoconvert"));
    bad.event(gst::event::Caps::new(&crate::camera::caps(16, 5)));
    good.push(200);
    bad.push(200);
    assert_eq!(bench.at_once(), "200: C1=F1 C2=F1", "and it may come round");
}

#[test]
fn a_start_time_that_is_none_is_refused_with_its_name() {
    let bench = Bench::files();
    bench.mux.set_property("utc-start-time", "noon");
    assert!(bench.mux.set_state(gst::State::Paused).is_err());
    let text = format!("{:?}", bench.messages(gst::MessageType::Error)[0]);
    assert!(
        text.contains("utc-start-time") && text.contains("noon"),
        "{text}"
    );
}

#[test]
fn a_sink_that_is_late_makes_no_decoder_drop_frames() {
    let bench = Bench::files();
    let camera = bench.camera();
    bench.play();
    camera.push(0);
    let qos = gst::event::Qos::new(gst::QOSType::Underflow, 2.0, 500, ms(0));
    // Such an event gets lost at a camera of the bench, so that its way there would end with a refusal.
    assert!(bench.sink.push_event(qos));
}
