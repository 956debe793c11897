// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cameras with known parameters, and facility files written from what they see.

use nalgebra::{Matrix3, Rotation3, Vector3};
use roundhouse_facility::{Facility, Lens, Projection};

pub const IMAGE: (u32, u32) = (960, 540);

/// A camera at `centre`; degrees: yaw 0 looks along +x, 90 along +y; pitch is positive downwards.
pub fn camera(focal: f64, lens: Lens, centre: [f64; 3], yaw: f64, pitch: f64) -> Projection {
    let (yaw, pitch) = (yaw.to_radians(), pitch.to_radians());
    let ahead = Vector3::new(
        yaw.cos() * pitch.cos(),
        yaw.sin() * pitch.cos(),
        -pitch.sin(),
    );
    let right = Vector3::new(yaw.sin(), -yaw.cos(), 0.0);
    let down = ahead.cross(&right);
    let rows = Matrix3::from_columns(&[right, down, ahead]).transpose();
    Projection::new(
        focal,
        IMAGE,
        lens,
        Rotation3::from_matrix_unchecked(rows),
        centre,
    )
}

/// Places on the rails of tracks at y = 0, 6 and 12, and some at a height, that a camera has in its image.
pub fn marks(camera: &Projection, heights: &[f64]) -> Vec<([f64; 2], [f64; 3])> {
    let rails = [-0.72, 0.72, 5.28, 6.72, 11.28, 12.72];
    let places = (-2..16).flat_map(|step| rails.map(|y| [f64::from(step) * 4.0, y]));
    let (width, height) = (f64::from(IMAGE.0), f64::from(IMAGE.1));
    places
        .flat_map(|[x, y]| heights.iter().map(move |&z| [x, y, z]))
        .filter_map(|place| Some((camera.project(place)?, place)))
        .filter(|([u, v], _)| (0.0..width).contains(u) && (0.0..height).contains(v))
        .collect()
}

/// A facility of three tracks along x, 70 m long, at y = 0, 6 and 12, and one camera with `marks`; `extra` goes into the
/// camera's table.
pub fn facility_text(marks: &[([f64; 2], [f64; 3])], lens: Lens, extra: &str) -> String {
    use std::fmt::Write;
    let mut text = String::from("facility = \"hall\"\n");
    for (index, y) in [0, 6, 12].into_iter().enumerate() {
        let id = index + 1;
        writeln!(
            text,
            "[[track]]\nid = \"T{id}\"\nplan = [[0, {y}], [70, {y}]]\ngates = [\"low\"]"
        )
        .unwrap();
    }
    let (width, height) = IMAGE;
    writeln!(
        text,
        "[[camera]]\nid = \"C1\"\nimage = [{width}, {height}]\n{extra}"
    )
    .unwrap();
    let Lens { k1, k2, p1, p2, k3 } = lens;
    writeln!(
        text,
        "[camera.lens]\nk1 = {k1:?}\nk2 = {k2:?}\np1 = {p1:?}\np2 = {p2:?}\nk3 = {k3:?}"
    )
    .unwrap();
    writeln!(text, "[camera.calibration]\nmarks = [").unwrap();
    for ([u, v], [x, y, z]) in marks {
        writeln!(
            text,
            "  {{ px = [{u:?}, {v:?}], plan = [{x:?}, {y:?}], z = {z:?} }},"
        )
        .unwrap();
    }
    text.push_str("]\n");
    text
}

pub fn facility(marks: &[([f64; 2], [f64; 3])], lens: Lens, extra: &str) -> Facility {
    Facility::parse(&facility_text(marks, lens, extra), "facility.toml")
        .unwrap_or_else(|errors| panic!("{errors}"))
}

/// Numbers that look random and are the same every time, about normally distributed with mean 0 and deviation 1.
pub fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state =
        seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03;
    let mut uniform = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    move || (0..12).map(|_| uniform()).sum::<f64>() - 6.0
}
