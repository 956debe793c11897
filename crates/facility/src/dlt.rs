// SPDX-License-Identifier: MIT OR Apache-2.0
//! Direct linear transformation: projective maps from point pairs in closed form (Hartley & Zisserman, *Multiple View
//! Geometry*, 2nd ed., algorithms 4.2 and 7.1), the starting point of the refinement in `calibration`.

use nalgebra::{Matrix3, Matrix3x4, Matrix4, SMatrix, SVector, Vector2, Vector3};

/// A matrix of finite numbers takes a few dozen; one that overflowed would never end.
pub(crate) const MOST_ITERATIONS: usize = 1000;

/// The homography that maps `plan` to `image`; at least 4 pairs in general position.
pub(crate) fn homography(pairs: &[(Vector2<f64>, Vector2<f64>)]) -> Option<Matrix3<f64>> {
    let to_plan = normaliser2(pairs.iter().map(|pair| pair.0))?;
    let to_image = normaliser2(pairs.iter().map(|pair| pair.1))?;
    let equations = pairs.iter().flat_map(|(plan, image)| {
        let x = to_plan * plan.push(1.0);
        let y = to_image * image.push(1.0);
        let zero = Vector3::zeros();
        [stack3(&[x, zero, x * -y.x]), stack3(&[zero, x, x * -y.y])]
    });
    let h = null_vector::<9>(equations)?;
    let normalised = Matrix3::from_row_slice(h.as_slice());
    Some(to_image.try_inverse()? * normalised * to_plan)
}

/// The camera matrix that maps places to `image`; at least 6 pairs, not all on one plane.
pub(crate) fn camera_matrix(pairs: &[(Vector3<f64>, Vector2<f64>)]) -> Option<Matrix3x4<f64>> {
    let to_place = normaliser3(pairs.iter().map(|pair| pair.0))?;
    let to_image = normaliser2(pairs.iter().map(|pair| pair.1))?;
    let equations = pairs.iter().flat_map(|(place, image)| {
        let x = to_place * place.push(1.0);
        let y = to_image * image.push(1.0);
        let mut rows = [SVector::<f64, 12>::zeros(); 2];
        for (axis, row) in rows.iter_mut().enumerate() {
            row.fixed_rows_mut::<4>(4 * axis).copy_from(&x);
            row.fixed_rows_mut::<4>(8).copy_from(&(x * -y[axis]));
        }
        rows
    });
    let p = null_vector::<12>(equations)?;
    let normalised = Matrix3x4::from_row_slice(p.as_slice());
    Some(to_image.try_inverse()? * normalised * to_place)
}

/// Three vectors as one.
fn stack3(parts: &[Vector3<f64>; 3]) -> SVector<f64, 9> {
    SVector::from_iterator(parts.iter().flat_map(|part| part.iter().copied()))
}

/// The unit vector that solves the homogeneous `equations` best.
fn null_vector<const N: usize>(
    equations: impl Iterator<Item = SVector<f64, N>>,
) -> Option<SVector<f64, N>> {
    let normal = equations.fold(SMatrix::<f64, N, N>::zeros(), |sum, row| {
        sum + row * row.transpose()
    });
    let svd = nalgebra::DMatrix::from_column_slice(N, N, normal.as_slice()).try_svd(
        false,
        true,
        f64::EPSILON,
        MOST_ITERATIONS,
    )?;
    // Singular values come sorted, the smallest last.
    let smallest = svd.v_t?.row(N - 1).transpose();
    Some(SVector::from_column_slice(smallest.as_slice()))
}

/// The similarity that moves points to the origin and to a mean distance of √2.
fn normaliser2(points: impl Iterator<Item = Vector2<f64>> + Clone) -> Option<Matrix3<f64>> {
    let count = points.clone().count() as f64;
    let mean = points.clone().sum::<Vector2<f64>>() / count;
    let spread = points.map(|point| (point - mean).norm()).sum::<f64>() / count;
    let scale = 2.0_f64.sqrt() / spread;
    let moved = Matrix3::new(
        scale,
        0.0,
        -scale * mean.x,
        0.0,
        scale,
        -scale * mean.y,
        0.0,
        0.0,
        1.0,
    );
    scale.is_finite().then_some(moved)
}

/// The similarity that moves points to the origin and to a mean distance of √3.
fn normaliser3(points: impl Iterator<Item = Vector3<f64>> + Clone) -> Option<Matrix4<f64>> {
    let count = points.clone().count() as f64;
    let mean = points.clone().sum::<Vector3<f64>>() / count;
    let spread = points.map(|point| (point - mean).norm()).sum::<f64>() / count;
    let scale = 3.0_f64.sqrt() / spread;
    let moved = Matrix4::new_translation(&(-scale * mean))
        * Matrix4::from_diagonal(&Vector3::repeat(scale).push(1.0));
    scale.is_finite().then_some(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homography_of_four_corners_maps_a_fifth_point() {
        let known = Matrix3::new(2.0, 0.3, 10.0, -0.2, 1.5, 4.0, 0.01, 0.02, 1.0);
        let map = |x: Vector2<f64>| {
            let y = known * x.push(1.0);
            Vector2::new(y.x, y.y) / y.z
        };
        let corners = [[0.0, 0.0], [30.0, 0.0], [30.0, 12.0], [0.0, 12.0]].map(Vector2::from);
        let found = homography(&corners.map(|corner| (corner, map(corner)))).unwrap();
        let fifth = Vector2::new(11.0, 7.0);
        let image = found * fifth.push(1.0);
        assert!((Vector2::new(image.x, image.y) / image.z - map(fifth)).norm() < 1e-6);
    }
}
