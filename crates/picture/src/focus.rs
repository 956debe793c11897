// SPDX-License-Identifier: MIT OR Apache-2.0
//! How sharp a picture is.
//!
//! Sharpness is the energy of the finest details as a share of that of coarser ones: differences of neighbouring pixels
//! against differences of pixels four apart, squared and summed (the energy of the gradient; see Pertuz, Puig and Garcia,
//! "Analysis of focus measure operators for shape-from-focus", 2013). As a ratio it hardly depends on what stands in the
//! picture and how bright it is. Blur takes the finest details first.

use crate::luma::Luma;

/// Distance of the coarse differences, pixels.
const COARSE: usize = 4;
/// Every so many rows are measured.
const EVERY: usize = 4;
/// Grey levels below which a coarse difference is noise.
const NOISE: u8 = 12;
/// A picture with fewer edges than this share of the measured pixels says nothing about focus.
const LEAST_EDGES: f64 = 0.002;

/// How sharp a picture is, and how much of it has edges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sharpness {
    /// Energy of fine details over that of coarse ones at the edges; 0 (blurred) to about 1.
    pub ratio: f64,
    /// Share of the measured pixels that lie at an edge.
    pub edges: f64,
}

/// Measures `picture` along its rows; `None` when there are too few edges to say.
#[must_use]
pub fn sharpness(picture: Luma<'_>) -> Option<Sharpness> {
    let (mut fine, mut coarse, mut edges, mut measured) = (0_u64, 0_u64, 0_u64, 0_u64);
    for row in picture.rows().step_by(EVERY) {
        for part in row.windows(COARSE + 1) {
            measured += 1;
            let far = part[0].abs_diff(part[COARSE]);
            if far < NOISE {
                continue;
            }
            edges += 1;
            coarse += u64::from(far).pow(2);
            let near = part
                .windows(2)
                .map(|pair| pair[0].abs_diff(pair[1]))
                .max()
                .unwrap_or(0);
            fine += u64::from(near).pow(2);
        }
    }
    let share = edges as f64 / measured.max(1) as f64;
    (share >= LEAST_EDGES).then(|| Sharpness {
        ratio: fine as f64 / coarse.max(1) as f64,
        edges: share,
    })
}
