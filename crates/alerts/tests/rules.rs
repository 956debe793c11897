// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every kind of rule, on a clock of its own: told once when it has been so for long enough, once when it is over.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use messages::{Event, Health};
use roundhouse_alerts::Status::{Raised, Recovered};
use support::{Machine, Told, state};

const FIRST: Machine = ("L1", "T1", 5.0, Some("185 123-7"));
const SECOND: Machine = ("L2", "T1", 30.0, Some("185 001-5"));

#[test]
fn a_camera_that_is_down_for_long_is_told_once_and_so_is_its_return() {
    let mut told = Told::under("kind = 'camera-down'\nfor = '60 s'\ncameras = ['C1']");
    told.hears(0..10, &[], &[]);
    told.hears(10..300, &[], &["C1", "C2"]);
    told.hears(300..400, &[], &["C2"]);
    told.said(&[(70, Raised, "camera/C1"), (329, Recovered, "camera/C1")]);
    assert_eq!(
        told.sentences[0],
        "hall · it: camera C1 is not connected, for 1 min"
    );
    assert_eq!(
        told.sentences[1],
        "hall · it: over after 5 min 19 s: camera C1 is not connected"
    );
}

#[test]
fn a_camera_is_down_by_its_own_word_without_any_state() {
    let mut told = Told::under("kind = 'camera-down'\nfor = '60 s'");
    told.hears_of(0, "C1", Health::Frozen);
    told.hears_of(0, "C2", Health::Disabled);
    told.waits(1..100);
    told.hears_of(100, "C1", Health::Online);
    told.waits(101..200);
    told.said(&[(60, Raised, "camera/C1"), (129, Recovered, "camera/C1")]);
}

#[test]
fn a_camera_is_blind_from_when_it_is_and_not_from_when_it_came() {
    let mut told = Told::under("kind = 'camera-down'\nfor = '60 s'");
    told.hears(0..500, &[], &[]);
    for second in 500..600 {
        let blind = state("prod", told.at(second), &[], &[]).to_json();
        let blind = blind.replacen("\"blind\":0.0", "\"blind\":0.9", 1);
        told.takes(second, &Event::parse(&blind).unwrap());
    }
    told.said(&[(560, Raised, "camera/C1")]);
    assert_eq!(
        told.sentences[0],
        "hall · it: camera C1 sees nothing, for 1 min"
    );
}

#[test]
fn what_flaps_is_one_alert() {
    let mut told = Told::under("kind = 'camera-down'\nfor = '60 s'\nclear_for = '30 s'");
    for turn in 0..20 {
        told.hears(turn * 40..turn * 40 + 20, &[], &["C1"]);
        told.hears(turn * 40 + 20..turn * 40 + 40, &[], &[]);
    }
    told.hears(800..900, &[], &[]);
    told.said(&[(80, Raised, "camera/C1"), (809, Recovered, "camera/C1")]);
}

#[test]
fn what_is_over_before_its_time_is_never_told() {
    let mut told = Told::under("kind = 'camera-down'\nfor = '60 s'\nclear_for = '5 s'");
    for turn in 0..10 {
        told.hears(turn * 100..turn * 100 + 50, &[], &["C1"]);
        told.hears(turn * 100 + 50..turn * 100 + 100, &[], &[]);
    }
    told.said(&[]);
}

#[test]
fn a_machine_that_stays_too_long_is_told_and_that_it_goes() {
    let mut told = Told::under("kind = 'long-stay'\nfor = '10 min'\ntracks = ['T1']");
    let elsewhere = ("L3", "T2", 5.0, None);
    told.hears(0..300, &[FIRST, elsewhere], &[]);
    told.hears(300..700, &[FIRST, SECOND, elsewhere], &[]);
    told.hears(700..800, &[SECOND, elsewhere], &[]);
    told.said(&[
        (600, Raised, "track/T1/loco/L1"),
        (729, Recovered, "track/T1/loco/L1"),
    ]);
    assert_eq!(
        told.sentences[0],
        "hall · it: 185 123-7 is on T1, for 10 min (90 %)"
    );
}

#[test]
fn a_stay_goes_on_over_a_restart_of_the_server() {
    let mut told = Told::under("kind = 'long-stay'\nfor = '10 min'");
    let since = told.at(-500);
    told.engine.know_stay(("hall", "prod"), ("L1", "T1"), since);
    told.hears(0..200, &[FIRST], &[]);
    told.said(&[(100, Raised, "track/T1/loco/L1")]);
}

#[test]
fn a_number_that_is_not_on_the_roster_is_told() {
    let mut told = Told::under("kind = 'not-on-roster'\nfor = '5 s'");
    told.hears(
        0..10,
        &[
            FIRST,
            ("L2", "T2", 5.0, Some("185 242-5")),
            ("L3", "T2", 30.0, None),
        ],
        &[],
    );
    told.hears(10..60, &[FIRST], &[]);
    told.said(&[
        (5, Raised, "number/185 242-5"),
        (39, Recovered, "number/185 242-5"),
    ]);
    assert_eq!(
        told.sentences[0],
        "hall · it: 185 242-5 stands on T2 and is not on the roster, for 5 s (81 %)"
    );
}

#[test]
fn what_is_less_likely_than_the_rule_says_does_not_count() {
    let mut told = Told::under("kind = 'not-on-roster'\nfor = '5 s'\nprobability = 0.9");
    told.hears(0..60, &[("L2", "T2", 5.0, Some("185 242-5"))], &[]);
    told.said(&[]);
}

#[test]
fn two_machines_that_claim_one_number_are_told() {
    let mut told = Told::under("kind = 'number-twice'\nfor = '5 s'");
    told.hears(0..10, &[FIRST, ("L2", "T2", 5.0, Some("1851237"))], &[]);
    told.hears(10..60, &[FIRST], &[]);
    told.said(&[
        (5, Raised, "number/185 123-7"),
        (39, Recovered, "number/185 123-7"),
    ]);
}

#[test]
fn a_track_is_told_to_be_occupied_and_free() {
    let mut told = Told::under("kind = 'track-occupied'\nfor = '5 s'\ntracks = ['T1']");
    told.hears(0..20, &[], &[]);
    told.hears(20..40, &[FIRST], &[]);
    told.hears(40..80, &[], &[]);
    told.said(&[(25, Raised, "track/T1"), (69, Recovered, "track/T1")]);
    assert_eq!(
        told.sentences[0],
        "hall · it: T1 is occupied by 185 123-7, for 5 s (90 %)"
    );
    let mut told = Told::under("kind = 'track-free'\nfor = '5 s'\ntracks = ['T1']");
    told.hears(0..20, &[FIRST], &[]);
    told.hears(20..40, &[], &[]);
    told.hears(40..80, &[FIRST], &[]);
    told.said(&[(25, Raised, "track/T1"), (69, Recovered, "track/T1")]);
}

#[test]
fn a_track_that_no_camera_sees_is_not_told_to_be_free() {
    let mut told = Told::under("kind = 'track-free'\nfor = '5 s'\ntracks = ['T1']");
    told.hears(0..60, &[], &["C1"]);
    told.said(&[]);
}

#[test]
fn flows_that_differ_in_more_places_than_allowed_are_told() {
    let mut told = Told::under("kind = 'flows-differ'\nwith = 'dev'\nmore_than = 1\nfor = '5 s'");
    let both =
        |told: &mut Told, seconds: std::ops::Range<i64>, prod: &[Machine], dev: &[Machine]| {
            for second in seconds {
                let time = told.at(second);
                told.takes(second, &state("prod", time, prod, &[]));
                told.takes(second, &state("dev", time, dev, &[]));
            }
        };
    // One difference is allowed: other names are none, and neither is what was read by one alone.
    both(
        &mut told,
        0..20,
        &[FIRST, SECOND],
        &[("D1", "T1", 5.5, None)],
    );
    both(
        &mut told,
        20..40,
        &[FIRST, SECOND],
        &[
            ("D1", "T1", 5.5, Some("185 242-5")),
            ("D2", "T2", 0.0, None),
        ],
    );
    both(&mut told, 40..80, &[FIRST, SECOND], &[FIRST, SECOND]);
    // At 40 prod is heard first, and differs from what dev said at 39.
    told.said(&[(25, Raised, "flow/dev"), (70, Recovered, "flow/dev")]);
    assert_eq!(
        told.sentences[0],
        "hall · it: dev differs from prod in 3 places: 185 123-7 or 185 242-5 on T1; 185 001-5 on T1 only in prod; D2 on T2 only in dev, for 5 s"
    );
}

#[test]
fn silence_is_told_also_when_nothing_was_ever_heard() {
    let mut told = Told::under("kind = 'no-events'\nfor = '60 s'\nclear_for = '0 s'");
    told.waits(0..100);
    told.hears(100..110, &[], &[]);
    told.waits(110..300);
    told.said(&[
        (60, Raised, "flow/prod"),
        (100, Recovered, "flow/prod"),
        (169, Raised, "flow/prod"),
    ]);
    assert_eq!(
        told.sentences[0],
        "hall · it: nothing has come of the flow prod, for 1 min"
    );
}

#[test]
fn what_differs_from_the_plan_is_told_by_its_kind() {
    let plan = "number,track,from,until\n185 123-7,T1,2026-03-01 09:00,2026-03-01 10:01\n185 001-5,T1,2026-03-01 09:00,\n";
    let mut told = Told::under("kind = 'plan'\nwhat = ['wrong track', 'missing']\nfor = '5 s'")
        .with_plan(plan);
    told.hears(
        0..20,
        &[
            ("L1", "T2", 5.0, Some("185 123-7")),
            ("L3", "T2", 40.0, Some("185 242-5")),
        ],
        &[],
    );
    told.hears(20..120, &[FIRST, SECOND], &[]);
    told.said(&[
        (5, Raised, "plan/missing/185 001-5"),
        (5, Raised, "plan/wrong track/185 123-7"),
        (49, Recovered, "plan/missing/185 001-5"),
        (49, Recovered, "plan/wrong track/185 123-7"),
    ]);
    // At 10:01 the first should be gone.
    let mut told = Told::under("kind = 'plan'\nfor = '5 s'").with_plan(plan);
    told.hears(0..120, &[FIRST, SECOND], &[]);
    told.said(&[(65, Raised, "plan/unexpected/185 123-7")]);
}

#[test]
fn what_was_long_ago_when_it_is_heard_is_not_told() {
    let mut told = Told::under("kind = 'camera-down'\nfor = '60 s'");
    for second in 0..300 {
        let event = state("prod", told.at(second), &[], &["C1"]);
        told.takes(9000, &event);
    }
    told.said(&[]);
}

#[test]
fn a_restart_tells_nothing_twice() {
    let mut told = Told::under("kind = 'camera-down'\nfor = '60 s'");
    told.hears(0..100, &[], &["C1"]);
    let memory = serde_json::to_string(&told.engine.memory()).unwrap();
    let mut again = Told::under("kind = 'camera-down'\nfor = '60 s'");
    let now = again.at(110);
    again
        .engine
        .restore(serde_json::from_str(&memory).unwrap(), now);
    again.hears(110..200, &[], &["C1"]);
    again.said(&[]);
    again.hears(200..300, &[], &[]);
    again.said(&[(229, Recovered, "camera/C1")]);
    let memory = again.engine.memory();
    assert_eq!((memory.open.len(), memory.recent.len()), (0, 1));
    assert_eq!(memory.recent[0].since, again.at(0));
}

#[test]
fn facilities_and_flows_are_kept_apart() {
    let mut told = Told::under("kind = 'camera-down'\nfor = '60 s'\nflow = 'dev'");
    told.hears(0..100, &[], &["C1"]);
    told.said(&[]);
    let notices = (0..100).flat_map(|second| {
        let event = state("dev", told.at(second), &[], &["C1"]);
        told.engine.take("yard", &event, told.at(second))
    });
    let facilities: Vec<String> = notices
        .collect::<Vec<_>>()
        .into_iter()
        .map(|notice| notice.alert.facility)
        .collect();
    assert_eq!(facilities, ["yard"]);
}
