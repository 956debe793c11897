// SPDX-License-Identifier: MIT OR Apache-2.0
//! The synthetic halls are what they say they are.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

use std::collections::BTreeMap;

use estimation::metrics::{TrueLocomotive, read_truth};
use facility::Facility;
use messages::{Data, Event, PositionReport};
use roundhouse_scenarios::{Kind, Scenario};

const SHORT: f64 = 240.0;

fn make(kind: Kind, seed: u64) -> Scenario {
    Scenario::new(kind, seed, SHORT).unwrap()
}

fn looks(scenario: &Scenario) -> impl Iterator<Item = (&Event, &PositionReport)> {
    scenario
        .events
        .iter()
        .filter_map(|event| match &event.data {
            Data::Position(report) => Some((event, report)),
            _ => None,
        })
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
    let lines = |seed| make(Kind::Rich, seed).report_lines();
    assert_eq!(lines(3), lines(3));
    assert_ne!(lines(3), lines(4));
}

#[test]
fn what_is_in_the_files_is_what_is_in_memory() {
    for kind in [Kind::Rich, Kind::Dropout] {
        let scenario = make(kind, 2);
        for event in &scenario.events {
            assert_eq!(&event.canonical().unwrap(), event);
        }
        let truth = read_truth(&scenario.truth_lines()).unwrap();
        assert_eq!(truth, scenario.truth);
        let facility = Facility::parse(&scenario.facility_toml, "facility.toml").unwrap();
        assert_eq!(facility, scenario.facility);
        assert!(facility.warnings.is_empty());
    }
}

#[test]
fn reports_come_in_the_order_of_arrival_and_end_with_the_scenario() {
    for kind in Kind::ALL {
        let scenario = make(kind, 5);
        assert!(scenario.events.is_sorted_by_key(Event::arrival), "{kind}");
        let last = scenario.events.last().unwrap();
        assert_eq!(last.arrival(), scenario.truth.last().unwrap().time);
    }
}

#[test]
fn locomotives_keep_their_lengths_and_run_neither_through_each_other_nor_through_walls() {
    for (kind, seed) in [(Kind::Busy, 1), (Kind::Coupled, 2), (Kind::Mixed, 3)] {
        let scenario = Scenario::new(kind, seed, 1200.0).unwrap();
        let mut lengths: BTreeMap<&str, f64> = BTreeMap::new();
        for truth in &scenario.truth {
            for locomotive in &truth.locomotives {
                let (lo, hi) = locomotive.span();
                let length = *lengths.entry(&locomotive.id).or_insert(hi - lo);
                assert!((hi - lo - length).abs() < 0.003);
                assert!((14.0..36.0).contains(&length));
                let track = scenario.facility.track(&locomotive.track).unwrap();
                assert!(lo > 0.0 || track.gates.low, "through the wall at s = 0");
                assert!(hi < track.length || track.gates.high, "through the wall");
            }
            let mut spans: Vec<(&str, (f64, f64))> = truth
                .locomotives
                .iter()
                .map(|locomotive| (locomotive.track.as_str(), locomotive.span()))
                .collect();
            spans.sort_by(|a, b| a.0.cmp(b.0).then(a.1.0.total_cmp(&b.1.0)));
            for pair in spans.windows(2) {
                let free = pair[1].1.0 - pair[0].1.1;
                assert!(pair[0].0 != pair[1].0 || free > 0.6, "{kind}: {free}");
            }
        }
    }
}

#[test]
fn speeds_are_the_slopes_of_the_places() {
    let scenario = Scenario::new(Kind::Busy, 7, 1200.0).unwrap();
    let mut fastest: f64 = 0.0;
    for pair in scenario.truth.windows(2) {
        for after in &pair[1].locomotives {
            let same =
                |before: &&TrueLocomotive| before.id == after.id && before.track == after.track;
            let Some(before) = pair[0].locomotives.iter().find(same) else {
                continue;
            };
            let mean = f64::midpoint(before.velocity, after.velocity);
            assert!((after.head - before.head - mean).abs() < 0.15);
            fastest = fastest.max(after.velocity.abs());
        }
    }
    assert!((1.2..2.3).contains(&fastest), "{fastest}");
}

/// Share of the looks that should show an end and do, and the errors, for ends far from other locomotives.
fn measured(scenario: &Scenario) -> (f64, f64) {
    let by_time: BTreeMap<_, _> = scenario
        .truth
        .iter()
        .map(|truth| (truth.time, truth))
        .collect();
    let (mut seen, mut expected, mut squares) = (0.0, 0.0, 0.0);
    for (event, report) in looks(scenario) {
        let second = event.time.nanos() / 1_000_000_000 * 1_000_000_000;
        let Some(truth) = by_time.get(&messages::Timestamp::from_nanos(second)) else {
            continue;
        };
        let camera = scenario.facility.camera(&report.camera).unwrap();
        for locomotive in &truth.locomotives {
            for s in [locomotive.head, locomotive.tail] {
                let alone = truth.locomotives.iter().all(|other| {
                    other.id == locomotive.id
                        || other.track != locomotive.track
                        || (other.head - s).abs().min((other.tail - s).abs()) > 5.0
                });
                let covered = camera.covers.iter().any(|cover| {
                    cover.track == locomotive.track && cover.from + 1.0 < s && s < cover.to - 1.0
                });
                if locomotive.velocity != 0.0 || !alone || !covered {
                    continue;
                }
                expected += 1.0;
                let error = report
                    .ends
                    .iter()
                    .filter(|end| end.track == locomotive.track)
                    .map(|end| (end.s - s).abs())
                    .fold(f64::INFINITY, f64::min);
                if error < 2.0 {
                    seen += 1.0;
                    squares += error * error;
                }
            }
        }
    }
    (seen / expected, f64::sqrt(squares / seen))
}

#[test]
fn the_sensors_err_as_the_kind_says() {
    let (detection, error) = measured(&make(Kind::Nominal, 1));
    assert!((0.84..0.93).contains(&detection), "{detection}");
    assert!((0.2..0.45).contains(&error), "{error}");
    let (detection, error) = measured(&make(Kind::Clean, 1));
    assert!(detection > 0.985, "{detection}");
    assert!(error < 0.12, "{error}");
    let (detection, _) = measured(&make(Kind::Occlude, 1));
    assert!((0.6..0.84).contains(&detection), "{detection}");
}

#[test]
fn each_kind_has_its_fault() {
    // Dead and blind cameras are rare: a whole scenario is needed to meet enough of them.
    let whole = |kind| Scenario::new(kind, 6, 1200.0).unwrap();
    let count = |kind| looks(&whole(kind)).count() as f64;
    assert!(count(Kind::Dropout) < 0.9 * count(Kind::Nominal));
    let empty = |kind| {
        let scenario = whole(kind);
        let empty = looks(&scenario).filter(|(_, report)| report.ends.is_empty());
        empty.count() as f64
    };
    assert!(empty(Kind::Blind) > 1.1 * empty(Kind::Nominal));
    let latest = |kind| {
        let scenario = make(kind, 6);
        let delays = looks(&scenario).map(|(event, _)| event.arrival().seconds_since(event.time));
        delays.fold(0.0, f64::max)
    };
    assert!(latest(Kind::Nominal) < 1.0);
    assert!(latest(Kind::Delay) > 8.0);
    let covered = |kind| {
        let cameras = make(kind, 6).facility.cameras;
        let covers = cameras.iter().flat_map(|camera| &camera.covers);
        covers.map(|cover| cover.to - cover.from).sum::<f64>()
    };
    assert!(covered(Kind::Gaps) < 0.9 * covered(Kind::Nominal));
    let ends = |kind| {
        looks(&make(kind, 6))
            .map(|(_, report)| report.ends.len())
            .sum::<usize>()
    };
    assert!(ends(Kind::Ghost) as f64 > 1.1 * ends(Kind::Nominal) as f64);
    let bodies = |kind| {
        looks(&make(kind, 6))
            .filter(|(_, report)| !report.bodies.is_empty())
            .count()
    };
    assert_eq!(bodies(Kind::Mixed), 0);
    assert!(bodies(Kind::Rich) > 1000);
}

#[test]
fn the_hall_is_as_full_and_as_watched_as_it_should_be() {
    for seed in 1..6 {
        let scenario = Scenario::new(Kind::Nominal, seed, 1200.0).unwrap();
        assert!((19..=41).contains(&scenario.facility.cameras.len()));
        for truth in &scenario.truth {
            assert!((8..=20).contains(&truth.locomotives.len()));
        }
        let watched = scenario
            .watched
            .iter()
            .filter(|locomotive| locomotive.longest > 60.0);
        assert!(watched.count() >= 10);
        for camera in &scenario.facility.cameras {
            assert!((0.5..=4.0).contains(&camera.rate));
        }
    }
}
