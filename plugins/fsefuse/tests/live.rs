// SPDX-License-Identifier: MIT OR Apache-2.0
//! `fsefuse` behind cameras: it waits for nobody, and a state comes out at every interval, whatever the inputs do.
//!
//! The pipeline's clock is moved by the test alone. UTC, which stamps the arrivals of live inputs, is the machine's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::sync::mpsc::channel;

use gst::prelude::*;
use messages::{CameraHealth, Data, Event, Health};
use support::bench::{Bench, Output, SECOND, now};

fn second(event: &Event) -> i64 {
    assert_eq!(
        event.time.nanos() % SECOND,
        0,
        "states lie on whole seconds"
    );
    event.time.nanos() / SECOND
}

#[test]
fn events_are_fed_in_the_order_in_which_they_arrive() {
    let bench = Bench::live();
    let record = bench.site.path("record.jsonl");
    bench
        .fuse
        .set_property("record", record.display().to_string());
    let (one, two) = (bench.source(), bench.source());
    bench.play();
    let taken = now();
    let earlier = taken.saturating_sub(SECOND / 2);
    two.push("C2", 7, taken).unwrap();
    one.push("C1", 3, earlier).unwrap();
    two.push("C2", 8, taken.saturating_add(1)).unwrap();
    bench.wait_for_count("fed", 3);
    bench.crank();
    bench.wait_for_count("batches", 2);
    let text = std::fs::read_to_string(record).unwrap();
    let fed: Vec<Event> = text
        .lines()
        .map(|line| Event::parse(line).unwrap())
        .collect();
    let ids: Vec<_> = fed.iter().take(3).map(|event| event.id.as_str()).collect();
    assert_eq!(ids, ["1-8", "1-4", "1-9"]);
    assert!(fed.is_sorted_by_key(|event| event.received));
    assert!(fed.iter().all(|event| event.received >= Some(taken)));
}

#[test]
fn the_health_of_a_camera_is_in_the_states_and_in_the_record() {
    let bench = Bench::live();
    let record = bench.site.path("record.jsonl");
    bench
        .fuse
        .set_property("record", record.display().to_string());
    let source = bench.source();
    bench.play();
    source.push("C1", 0, now()).unwrap();
    let mut health = CameraHealth::new("C2", Health::Offline);
    health.reason = Some("user or password are wrong".to_owned());
    source.event(meta::health_event(1, &health, now()));
    bench.wait_for_count("fed", 2);
    let (_, state) = bench.state_after_cranks();
    let of = |camera: &str| {
        let mut cameras = state.cameras.iter();
        cameras.find(|it| it.id == camera).map(|it| it.health)
    };
    assert_eq!(of("C1"), Some(Health::Online));
    assert_eq!(of("C2"), Some(Health::Offline));
    let text = std::fs::read_to_string(record).unwrap();
    let recorded = text.lines().map(|line| Event::parse(line).unwrap());
    let recorded: Vec<_> = recorded
        .filter(|event| matches!(event.data, Data::Health(_)))
        .collect();
    assert_eq!(recorded.len(), 1, "{text}");
    assert_eq!(recorded[0].subject.as_deref(), Some("camera/C2"));
    assert_eq!(recorded[0].data, Data::Health(health));
}

#[test]
fn a_camera_whose_reports_are_all_discarded_is_told_of_once_and_once_when_it_is_used() {
    let bench = Bench::live();
    let source = bench.source();
    bench.play();
    let start = now();
    source.push("C1", 0, start).unwrap();
    // Far older than the fusion waits for reports, for eleven seconds of the camera's time.
    let old = start.saturating_sub(3_600 * SECOND);
    for number in 0..12 {
        let time = old.saturating_add(number as i64 * SECOND);
        source.push("C2", number, time).unwrap();
    }
    source.push("C9", 0, start).unwrap();
    source.push("C2", 20, now()).unwrap();
    let said = bench.said_of_cameras(3);
    let expected = [
        ("C2", "discarded", "late"),
        ("C9", "discarded", "unknown camera"),
        ("C2", "used", ""),
    ];
    let expected = expected.map(|(camera, state, reason)| format!("{camera} {state} {reason}"));
    assert_eq!(said, expected);
    bench.wait_for_count("discarded-cameras", 1);
}

#[test]
fn the_clock_alone_makes_states_when_no_input_comes() {
    let bench = Bench::live();
    let source = bench.source();
    bench.play();
    source.push("C1", 0, now()).unwrap();
    let (first, state) = bench.state_after_cranks();
    assert!(
        first.recorded.is_some(),
        "live states say when they were made"
    );
    assert_eq!(state.inputs, ["prod"]);
    for expected in (second(&first) + 1..).take(5) {
        bench.crank();
        assert_eq!(second(&bench.next_state().0), expected);
    }
    assert_eq!(bench.count("fed"), 1);
}

#[test]
fn states_come_though_all_inputs_are_silent_from_the_start() {
    let bench = Bench::live();
    let _silent = (bench.silent_source(), bench.source());
    bench.play();
    let (first, state) = bench.state_after_cranks();
    assert_eq!(state.count, 0);
    bench.crank();
    assert_eq!(second(&bench.next_state().0), second(&first) + 1);
    assert_eq!(bench.count("fed"), 0);
}

#[test]
fn ids_of_a_live_run_begin_with_the_time_of_its_start() {
    let bench = Bench::live();
    let source = bench.source();
    bench.play();
    let started = now().nanos() / SECOND;
    source.push("C1", 0, now()).unwrap();
    let (state, _) = bench.state_after_cranks();
    let (epoch, number) = state.id.split_once('-').unwrap();
    let epoch: i64 = epoch.parse().unwrap();
    assert!((started - 1..=started + 30).contains(&epoch), "{epoch}");
    assert_eq!(number, "1");
}

#[test]
fn inputs_with_different_latency_are_used_together_and_none_is_waited_for() {
    let bench = Bench::live();
    let fast = bench.source();
    let slow = bench.slow_source(gst::ClockTime::from_seconds(1));
    bench.play();
    let taken = now();
    for number in 0..5 {
        let offset = number as i64 * SECOND / 5;
        fast.push("C1", number, taken.saturating_sub(SECOND - offset))
            .unwrap();
        slow.push("C2", number, taken.saturating_sub(2 * SECOND - offset))
            .unwrap();
    }
    // Fed without a step of the clock.
    bench.wait_for_count("fed", 10);
    let mut latency = gst::query::Latency::new();
    assert!(bench.sink.peer_query(&mut latency));
    assert_eq!(
        latency.result(),
        (true, gst::ClockTime::ZERO, gst::ClockTime::NONE),
        "a state is stamped with the instant for which it is made"
    );
}

#[test]
fn one_live_input_makes_the_whole_element_live() {
    let mut bench = Bench::files();
    let file = bench.source();
    bench.set_live(true);
    let _silent = bench.silent_source();
    bench.play();
    file.push("C1", 0, now()).unwrap();
    bench.wait_for_count("fed", 1);
}

#[test]
fn the_end_of_all_inputs_ends_the_states_without_a_step_of_the_clock() {
    let bench = Bench::live();
    let (one, two) = (bench.source(), bench.source());
    bench.play();
    one.push("C1", 0, now()).unwrap();
    one.event(gst::event::Eos::new());
    two.push("C2", 0, now()).unwrap();
    two.event(gst::event::Eos::new());
    let events: Vec<_> = bench
        .until_eos()
        .into_iter()
        .filter_map(|output| match output {
            Output::Event(kind) => Some(kind),
            Output::State(_) => None,
        })
        .collect();
    assert_eq!(
        events,
        [
            gst::EventType::StreamStart,
            gst::EventType::Caps,
            gst::EventType::Segment,
            gst::EventType::Eos
        ]
    );
    assert_eq!(bench.count("fed"), 2);
}

#[test]
fn an_input_that_has_ended_may_begin_again() {
    let bench = Bench::live();
    let (one, _two) = (bench.source(), bench.source());
    bench.play();
    one.push("C1", 0, now()).unwrap();
    bench.wait_for_count("fed", 1);
    one.event(gst::event::Eos::new());
    one.event(gst::event::FlushStart::new());
    one.event(gst::event::FlushStop::new(true));
    one.event(gst::event::StreamStart::new("again"));
    one.event(gst::event::Segment::new(&gst::FormattedSegment::<
        gst::ClockTime,
    >::new()));
    one.push("C1", 1, now()).unwrap();
    bench.wait_for_count("fed", 2);
}

#[test]
fn a_flush_of_one_live_input_is_not_seen_behind_the_fusion() {
    let bench = Bench::live();
    let (one, two) = (bench.source(), bench.source());
    bench.play();
    one.push("C1", 0, now()).unwrap();
    bench.wait_for_count("fed", 1);
    one.event(gst::event::FlushStart::new());
    assert_eq!(one.push("C1", 1, now()), Err(gst::FlowError::Flushing));
    two.push("C2", 0, now()).unwrap();
    bench.wait_for_count("fed", 2);
    one.event(gst::event::FlushStop::new(true));
    one.event(gst::event::Segment::new(&gst::FormattedSegment::<
        gst::ClockTime,
    >::new()));
    one.push("C1", 2, now()).unwrap();
    bench.wait_for_count("fed", 3);
    one.event(gst::event::Eos::new());
    two.event(gst::event::Eos::new());
    let flushes = bench.until_eos().into_iter().filter(|output| {
        matches!(
            output,
            Output::Event(gst::EventType::FlushStart | gst::EventType::FlushStop)
        )
    });
    assert_eq!(flushes.count(), 0);
}

#[test]
fn a_live_fusion_refuses_a_seek() {
    let bench = Bench::live();
    let source = bench.source();
    bench.play();
    source.push("C1", 0, now()).unwrap();
    bench.wait_for_count("fed", 1);
    let seek = gst::event::Seek::new(
        1.0,
        gst::SeekFlags::FLUSH,
        gst::SeekType::Set,
        gst::ClockTime::ZERO,
        gst::SeekType::None,
        gst::ClockTime::NONE,
    );
    assert!(!bench.sink.push_event(seek));
}

#[test]
fn a_downstream_that_refuses_stops_the_inputs_and_is_said() {
    let bench = Bench::live();
    let source = bench.source();
    bench.answer_with(|| Err(gst::FlowError::NotNegotiated));
    bench.play();
    source.push("C1", 0, now()).unwrap();
    bench.state_after_cranks();
    let mut answer = Ok(gst::FlowSuccess::Ok);
    for number in 1.. {
        answer = source.push("C1", number, now());
        if answer.is_err() {
            break;
        }
        std::thread::yield_now();
    }
    assert_eq!(answer, Err(gst::FlowError::NotNegotiated));
    let errors = bench.errors();
    assert!(errors[0].contains("States cannot be pushed"), "{errors:?}");
}

#[test]
fn a_downstream_that_has_had_enough_is_no_error() {
    let bench = Bench::live();
    let source = bench.source();
    bench.answer_with(|| Err(gst::FlowError::Eos));
    bench.play();
    source.push("C1", 0, now()).unwrap();
    bench.state_after_cranks();
    let end = (1..).find_map(|number| {
        std::thread::yield_now();
        source.push("C1", number, now()).err()
    });
    assert_eq!(end, Some(gst::FlowError::Eos));
    assert_eq!(bench.errors(), Vec::<String>::new());
}

#[test]
fn a_fusion_that_cannot_keep_up_drops_the_oldest_and_counts_them() {
    let bench = Bench::live();
    let source = bench.source();
    let (open, gate) = channel::<()>();
    bench.answer_with(move || {
        // Until the test lets go.
        let _ = gate.recv();
        Ok(gst::FlowSuccess::Ok)
    });
    bench.play();
    let taken = now();
    source.push("C1", 0, taken).unwrap();
    bench.state_after_cranks();
    let room = 4096;
    for number in 1..=room + 100 {
        source.push("C1", number, taken).unwrap();
    }
    assert_eq!(bench.count("dropped"), 100);
    drop(open);
    bench.wait_for_count("fed", 1 + room);
    assert_eq!(bench.count("dropped"), 100);
}

#[test]
fn stopping_while_it_waits_for_the_clock_takes_no_time() {
    let bench = Bench::live();
    let _source = bench.source();
    bench.play();
    bench.clock.wait_for_next_pending_id();
    let begin = std::time::Instant::now();
    bench.fuse.set_state(gst::State::Null).unwrap();
    assert!(begin.elapsed().as_secs() < 5);
}

#[test]
fn a_pause_makes_no_states() {
    let bench = Bench::live();
    let source = bench.source();
    bench.play();
    source.push("C1", 0, now()).unwrap();
    bench.state_after_cranks();
    bench.fuse.set_state(gst::State::Paused).unwrap();
    assert_eq!(bench.clock.peek_id_count(), 0, "nobody waits for the clock");
    bench.play();
    bench.crank();
    bench.next_state();
}

#[test]
fn a_seek_of_files_begins_a_new_history() {
    let bench = Bench::files();
    let (one, two) = (bench.source(), bench.source());
    bench.play();
    let push = |from: u64, to: u64| {
        for number in from..to {
            one.push("C1", number, support::time_of(number)).unwrap();
            two.push("C2", number, support::time_of(number)).unwrap();
        }
    };
    push(0, 16);
    bench.wait_for_count("states", 3);
    let seek = gst::event::Seek::new(
        1.0,
        gst::SeekFlags::FLUSH,
        gst::SeekType::Set,
        gst::ClockTime::ZERO,
        gst::SeekType::None,
        gst::ClockTime::NONE,
    );
    assert!(bench.sink.push_event(seek));
    push(10, 21);
    one.event(gst::event::Eos::new());
    two.event(gst::event::Eos::new());
    let outputs = bench.until_eos();
    let stop = outputs
        .iter()
        .position(|output| matches!(output, Output::Event(gst::EventType::FlushStop)))
        .expect("the flush is passed on");
    let told: Vec<_> = outputs[stop..]
        .iter()
        .filter_map(|output| match output {
            Output::State(state) => Some((state.0.id.clone(), state.0.time.since(support::START))),
            Output::Event(_) => None,
        })
        .collect();
    assert_eq!(
        told,
        [
            ("2-1".to_owned(), 2 * SECOND),
            ("2-2".to_owned(), 3 * SECOND),
            ("2-3".to_owned(), 4 * SECOND)
        ]
    );
}

#[test]
fn every_counter_of_the_fusion_is_a_field_of_stats() {
    let bench = Bench::files();
    bench.play();
    for (name, _) in estimation::fse::Counters::default().iter() {
        assert_eq!(bench.count(name), 0, "{name}");
    }
}

#[test]
fn every_property_can_be_set_and_read() {
    let bench = Bench::files();
    let names = kit::properties::exercise(&bench.fuse);
    assert!(names.contains(&"stats".to_owned()), "{names:?}");
}
