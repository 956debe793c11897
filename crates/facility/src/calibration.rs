// SPDX-License-Identifier: MIT OR Apache-2.0
//! From marks to a camera.
//!
//! The camera has square pixels, its principal point in the middle and a known lens. A direct linear transformation starts
//! it, Levenberg-Marquardt on the reprojection error in distorted pixels refines it (Hartley & Zisserman, *Multiple View
//! Geometry*, 2nd ed., 4.4, 7.2 and A6.2). An unknown focal length is searched for first.

use nalgebra::{SMatrix, Vector2, Vector3};

use crate::dlt;
use crate::projection::{Covariance, PARAMETERS, Parameters, nearest_rotation};
use crate::{Lens, Projection};

/// A point whose place and pixel are both known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// Its pixel, `[u, v]`.
    pub px: [f64; 2],
    /// Its place in the plan, metres.
    pub plan: [f64; 2],
    /// Its height above the rail heads, metres.
    pub z: f64,
}

/// How well a camera fits its marks.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// The marks.
    pub marks: Vec<Mark>,
    /// Distance between each mark's pixel and its projection, pixels.
    pub residuals: Vec<f64>,
    /// Root mean square of the residuals, pixels.
    pub rms: f64,
    /// Index of the mark with the largest residual.
    pub worst: usize,
}

/// Why marks make no camera.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum CalibrationError {
    #[error(
        "has {0} marks, expected at least 4 of one height (on the rails: z = 0), or at least 6 of different heights; \
         measure more"
    )]
    TooFew(usize),
    #[error(
        "marks lie on one line (or all but one do); add marks beside it, for example on the next rail"
    )]
    Collinear,
    #[error("marks lie on one line in the image (or all but one do); check their pixels")]
    CollinearPixels,
    #[error("marks fit no camera; check that each px belongs to its plan, and the lens")]
    NoFit,
    #[error("marks leave the focal length open; give focal_px, or add marks of other heights (z)")]
    FocalOpen,
    #[error(
        "marks put the camera below the rails; the plan's axes must be right-handed (x ahead, y to the left, z up): \
         is y mirrored?"
    )]
    BelowRails,
    #[error(
        "marks are off by {rms:.1} px (rms), marks[{worst}] by {residual:.1} px, expected at most {limit:.1}; check it"
    )]
    TooFarOff {
        rms: f64,
        worst: usize,
        residual: f64,
        limit: f64,
    },
}

const FEWEST_ON_PLANE: usize = 4;
const FEWEST_IN_SPACE: usize = 6;
/// Points whose spread across their best line is below this share of the spread along it lie on the line.
const LINE_SHARE: f64 = 0.01;
/// Nobody points at a mark more exactly than this, pixels, however well few marks fit.
const MARK_SIGMA: f64 = 0.5;
/// Largest rms residual of a usable calibration, as a share of the image's width.
const WORST_RMS_SHARE: f64 = 0.02;
/// Largest relative error of a usable focal length.
const WORST_FOCAL_SHARE: f64 = 0.2;
/// Focal lengths tried, as shares of the image's width: from 103 to 14 degrees of view.
const FOCAL_SHARES: (f64, f64) = (0.4, 4.0);
const FOCAL_STEPS: u32 = 12;
const SEARCH_ITERATIONS: usize = 8;
const FINAL_ITERATIONS: usize = 200;

/// The camera that fits `marks` best, and how well it does.
pub(crate) fn calibrate(
    marks: Vec<Mark>,
    image: (u32, u32),
    lens: Lens,
    focal: Option<f64>,
) -> Result<(Projection, Calibration), CalibrationError> {
    let layout = Layout::of(&marks)?;
    let blank = Projection::new(1.0, image, lens, nalgebra::Rotation3::identity(), [0.0; 3]);
    let width = f64::from(image.0);
    let candidates = match focal {
        Some(focal) => vec![focal],
        None => focal_candidates(width),
    };
    let best = candidates
        .into_iter()
        .filter_map(|focal| {
            layout.pose(
                &marks,
                &Projection {
                    focal,
                    ..blank.clone()
                },
            )
        })
        .filter_map(|start| refine(start, &marks, false, SEARCH_ITERATIONS))
        .min_by(|a, b| a.cost.total_cmp(&b.cost))
        .ok_or(CalibrationError::NoFit)?;
    let fit = refine(best.camera, &marks, focal.is_none(), FINAL_ITERATIONS)
        .ok_or(CalibrationError::NoFit)?;
    let calibration = judge(marks, &fit.camera).ok_or(CalibrationError::NoFit)?;
    let limit = WORST_RMS_SHARE * width;
    if calibration.rms > limit {
        let worst = calibration.worst;
        let residual = calibration.residuals[worst];
        return Err(CalibrationError::TooFarOff {
            rms: calibration.rms,
            worst,
            residual,
            limit,
        });
    }
    if fit.camera.centre.z <= 0.0 {
        return Err(CalibrationError::BelowRails);
    }
    let covariance = covariance(&fit, calibration.marks.len(), focal.is_none())?;
    Ok((
        Projection {
            covariance,
            ..fit.camera
        },
        calibration,
    ))
}

/// Focal lengths to start from, pixels.
fn focal_candidates(width: f64) -> Vec<f64> {
    let (least, most) = FOCAL_SHARES;
    let ratio = f64::powf(most / least, 1.0 / f64::from(FOCAL_STEPS));
    (0..=FOCAL_STEPS)
        .map(|step| width * least * ratio.powi(step as i32))
        .collect()
}

/// Which closed form starts the camera.
enum Layout {
    /// Enough marks at this height.
    Plane(f64),
    /// Enough marks of different heights.
    Space,
}

impl Layout {
    /// Whether enough marks lie in one plane, or at different heights; which are missing otherwise.
    fn of(marks: &[Mark]) -> Result<Self, CalibrationError> {
        let at = |z: f64| marks.iter().filter(move |mark| same_height(mark.z, z));
        let height = marks
            .iter()
            .map(|mark| mark.z)
            .max_by_key(|&z| at(z).count());
        let on_plane: Vec<Mark> = height.map(|z| at(z).copied().collect()).unwrap_or_default();
        let (plans, pixels): (Vec<_>, Vec<_>) =
            on_plane.iter().map(|mark| (mark.plan, mark.px)).unzip();
        let plane_is_usable =
            on_plane.len() >= FEWEST_ON_PLANE && spans_plane(&plans) && spans_plane(&pixels);
        match height {
            Some(z) if plane_is_usable => Ok(Self::Plane(z)),
            _ if marks.len() >= FEWEST_IN_SPACE && on_plane.len() < marks.len() => Ok(Self::Space),
            _ if on_plane.len() < FEWEST_ON_PLANE => Err(CalibrationError::TooFew(marks.len())),
            _ if spans_plane(&plans) => Err(CalibrationError::CollinearPixels),
            _ => Err(CalibrationError::Collinear),
        }
    }

    /// The camera of this focal length that the closed form gives.
    fn pose(&self, marks: &[Mark], blank: &Projection) -> Option<Projection> {
        match *self {
            Self::Plane(z) => pose_from_plane(marks, z, blank),
            Self::Space => pose_from_space(marks, blank),
        }
    }
}

/// Whether two heights are the same plane, metres.
fn same_height(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-6
}

/// Whether points fix a projective map of their plane: no line holds all of them or all but one.
fn spans_plane(points: &[[f64; 2]]) -> bool {
    (0..points.len()).all(|left_out| {
        let rest: Vec<Vector2<f64>> = points
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != left_out)
            .map(|(_, &point)| point.into())
            .collect();
        let mean = rest.iter().sum::<Vector2<f64>>() / rest.len() as f64;
        let scatter = rest
            .iter()
            .fold(SMatrix::<f64, 2, 2>::zeros(), |sum, point| {
                sum + (point - mean) * (point - mean).transpose()
            });
        // The product of the two spreads over the square of their sum: about their ratio.
        scatter.determinant() > LINE_SHARE.powi(2) * scatter.trace().powi(2)
    })
}

/// Rotation and place from the homography of the marks at height `z`: its columns are the rotation's first two and the
/// translation, up to scale (Hartley & Zisserman, example 8.1).
fn pose_from_plane(marks: &[Mark], z: f64, blank: &Projection) -> Option<Projection> {
    let pairs: Option<Vec<_>> = marks
        .iter()
        .filter(|mark| same_height(mark.z, z))
        .map(|mark| Some((mark.plan.into(), blank.undistorted(mark.px)?)))
        .collect();
    let pairs = pairs?;
    let mut h = dlt::homography(&pairs)?;
    // The marks lie ahead of the camera.
    if (h * pairs[0].0.push(1.0)).z < 0.0 {
        h = -h;
    }
    let scale = f64::midpoint(h.column(0).norm(), h.column(1).norm());
    let (right, ahead, translation) = (
        h.column(0) / scale,
        h.column(1) / scale,
        h.column(2) / scale,
    );
    let up = right.cross(&ahead);
    let rotation = nearest_rotation(&nalgebra::Matrix3::from_columns(&[right, ahead, up]))?;
    let centre = rotation.inverse() * -translation + Vector3::new(0.0, 0.0, z);
    Some(Projection {
        rotation,
        centre,
        ..blank.clone()
    })
}

/// Rotation and place from the camera matrix of all marks.
fn pose_from_space(marks: &[Mark], blank: &Projection) -> Option<Projection> {
    let pairs: Option<Vec<_>> = marks
        .iter()
        .map(|mark| Some((place_of(mark), blank.undistorted(mark.px)?)))
        .collect();
    let p = dlt::camera_matrix(&pairs?)?;
    let (left, last) = (
        p.fixed_columns::<3>(0).into_owned(),
        p.column(3).into_owned(),
    );
    let scale = left.determinant().cbrt();
    let rotation = nearest_rotation(&(left / scale))?;
    let centre = rotation.inverse() * -(last / scale);
    Some(Projection {
        rotation,
        centre,
        ..blank.clone()
    })
}

/// The place of a mark in space, metres.
fn place_of(mark: &Mark) -> Vector3<f64> {
    Vector3::new(mark.plan[0], mark.plan[1], mark.z)
}

/// A camera, the sum of its squared residuals (px²) and its normal matrix.
struct Fit {
    camera: Projection,
    cost: f64,
    normal: Covariance,
}

/// Sum of squared residuals, normal matrix and gradient; `None` if a mark has no image.
fn linearise(
    camera: &Projection,
    marks: &[Mark],
    with_focal: bool,
) -> Option<(f64, Covariance, Parameters)> {
    let mut sums = (0.0, Covariance::zeros(), Parameters::zeros());
    for mark in marks {
        let (pixel, _, mut by_camera) = camera.derivatives(place_of(mark))?;
        if !with_focal {
            by_camera.set_column(0, &Vector2::zeros());
        }
        let residual = Vector2::from(mark.px) - pixel;
        sums.0 += residual.norm_squared();
        sums.1 += by_camera.transpose() * by_camera;
        sums.2 += by_camera.transpose() * residual;
    }
    if !with_focal {
        // Nothing pulls at the fixed parameter, and the matrix stays regular.
        sums.1[(0, 0)] = 1.0;
    }
    Some(sums)
}

/// Levenberg-Marquardt from `camera`; `None` if a mark has no image in it.
fn refine(camera: Projection, marks: &[Mark], with_focal: bool, iterations: usize) -> Option<Fit> {
    let (mut cost, mut normal, mut gradient) = linearise(&camera, marks, with_focal)?;
    let mut camera = camera;
    let mut damping = 1e-3;
    for _ in 0..iterations {
        let damped = normal + Covariance::from_diagonal(&normal.diagonal()) * damping;
        let step = damped.cholesky().map(|factor| factor.solve(&gradient));
        let tried = step.and_then(|step| {
            let moved = camera.moved(&step);
            let sums = linearise(&moved, marks, with_focal)?;
            (moved.focal > 0.0 && sums.0 <= cost).then_some((moved, sums))
        });
        match tried {
            Some((moved, sums)) => {
                let gain = cost - sums.0;
                camera = moved;
                (cost, normal, gradient) = sums;
                damping = f64::max(damping / 10.0, 1e-12);
                if gain <= 1e-14 * cost {
                    break;
                }
            }
            None if damping > 1e12 => break,
            None => damping *= 10.0,
        }
    }
    Some(Fit {
        camera,
        cost,
        normal,
    })
}

/// Residuals of the marks.
fn judge(marks: Vec<Mark>, camera: &Projection) -> Option<Calibration> {
    let residuals: Option<Vec<f64>> = marks
        .iter()
        .map(|mark| {
            Some(
                (Vector2::from(camera.project(place_of(mark).into())?) - Vector2::from(mark.px))
                    .norm(),
            )
        })
        .collect();
    let residuals = residuals?;
    let squares: f64 = residuals.iter().map(|residual| residual * residual).sum();
    let rms = (squares / residuals.len() as f64).sqrt();
    let worst = residuals
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1))
        .map(|(index, _)| index)?;
    Some(Calibration {
        marks,
        residuals,
        rms,
        worst,
    })
}

/// Covariance of the parameters: (JᵀJ)⁻¹ σ², σ from the residuals.
fn covariance(fit: &Fit, marks: usize, with_focal: bool) -> Result<Covariance, CalibrationError> {
    let parameters = if with_focal {
        PARAMETERS
    } else {
        PARAMETERS - 1
    };
    let freedom = (2 * marks).saturating_sub(parameters);
    let variance = if freedom == 0 {
        0.0
    } else {
        fit.cost / freedom as f64
    };
    let inverse = fit
        .normal
        .cholesky()
        .ok_or(CalibrationError::FocalOpen)?
        .inverse();
    let mut covariance = inverse * variance.max(MARK_SIGMA.powi(2));
    if !with_focal {
        covariance[(0, 0)] = 0.0;
    } else if covariance[(0, 0)].sqrt() > WORST_FOCAL_SHARE * fit.camera.focal {
        return Err(CalibrationError::FocalOpen);
    }
    Ok(covariance)
}
