// SPDX-License-Identifier: MIT OR Apache-2.0
//! Live pipelines under a clock that only the test moves.

use std::time::{SystemTime, UNIX_EPOCH};

use gst::prelude::*;
use meta::{FrameInfo, Packet};

use crate::camera::{Bench, ms, picture};

#[test]
fn a_dead_camera_is_not_waited_for() {
    let bench = Bench::live();
    let (alive, _dead) = (bench.camera(), bench.dead_camera());
    bench.play();
    for time in [0, 200, 400] {
        alive.push(time);
        assert!(
            bench.nothing(),
            "the dead one has its chance until the deadline"
        );
        assert_eq!(bench.due(), format!("{time}: C1=F{} C2=-", time / 200));
        // One interval after the tick, with cameras that have no latency of their own.
        assert_eq!(bench.clock.time(), ms(time + 200));
    }
}

#[test]
fn all_cameras_dead_still_make_packets() {
    let bench = Bench::live();
    let camera = bench.camera();
    bench.play();
    camera.push(0);
    assert_eq!(bench.at_once(), "0: C1=F0");
    for time in [200, 400, 600, 800, 1_000] {
        assert_eq!(bench.due(), format!("{time}: C1={time}"));
    }
    assert_eq!(bench.due(), "1200: C1=-");
}

#[test]
fn a_packet_leaves_at_once_when_all_are_there() {
    let bench = Bench::live();
    let (one, two) = (bench.camera(), bench.camera());
    bench.play();
    one.push(0);
    two.push(0);
    assert_eq!(bench.at_once(), "0: C1=F0 C2=F0");
    one.push(200);
    two.push(200);
    // Both frames last until 400: nothing more can come, so nobody has to move the clock.
    assert_eq!(bench.at_once(), "200: C1=F1 C2=F1");
    assert!(bench.clock.time() <= ms(200));
}

#[test]
fn a_camera_that_comes_late_is_late_and_no_reason_for_a_warning() {
    let bench = Bench::live();
    let (punctual, late) = (bench.camera(), bench.camera());
    bench.play();
    for time in [0, 200] {
        punctual.push(time);
        assert_eq!(bench.due(), format!("{time}: C1=F{} C2=-", time / 200));
    }
    late.push(0);
    late.push(150);
    punctual.push(400);
    assert_eq!(bench.due(), "400: C1=F2 C2=-");
    late.push(600);
    punctual.push(600);
    assert_eq!(bench.at_once(), "600: C1=F3 C2=F2");
    assert_eq!((late.count("late"), late.count("frames")), (2, 3));
    assert!(bench.messages(gst::MessageType::Warning).is_empty());
}

#[test]
fn a_fast_camera_is_never_held_back() {
    let bench = Bench::live();
    let (fast, _dead) = (bench.camera(), bench.dead_camera());
    bench.play();
    // Far more than any queue of the base class holds; this thread would block.
    for time in (0..=1_000).step_by(10) {
        fast.push(time);
    }
    assert_eq!(bench.due(), "0: C1=F0 C2=-");
    assert_eq!(bench.due(), "200: C1=F20 C2=-");
    assert_eq!(bench.due(), "400: C1=F40 C2=-");
    assert_eq!(fast.count("dropped-newer"), 95);
}

#[test]
fn silence_and_return_are_told() {
    let bench = Bench::live();
    bench.mux.set_property("silence-timeout", 500_000_000_u64);
    let (one, two) = (bench.camera(), bench.camera());
    bench.play();
    for time in (0..=1_600).step_by(200) {
        one.push(time);
        if time == 0 || time == 1_400 {
            two.push(time);
        }
        let packet = if time == 0 || time == 1_400 {
            bench.at_once()
        } else {
            bench.due()
        };
        assert!(packet.starts_with(&format!("{time}:")), "{packet}");
    }
    assert_eq!(bench.presence(), ["C2 silent 600", "C2 returned 1400"]);
    assert!(
        !two.input
            .property::<gst::Structure>("stats")
            .get::<bool>("silent")
            .unwrap()
    );
}

#[test]
fn the_first_packet_is_the_first_one_due() {
    let bench = Bench::live();
    let camera = bench.camera();
    bench.clock.set_time(ms(3_600_050));
    bench.play();
    camera.push(3_600_060);
    assert_eq!(bench.at_once(), "3600200: C1=F0");
}

#[test]
fn a_pause_makes_no_packets() {
    let bench = Bench::live();
    let camera = bench.camera();
    bench.play();
    camera.push(0);
    assert_eq!(bench.at_once(), "0: C1=F0");
    bench.mux.set_state(gst::State::Paused).unwrap();
    // A minute passes, and running time does not.
    bench.clock.set_time(ms(60_200));
    bench.mux.set_base_time(ms(60_000));
    bench.play();
    camera.push(200);
    assert_eq!(bench.at_once(), "200: C1=F1");
    assert!(bench.nothing());
}

#[test]
fn latency_is_the_cameras_and_one_interval() {
    let bench = Bench::live();
    let camera = bench.camera();
    bench.play();
    camera.push(0);
    bench.at_once();
    let mut query = gst::query::Latency::new();
    assert!(bench.sink.peer_query(&mut query));
    assert_eq!(query.result(), (true, ms(200), gst::ClockTime::NONE));
    bench.mux.set_property("latency", 50_000_000_u64);
    let mut query = gst::query::Latency::new();
    assert!(bench.sink.peer_query(&mut query));
    assert_eq!(query.result().1, ms(250));
}

#[test]
fn the_property_latency_gives_the_cameras_more_time() {
    let bench = Bench::live();
    bench.mux.set_property("latency", 300_000_000_u64);
    let (one, _dead) = (bench.camera(), bench.dead_camera());
    bench.play();
    one.push(0);
    assert_eq!(bench.due(), "0: C1=F0 C2=-");
    assert_eq!(bench.clock.time(), ms(500));
}

#[test]
fn a_slow_camera_and_one_that_cannot_wait_go_together() {
    let bench = Bench::live();
    let slow = bench.slow_camera(ms(2_000), ms(5_000));
    let hasty = bench.slow_camera(ms(0), ms(0));
    bench.play();
    // The slow one has not delivered, so it is not waited for.
    for time in (0..=2_000).step_by(200) {
        hasty.push(time);
        assert_eq!(
            bench.due(),
            format!("{time}: C1=- C2=F{}", time / 200),
            "at {time}"
        );
        assert_eq!(bench.clock.time(), ms(time + 200));
    }
    // Now it delivers, each frame two seconds late: the frames of the hasty one wait for those of the slow one.
    for time in (2_200..4_200).step_by(200) {
        bench.clock.set_time(ms(time));
        slow.push(time - 2_000);
        bench.taken(&slow, (time - 2_000) / 200);
        hasty.push(time);
        bench.taken(&hasty, time / 200 + 1);
    }
    assert!(bench.nothing());
    bench.clock.set_time(ms(4_200));
    slow.push(2_200);
    assert_eq!(bench.at_once(), "2200: C1=F10 C2=F11");
    assert!(bench.messages(gst::MessageType::Warning).is_empty());
    let mut query = gst::query::Latency::new();
    assert!(bench.sink.peer_query(&mut query));
    assert_eq!(query.result().1, ms(2_200));
    // It falls silent: three of its frames later, the packets that waited for it leave.
    bench.clock.set_time(ms(5_000));
    hasty.push(5_000);
    for time in (2_400..=4_000).step_by(200) {
        assert_eq!(
            bench.at_once(),
            format!("{time}: C1={} C2=F{}", time - 2_200, time / 200)
                .replace("C1=1200", "C1=-")
                .replace("C1=1400", "C1=-")
                .replace("C1=1600", "C1=-")
                .replace("C1=1800", "C1=-")
        );
    }
}

#[test]
fn capture_time_is_utc() {
    let bench = Bench::live();
    // Not used: the clock knows better.
    bench
        .mux
        .set_property("utc-start-time", "2001-01-01T00:00:00Z");
    let camera = bench.camera();
    bench.play();
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs_f64();
    let capture = |buffer: &gst::BufferRef| {
        let packet = Packet::of(buffer).unwrap();
        FrameInfo::of(packet.slots[0].frame.as_ref().unwrap())
            .unwrap()
            .capture_time
    };
    camera.push(0);
    let first = capture(&bench.buffer_at_once());
    let apart = first.nanos() as f64 * 1e-9 - now;
    assert!(apart.abs() < 60.0, "{apart} s from now");
    camera.push(200);
    let second = capture(&bench.buffer_at_once());
    assert_eq!(second.since(first), 200_000_000);
}

#[test]
fn the_end_of_all_cameras_ends_without_waiting_for_the_clock() {
    let bench = Bench::live();
    let (one, two) = (bench.camera(), bench.camera());
    bench.play();
    one.push(0);
    assert_eq!(bench.due(), "0: C1=F0 C2=-");
    one.push(200);
    one.push(400);
    one.event(gst::event::Eos::new());
    two.event(gst::event::Eos::new());
    assert_eq!(bench.at_once(), "200: C1=F1 C2=-");
    assert_eq!(bench.at_once(), "400: C1=F2 C2=-");
    assert_eq!(bench.clock.time(), ms(200));
}

#[test]
fn an_ended_camera_is_not_waited_for() {
    let bench = Bench::live();
    let (one, two) = (bench.camera(), bench.camera());
    bench.play();
    one.push(0);
    two.push(0);
    assert_eq!(bench.at_once(), "0: C1=F0 C2=F0");
    two.event(gst::event::Eos::new());
    one.push(200);
    assert_eq!(bench.at_once(), "200: C1=F1 C2=200");
}

#[test]
fn a_gap_event_is_as_good_as_a_frame() {
    let bench = Bench::live();
    let (one, two) = (bench.camera(), bench.camera());
    bench.play();
    one.push(0);
    two.push(0);
    assert_eq!(bench.at_once(), "0: C1=F0 C2=F0");
    one.push(200);
    two.event(gst::event::Gap::builder(ms(200)).duration(ms(200)).build());
    assert_eq!(bench.at_once(), "200: C1=F1 C2=200");
}

#[test]
fn stopping_while_it_waits_takes_no_time() {
    let bench = Bench::live();
    let camera = bench.camera();
    bench.play();
    camera.push_buffer(picture(16, ms(0))).unwrap();
    bench.clock.wait_for_next_pending_id();
    let begin = std::time::Instant::now();
    bench.mux.set_state(gst::State::Null).unwrap();
    assert!(begin.elapsed().as_secs() < 1);
}
