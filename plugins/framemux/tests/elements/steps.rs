// SPDX-License-Identifier: MIT OR Apache-2.0
//! Times that step, stand still or drift, in both worlds: live the arrival tells, in recordings the other frames do.

use std::slice::from_ref;

use gst::prelude::*;
use messages::Timestamp;
use meta::{FrameInfo, Packet};

use crate::camera::{Bench, ms, picture, presence, words};
use crate::recording::{Outcome, Piece, pictures, play};

/// Time from frame to frame of the cameras, milliseconds.
const FRAME: u64 = 200;
/// Frames of each camera.
const FRAMES: u64 = 60;
/// The frame at which the first camera's times step.
const STEP: u64 = 30;
/// Ten hours and more, milliseconds.
const HOURS: u64 = 37_600_000;
/// Seconds since 1970, in milliseconds.
const EPOCH: u64 = 1_700_000_000_000;

/// What a clock that steps makes of a time, milliseconds.
type Change = fn(u64) -> u64;

/// What became of a live camera whose times step, and of one beside it.
struct Live {
    packets: Vec<gst::Buffer>,
    /// What was said about cameras.
    messages: Vec<String>,
    warnings: usize,
    /// Fresh, late and misstamped frames of the first camera.
    counts: [u64; 3],
    /// Fresh frames of the other one.
    other: u64,
}

/// Plays a camera whose frame number n brings the time `stamp(n)` (milliseconds), beside one whose times are right.
fn live(stamp: impl Fn(u64) -> u64) -> Live {
    let bench = Bench::live();
    let (stepping, right) = (bench.camera(), bench.camera());
    bench.play();
    let mut packets = Vec::new();
    for number in 0..FRAMES {
        let now = number * FRAME;
        bench.clock.set_time(ms(now));
        stepping.push(stamp(number));
        bench.taken(&stepping, number + 1);
        right.push(now);
        bench.taken(&right, number + 1);
        while (packets.len() as u64) < number {
            packets.push(bench.buffer_at_once());
        }
    }
    let kinds = [gst::MessageType::Element, gst::MessageType::Warning];
    let (messages, warnings): (Vec<_>, Vec<_>) =
        std::iter::from_fn(|| bench.bus.pop_filtered(&kinds))
            .partition(|message| message.type_() == gst::MessageType::Element);
    Live {
        packets,
        messages: messages.iter().map(presence).collect(),
        warnings: warnings.len(),
        counts: ["fresh", "late", "misstamped"].map(|name| stepping.count(name)),
        other: right.count("fresh"),
    }
}

/// The event times of the fresh frames at `slot`.
fn event_times(packets: &[gst::Buffer], slot: usize) -> Vec<Timestamp> {
    let fresh = packets.iter().filter_map(|packet| {
        let slot = &Packet::of(packet)?.slots[slot];
        let fresh = slot.status == meta::SlotStatus::Fresh;
        let info = FrameInfo::of(slot.frame.as_ref().filter(|_| fresh)?)?;
        Some(info.capture_time)
    });
    fresh.collect()
}

fn is_ascending(times: &[Timestamp]) -> bool {
    times.windows(2).all(|pair| pair[0] < pair[1])
}

#[test]
fn a_live_camera_whose_times_step_is_lost_for_a_second_and_told_once() {
    let cases: [(&str, Change); 5] = [
        ("back by 1 s", |now| now - 1_000),
        ("back to zero", |now| now - STEP * FRAME),
        ("ahead by 5 s", |now| now + 5_000),
        ("ahead by hours", |now| now + HOURS),
        ("to the epoch", |now| now + EPOCH),
    ];
    for (name, step) in cases {
        let outcome = live(|number| {
            let now = number * FRAME;
            if number < STEP { now } else { step(now) }
        });
        assert_eq!(outcome.messages.len(), 1, "{name}: {:?}", outcome.messages);
        assert!(outcome.messages[0].starts_with("C1 re-anchored "), "{name}");
        let [fresh, late, misstamped] = outcome.counts;
        assert_eq!(late + misstamped, 5, "{name}: one second");
        assert!(fresh >= FRAMES - 7, "{name}: {fresh}");
        assert!(outcome.other >= FRAMES - 2, "{name}: {}", outcome.other);
        assert!(is_ascending(&event_times(&outcome.packets, 0)), "{name}");
        let last = words(outcome.packets.last().unwrap());
        assert!(
            last.contains(&format!("C1=F{}", FRAMES - 2)),
            "{name}: {last}"
        );
    }
}

#[test]
fn a_live_camera_whose_times_count_from_elsewhere_is_anchored_to_its_arrival() {
    let outcome = live(|number| number * FRAME + EPOCH);
    assert_eq!(outcome.messages.len(), 1, "{:?}", outcome.messages);
    assert!(outcome.counts[0] >= FRAMES - 7);
}

#[test]
fn single_wrong_times_of_a_live_camera_cost_these_frames() {
    for wrong in [HOURS as i64, -9_800_000] {
        let outcome = live(|number| {
            let now = number * FRAME;
            if number % 10 == 9 {
                now.saturating_add_signed(wrong)
            } else {
                now
            }
        });
        assert!(outcome.messages.is_empty(), "{:?}", outcome.messages);
        assert_eq!(outcome.counts[1] + outcome.counts[2], FRAMES / 10);
        assert!(outcome.counts[0] >= FRAMES - FRAMES / 10 - 1);
    }
}

#[test]
fn a_live_camera_that_drifts_is_anchored_again_and_again() {
    for percent in [90, 98, 110] {
        let outcome = live(|number| number * FRAME * percent / 100);
        assert!(
            outcome.counts[0] >= FRAMES / 2,
            "{percent} %: {:?}",
            outcome.counts
        );
        assert!(outcome.other >= FRAMES - 2);
        assert!(is_ascending(&event_times(&outcome.packets, 0)));
        assert!(
            outcome
                .messages
                .iter()
                .all(|message| message.starts_with("C1 re-anchored")),
            "{percent} %: {:?}",
            outcome.messages
        );
    }
}

#[test]
fn times_that_stand_still_are_dropped_and_told_once() {
    let outcome = live(|_| 0);
    assert_eq!(outcome.messages, ["C1 discarded"]);
    assert_eq!(outcome.other, FRAMES - 1);
    assert_eq!(outcome.warnings, 1);
}

/// Recordings: a camera whose frame number n brings the time `stamp(n)` (milliseconds), beside one whose times are right.
fn recorded(stamp: impl Fn(u64) -> u64) -> Outcome {
    play(
        "",
        "identity",
        vec![
            pictures((0..FRAMES).map(stamp)),
            pictures((0..FRAMES).map(|number| number * FRAME)),
        ],
    )
}

#[test]
fn no_packet_is_invented_for_a_single_wrong_time_in_a_recording() {
    let outcome = recorded(|number| {
        let now = number * FRAME;
        if number == STEP { now + HOURS } else { now }
    });
    assert_eq!(outcome.packets.len() as u64, FRAMES);
    assert_eq!(outcome.count(0, "misstamped"), 1);
    assert_eq!(outcome.count(0, "fresh"), FRAMES - 1);
    assert!(outcome.presence().is_empty());
}

#[test]
fn a_recording_whose_times_step_goes_on() {
    let cases: [(&str, Change); 4] = [
        ("back by 3 s", |now| now - 3_000),
        ("back to zero", |now| now - STEP * FRAME),
        ("ahead by hours", |now| now + HOURS),
        ("to the epoch", |now| now + EPOCH),
    ];
    for (name, step) in cases {
        let outcome = recorded(|number| {
            let now = number * FRAME;
            if number < STEP { now } else { step(now) }
        });
        assert_eq!(outcome.packets.len() as u64, FRAMES, "{name}");
        assert_eq!(
            outcome.presence().len(),
            1,
            "{name}: {:?}",
            outcome.presence()
        );
        let dropped = outcome.count(0, "late") + outcome.count(0, "misstamped");
        assert_eq!(dropped, 5, "{name}: one second");
        let last = words(outcome.packets.last().unwrap());
        assert!(
            last.contains(&format!("C1=F{}", FRAMES - 1)),
            "{name}: {last}"
        );
        assert!(is_ascending(&event_times(&outcome.packets, 0)), "{name}");
    }
}

#[test]
fn a_recording_whose_times_count_from_elsewhere_begins_with_the_others() {
    let outcome = recorded(|number| number * FRAME + EPOCH);
    assert_eq!(outcome.packets.len() as u64, FRAMES);
    assert_eq!(outcome.count(0, "fresh"), FRAMES - 5);
}

#[test]
fn two_recordings_of_one_camera_play_one_after_the_other() {
    crate::camera::init();
    let source = "videotestsrc num-buffers=20 ! video/x-raw,framerate=5/1,width=16,height=16";
    let pipeline = gst::parse::launch(&format!(
        "framemux name=mux ! appsink name=out sync=false concat name=c ! mux.sink_0 {source} ! c. {source} ! c."
    ))
    .unwrap()
    .downcast::<gst::Pipeline>()
    .unwrap();
    let out = pipeline.by_name("out").unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let packets: Vec<gst::Buffer> = std::iter::from_fn(|| {
        let sample = out.emit_by_name::<Option<gst::Sample>>("try-pull-sample", &[&ms(10_000)])?;
        sample.buffer_owned()
    })
    .collect();
    pipeline.set_state(gst::State::Null).unwrap();
    let times = event_times(&packets, 0);
    assert!(times.len() >= 34, "{} frames", times.len());
    assert!(is_ascending(&times));
}

#[test]
fn a_recording_that_follows_in_a_segment_of_its_own_goes_on() {
    // As concat does: running time goes on, stream time begins anew.
    let mut pieces = pictures((0..10).map(|number| number * FRAME));
    let mut segment = crate::camera::segment(0, 0);
    segment.set_base(ms(10 * FRAME));
    pieces.push(Piece::Segment(segment));
    pieces.extend(pictures((0..10).map(|number| number * FRAME)));
    let outcome = play(
        "utc-start-time=2026-03-01T06:00:00Z",
        "identity",
        vec![pieces],
    );
    let times = event_times(&outcome.packets, 0);
    assert_eq!(times.len(), 20);
    assert_eq!(times[19].since(times[0]), 19 * 200_000_000);
}

#[test]
fn the_clock_of_a_camera_is_believed_if_it_can_be_right() {
    let bench = Bench::live();
    let (right, wrong) = (bench.camera(), bench.camera());
    bench.play();
    let stamped = |time: u64, utc: i64| {
        let mut buffer = picture(16, ms(time));
        gst::ReferenceTimestampMeta::add(
            buffer.get_mut().unwrap(),
            &gst::Caps::new_empty_simple("timestamp/x-unix"),
            gst::ClockTime::from_nseconds(u64::try_from(utc).unwrap()),
            gst::ClockTime::NONE,
        );
        buffer
    };
    let now = kit::clock::now();
    let (half_a_second, hour) = (500_000_000, 3_600_000_000_000);
    for number in 0..3 {
        let time = number * FRAME;
        bench.clock.set_time(ms(time));
        let shown = now.nanos() + i64::try_from(time).unwrap() * 1_000_000;
        right
            .push_buffer(stamped(time, shown - half_a_second))
            .unwrap();
        wrong.push_buffer(stamped(time, shown - hour)).unwrap();
        let packet = bench.buffer_at_once();
        let [first, second] = [0, 1].map(|slot| event_times(from_ref(&packet), slot)[0]);
        assert_eq!(first.nanos(), shown - half_a_second, "as the camera says");
        assert!(second.since(first).abs() < 20_000_000_000, "as it arrived");
    }
    let warnings = bench.messages(gst::MessageType::Warning);
    assert_eq!(warnings.len(), 1);
    let text = format!("{:?}", warnings[0]);
    for word in ["C2", "behind", "NTP"] {
        assert!(text.contains(word), "{word} in {text}");
    }
}

#[test]
fn a_step_says_how_far_the_times_were_moved() {
    let outcome = recorded(|number| {
        let now = number * FRAME;
        if number < STEP { now } else { now + HOURS }
    });
    let message = outcome.messages.iter().find_map(|message| {
        let structure = message.structure()?;
        structure.get::<i64>("shift").ok()
    });
    assert_eq!(message, Some(-i64::try_from(HOURS).unwrap() * 1_000_000));
}
