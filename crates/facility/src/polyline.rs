// SPDX-License-Identifier: MIT OR Apache-2.0
//! Curves in the plan, measured by arc length.

/// Why points make no curve.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PolylineError {
    /// Fewer than two points.
    #[error("has {0} point(s), expected at least 2")]
    TooShort(usize),
    /// Two consecutive points are the same.
    #[error("has point {0} twice in a row; remove one")]
    Repeated(usize),
}

/// A chain of straight pieces, at least one, each longer than 1 mm; it goes on straight beyond both ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Polyline {
    points: Vec<[f64; 2]>,
    /// Arc length from the first point to each point.
    arcs: Vec<f64>,
}

const SHORTEST_PIECE: f64 = 1e-3;

impl Polyline {
    /// The curve through `points`, metres.
    pub fn new(points: Vec<[f64; 2]>) -> Result<Self, PolylineError> {
        if points.len() < 2 {
            return Err(PolylineError::TooShort(points.len()));
        }
        let mut arcs = vec![0.0];
        let mut arc = 0.0;
        for (index, pair) in points.windows(2).enumerate() {
            let length = (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1]);
            if length < SHORTEST_PIECE {
                return Err(PolylineError::Repeated(index + 1));
            }
            arc += length;
            arcs.push(arc);
        }
        Ok(Self { points, arcs })
    }

    /// The points that it was made of.
    pub fn points(&self) -> &[[f64; 2]] {
        &self.points
    }

    /// Arc length from the first to the last point, metres.
    pub fn length(&self) -> f64 {
        self.arcs[self.arcs.len() - 1]
    }

    /// The place `s` metres from the first point.
    pub fn point(&self, s: f64) -> [f64; 2] {
        let piece = self.piece_at(s);
        let [tx, ty] = self.direction(piece);
        let [x, y] = self.points[piece];
        let along = s - self.arcs[piece];
        [x + tx * along, y + ty * along]
    }

    /// The direction of growing `s`, of length 1.
    pub fn tangent(&self, s: f64) -> [f64; 2] {
        self.direction(self.piece_at(s))
    }

    /// The nearest place `s` and the signed distance from it, positive to the left of growing `s`.
    pub fn nearest(&self, [x, y]: [f64; 2]) -> (f64, f64) {
        let last = self.points.len() - 2;
        let mut best = (0.0, f64::INFINITY);
        for piece in 0..=last {
            let [px, py] = self.points[piece];
            let [tx, ty] = self.direction(piece);
            let lowest = if piece == 0 { f64::NEG_INFINITY } else { 0.0 };
            let highest = if piece == last {
                f64::INFINITY
            } else {
                self.arcs[piece + 1] - self.arcs[piece]
            };
            let along = ((x - px) * tx + (y - py) * ty).clamp(lowest, highest);
            let (dx, dy) = (x - px - tx * along, y - py - ty * along);
            let distance = dx.hypot(dy).copysign(tx * dy - ty * dx);
            if distance.abs() < f64::abs(best.1) {
                best = (self.arcs[piece] + along, distance);
            }
        }
        best
    }

    /// The piece that `s` lies on; the first and the last reach to infinity.
    fn piece_at(&self, s: f64) -> usize {
        self.arcs[1..self.arcs.len() - 1].partition_point(|&arc| arc <= s)
    }

    /// Direction of a piece, of length 1.
    fn direction(&self, piece: usize) -> [f64; 2] {
        let ([x0, y0], [x1, y1]) = (self.points[piece], self.points[piece + 1]);
        let length = self.arcs[piece + 1] - self.arcs[piece];
        [(x1 - x0) / length, (y1 - y0) / length]
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // all figures here are exact
mod tests {
    use super::*;

    fn bent() -> Polyline {
        Polyline::new(vec![[0.0, 0.0], [10.0, 0.0], [10.0, 5.0]]).unwrap()
    }

    #[test]
    fn points_follow_the_arc_and_go_on_straight() {
        let line = bent();
        assert_eq!(line.length(), 15.0);
        assert_eq!(line.point(4.0), [4.0, 0.0]);
        assert_eq!(line.point(12.0), [10.0, 2.0]);
        assert_eq!(line.point(-3.0), [-3.0, 0.0]);
        assert_eq!(line.point(20.0), [10.0, 10.0]);
        assert_eq!(line.tangent(9.9), [1.0, 0.0]);
        assert_eq!(line.tangent(10.0), [0.0, 1.0]);
    }

    #[test]
    fn nearest_says_place_and_side() {
        let line = bent();
        assert_eq!(line.nearest([4.0, 1.5]), (4.0, 1.5));
        assert_eq!(line.nearest([4.0, -1.5]), (4.0, -1.5));
        assert_eq!(line.nearest([-2.0, 1.0]), (-2.0, 1.0));
        assert_eq!(line.nearest([8.0, 7.0]), (17.0, 2.0));
        // Outside the bend the corner itself is nearest.
        let (s, q) = line.nearest([13.0, -4.0]);
        assert_eq!((s, q), (10.0, -5.0));
    }

    #[test]
    fn refuses_what_is_no_curve() {
        assert_eq!(Polyline::new(vec![]), Err(PolylineError::TooShort(0)));
        assert_eq!(
            Polyline::new(vec![[1.0, 2.0]]),
            Err(PolylineError::TooShort(1))
        );
        assert_eq!(
            Polyline::new(vec![[0.0, 0.0], [1.0, 0.0], [1.0, 0.0]]),
            Err(PolylineError::Repeated(2))
        );
    }
}
