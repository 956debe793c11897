// SPDX-License-Identifier: MIT OR Apache-2.0
//! Marks make the camera that made them.
#![allow(clippy::unwrap_used)] // a test that cannot go on shall stop

#[allow(dead_code)] // each test file uses its part of the rig
mod rig;

use proptest::prelude::*;
use rig::{camera, facility, marks, noise};
use roundhouse_facility::{END_HEIGHT, END_WIDTH, Lens, Projection, SYSTEMATIC_FLOOR, Track};

const GATE_LENS: Lens = Lens {
    k1: -0.1,
    k2: 0.02,
    p1: 0.001,
    p2: -0.0005,
    k3: 0.0,
};

fn gate_camera() -> Projection {
    camera(700.0, GATE_LENS, [-8.0, 3.0, 6.5], 4.0, 20.0)
}

#[test]
fn exact_marks_give_the_camera_back() {
    let truth = gate_camera();
    let found = facility(&marks(&truth, &[0.0]), GATE_LENS, "");
    let camera = &found.cameras[0];
    let projection = camera.projection.as_ref().unwrap();
    assert!(
        (projection.focal() - 700.0).abs() < 1e-3,
        "{}",
        projection.focal()
    );
    for (found, known) in projection.centre().iter().zip([-8.0, 3.0, 6.5]) {
        assert!((found - known).abs() < 1e-4, "{found} {known}");
    }
    let calibration = camera.calibration.as_ref().unwrap();
    assert!(calibration.rms < 1e-4, "{}", calibration.rms);
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
}

#[test]
fn four_marks_suffice() {
    let truth = gate_camera();
    let corners = [[2.0, -0.72], [2.0, 6.72], [26.0, -0.72], [26.0, 6.72]];
    let four: Vec<_> = corners
        .map(|[x, y]| (truth.project([x, y, 0.0]).unwrap(), [x, y, 0.0]))
        .into();
    let found = facility(&four, GATE_LENS, "");
    let projection = found.cameras[0].projection.as_ref().unwrap();
    assert!(
        (projection.focal() - 700.0).abs() < 0.1,
        "{}",
        projection.focal()
    );
}

#[test]
fn marks_of_many_heights_need_no_plane() {
    let truth = gate_camera();
    let scattered: Vec<_> = marks(&truth, &[0.0, 1.1, 2.3, 3.9])
        .into_iter()
        .step_by(7)
        .enumerate()
        .map(|(index, (_, [x, y, z]))| [x, y, z + 0.01 * index as f64])
        .filter_map(|place| Some((truth.project(place)?, place)))
        .collect();
    let found = facility(&scattered, GATE_LENS, "");
    let projection = found.cameras[0].projection.as_ref().unwrap();
    assert!(
        (projection.focal() - 700.0).abs() < 1e-2,
        "{}",
        projection.focal()
    );
}

#[test]
fn a_given_focal_length_is_kept() {
    let truth = gate_camera();
    let text = rig::facility_text(&marks(&truth, &[0.0]), GATE_LENS, "").replace(
        "[camera.calibration]",
        "[camera.calibration]\nfocal_px = 700",
    );
    let found = roundhouse_facility::Facility::parse(&text, "facility.toml").unwrap();
    let projection = found.cameras[0].projection.as_ref().unwrap();
    assert!((projection.focal() - 700.0).abs() < 1e-12);
    assert!(projection.covariance()[(0, 0)].abs() < 1e-12);
}

#[test]
fn a_slipped_mark_is_named() {
    let truth = gate_camera();
    let mut marks = marks(&truth, &[0.0]);
    marks[5].0[0] += 30.0;
    let found = facility(&marks, GATE_LENS, "");
    assert_eq!(found.cameras[0].calibration.as_ref().unwrap().worst, 5);
    // 13 lines of tracks, 4 of the camera, 6 of the lens, 2 of the calibration, then the marks from 0.
    let warning = found.warnings[0].to_string();
    assert!(
        warning.contains("marks[5] (line 31) is off by"),
        "{warning}"
    );
}

/// The place at which `seen` explains the end at `s` of `real` best, all four corners weighted alike.
fn refitted(real: &Projection, seen: &Projection, track: &Track, s: f64) -> f64 {
    let corners = |camera: &Projection, s: f64| -> Vec<[f64; 2]> {
        let [_, y] = track.point(s);
        let (near, far) = (y - END_WIDTH / 2.0, y + END_WIDTH / 2.0);
        [
            [near, 0.0],
            [far, 0.0],
            [near, END_HEIGHT],
            [far, END_HEIGHT],
        ]
        .map(|[y, z]| camera.project([s, y, z]).unwrap())
        .into()
    };
    let target = corners(real, s);
    let cost = |s: f64| -> f64 {
        let pairs = corners(seen, s);
        pairs
            .iter()
            .zip(&target)
            .map(|(a, b)| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2))
            .sum()
    };
    let (mut low, mut high) = (s - 3.0, s + 3.0);
    while high - low > 1e-6 {
        let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if cost(a) < cost(b) { high = b } else { low = a }
    }
    low
}

#[test]
fn the_stated_systematic_error_is_the_real_one() {
    let truth = gate_camera();
    let exact: Vec<_> = marks(&truth, &[0.0]).into_iter().step_by(4).collect();
    let mut squares = Vec::new();
    for seed in 0..100 {
        let mut noise = noise(seed);
        let noisy: Vec<_> = exact
            .iter()
            .map(|([u, v], place)| ([u + 1.5 * noise(), v + 1.5 * noise()], *place))
            .collect();
        let inside = noisy
            .into_iter()
            .filter(|([u, v], _)| (0.0..960.0).contains(u) && (0.0..540.0).contains(v));
        let found = facility(&inside.collect::<Vec<_>>(), GATE_LENS, "");
        let camera = found.cameras[0].projection.as_ref().unwrap();
        let track = found.track("T1").unwrap();
        let sigma = camera
            .sigma_systematic(track, 20.0, END_WIDTH, END_HEIGHT)
            .unwrap();
        let from_marks = sigma.powi(2) - SYSTEMATIC_FLOOR.powi(2);
        squares.push((refitted(&truth, camera, track, 20.0) - 20.0).powi(2) / from_marks);
    }
    // Mean of 100 squared unit normals: 1 with a deviation of 0.14.
    let mean = squares.iter().sum::<f64>() / squares.len() as f64;
    assert!((0.6..1.4).contains(&mean), "{mean}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn noisy_marks_give_nearly_the_camera(
        focal in 560.0..760.0_f64,
        k1 in -0.15..-0.02_f64,
        x in -9.0..-7.0_f64,
        y in 2.0..10.0_f64,
        z in 6.0..7.5_f64,
        yaw in -8.0..8.0_f64,
        pitch in 17.0..28.0_f64,
        seed: u64,
    ) {
        let lens = Lens { k1, ..Lens::default() };
        let truth = camera(focal, lens, [x, y, z], yaw, pitch);
        let mut noise = noise(seed);
        let noisy: Vec<_> = marks(&truth, &[0.0])
            .into_iter()
            .map(|([u, v], place)| ([(u + noise()).clamp(0.0, 960.0), (v + noise()).clamp(0.0, 540.0)], place))
            .collect();
        let found = facility(&noisy, lens, "");
        let camera = found.cameras[0].projection.as_ref().unwrap();
        prop_assert!((camera.focal() / focal - 1.0).abs() < 0.1, "focal {} for {focal}", camera.focal());
        for place in [[8.0, 6.0, 0.0], [16.0, 6.0, 2.0]] {
            let (a, b) = (camera.project(place).unwrap(), truth.project(place).unwrap());
            prop_assert!((a[0] - b[0]).hypot(a[1] - b[1]) < 6.0, "{a:?} for {b:?}");
        }
    }
}
