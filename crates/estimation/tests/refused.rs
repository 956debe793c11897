// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the fusion refuses, and what it makes of clocks that jump: counted by reason, and the states stay what they were.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod hall;

use std::sync::Arc;

use hall::{Hall, START};
use messages::{Data, Event, Timestamp};
use roundhouse_estimation::fse::{Counters, Fusion, FusionConfig};

const SECOND: i64 = 1_000_000_000;
const HOUR: i64 = 3600 * SECOND;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_nanos(START + seconds * SECOND)
}

/// The same event that arrived at another time.
fn arrived(event: &Event, time: Timestamp) -> Event {
    Event {
        received: Some(time),
        ..event.clone()
    }
}

fn fuse(hall: &Hall, events: impl IntoIterator<Item = Event>) -> (Vec<String>, Counters) {
    let mut fusion = Fusion::new(Arc::clone(&hall.facility), FusionConfig::default());
    let mut said = Vec::new();
    for event in events {
        fusion.push(event);
        said.extend(fusion.advance(Timestamp::from_nanos(i64::MIN)));
    }
    said.extend(fusion.finish());
    (said.iter().map(Event::to_json).collect(), fusion.counters())
}

#[test]
fn a_frame_that_is_heard_twice_counts_once() {
    let hall = Hall::demo(2);
    let events = hall.reports();
    let (once, counters) = fuse(&hall, events.clone());
    assert_eq!(counters.duplicate, 0);
    let twice = events
        .iter()
        .flat_map(|event| [event.clone(), event.clone()]);
    let (said, counters) = fuse(&hall, twice);
    assert_eq!(counters.duplicate, events.len() as u64);
    assert!(said == once, "repeated frames change the states");
}

#[test]
fn an_arrival_far_from_all_others_is_refused_until_it_is_confirmed() {
    let hall = Hall::demo(2);
    let events = hall.reports();
    let (right, _) = fuse(&hall, events.clone());
    let middle = events.len() / 2;
    for stray in [
        START + 1000 * 24 * HOUR,
        START - 1000 * 24 * HOUR,
        i64::MAX,
        i64::MIN,
    ] {
        let mut odd = events.clone();
        let stray = arrived(&events[middle], Timestamp::from_nanos(stray));
        odd.insert(middle, stray);
        let (said, counters) = fuse(&hall, odd);
        assert_eq!(counters.clock_jump, 1);
        assert!(said == right, "one stray arrival changes the states");
    }
}

#[test]
fn a_clock_that_is_set_forward_is_followed_and_the_silence_is_not_filled() {
    let hall = Hall::demo(2);
    let events = hall.reports();
    let (right, _) = fuse(&hall, events.clone());
    let middle = events.len() / 2;
    let jump = 1000 * 24 * HOUR;
    let (said, counters) = fuse(
        &hall,
        events.iter().enumerate().map(|(number, event)| {
            let later = if number < middle { 0 } else { jump };
            let mut event = arrived(event, event.arrival().saturating_add(later));
            event.time = event.time.saturating_add(later);
            event
        }),
    );
    // The first one after the jump is the one that is not believed.
    assert_eq!((counters.clock_jump, counters.gaps), (1, 1));
    assert!(
        said.len() < 2 * right.len() + 90_000,
        "{} states",
        said.len()
    );
    let last = Event::parse(said.last().unwrap()).unwrap();
    assert!(last.time.seconds_since(at(0)) > 999.0 * 86_400.0);
}

#[test]
fn a_clock_that_is_set_back_is_followed_after_a_hundred_reports() {
    let hall = Hall::demo(2);
    let events = hall.reports();
    let day = 24 * HOUR;
    let ahead = events[..500].iter().map(|event| {
        let mut event = arrived(event, event.arrival().saturating_add(day));
        event.time = event.time.saturating_add(day);
        event
    });
    let (said, counters) = fuse(&hall, ahead.chain(events.iter().cloned()));
    assert_eq!(counters.clock_jump, 99);
    let last = Event::parse(said.last().unwrap()).unwrap();
    let (right, _) = fuse(&hall, events[99..].iter().cloned());
    let expected = Event::parse(right.last().unwrap()).unwrap();
    let (Data::State(mut said), Data::State(mut right)) = (last.data, expected.data) else {
        panic!("no states");
    };
    (said.state, right.state) = (0, 0);
    assert_eq!(last.time, expected.time);
    assert_eq!(said, right, "after the clock was set back it begins anew");
}

#[test]
fn what_waits_is_bounded() {
    let hall = Hall::demo(2);
    let mut fusion = Fusion::new(
        Arc::clone(&hall.facility),
        FusionConfig {
            window: Some(1e6),
            ..FusionConfig::default()
        },
    );
    let event = &hall.reports()[0];
    let most = 100_000;
    for number in 0..most + 10 {
        let mut event = event.clone();
        if let Data::Position(report) = &mut event.data {
            report.frame = number;
        }
        fusion.push(event);
    }
    assert_eq!(fusion.counters().overflow, 10);
}

#[test]
fn times_far_away_are_late_or_taken_for_their_arrival() {
    let hall = Hall::demo(2);
    let events = hall.reports();
    let (right, _) = fuse(&hall, events.clone());
    let middle = events.len() / 2;
    let mut odd = events.clone();
    for (offset, time) in [i64::MIN, 0, START - HOUR, i64::MAX]
        .into_iter()
        .enumerate()
    {
        let mut event = arrived(&events[middle], events[middle].arrival());
        event.time = Timestamp::from_nanos(time);
        if let Data::Position(report) = &mut event.data {
            report.frame = 1_000_000 + offset as u64;
            report.ends.clear();
            report.covers = Some(vec![]);
        }
        odd.insert(middle, event);
    }
    let (said, counters) = fuse(&hall, odd);
    assert_eq!((counters.late, counters.clock_ahead), (3, 1));
    assert_eq!(said.len(), right.len());
}
