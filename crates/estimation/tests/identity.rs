// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who a locomotive is: what cameras read of its number, and what follows from it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod depot;

use depot::{Depot, RIGHT, WRONG, doubtful, number, plate};
use messages::PlateReport;

#[test]
fn two_cameras_disagree_and_voting_settles() {
    let mut depot = Depot::new();
    // One reads wrong what it half sees, and speaks twice as often; the other sees well.
    let often = doubtful("Clow", "T1", 12.0, (WRONG, 0.6), (RIGHT, 0.35));
    let well = plate("Chigh", "T1", 23.0, RIGHT, 0.95);
    depot.stand_and_read(10.0, &[("T1", 10.0)], std::slice::from_ref(&often));
    assert_eq!(number(&depot.on("T1").unwrap()).0, WRONG);
    depot.stand_and_read(10.0, &[("T1", 10.0)], &[often, well]);
    let settled = depot.on("T1").unwrap();
    assert_eq!(number(&settled).0, RIGHT);
    assert!(
        number(&settled).1 < 0.9,
        "a contradiction leaves doubt: {:?}",
        settled.plate
    );
}

#[test]
fn marks_and_parts_of_numbers_do_not_outvote_a_number() {
    let mut depot = Depot::new();
    let stranger = |camera, text, p| PlateReport {
        scheme: None,
        valid: None,
        ..plate(camera, "T1", 15.0, text, p)
    };
    let readings = [
        plate("Cfar", "T1", 12.0, RIGHT, 0.97),
        stranger("Cfar", "6", 0.9),
        stranger("Clow", "103702", 0.95),
        stranger("Chigh", "7", 0.9),
    ];
    depot.stand_and_read(20.0, &[("T1", 10.0)], &readings);
    let locomotive = depot.on("T1").unwrap();
    assert_eq!(number(&locomotive).0, RIGHT);
}

#[test]
fn later_readings_of_the_same_camera_correct_an_early_one() {
    let mut depot = Depot::new();
    depot.stand_and_read(
        20.0,
        &[("T1", 10.0)],
        &[plate("Clow", "T1", 12.0, WRONG, 0.9)],
    );
    assert_eq!(number(&depot.on("T1").unwrap()).0, WRONG);
    depot.stand_and_read(
        10.0,
        &[("T1", 10.0)],
        &[plate("Clow", "T1", 12.0, RIGHT, 0.9)],
    );
    let now = depot.on("T1").unwrap();
    assert_eq!(number(&now).0, RIGHT);
    assert!(number(&now).1 > 0.8, "{:?}", now.plate);
}

#[test]
fn who_moved_while_no_camera_looked_is_known_again_by_its_number() {
    let mut depot = Depot::new();
    let readings = |track, low: f64| [plate("Cfar", track, low + 3.0, RIGHT, 0.97)];
    depot.stand_and_read(10.0, &[("T1", 10.0)], &readings("T1", 10.0));
    let before = depot.on("T1").unwrap();
    assert_eq!(number(&before).0, RIGHT);
    // All cameras are blind for 30 s; when they see again, it stands on the other track.
    depot.frame += 150;
    depot.stand(3.0, &[("T2", 30.0)]);
    depot.stand_and_read(15.0, &[("T2", 30.0)], &readings("T2", 30.0));
    let after = depot.on("T2").unwrap();
    assert_eq!(after.id, before.id, "{:#?}", depot.state());
    assert_eq!(number(&after).0, RIGHT);
    assert_eq!(depot.on("T1"), None);
}

#[test]
fn who_left_and_comes_back_is_known_again_among_others_alike() {
    let mut depot = Depot::new();
    let other = "10370344";
    let one = plate("Cfar", "T1", 13.0, RIGHT, 0.97);
    let two = plate("Cfar", "T2", 13.0, other, 0.97);
    depot.stand_and_read(10.0, &[("T1", 10.0), ("T2", 10.0)], &[one, two]);
    let name = depot.on("T1").unwrap().id;
    // Both leave through the low gates.
    for step in 0..200 {
        let low = 10.0 - 0.3 * f64::from(step);
        if low > -18.0 {
            depot.stand(0.2, &[("T1", low), ("T2", low)]);
        }
    }
    depot.stand(15.0, &[]);
    assert_eq!(depot.state().locomotives, []);
    // One comes back: by its length it may be either.
    for step in 0..100 {
        depot.stand(0.2, &[("T2", (-16.0 + 0.3 * f64::from(step)).min(12.0))]);
    }
    depot.stand_and_read(
        8.0,
        &[("T2", 12.0)],
        &[plate("Cfar", "T2", 15.0, RIGHT, 0.97)],
    );
    let back = depot.on("T2").unwrap();
    assert_eq!(number(&back).0, RIGHT);
    assert_eq!(back.id, name);
}

/// Where two locomotives stand.
const TWO: [(&str, f64); 2] = [("T1", 10.0), ("T2", 20.0)];

/// A depot in which a camera reads the number of the locomotive on T1, and then another camera the same on T2; with that
/// first report.
fn contested() -> (Depot, PlateReport) {
    let mut depot = Depot::new();
    let first = plate("Cfar", "T1", 13.0, RIGHT, 0.97);
    let second = plate("Clow", "T2", 23.0, RIGHT, 0.8);
    depot.stand_and_read(10.0, &TWO, std::slice::from_ref(&first));
    depot.stand_and_read(10.0, &TWO, &[first.clone(), second]);
    (depot, first)
}

#[test]
fn a_number_on_one_track_is_contested_by_nobody() {
    let mut depot = Depot::new();
    let first = plate("Cfar", "T1", 13.0, RIGHT, 0.97);
    depot.stand_and_read(10.0, &TWO, &[first]);
    let alone = depot.on("T1").unwrap();
    assert!(number(&alone).1 > 0.9 && alone.plate.as_ref().unwrap().contested_by.is_empty());
}

#[test]
fn one_number_on_two_tracks_is_doubted_on_both_and_said() {
    let (depot, _) = contested();
    let (one, two) = (depot.on("T1").unwrap(), depot.on("T2").unwrap());
    assert_ne!(one.id, two.id);
    for (this, other) in [(&one, &two), (&two, &one)] {
        let plate = this.plate.as_ref().unwrap();
        assert_eq!(plate.text, RIGHT);
        assert_eq!(plate.contested_by, [other.id.as_str()]);
        assert!(plate.p < 0.6, "{plate:?}");
    }
}

#[test]
fn a_clearer_reading_ends_a_contest() {
    let (mut depot, first) = contested();
    let third = plate("Clow", "T2", 23.0, "10370344", 0.95);
    depot.stand_and_read(20.0, &TWO, &[first, third]);
    let (one, two) = (depot.on("T1").unwrap(), depot.on("T2").unwrap());
    assert_eq!((number(&one).0, number(&two).0), (RIGHT, "10370344"));
    assert!(one.plate.as_ref().unwrap().contested_by.is_empty() && number(&one).1 > 0.9);
}
