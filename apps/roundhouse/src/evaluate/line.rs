// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lines of few points.

/// As few of the points as keep the line within `tolerance` of where it was (Douglas & Peucker 1973).
pub fn simplified(points: &[(f64, f64)], tolerance: f64) -> Vec<(f64, f64)> {
    let mut kept = vec![false; points.len()];
    let mut parts = vec![(0, points.len().saturating_sub(1))];
    while let Some((first, last)) = parts.pop() {
        for end in [first, last] {
            if let Some(kept) = kept.get_mut(end) {
                *kept = true;
            }
        }
        let farthest = (first + 1..last)
            .map(|index| (off_line(points[index], points[first], points[last]), index))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((distance, index)) = farthest
            && distance > tolerance
        {
            parts.extend([(first, index), (index, last)]);
        }
    }
    let kept = points.iter().zip(kept).filter(|(_, kept)| *kept);
    kept.map(|(point, _)| *point).collect()
}

/// Distance of a point from the line through two others.
fn off_line(point: (f64, f64), from: (f64, f64), to: (f64, f64)) -> f64 {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy);
    let (px, py) = (point.0 - from.0, point.1 - from.1);
    if length == 0.0 {
        px.hypot(py)
    } else {
        (px * dy - py * dx).abs() / length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bends_are_kept() {
        let bend = |x: f64| if x < 50.0 { 10.0 } else { x - 40.0 };
        let points: Vec<(f64, f64)> = (0..=100)
            .map(|x| (f64::from(x), bend(f64::from(x)) + 0.1 * f64::from(x % 2)))
            .collect();
        let kept = simplified(&points, 0.25);
        assert_eq!(kept.len(), 3, "{kept:?}");
        assert!((kept[1].0 - 50.0).abs() <= 1.0, "{kept:?}");
        assert_eq!((kept[0], kept[2]), (points[0], points[100]));
        let all = simplified(&points, 0.01);
        assert_eq!(all.len(), points.len());
    }

    #[test]
    fn few_points_stay() {
        for count in 0..3 {
            let points: Vec<(f64, f64)> = (0..count).map(|x| (f64::from(x), 0.0)).collect();
            assert_eq!(simplified(&points, 1.0), points);
        }
    }
}
