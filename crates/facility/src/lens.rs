// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lens distortion: Brown-Conrady in `OpenCV`'s convention.

use nalgebra::{Matrix2, Vector2};

/// Coefficients of the Brown-Conrady model, as `OpenCV` names them; all zero is an ideal lens.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Lens {
    /// Radial, r².
    pub k1: f64,
    /// Radial, r⁴.
    pub k2: f64,
    /// Tangential.
    pub p1: f64,
    /// Tangential.
    pub p2: f64,
    /// Radial, r⁶.
    pub k3: f64,
}

/// Squared radius up to which a lens is searched for the place where its image folds back: 78 degrees off the axis.
const WIDEST: f64 = 25.0;
const MOST_ITERATIONS: usize = 50;

impl Lens {
    /// The distorted place of the undistorted `n`, and its derivative; both in units of the focal length.
    pub(crate) fn distort(&self, n: Vector2<f64>) -> (Vector2<f64>, Matrix2<f64>) {
        let (x, y) = (n.x, n.y);
        let q = n.norm_squared();
        let radial = 1.0 + q * (self.k1 + q * (self.k2 + q * self.k3));
        let slope = self.k1 + q * (2.0 * self.k2 + q * 3.0 * self.k3);
        let (p1, p2) = (self.p1, self.p2);
        let place = Vector2::new(
            x * radial + 2.0 * p1 * x * y + p2 * (q + 2.0 * x * x),
            y * radial + p1 * (q + 2.0 * y * y) + 2.0 * p2 * x * y,
        );
        let cross = 2.0 * (x * y * slope + p1 * x + p2 * y);
        let derivative = Matrix2::new(
            radial + 2.0 * x * x * slope + 2.0 * p1 * y + 6.0 * p2 * x,
            cross,
            cross,
            radial + 2.0 * y * y * slope + 6.0 * p1 * y + 2.0 * p2 * x,
        );
        (place, derivative)
    }

    /// The undistorted place whose distorted place is `d`, to within `tolerance`, by Newton's method; `None` where that does
    /// not converge or leads beyond `widest` (squared radius), where the model folds back.
    pub(crate) fn undistort(
        &self,
        d: Vector2<f64>,
        widest: f64,
        tolerance: f64,
    ) -> Option<Vector2<f64>> {
        let mut n = d;
        for _ in 0..MOST_ITERATIONS {
            let (place, derivative) = self.distort(n);
            let error = place - d;
            if error.norm() < tolerance {
                return (n.norm_squared() <= widest).then_some(n);
            }
            n -= derivative.try_inverse()? * error;
        }
        None
    }

    /// Squared radius at which the radial part stops growing: farther out the model would map two directions to one pixel.
    pub(crate) fn widest(&self) -> f64 {
        let growth = |q: f64| 1.0 + q * (3.0 * self.k1 + q * (5.0 * self.k2 + q * 7.0 * self.k3));
        let steps = 1000;
        (1..=steps)
            .map(|step| WIDEST * f64::from(step) / f64::from(steps))
            .take_while(|&q| growth(q) > 0.0)
            .last()
            .unwrap_or(0.0)
    }
}
