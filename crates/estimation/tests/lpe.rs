// SPDX-License-Identifier: MIT OR Apache-2.0
//! Boxes that a known camera would give become the places they came from.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

use facility::{END_HEIGHT, END_WIDTH, Facility, Lens, Projection};
use messages::{Direction, EndKind};
use nalgebra::{Matrix3, Rotation3};
use roundhouse_estimation::lpe::{BoxDetection, BoxKind, Lpe, LpeError};

const IMAGE: (u32, u32) = (960, 540);

/// Looks along +x (`up`) or −x from `place`, 21 degrees down, a little to the side.
fn projection(place: [f64; 3], up: bool) -> Projection {
    let (pitch, yaw) = (
        21_f64.to_radians(),
        if up {
            0.03
        } else {
            std::f64::consts::PI - 0.03
        },
    );
    let ahead = [
        yaw.cos() * pitch.cos(),
        yaw.sin() * pitch.cos(),
        -pitch.sin(),
    ];
    let right = [yaw.sin(), -yaw.cos(), 0.0];
    let down = [
        ahead[1] * right[2] - ahead[2] * right[1],
        ahead[2] * right[0] - ahead[0] * right[2],
        ahead[0] * right[1] - ahead[1] * right[0],
    ];
    let rows = Matrix3::new(
        right[0], right[1], right[2], down[0], down[1], down[2], ahead[0], ahead[1], ahead[2],
    );
    let lens = Lens {
        k1: -0.08,
        ..Lens::default()
    };
    Projection::new(
        690.0,
        IMAGE,
        lens,
        Rotation3::from_matrix_unchecked(rows),
        place,
    )
}

fn hall(up: bool) -> Facility {
    let mut text = String::from("facility = \"a\"\n");
    for (id, y) in [("T1", 0.0), ("T2", 6.0)] {
        text += &format!(
            "[[track]]\nid = \"{id}\"\nplan = [[0.0, {y:.1}], [66.0, {y:.1}]]\ngates = [\"low\"]\n"
        );
    }
    text += "[[camera]]\nid = \"C1\"\ncovers = []\n";
    let mut facility = Facility::parse(&text, "facility.toml").expect("sound");
    let camera = &mut facility.cameras[0];
    camera.image = Some(IMAGE);
    camera.projection = Some(projection(
        if up {
            [-7.0, 3.2, 6.6]
        } else {
            [41.0, 2.8, 6.6]
        },
        up,
    ));
    camera.tracks = vec!["T1".into(), "T2".into()];
    facility
}

fn frame(facility: &Facility, track: &str, s: f64) -> [f64; 4] {
    let projection = facility.cameras[0].projection.as_ref().expect("calibrated");
    projection
        .end_box(
            facility.track(track).expect("known"),
            s,
            END_WIDTH,
            END_HEIGHT,
        )
        .expect("in view")
}

fn detection(kind: BoxKind, edges: [f64; 4], confidence: f64) -> BoxDetection {
    let [x1, y1, x2, y2] = [
        edges[0].max(0.0),
        edges[1].max(0.0),
        edges[2].min(f64::from(IMAGE.0)),
        edges[3].min(f64::from(IMAGE.1)),
    ];
    BoxDetection {
        kind,
        confidence,
        x: x1,
        y: y1,
        w: x2 - x1,
        h: y2 - y1,
    }
}

#[test]
fn exact_boxes_give_exact_places() {
    for up in [true, false] {
        let facility = hall(up);
        let lpe = Lpe::new(&facility, "C1").expect("calibrated");
        for track in ["T1", "T2"] {
            for step in 0..12 {
                let s = if up {
                    2.0 + 2.0 * f64::from(step)
                } else {
                    32.0 - 2.0 * f64::from(step)
                };
                let estimates = lpe.estimate(
                    &[detection(BoxKind::Head, frame(&facility, track, s), 0.9)],
                    1.0,
                );
                assert_eq!(
                    estimates.ends.len(),
                    1,
                    "{track} {s} {:?}",
                    estimates.dropped
                );
                let end = &estimates.ends[0];
                assert_eq!(end.track, track);
                assert!((end.s - s).abs() < 0.02, "{track} {s}: {}", end.s);
                assert_eq!(end.kind, EndKind::Head);
                assert_eq!(
                    end.body,
                    Some(if up {
                        Direction::Above
                    } else {
                        Direction::Below
                    })
                );
                assert!(end.sigma > 0.03 && end.sigma < 2.0, "{}", end.sigma);
            }
        }
    }
}

#[test]
fn sigma_is_what_the_error_is() {
    let facility = hall(true);
    let lpe = Lpe::new(&facility, "C1").expect("calibrated");
    let mut seed = 5_u64;
    let mut draw = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as f64 / f64::from(u32::MAX >> 1)
    };
    let mut normal = || (0..12).map(|_| draw()).sum::<f64>() - 6.0;
    let (mut sum, mut count) = (0.0, 0.0);
    for round in 0..400 {
        let s = 4.0 + f64::from(round % 20);
        let mut edges = frame(&facility, "T2", s);
        let height = edges[3] - edges[1];
        for (edge, share) in edges.iter_mut().zip([0.035, 0.04, 0.035, 0.05]) {
            *edge += 0.7 * share * height * normal();
        }
        for end in lpe
            .estimate(&[detection(BoxKind::Tail, edges, 0.95)], 1.0)
            .ends
        {
            sum += ((end.s - s) / end.sigma).powi(2);
            count += 1.0;
        }
    }
    let nees = sum / count;
    assert!(count > 390.0 && nees > 0.6 && nees < 1.4, "{count} {nees}");
}

#[test]
fn what_is_no_end_is_dropped_and_counted() {
    let facility = hall(true);
    let lpe = Lpe::new(&facility, "C1").expect("calibrated");
    let good = frame(&facility, "T1", 12.0);
    let inner = [
        good[0] + 20.0,
        good[1] + 20.0,
        good[0] + 60.0,
        good[1] + 75.0,
    ];
    let boxes = [
        detection(BoxKind::Head, good, 0.9),
        detection(BoxKind::Tail, good.map(|e| e + 1.0), 0.5),
        detection(BoxKind::Head, [10.0, 10.0, 900.0, 60.0], 0.9),
        BoxDetection {
            x: f64::NAN,
            ..detection(BoxKind::Head, good, 0.9)
        },
        detection(BoxKind::Plate, inner, 0.9),
    ];
    let estimates = lpe.estimate(&boxes, 1.0);
    assert_eq!(estimates.ends.len(), 1);
    assert_eq!(estimates.ends[0].kind, EndKind::Head);
    assert!(estimates.ends[0].kind_confidence < 0.7);
    assert_eq!(
        (
            estimates.dropped.duplicate,
            estimates.dropped.off_track,
            estimates.dropped.unusable
        ),
        (1, 1, 1)
    );
}

#[test]
fn each_end_names_the_detection_that_it_was_estimated_from() {
    let facility = hall(true);
    let lpe = Lpe::new(&facility, "C1").expect("calibrated");
    let boxes = [
        detection(BoxKind::Plate, frame(&facility, "T1", 12.0), 0.9),
        detection(BoxKind::Head, frame(&facility, "T2", 14.0), 0.9),
        detection(BoxKind::Head, [10.0, 10.0, 900.0, 60.0], 0.9),
        detection(BoxKind::Tail, frame(&facility, "T1", 12.0), 0.6),
        detection(
            BoxKind::Tail,
            frame(&facility, "T1", 12.0).map(|e| e + 1.0),
            0.5,
        ),
        detection(BoxKind::Head, frame(&facility, "T1", 4.0), 0.8),
    ];
    let estimates = lpe.estimate(&boxes, 1.0);
    assert_eq!(estimates.sources, [5, 3, 1], "by track and place");
    for (end, source) in estimates.ends.iter().zip(&estimates.sources) {
        let alone = lpe.estimate(&[boxes[*source]], 1.0);
        assert_eq!(alone.ends[0].s.to_bits(), end.s.to_bits());
        assert_eq!(alone.ends[0].track, end.track);
    }
}

#[test]
fn a_dark_frame_covers_nothing() {
    let facility = hall(true);
    let lpe = Lpe::new(&facility, "C1").expect("calibrated");
    let estimates = lpe.estimate(
        &[detection(BoxKind::Head, frame(&facility, "T1", 12.0), 0.9)],
        0.0,
    );
    assert!(estimates.ends.is_empty());
    assert_eq!(estimates.covers, Some(vec![]));
}

#[test]
fn errors_name_the_camera_and_the_remedy() {
    let mut facility = hall(true);
    let unknown = Lpe::new(&facility, "C9").expect_err("unknown").to_string();
    assert!(
        unknown.contains("'C9'") && unknown.contains("'C1'"),
        "{unknown}"
    );
    facility.cameras[0].projection = None;
    assert_eq!(
        Lpe::new(&facility, "C1").expect_err("uncalibrated"),
        LpeError::NotCalibrated {
            camera: "C1".into()
        }
    );
}

#[test]
fn a_plate_stands_on_the_end_that_holds_it_a_little_inside() {
    for up in [true, false] {
        let facility = hall(up);
        let lpe = Lpe::new(&facility, "C1").unwrap();
        let s = if up { 14.0 } else { 18.0 };
        let [left, top, right, bottom] = frame(&facility, "T2", s);
        let end = BoxDetection {
            kind: BoxKind::Head,
            confidence: 0.95,
            x: left,
            y: top,
            w: right - left,
            h: bottom - top,
        };
        let plate = BoxDetection {
            kind: BoxKind::Plate,
            x: left + 0.4 * end.w,
            y: top + 0.5 * end.h,
            w: 0.2 * end.w,
            h: 0.05 * end.h,
            ..end
        };
        let inside = if up { 2.0 } else { -2.0 };
        for place in [lpe.place(plate, &[end]), lpe.place(end, &[])] {
            let place = place.unwrap();
            assert_eq!(place.track, "T2");
            assert!((place.s - s - inside).abs() < 0.1, "{place:?} for {s}");
        }
    }
}

#[test]
fn a_plate_without_an_end_stands_where_its_ray_passes_over_a_track() {
    let facility = hall(true);
    let lpe = Lpe::new(&facility, "C1").unwrap();
    let projection = facility.cameras[0].projection.as_ref().unwrap();
    let plate = |place: [f64; 3]| {
        let [u, v] = projection.project(place).unwrap();
        BoxDetection {
            kind: BoxKind::Plate,
            confidence: 0.9,
            x: u - 20.0,
            y: v - 5.0,
            w: 40.0,
            h: 10.0,
        }
    };
    // On the side of a locomotive on T2, whose middle lies at y = 6.
    let place = lpe.place(plate([14.0, 4.5, 2.0]), &[]).unwrap();
    assert_eq!(place.track, "T2");
    assert!((place.s - 14.0).abs() <= 3.0 * place.sigma, "{place:?}");
    assert!((0.2..6.0).contains(&place.sigma), "{place:?}");
    assert_eq!(
        lpe.place(plate([14.0, 14.0, 2.0]), &[]),
        None,
        "on the wall"
    );
}
