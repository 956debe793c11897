// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pixels of known places, places of known pixels.
#![allow(clippy::unwrap_used)] // a test that cannot go on shall stop

#[allow(dead_code)] // each test file uses its part of the rig
mod rig;

use nalgebra::{Matrix3, Rotation3};
use proptest::prelude::*;
use roundhouse_facility::{Facility, Lens, Projection, SYSTEMATIC_FLOOR, Track};

/// At the origin, 5 m high, looking along x without pitch: 1000 px focal length, 1000 x 500 px.
fn level() -> Projection {
    let rows = Matrix3::new(0.0, -1.0, 0.0, 0.0, 0.0, -1.0, 1.0, 0.0, 0.0);
    Projection::new(
        1000.0,
        (1000, 500),
        Lens::default(),
        Rotation3::from_matrix_unchecked(rows),
        [0.0, 0.0, 5.0],
    )
}

fn track_at_2() -> Track {
    let text = "facility = \"f\"\n[[track]]\nid = \"T\"\nplan = [[0, 2], [50, 2]]";
    Facility::parse(text, "f").unwrap().tracks.remove(0)
}

#[track_caller]
fn assert_near(found: &[f64], known: &[f64], tolerance: f64) {
    for (a, b) in found.iter().zip(known) {
        assert!((a - b).abs() <= tolerance, "{found:?} is not {known:?}");
    }
}

#[test]
fn pinhole_by_hand() {
    let camera = level();
    // 10 m ahead, 2 m to the left, 4 m below the camera: 1000 * (-2, 4) / 10 from the middle.
    assert_near(
        &camera.project([10.0, 2.0, 1.0]).unwrap(),
        &[300.0, 650.0],
        1e-9,
    );
    assert_near(&camera.ground([300.0, 750.0]).unwrap(), &[10.0, 2.0], 1e-9);
    assert_near(
        &camera.at_height([300.0, 650.0], 1.0).unwrap(),
        &[10.0, 2.0],
        1e-9,
    );
    assert_near(&camera.direction(), &[1.0, 0.0, 0.0], 1e-12);
}

#[test]
fn what_has_no_image_or_no_place() {
    let camera = level();
    assert_eq!(camera.project([-1.0, 0.0, 0.0]), None, "behind");
    assert_eq!(camera.project([0.05, 0.0, 5.0]), None, "in the lens");
    assert_eq!(camera.ground([500.0, 250.0]), None, "the horizon");
    assert_eq!(camera.ground([500.0, 100.0]), None, "the sky");
    assert_eq!(
        camera.end_box(&track_at_2(), -1.0, 3.1, 4.3),
        None,
        "an end behind"
    );
    assert_eq!(
        camera.sigma_systematic(&track_at_2(), -1.0, 3.1, 4.3),
        None,
        "an end behind"
    );
}

#[test]
fn end_box_by_hand() {
    // y from 0.45 to 3.55, z from 0 to 4.3 at x = 10.
    let frame = level().end_box(&track_at_2(), 10.0, 3.1, 4.3).unwrap();
    assert_near(&frame, &[145.0, 320.0, 455.0, 750.0], 1e-9);
}

#[test]
fn a_camera_known_without_error_has_the_floor() {
    let sigma = level()
        .sigma_systematic(&track_at_2(), 10.0, 3.1, 4.3)
        .unwrap();
    assert_near(&[sigma], &[SYSTEMATIC_FLOOR], 1e-12);
}

/// Reference figures of `OpenCV` 5.0.0, `cv2.projectPoints` and its inverse (`cv2.undistortPointsIter` stops 4e-7 short of the
/// fixed point, so the inverse is solved with `scipy.optimize.fsolve` from the same model), with
/// K = [[700, 0, 480], [0, 700, 270], [0, 0, 1]], dist = (-0.12, 0.03, 0.001, -0.002, 0.004), camera at (-8, 3, 6.5),
/// yaw 4, pitch 20 degrees.
mod opencv {
    use super::*;

    const LENS: Lens = Lens {
        k1: -0.12,
        k2: 0.03,
        p1: 0.001,
        p2: -0.002,
        k3: 0.004,
    };

    #[test]
    fn projects_alike() {
        let camera = rig::camera(700.0, LENS, [-8.0, 3.0, 6.5], 4.0, 20.0);
        for (place, pixel) in [
            ([2.0, 0.0, 0.0], [701.906_635, 436.717_302]),
            ([10.0, 6.0, 0.0], [417.002_548, 266.200_65]),
            ([20.0, 0.0, 4.3], [607.180_96, 79.188_904]),
            ([15.0, -5.0, 1.0], [765.710_499, 195.895_867]),
            ([1.0, 3.0, 0.0], [520.712_02, 467.596_272]),
        ] {
            assert_near(&camera.project(place).unwrap(), &pixel, 1e-6);
        }
    }

    #[test]
    fn undistorts_alike() {
        // Looking straight down from 1 m the plan shows the undistorted pixel itself: x up, y to the left in the image.
        let rows = Matrix3::new(0.0, -1.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, -1.0);
        let camera = Projection::new(
            700.0,
            (960, 540),
            LENS,
            Rotation3::from_matrix_unchecked(rows),
            [0.0, 0.0, 1.0],
        );
        for (pixel, [right, down]) in [
            ([100.0, 80.0], [-0.565_380_996_2, -0.283_525_008_8]),
            ([480.0, 270.0], [0.0, 0.0]),
            ([900.0, 500.0], [0.636_785_020_3, 0.347_547_360_6]),
            ([20.0, 530.0], [-0.697_777_299_4, 0.394_485_027_2]),
        ] {
            assert_near(&camera.ground(pixel).unwrap(), &[-down, -right], 1e-9);
        }
    }
}

#[test]
fn a_lens_that_folds_back_is_refused_beyond_its_edge() {
    // r (1 - 0.3 r²) grows up to r = 1.054 only, where it is 0.703: beyond 703 px from the middle no place is seen.
    let strong = Lens {
        k1: -0.3,
        ..Lens::default()
    };
    let camera = rig::camera(1000.0, strong, [0.0, 0.0, 5.0], 0.0, 0.0);
    assert!(camera.project([10.0, 10.3, 4.0]).is_some());
    assert_eq!(camera.project([10.0, 10.8, 4.0]), None);
    assert!(camera.ground([480.0, 270.0 + 690.0]).is_some());
    assert_eq!(camera.ground([480.0, 270.0 + 710.0]), None);
}

proptest! {
    #[test]
    fn ground_undoes_project(
        focal in 400.0..1200.0_f64,
        k1 in -0.2..0.1_f64,
        k2 in -0.01..0.05_f64,
        p1 in -0.002..0.002_f64,
        p2 in -0.002..0.002_f64,
        height in 3.0..10.0_f64,
        yaw in -180.0..180.0_f64,
        pitch in 5.0..60.0_f64,
        u in 0.0..960.0_f64,
        v in 0.0..540.0_f64,
    ) {
        let lens = Lens { k1, k2, p1, p2, k3: 0.0 };
        let camera = rig::camera(focal, lens, [3.0, -2.0, height], yaw, pitch);
        if let Some([x, y]) = camera.ground([u, v]) {
            let [u2, v2] = camera.project([x, y, 0.0]).unwrap();
            prop_assert!((u - u2).hypot(v - v2) < 1e-5, "{u} {v} -> {u2} {v2}");
        }
    }

    #[test]
    fn end_box_grows_as_the_end_comes_nearer(near in 8.0..20.0_f64, step in 0.5..20.0_f64) {
        let (camera, track) = (level(), track_at_2());
        let height = |s| camera.end_box(&track, s, 3.1, 4.3).map(|frame| frame[3] - frame[1]).unwrap();
        prop_assert!(height(near) > height(near + step));
    }
}
