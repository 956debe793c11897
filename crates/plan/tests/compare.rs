// SPDX-License-Identifier: MIT OR Apache-2.0
//! What differs between a plan and a state, and how likely.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use facility::Facility;
use messages::{Data, Event, FacilityState, Timestamp};
use plates::Numbering;
use roundhouse_plan::{Comparison, Plan, Site, Standing, What, compare};

/// A hall with three tracks, of which a camera sees the first.
fn site() -> Site {
    let text = "facility = 'hall'\n[[track]]\nid = 'T1'\nlength = 60\n[[track]]\nid = 'T2'\nlength = 60\n[[track]]\nid = 'T3'\nlength = 60\n\
                [[camera]]\nid = 'C1'\ncovers = [{ track = 'T1', from = 0, to = 60 }]\n\
                [[model]]\nname = 'A15'\nlength = 15\n[[model]]\nname = 'B20'\nlength = 20\n";
    Site::new(
        Facility::parse(text, "facility.toml").unwrap(),
        Some(Numbering::shipped().unwrap()),
    )
}

/// The plan of all tests: two machines on T1, one on T2, none ever on T3.
const PLAN: &str = "number,track,from,until,model\n\
                    185 123-7,T1,2026-03-01 06:00,2026-03-01 14:00,A15\n\
                    185 001-5,T1,2026-03-01 06:00,2026-03-01 14:00,\n\
                    185 242-5,T2,2026-03-01 12:00,,\n";

/// A machine of a state: its name, track, number with its probability, and model.
struct Machine(
    &'static str,
    &'static str,
    Option<(&'static str, f64)>,
    Option<(&'static str, f64)>,
);

/// A state at ten o'clock, all of whose machines are there with 0.9.
fn state(machines: &[Machine], health: &str) -> FacilityState {
    let one = |Machine(id, track, plate, model): &Machine| {
        let plate = plate.map_or("null".to_owned(), |(text, p)| {
            format!(r#"{{"text":"{text}","p":{p}}}"#)
        });
        let model = model.map_or("null".to_owned(), |(name, p)| {
            format!(r#"{{"name":"{name}","p":{p}}}"#)
        });
        format!(
            r#"{{"id":"{id}","track":"{track}","head":{{"s":5,"sigma":0.1}},"tail":{{"s":20,"sigma":0.1}},"orientation_confidence":0.9,"velocity":0,
            "moving":false,"confidence":0.9,"status":"confirmed","model":{model},"plate":{plate},"last_seen":"2026-03-01T10:00:00Z"}}"#
        )
    };
    let machines: Vec<String> = machines.iter().map(one).collect();
    let text = format!(
        r#"{{"specversion":"1.0","type":"com.roundhouse.facility-state.v1","source":"/hall/fsefuse/1","id":"1-1","time":"2026-03-01T10:00:00Z",
        "data":{{"state":1,"count":0,"locomotives":[{}],"cameras":[{{"id":"C1","health":"{health}","blind":0}}]}}}}"#,
        machines.join(",")
    );
    match Event::parse(&text).unwrap().data {
        Data::State(state) => state,
        _ => unreachable!("it is a state"),
    }
}

/// The plan held against these machines at ten o'clock.
fn compared(machines: &[Machine], health: &str) -> Comparison {
    let site = site();
    let plan = Plan::parse(PLAN, "plan.csv", &site).unwrap();
    compare(&plan, &site, &state(machines, health), ten())
}

fn ten() -> Timestamp {
    "2026-03-01T10:00:00Z".parse().unwrap()
}

/// What, number and probability of each difference.
fn told(comparison: &Comparison) -> Vec<(What, Option<&str>, f64)> {
    let differences = comparison.differences.iter();
    differences
        .map(|one| (one.what, one.number.as_deref(), one.p))
        .collect()
}

const FIRST: Option<(&str, f64)> = Some(("185 123-7", 0.8));
const SECOND: Option<(&str, f64)> = Some(("1850015", 1.0));

#[test]
fn what_stands_as_planned_is_no_difference() {
    let comparison = compared(
        &[
            Machine("L1", "T1", FIRST, None),
            Machine("L2", "T1", SECOND, None),
        ],
        "online",
    );
    assert_eq!(comparison.differences, []);
    let standings: Vec<Standing> = comparison
        .entries
        .iter()
        .map(|entry| entry.standing)
        .collect();
    assert_eq!(
        standings,
        [Standing::AsPlanned, Standing::AsPlanned, Standing::Later]
    );
    assert_eq!(comparison.entries[0].p, Some(0.72));
    assert_eq!(comparison.entries[2].until, None);
}

#[test]
fn a_machine_on_another_track_is_as_likely_as_its_number_there() {
    let comparison = compared(
        &[
            Machine("L1", "T3", FIRST, None),
            Machine("L2", "T1", SECOND, None),
        ],
        "online",
    );
    assert_eq!(
        told(&comparison),
        [(What::WrongTrack, Some("185 123-7"), 0.72)]
    );
    let difference = &comparison.differences[0];
    assert_eq!(
        (difference.planned.as_deref(), difference.track.as_deref()),
        (Some("T1"), Some("T3"))
    );
    assert_eq!(
        difference.text,
        "185 123-7 should be on T1 and stands on T3"
    );
}

#[test]
fn what_is_missing_may_be_a_machine_without_number() {
    // Nothing is there: both are missing for sure.
    let nothing = compared(&[], "online");
    assert_eq!(
        told(&nothing),
        [
            (What::Missing, Some("185 001-5"), 1.0),
            (What::Missing, Some("185 123-7"), 1.0)
        ]
    );
    // One without number may be either of the two.
    let nameless = compared(&[Machine("L1", "T1", None, None)], "online");
    assert_eq!(
        told(&nameless),
        [
            (What::Missing, Some("185 001-5"), 0.55),
            (What::Missing, Some("185 123-7"), 0.55)
        ]
    );
    // Its model says that it is rather not the first.
    let other_model = compared(&[Machine("L1", "T1", None, Some(("B20", 0.8)))], "online");
    assert_eq!(
        told(&other_model),
        [
            (What::Missing, Some("185 123-7"), 0.91),
            (What::Missing, Some("185 001-5"), 0.55)
        ]
    );
    // Where no camera sees, nothing can be missed.
    assert_eq!(told(&compared(&[], "offline")), []);
}

#[test]
fn what_is_not_planned_is_unexpected_where_the_plan_says_something() {
    let there = [
        Machine("L1", "T1", FIRST, None),
        Machine("L2", "T1", SECOND, None),
        Machine("L3", "T2", Some(("185 242-5", 0.5)), None),
        Machine("L4", "T3", Some(("185 300-1", 0.9)), None),
    ];
    // The third comes at noon; of T3 the plan says nothing.
    let comparison = compared(&there, "online");
    assert_eq!(
        told(&comparison),
        [(What::Unexpected, Some("185 242-5"), 0.45)]
    );
    // Two without number where one is missing: each of them is as likely as not the one.
    let two = [
        Machine("L1", "T1", FIRST, None),
        Machine("L2", "T1", None, None),
        Machine("L3", "T1", None, None),
    ];
    let comparison = compared(&two, "online");
    let unexpected: Vec<f64> = comparison
        .differences
        .iter()
        .filter(|one| one.what == What::Unexpected)
        .map(|one| one.p)
        .collect();
    assert_eq!(unexpected, [0.45, 0.45]);
}

#[test]
fn one_number_twice_is_told_once() {
    let there = [
        Machine("L1", "T1", FIRST, None),
        Machine("L2", "T1", SECOND, None),
        Machine("L3", "T3", Some(("1851237", 0.5)), None),
    ];
    let comparison = compared(&there, "online");
    assert_eq!(
        told(&comparison),
        [(What::NumberTwice, Some("185 123-7"), 0.81)]
    );
    assert_eq!(
        comparison.differences[0].text,
        "185 123-7 is claimed by L1 on T1 and L3 on T3"
    );
}

#[test]
fn a_check_digit_that_cannot_be_is_told() {
    let there = [
        Machine("L1", "T1", FIRST, None),
        Machine("L2", "T1", SECOND, None),
        Machine("L3", "T3", Some(("185 123-8", 0.5)), None),
    ];
    assert_eq!(
        told(&compared(&there, "online")),
        [(What::CheckDigitFailed, Some("185 123-8"), 0.45)]
    );
}
