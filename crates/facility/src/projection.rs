// SPDX-License-Identifier: MIT OR Apache-2.0
//! From plan metres to pixels and back.

use nalgebra::{Matrix2x3, Matrix3, Rotation3, SMatrix, SVector, Vector2, Vector3};

use crate::dlt::MOST_ITERATIONS;
use crate::{Lens, Track};

/// No calibration is better than this, metres.
pub const SYSTEMATIC_FLOOR: f64 = 0.08;
/// How exactly pixels are undistorted, pixels.
const UNDISTORT_TOLERANCE: f64 = 1e-6;
/// Nearer to the camera's plane than this a point has no image, metres.
const NEAREST: f64 = 0.1;
/// A viewing ray must sink at least this steeply (1 m on 1 km) to be said to meet the rail plane.
const SHALLOWEST: f64 = 1e-3;

/// Focal length, rotation (3) and centre (3): what calibration finds.
pub(crate) const PARAMETERS: usize = 7;
pub(crate) type Parameters = SVector<f64, PARAMETERS>;
pub(crate) type Covariance = SMatrix<f64, PARAMETERS, PARAMETERS>;
type PixelJacobian = SMatrix<f64, 2, PARAMETERS>;

/// An axis-parallel box in pixels: `[x1, y1, x2, y2]`.
pub type PixelBox = [f64; 4];

/// A pinhole camera with square pixels, its principal point in the middle of the image, and a distorting lens.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    pub(crate) focal: f64,
    /// Half the image's width and height.
    pub(crate) middle: Vector2<f64>,
    pub(crate) lens: Lens,
    /// Squared radius beyond which the lens folds back.
    pub(crate) widest: f64,
    /// From plan to camera axes: x right, y down, z ahead.
    pub(crate) rotation: Rotation3<f64>,
    pub(crate) centre: Vector3<f64>,
    pub(crate) covariance: Covariance,
}

impl Projection {
    /// A camera known without error: focal length in pixels, image size, lens, rotation from plan axes (z up) to camera axes
    /// (x right, y down, z ahead), place in the plan.
    pub fn new(
        focal: f64,
        image: (u32, u32),
        lens: Lens,
        rotation: Rotation3<f64>,
        centre: [f64; 3],
    ) -> Self {
        Self {
            focal,
            middle: Vector2::new(f64::from(image.0), f64::from(image.1)) / 2.0,
            lens,
            widest: lens.widest(),
            rotation,
            centre: centre.into(),
            covariance: Covariance::zeros(),
        }
    }

    /// Where the camera stands, metres.
    pub fn centre(&self) -> [f64; 3] {
        self.centre.into()
    }

    /// Focal length, pixels.
    pub fn focal(&self) -> f64 {
        self.focal
    }

    /// The camera's viewing direction in the plan's axes, of length 1.
    pub fn direction(&self) -> [f64; 3] {
        (self.rotation.inverse() * Vector3::z()).into()
    }

    /// Covariance of focal length (px), rotation (radians about the camera's axes) and centre (m), from the fit to the marks.
    pub fn covariance(&self) -> &SMatrix<f64, 7, 7> {
        &self.covariance
    }

    /// The pixel of a place in metres; it may lie outside the image. `None` behind the camera and beyond the lens's validity.
    pub fn project(&self, place: [f64; 3]) -> Option<[f64; 2]> {
        let seen = self.rotation * (Vector3::from(place) - self.centre);
        self.image_of(seen).map(|(pixel, _)| pixel.into())
    }

    /// The place on the rail plane (z = 0) that a pixel shows; `None` at and above the horizon and where the lens has no inverse.
    pub fn ground(&self, pixel: [f64; 2]) -> Option<[f64; 2]> {
        self.at_height(pixel, 0.0)
    }

    /// The place at height `z` that a pixel shows, as [`Self::ground`].
    pub fn at_height(&self, pixel: [f64; 2], z: f64) -> Option<[f64; 2]> {
        let n = self.undistorted(pixel)?;
        let ray = self.rotation.inverse() * Vector3::new(n.x, n.y, 1.0);
        let sink = (z - self.centre.z) * ray.z;
        if sink <= 0.0 || ray.z.abs() < SHALLOWEST * ray.norm() {
            return None;
        }
        let place = self.centre + ray * ((z - self.centre.z) / ray.z);
        Some([place.x, place.y])
    }

    /// The box that frames the end of a locomotive standing at `s`: the hull of the corners of a vertical rectangle across the
    /// track, `width` metres wide, from the rails to `height` metres. It may reach beyond the image. `None` if a corner is
    /// behind the camera.
    pub fn end_box(&self, track: &Track, s: f64, width: f64, height: f64) -> Option<PixelBox> {
        let mut hull = [
            f64::INFINITY,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NEG_INFINITY,
        ];
        for corner in end_corners(track, s, width, height) {
            let [u, v] = self.project(corner)?;
            hull = [
                hull[0].min(u),
                hull[1].min(v),
                hull[2].max(u),
                hull[3].max(v),
            ];
        }
        Some(hull)
    }

    /// Error of `s` that the calibration alone causes for an end at `s`, metres, one standard deviation: the fit's covariance
    /// carried through the end's rectangle fitted along the track, and [`SYSTEMATIC_FLOOR`]. `None` where the end has no image.
    pub fn sigma_systematic(&self, track: &Track, s: f64, width: f64, height: f64) -> Option<f64> {
        let [tx, ty] = track.tangent(s);
        let tangent = Vector3::new(tx, ty, 0.0);
        let mut weight = 0.0;
        let mut gradient = SMatrix::<f64, 1, PARAMETERS>::zeros();
        for corner in end_corners(track, s, width, height) {
            let (_, by_place, by_camera) = self.derivatives(corner.into())?;
            let along = by_place * tangent;
            weight += along.norm_squared();
            gradient += along.transpose() * by_camera;
        }
        // Least squares over the corners: ds = -(Jₛᵀ Jₛ)⁻¹ Jₛᵀ J_camera dcamera.
        let gradient = gradient / weight;
        let variance = (gradient * self.covariance * gradient.transpose()).x;
        Some((variance + SYSTEMATIC_FLOOR.powi(2)).sqrt())
    }

    /// Pixel of a place, its derivative by the place and its derivative by the camera's parameters.
    pub(crate) fn derivatives(
        &self,
        place: Vector3<f64>,
    ) -> Option<(Vector2<f64>, Matrix2x3<f64>, PixelJacobian)> {
        let seen = self.rotation * (place - self.centre);
        let (pixel, by_seen) = self.image_of(seen)?;
        let by_place = by_seen * self.rotation.matrix();
        let mut by_camera = PixelJacobian::zeros();
        by_camera.set_column(0, &((pixel - self.middle) / self.focal));
        by_camera
            .fixed_columns_mut::<3>(1)
            .copy_from(&(by_seen * -seen.cross_matrix()));
        by_camera.fixed_columns_mut::<3>(4).copy_from(&-by_place);
        Some((pixel, by_place, by_camera))
    }

    /// This camera after a small change of its parameters.
    pub(crate) fn moved(&self, step: &Parameters) -> Self {
        Self {
            focal: self.focal + step[0],
            rotation: Rotation3::new(Vector3::new(step[1], step[2], step[3])) * self.rotation,
            centre: self.centre + Vector3::new(step[4], step[5], step[6]),
            ..self.clone()
        }
    }

    /// Direction of a pixel as a place on the plane one focal length ahead.
    pub(crate) fn undistorted(&self, pixel: [f64; 2]) -> Option<Vector2<f64>> {
        let distorted = (Vector2::from(pixel) - self.middle) / self.focal;
        self.lens
            .undistort(distorted, self.widest, UNDISTORT_TOLERANCE / self.focal)
    }

    /// Pixel of a place in camera axes, and its derivative.
    fn image_of(&self, seen: Vector3<f64>) -> Option<(Vector2<f64>, Matrix2x3<f64>)> {
        if seen.z < NEAREST {
            return None;
        }
        let n = Vector2::new(seen.x, seen.y) / seen.z;
        if n.norm_squared() > self.widest {
            return None;
        }
        let (place, by_n) = self.lens.distort(n);
        let by_seen = Matrix2x3::new(1.0, 0.0, -n.x, 0.0, 1.0, -n.y) / seen.z;
        Some((
            place * self.focal + self.middle,
            by_n * by_seen * self.focal,
        ))
    }
}

/// Corners of the end of a locomotive at `s`.
fn end_corners(track: &Track, s: f64, width: f64, height: f64) -> [[f64; 3]; 4] {
    let [x, y] = track.point(s);
    let [tx, ty] = track.tangent(s);
    let (dx, dy) = (-ty * width / 2.0, tx * width / 2.0);
    [
        [x - dx, y - dy, 0.0],
        [x + dx, y + dy, 0.0],
        [x - dx, y - dy, height],
        [x + dx, y + dy, height],
    ]
}

/// The rotation whose rows are the camera's axes in plan coordinates, made exactly orthonormal.
pub(crate) fn nearest_rotation(matrix: &Matrix3<f64>) -> Option<Rotation3<f64>> {
    let svd = matrix.try_svd(true, true, f64::EPSILON, MOST_ITERATIONS)?;
    let (u, v_t) = (svd.u?, svd.v_t?);
    let handed = Matrix3::from_diagonal(&Vector3::new(1.0, 1.0, (u * v_t).determinant().signum()));
    Some(Rotation3::from_matrix_unchecked(u * handed * v_t))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_agree_with_differences() {
        let lens = Lens {
            k1: -0.12,
            k2: 0.03,
            p1: 0.001,
            p2: -0.002,
            k3: 0.004,
        };
        let tilted = Rotation3::from_euler_angles(1.9, 0.1, -1.5);
        let camera = Projection::new(700.0, (960, 540), lens, tilted, [-8.0, 3.0, 6.5]);
        let place = camera.centre + tilted.inverse() * Vector3::new(2.0, 1.5, 9.0);
        let (_, by_place, by_camera) = camera.derivatives(place).unwrap();
        let pixel = |camera: &Projection, place: Vector3<f64>| {
            Vector2::from(camera.project(place.into()).unwrap())
        };
        let step = 1e-6;
        for axis in 0..3 {
            let change = Vector3::ith(axis, step);
            let slope =
                (pixel(&camera, place + change) - pixel(&camera, place - change)) / (2.0 * step);
            assert!(
                (slope - by_place.column(axis)).norm() < 1e-4,
                "place {axis}: {slope}"
            );
        }
        for index in 0..PARAMETERS {
            let change = Parameters::ith(index, step);
            let slope = (pixel(&camera.moved(&change), place)
                - pixel(&camera.moved(&-change), place))
                / (2.0 * step);
            assert!(
                (slope - by_camera.column(index)).norm() < 1e-3,
                "parameter {index}: {slope} {by_camera}"
            );
        }
    }
}
