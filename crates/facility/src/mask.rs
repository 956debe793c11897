// SPDX-License-Identifier: MIT OR Apache-2.0
//! Parts of an image that are not looked at.

/// A polygon in pixels, at least three corners.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    /// The corners in order, `[u, v]`; the last joins the first.
    pub polygon: Vec<[f64; 2]>,
}

impl Mask {
    /// Whether a pixel lies inside (even-odd rule).
    pub fn contains(&self, [u, v]: [f64; 2]) -> bool {
        let corners = &self.polygon;
        let mut inside = false;
        for (index, &[u1, v1]) in corners.iter().enumerate() {
            let [u0, v0] = corners[(index + corners.len() - 1) % corners.len()];
            if (v0 > v) != (v1 > v) && u < u0 + (v - v0) / (v1 - v0) * (u1 - u0) {
                inside = !inside;
            }
        }
        inside
    }
}

#[cfg(test)]
mod tests {
    use super::Mask;

    #[test]
    fn inside_and_outside_of_a_notched_polygon() {
        let mask = Mask {
            polygon: vec![
                [0.0, 0.0],
                [10.0, 0.0],
                [10.0, 10.0],
                [5.0, 5.0],
                [0.0, 10.0],
            ],
        };
        assert!(mask.contains([2.0, 2.0]));
        assert!(mask.contains([9.0, 8.0]));
        assert!(!mask.contains([5.0, 8.0]));
        assert!(!mask.contains([-1.0, 5.0]));
        assert!(!mask.contains([11.0, 5.0]));
    }
}
