// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was read of locomotives that were not known yet.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod depot;

use depot::{Depot, RIGHT, WRONG, number, plate};
use messages::{Data, Event};

#[test]
fn a_number_read_before_its_locomotive_was_known_is_stated_with_it() {
    let mut depot = Depot::new();
    depot.stand_and_read(
        1.0,
        &[("T1", 10.0)],
        &[plate("Cfar", "T1", 13.0, RIGHT, 0.97)],
    );
    assert_eq!(depot.on("T1"), None, "too early");
    depot.stand(3.0, &[("T1", 10.0)]);
    assert_eq!(number(&depot.on("T1").unwrap()).0, RIGHT);
    assert_eq!(depot.fusion.counters().expired_readings, 0);
}

#[test]
fn one_number_at_both_ends_is_one_locomotive_at_once() {
    // 28 m may also be two coupled locomotives, for which one would wait longer.
    let stands = |numbers: [&str; 2]| {
        let mut depot = Depot::new();
        let [low, high] = numbers;
        let readings = [
            plate("Clow", "T1", 12.0, low, 0.97),
            plate("Chigh", "T1", 36.0, high, 0.97),
        ];
        depot.see(4.0, &[("T1", 10.0)], &[("T1", 38.0)], &readings);
        depot.on("T1")
    };
    let locomotive = stands([RIGHT, RIGHT]).unwrap();
    assert!((locomotive.tail.s - locomotive.head.s - 28.0).abs() < 0.5);
    assert_eq!(number(&locomotive).0, RIGHT);
    assert_eq!(stands([RIGHT, WRONG]), None);
}

#[test]
fn an_end_that_bears_a_number_is_a_locomotive_before_its_hidden_other_end_is_seen() {
    let stands = |readings: &[messages::PlateReport]| {
        let mut depot = Depot::new();
        depot.stand(5.0, &[("T1", 42.0)]);
        // Coupled to it, and its high end hidden: 26.2 to 41.2.
        let lows = [("T1", 26.2), ("T1", 42.0)];
        depot.see(7.0, &lows, &[("T1", 57.0)], readings);
        depot.state().locomotives
    };
    assert_eq!(stands(&[]).len(), 1, "an end alone may be none");
    let named = stands(&[plate("Clow", "T1", 28.2, RIGHT, 0.97)]);
    assert_eq!(named.len(), 2, "{named:#?}");
    let numbers: Vec<_> = named.iter().map(|one| one.plate.as_ref()).collect();
    assert_eq!(numbers[0].unwrap().text, RIGHT);
    assert_eq!(numbers[1], None);
}

#[test]
fn a_place_that_is_uncertain_may_lie_near_the_end() {
    let stated = |sigma: f64| {
        let mut depot = Depot::new();
        let mut reading = plate("Cfar", "T1", 10.3, RIGHT, 0.97);
        reading.sigma = sigma;
        depot.stand_and_read(6.0, &[("T1", 10.0)], &[reading]);
        depot.on("T1").unwrap().plate
    };
    assert_eq!(stated(0.1), None, "it may be of a neighbour");
    assert_eq!(stated(0.8).unwrap().text, RIGHT);
}

#[test]
fn what_waits_in_vain_is_counted() {
    let mut depot = Depot::new();
    let readings = [plate("Cfar", "T2", 30.0, RIGHT, 0.97)];
    depot.stand_and_read(4.0, &[("T1", 10.0)], &readings);
    depot.stand(10.0, &[("T1", 10.0)]);
    assert_eq!(depot.fusion.counters().expired_readings, 0);
    depot.stand(15.0, &[("T1", 10.0)]);
    assert_eq!(depot.fusion.counters().expired_readings, 10);
    assert_eq!(depot.on("T1").unwrap().plate, None);
}

#[test]
fn readings_of_two_sources_may_have_one_id() {
    let mut depot = Depot::new();
    depot.stand(5.0, &[("T1", 10.0), ("T2", 20.0)]);
    for (source, track, s, text) in [
        ("/depot/one/prod", "T1", 13.0, RIGHT),
        ("/depot/two/prod", "T2", 23.0, WRONG),
    ] {
        depot.fusion.push(Event {
            id: "1-1".to_owned(),
            source: source.to_owned(),
            subject: None,
            time: depot.time(),
            received: None,
            recorded: None,
            flow: "prod".to_owned(),
            data: Data::Plate(plate("Cfar", track, s, text, 0.97)),
        });
    }
    depot.stand(3.0, &[("T1", 10.0), ("T2", 20.0)]);
    assert_eq!(depot.fusion.counters().duplicate, 0);
    assert_eq!(number(&depot.on("T1").unwrap()).0, RIGHT);
    assert_eq!(number(&depot.on("T2").unwrap()).0, WRONG);
}
