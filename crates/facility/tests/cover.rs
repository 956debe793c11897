// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where calibrated cameras see ends of locomotives.
#![allow(clippy::unwrap_used)] // a test that cannot go on shall stop

#[allow(dead_code)] // each test file uses its part of the rig
mod rig;

use messages::Side;
use rig::{IMAGE, camera, facility, marks};
use roundhouse_facility::{
    CameraCover, END_HEIGHT, END_WIDTH, Facility, Lens, MIN_HEIGHT_SHARE, Projection,
};

/// The camera between the first two tracks (y = 0 and 6), looking along them.
fn gate_camera() -> Projection {
    camera(700.0, Lens::default(), [-8.0, 3.0, 6.5], 0.0, 20.0)
}

fn facility_of(camera: &Projection, extra: &str) -> Facility {
    facility(&marks(camera, &[0.0, 2.0]), Lens::default(), extra)
}

fn covers(camera: &Projection, extra: &str) -> Vec<CameraCover> {
    facility_of(camera, extra).cameras.remove(0).covers
}

fn on<'a>(covers: &'a [CameraCover], track: &str) -> Vec<&'a CameraCover> {
    covers.iter().filter(|cover| cover.track == track).collect()
}

#[test]
fn a_camera_along_the_track_sees_low_ends_up_to_its_range() {
    let covers = covers(&gate_camera(), "");
    let [cover] = on(&covers, "T1")[..] else {
        panic!("{covers:?}")
    };
    assert_eq!(cover.side, Some(Side::Low));
    // 40 m from the camera to the middle of the end, 3 m aside and 6.5 - 2.15 m below.
    let farthest = (40.0_f64.powi(2) - 3.0_f64.powi(2) - 4.35_f64.powi(2)).sqrt() - 8.0;
    assert!((cover.to - farthest).abs() < 0.2, "{} {farthest}", cover.to);
    assert!((cover.from - 0.0).abs() < 1e-9, "{}", cover.from);
    assert!(
        (0.08..0.2).contains(&cover.sigma_systematic),
        "{}",
        cover.sigma_systematic
    );
}

#[test]
fn a_camera_from_the_other_side_sees_high_ends() {
    let covers = covers(
        &camera(700.0, Lens::default(), [77.0, 3.0, 6.5], 180.0, 20.0),
        "",
    );
    assert!(!covers.is_empty());
    for cover in &covers {
        assert_eq!(cover.side, Some(Side::High));
        assert!(cover.from > 30.0 && cover.to <= 70.0, "{cover:?}");
    }
}

#[test]
fn a_camera_across_the_track_sees_both_sides_in_its_middle() {
    let covers = covers(
        &camera(500.0, Lens::default(), [30.0, -12.0, 6.5], 90.0, 15.0),
        "",
    );
    let sides: Vec<_> = on(&covers, "T1").iter().map(|cover| cover.side).collect();
    assert_eq!(sides, [Some(Side::High), None, Some(Side::Low)]);
    let middle = on(&covers, "T1")[1];
    assert!(middle.from < 30.0 && 30.0 < middle.to, "{middle:?}");
}

#[test]
fn what_is_covered_is_inside_the_image_and_large_enough() {
    let projection = camera(
        700.0,
        Lens {
            k1: -0.1,
            ..Lens::default()
        },
        [22.0, 3.0, 6.5],
        5.0,
        24.0,
    );
    let facility = facility(
        &marks(&projection, &[0.0]),
        Lens {
            k1: -0.1,
            ..Lens::default()
        },
        "max_distance = 90",
    );
    let (width, height) = (f64::from(IMAGE.0), f64::from(IMAGE.1));
    for cover in &facility.cameras[0].covers {
        let track = facility.track(&cover.track).unwrap();
        assert!(cover.from > 22.0, "behind the camera: {cover:?}");
        for s in [cover.from, cover.to] {
            let [x1, y1, x2, y2] = projection.end_box(track, s, END_WIDTH, END_HEIGHT).unwrap();
            assert!(y2 - y1 > MIN_HEIGHT_SHARE * height - 0.5);
            assert!(
                x1.max(0.0) < x1 + 0.16 * (x2 - x1) && x2.min(width) > x2 - 0.16 * (x2 - x1),
                "{cover:?}"
            );
            assert!(
                y1.max(0.0) < y1 + 0.16 * (y2 - y1) && y2.min(height) > y2 - 0.16 * (y2 - y1),
                "{cover:?}"
            );
        }
    }
}

#[test]
fn small_ends_are_not_covered_however_far_one_may_look() {
    let covers = covers(
        &camera(400.0, Lens::default(), [-8.0, 3.0, 6.5], 0.0, 15.0),
        "max_distance = 500",
    );
    // An end 4.3 m high is about 45 pixels high at 38 m.
    let farthest = on(&covers, "T1")[0].to;
    assert!((26.0..31.0).contains(&farthest), "{farthest}");
}

#[test]
fn masks_take_cover_away() {
    let left_half = "mask = [{ polygon = [[0, 0], [480, 0], [480, 540], [0, 540]] }]";
    let covers = covers(&gate_camera(), left_half);
    // The track at y = 6 is on the left of the camera.
    assert!(on(&covers, "T2").is_empty(), "{covers:?}");
    assert!(!on(&covers, "T1").is_empty(), "{covers:?}");
}

#[test]
fn only_the_tracks_asked_for() {
    let facility = facility_of(&gate_camera(), "tracks = [\"T2\"]");
    assert!(
        facility.cameras[0]
            .covers
            .iter()
            .all(|cover| cover.track == "T2")
    );
    assert_eq!(facility.cameras[0].tracks, ["T2"]);
}

#[test]
fn given_covers_win_over_computed_ones() {
    let facility = facility_of(
        &gate_camera(),
        "covers = [{ track = \"T3\", from = 1, to = 2, side = \"high\" }]",
    );
    let camera = &facility.cameras[0];
    let given = CameraCover {
        track: "T3".to_owned(),
        from: 1.0,
        to: 2.0,
        side: Some(Side::High),
        detection: 0.9,
        sigma_systematic: 0.15,
    };
    assert_eq!(camera.covers, [given]);
    assert!(camera.projection.is_some());
}

#[test]
fn a_camera_that_looks_away_is_warned_about() {
    let facility = facility_of(&gate_camera(), "max_distance = 3");
    let warning = facility.warnings[0].to_string();
    assert!(
        warning.contains("calibration: shows no end of a locomotive on any track"),
        "{warning}"
    );
}
