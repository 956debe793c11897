// SPDX-License-Identifier: MIT OR Apache-2.0
//! The metrics on runs whose figures can be worked out by hand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

use messages::{
    EndState, FacilityState, LocomotiveState, ModelGuess, PlateGuess, Status, Timestamp,
};
use roundhouse_estimation::metrics::{Metrics, TrueLocomotive, Truth, evaluate};

fn at(second: u32) -> Timestamp {
    Timestamp::from_nanos(i64::from(second) * 1_000_000_000)
}

fn near(value: Option<f64>, expected: f64) -> bool {
    value.is_some_and(|value| (value - expected).abs() < 1e-9)
}

/// A locomotive on T1 from `lo` to `hi`, its head low.
fn locomotive(id: &str, lo: f64, hi: f64) -> TrueLocomotive {
    TrueLocomotive {
        id: id.to_owned(),
        track: "T1".to_owned(),
        head: lo,
        tail: hi,
        velocity: 0.0,
        inside: true,
        model: Some("A20".to_owned()),
        plate: Some("A20-0007".to_owned()),
    }
}

fn optional(id: &str, lo: f64, hi: f64) -> TrueLocomotive {
    TrueLocomotive {
        inside: false,
        ..locomotive(id, lo, hi)
    }
}

/// An estimate on T1 from `lo` to `hi`, its head low, with σ of 1 m.
fn said(id: &str, lo: f64, hi: f64) -> LocomotiveState {
    LocomotiveState {
        id: id.to_owned(),
        track: "T1".to_owned(),
        head: EndState { s: lo, sigma: 1.0 },
        tail: EndState { s: hi, sigma: 1.0 },
        orientation_confidence: 0.9,
        velocity: 0.0,
        moving: false,
        confidence: 0.9,
        status: Status::Confirmed,
        model: None,
        plate: None,
        last_seen: at(0),
        seen_by: Vec::new(),
    }
}

fn state(locomotives: Vec<LocomotiveState>) -> FacilityState {
    FacilityState {
        state: 1,
        count: locomotives.len() as u64,
        inputs: Vec::new(),
        locomotives,
        cameras: Vec::new(),
    }
}

/// Scores 0 s to `end`, both inclusive; the first 30 s are the warm-up.
fn run(
    end: u32,
    truth: impl Fn(u32) -> Vec<TrueLocomotive>,
    states: impl Fn(u32) -> Vec<LocomotiveState>,
) -> Metrics {
    let truth: Vec<Truth> = (0..=end)
        .map(|second| Truth {
            time: at(second),
            locomotives: truth(second),
        })
        .collect();
    let states: Vec<_> = (0..=end)
        .map(|second| (at(second), state(states(second))))
        .collect();
    evaluate(&truth, &states)
}

#[test]
fn what_is_right_costs_nothing() {
    let metrics = run(
        129,
        |_| vec![locomotive("G1", 10.0, 30.0), locomotive("G2", 40.0, 60.0)],
        |_| vec![said("L1", 10.0, 30.0), said("L2", 40.0, 60.0)],
    );
    assert_eq!(metrics.instants, 100);
    for one in [
        metrics.count_exact,
        metrics.set_exact,
        metrics.mota,
        metrics.idf1,
        metrics.orientation,
        metrics.inside_2sigma,
    ] {
        assert!(near(one, 1.0), "{metrics:?}");
    }
    for zero in [
        metrics.gospa,
        metrics.gospa_m,
        metrics.end_mae_m,
        metrics.nees,
        metrics.merged,
        metrics.delay_p90,
        metrics.arrival_delay_s_max,
        metrics.departure_delay_s_max,
    ] {
        assert!(near(zero, 0.0), "{metrics:?}");
    }
    assert_eq!((metrics.id_switches, metrics.never), (0, 0));
    assert_eq!(metrics.mae_moving, None);
}

#[test]
fn a_missed_and_a_false_locomotive_cost_three_metres_each_and_hide_each_other_in_the_count() {
    let metrics = run(
        129,
        |_| vec![locomotive("G1", 10.0, 30.0), locomotive("G2", 40.0, 60.0)],
        |_| vec![said("L1", 10.0, 30.0), said("L2", 80.0, 100.0)],
    );
    assert!(near(metrics.gospa, 6.0));
    assert!(near(metrics.gospa_m, 3.0));
    assert!(near(metrics.missed, 3.0) && near(metrics.false_, 3.0));
    assert!(near(metrics.count_exact, 1.0) && near(metrics.set_exact, 0.0));
    // 100 right, 100 missed, 100 false of 200.
    assert!(near(metrics.mota, 0.0) && near(metrics.idf1, 0.5));
    assert_eq!(metrics.never_found, ["G2"]);
    assert_eq!(
        metrics.arrival_delay_s_max,
        Some(0.0),
        "it was there before"
    );
}

#[test]
fn errors_are_those_of_the_ends() {
    let moving = TrueLocomotive {
        velocity: -0.06,
        ..locomotive("G2", 50.0, 70.0)
    };
    let metrics = run(
        30,
        |_| vec![locomotive("G1", 10.0, 30.0), moving.clone()],
        |_| vec![said("L1", 11.0, 33.0), said("L2", 50.5, 70.5)],
    );
    assert!(near(metrics.localisation, 2.0 + 0.5));
    assert!(near(metrics.end_mae_m, (1.0 + 3.0 + 0.5 + 0.5) / 4.0));
    assert!(near(metrics.mae_still, 2.0) && near(metrics.p95_still, 3.0));
    assert!(near(metrics.mae_moving, 0.5));
    assert!(near(metrics.nees, (1.0 + 9.0 + 0.25 + 0.25) / 4.0));
    assert!(near(metrics.inside_2sigma, 0.75));
}

#[test]
fn from_six_metres_on_a_pair_is_none() {
    let at_distance = |d: f64| {
        run(
            30,
            |_| vec![locomotive("G1", 10.0, 30.0)],
            move |_| vec![said("L1", 10.0 + d, 30.0 + d)],
        )
    };
    assert!(near(at_distance(5.9).gospa, 5.9));
    assert!(near(at_distance(6.0).missed, 3.0));
    assert!(near(at_distance(6.0).false_, 3.0));
}

#[test]
fn the_pairs_together_are_the_cheapest() {
    // The nearest pair first would leave G2 with an estimate 7 m away.
    let metrics = run(
        30,
        |_| vec![locomotive("G1", 10.0, 30.0), locomotive("G2", 13.0, 33.0)],
        |_| vec![said("L1", 12.0, 32.0), said("L2", 6.0, 26.0)],
    );
    assert!(near(metrics.localisation, 1.0 + 4.0));
    assert!(near(metrics.missed, 0.0));
}

#[test]
fn a_locomotive_at_the_gate_is_neither_rewarded_nor_punished() {
    let truth = |_| vec![locomotive("G1", 40.0, 60.0), optional("G2", -5.0, 15.0)];
    let found = run(30, truth, |_| {
        vec![said("L1", 40.0, 60.0), said("L2", -20.0, 17.0)]
    });
    let not_found = run(30, truth, |_| vec![said("L1", 40.0, 60.0)]);
    for metrics in [&found, &not_found] {
        assert!(near(metrics.gospa, 0.0) && near(metrics.count_exact, 1.0));
        assert!(near(metrics.end_mae_m, 0.0) && near(metrics.idf1, 1.0));
    }
    let twice = run(30, truth, |_| {
        vec![
            said("L1", 40.0, 60.0),
            said("L2", -5.0, 15.0),
            said("L3", -4.0, 16.0),
        ]
    });
    assert!(near(twice.false_, 3.0) && near(twice.count_exact, 0.0));
}

#[test]
fn of_two_the_required_one_is_found() {
    let metrics = run(
        30,
        |_| vec![optional("G1", 8.0, 30.0), locomotive("G2", 12.0, 30.0)],
        |_| vec![said("L1", 11.0, 30.0)],
    );
    // G1 is 0 m away by its high end, and 0.5 m is what G2 costs: the sum of min(d, c) decides.
    assert!(near(metrics.missed, 3.0));
    let tie = run(
        30,
        |_| vec![optional("G1", 10.0, 31.0), locomotive("G2", 10.0, 31.0)],
        |_| vec![said("L1", 11.0, 32.0)],
    );
    assert!(near(tie.missed, 0.0) && near(tie.localisation, 1.0));
}

#[test]
fn only_the_last_state_of_exactly_that_time_counts() {
    let truth = vec![
        Truth {
            time: at(0),
            locomotives: vec![],
        },
        Truth {
            time: at(30),
            locomotives: vec![locomotive("G1", 10.0, 30.0)],
        },
    ];
    let right = || state(vec![said("L1", 10.0, 30.0)]);
    let score = |states: Vec<(Timestamp, FacilityState)>| evaluate(&truth, &states).missed;
    assert!(near(score(vec![(at(30), right())]), 0.0));
    assert!(near(
        score(vec![(at(30), state(vec![])), (at(30), right())]),
        0.0
    ));
    assert!(near(
        score(vec![(at(30), right()), (at(30), state(vec![]))]),
        3.0
    ));
    assert!(near(score(vec![(at(29), right()), (at(31), right())]), 3.0));
    let tentative = LocomotiveState {
        status: Status::Tentative,
        ..said("L1", 10.0, 30.0)
    };
    assert!(near(score(vec![(at(30), state(vec![tentative]))]), 3.0));
}

#[test]
fn a_new_name_is_a_switch() {
    let metrics = run(
        129,
        |_| vec![locomotive("G1", 10.0, 30.0)],
        |second| vec![said(if second < 80 { "L1" } else { "L2" }, 10.0, 30.0)],
    );
    assert_eq!(metrics.id_switches, 1);
    assert!(near(metrics.id_switches_per_hour, 3600.0 / 99.0));
    assert!(near(metrics.mota, 0.99));
    assert!(near(metrics.idf1, 0.5));
}

#[test]
fn delays_run_from_the_first_instant_required_and_the_first_without() {
    let truth = |second: u32| {
        let mut there = vec![locomotive("G1", 10.0, 30.0)];
        if (45..50).contains(&second) {
            there.push(optional("G2", 55.0, 75.0));
        }
        if (50..90).contains(&second) {
            there.push(locomotive("G2", 50.0, 70.0));
        }
        there
    };
    let metrics = run(129, truth, |second| {
        let mut all = vec![said("L1", 10.0, 30.0)];
        if (57..95).contains(&second) {
            all.push(said("L2", 50.0, 70.0));
        }
        all
    });
    assert_eq!(metrics.arrival_delay_s_max, Some(7.0));
    assert_eq!(metrics.departure_delay_s_max, Some(5.0));
    assert_eq!(
        (metrics.delay_p50, metrics.delay_p90),
        (Some(0.0), Some(7.0))
    );
    let never = run(129, truth, |_| vec![said("L1", 10.0, 30.0)]);
    assert_eq!(never.arrival_delay_s_max, None);
    assert_eq!(never.never_found, ["G2"]);
    let stays = run(129, truth, |second| {
        let mut all = vec![said("L1", 10.0, 30.0)];
        all.extend((second >= 50).then(|| said("L2", 50.0, 70.0)));
        all
    });
    assert_eq!(stays.departure_delay_s_max, None);
}

#[test]
fn every_departure_of_a_locomotive_that_returns_counts() {
    let metrics = run(
        159,
        |second| {
            let there = second < 50 || (80..120).contains(&second);
            Vec::from_iter(there.then(|| locomotive("G1", 10.0, 30.0)))
        },
        |second| {
            let there = second < 53 || (80..131).contains(&second);
            Vec::from_iter(there.then(|| said("L1", 10.0, 30.0)))
        },
    );
    assert_eq!(metrics.departure_delay_s_max, Some(11.0));
    assert_eq!(metrics.id_switches, 0);
}

#[test]
fn one_estimate_over_two_locomotives_swallows_both() {
    let metrics = run(
        30,
        |_| vec![locomotive("G1", 10.0, 26.0), locomotive("G2", 27.0, 43.0)],
        |_| vec![said("L1", 10.0, 43.0)],
    );
    assert!(near(metrics.merged, 1.0));
}

#[test]
fn attributes_are_judged_where_they_are_said() {
    let named = |model: &str, plate: &str| LocomotiveState {
        model: Some(ModelGuess {
            name: model.to_owned(),
            p: 0.9,
        }),
        plate: Some(PlateGuess {
            text: plate.to_owned(),
            p: 0.9,
            contested_by: Vec::new(),
        }),
        ..said("L1", 10.0, 30.0)
    };
    let metrics = run(
        33,
        |_| vec![locomotive("G1", 10.0, 30.0)],
        |second| match second {
            30 => vec![named("A20", "A20-0007")],
            31 => vec![named("B25", "A20-0007")],
            32 => vec![LocomotiveState {
                head: EndState {
                    s: 30.0,
                    sigma: 1.0,
                },
                tail: EndState {
                    s: 10.0,
                    sigma: 1.0,
                },
                ..said("L1", 0.0, 0.0)
            }],
            _ => vec![said("L1", 10.0, 30.0)],
        },
    );
    assert!(near(metrics.model_coverage, 0.5) && near(metrics.model_accuracy, 0.5));
    assert!(near(metrics.plate_coverage, 0.5) && near(metrics.plate_accuracy, 1.0));
    assert!(near(metrics.orientation, 0.75));
}

#[test]
fn nothing_to_score_is_nothing() {
    // Where no locomotive came or went, none was late.
    let nothing = Metrics {
        arrival_delay_s_max: Some(0.0),
        departure_delay_s_max: Some(0.0),
        ..Metrics::default()
    };
    assert_eq!(evaluate(&[], &[]), nothing);
    let empty = run(40, |_| vec![], |_| vec![]);
    assert!(near(empty.count_exact, 1.0) && near(empty.gospa, 0.0));
    assert_eq!((empty.gospa_m, empty.mota, empty.nees), (None, None, None));
}
