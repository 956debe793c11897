// SPDX-License-Identifier: MIT OR Apache-2.0
//! nvinfer's built-in detector parser: from a grid of coverages and distances to boxes in the network's pixels.
//!
//! A cell whose coverage is high enough holds a box; the four numbers of its class are the distances from the cell's
//! anchor to the box's left, top, right and bottom edge, divided by 35. The anchor of cell (i, j) lies at
//! `(i stride + 1/2, j stride + 1/2)`.

/// The number that `DetectNet_v2` divides distances by.
const NORM: f32 = 35.0;

/// A box in the network's pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NetBox {
    /// Class index.
    pub class: usize,
    /// Probability.
    pub confidence: f32,
    /// Left edge.
    pub left: f32,
    /// Top edge.
    pub top: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

/// The grid that a detector puts out, the same for every frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    net_width: usize,
    net_height: usize,
    columns: usize,
    rows: usize,
    /// `pre-cluster-threshold` of each class that the network has and the configuration counts.
    thresholds: Vec<f32>,
}

impl Grid {
    /// The grid of a network of `net_width` by `net_height` whose outputs have these shapes (channels, rows, columns).
    ///
    /// `thresholds` holds `pre-cluster-threshold` of each configured class; classes that the network lacks are ignored.
    ///
    /// # Errors
    /// A sentence, when the two outputs do not fit each other.
    pub fn new(
        net_width: usize,
        net_height: usize,
        coverage: [usize; 3],
        boxes: [usize; 3],
        thresholds: &[f32],
    ) -> Result<Self, String> {
        let [classes, rows, columns] = coverage;
        if [boxes[1], boxes[2]] != [rows, columns] || rows == 0 || columns == 0 {
            return Err(format!(
                "the coverage has a grid of {rows}x{columns} and the boxes one of {}x{}; both must be the same",
                boxes[1], boxes[2]
            ));
        }
        let parsed = classes.min(thresholds.len());
        if boxes[0] < 4 * parsed {
            return Err(format!(
                "{parsed} classes need {} planes of boxes, the network has {}",
                4 * parsed,
                boxes[0]
            ));
        }
        Ok(Self {
            net_width,
            net_height,
            columns,
            rows,
            thresholds: thresholds[..parsed].to_vec(),
        })
    }

    /// Appends the boxes of one frame to `found`; `coverage` and `boxes` are its part of the two outputs.
    ///
    /// Boxes come class by class, row by row, as nvinfer lists them. Cells that hold no number (NaN) hold no box.
    pub fn parse(&self, coverage: &[f32], boxes: &[f32], found: &mut Vec<NetBox>) {
        let cells = self.columns * self.rows;
        let stride_x = self.net_width.div_ceil(self.columns);
        let stride_y = self.net_height.div_ceil(self.rows);
        let planes = coverage
            .chunks_exact(cells)
            .zip(boxes.chunks_exact(4 * cells));
        for ((class, threshold), (coverage, distances)) in
            self.thresholds.iter().enumerate().zip(planes)
        {
            for (cell, confidence) in coverage.iter().enumerate() {
                // Most cells are empty: this comparison is all that they cost.
                if confidence
                    .partial_cmp(threshold)
                    .is_none_or(std::cmp::Ordering::is_lt)
                {
                    continue;
                }
                let (column, row) = (cell % self.columns, cell / self.columns);
                let centre_x = ((column * stride_x) as f32 + 0.5) / NORM;
                let centre_y = ((row * stride_y) as f32 + 0.5) / NORM;
                let distance = |plane: usize| distances[plane * cells + cell];
                let left = clip((distance(0) - centre_x) * -NORM, self.net_width);
                let top = clip((distance(1) - centre_y) * -NORM, self.net_height);
                let right = clip((distance(2) + centre_x) * NORM, self.net_width);
                let bottom = clip((distance(3) + centre_y) * NORM, self.net_height);
                let (width, height) = (right - left, bottom - top);
                if width >= 0.0 && height >= 0.0 {
                    found.push(NetBox {
                        class,
                        confidence: *confidence,
                        left,
                        top,
                        width,
                        height,
                    });
                }
            }
        }
    }
}

/// An edge kept on the network's input: what lies at or beyond `size` goes to the last pixel.
fn clip(edge: f32, size: usize) -> f32 {
    let edge = if edge >= size as f32 {
        (size - 1) as f32
    } else {
        edge
    };
    if edge < 0.0 { 0.0 } else { edge }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One class on a grid of 4x3 cells of stride 8.
    fn grid() -> Grid {
        Grid::new(32, 24, [1, 3, 4], [4, 3, 4], &[0.5]).unwrap()
    }

    fn one_cell(cell: usize, distances: [f32; 4]) -> Vec<NetBox> {
        let mut coverage = vec![0.0; 12];
        let mut boxes = vec![0.0; 48];
        coverage[cell] = 0.9;
        for (plane, distance) in distances.into_iter().enumerate() {
            boxes[plane * 12 + cell] = distance;
        }
        let mut found = Vec::new();
        grid().parse(&coverage, &boxes, &mut found);
        found
    }

    fn assert_box(found: &[NetBox], expected: [f32; 4]) {
        assert_eq!(found.len(), 1);
        let found = [found[0].left, found[0].top, found[0].width, found[0].height];
        for (found, expected) in found.into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
        }
    }

    #[test]
    fn a_box_worked_by_hand() {
        // Cell (2, 1): anchor (16.5, 8.5). Distances 3.5, 7, 10.5 and 7 px.
        assert_box(&one_cell(6, [0.1, 0.2, 0.3, 0.2]), [13.0, 1.5, 14.0, 14.0]);
    }

    #[test]
    fn negative_distances_are_legal() {
        assert_box(&one_cell(6, [-0.1, -0.1, 0.3, 0.3]), [20.0, 12.0, 7.0, 7.0]);
    }

    #[test]
    fn edges_are_clipped_to_the_last_pixel() {
        // Right edge 16.5 + 70 -> 31, bottom 8.5 + 70 -> 23, left and top below 0 -> 0.
        assert_box(&one_cell(6, [2.0, 2.0, 2.0, 2.0]), [0.0, 0.0, 31.0, 23.0]);
    }

    #[test]
    fn between_the_last_pixel_and_the_size_nothing_is_clipped() {
        // Right edge exactly 31.5 = 16.5 + 15.
        assert_box(
            &one_cell(6, [0.1, 0.2, 15.0 / 35.0, 0.2]),
            [13.0, 1.5, 18.5, 14.0],
        );
    }

    #[test]
    fn boxes_turned_inside_out_are_none() {
        assert!(one_cell(6, [-0.3, 0.0, 0.1, 0.0]).is_empty());
    }

    #[test]
    fn a_cell_at_the_threshold_counts_and_classes_keep_their_planes() {
        let grid = Grid::new(16, 8, [3, 1, 2], [12, 1, 2], &[0.5, 0.25]).unwrap();
        let mut coverage = vec![0.0; 6];
        coverage[1] = 0.5;
        coverage[2] = 0.25;
        coverage[5] = 1.0;
        let mut boxes = vec![0.0; 24];
        boxes[8..16].fill(0.1);
        let mut found = Vec::new();
        grid.parse(&coverage, &boxes, &mut found);
        let seen: Vec<_> = found
            .iter()
            .map(|found| (found.class, found.confidence))
            .collect();
        assert_eq!(
            seen,
            [(0, 0.5), (1, 0.25)],
            "the third class is not configured"
        );
        assert!((found[1].width - 4.0).abs() < 1e-5 && found[0].width == 0.0);
    }

    #[test]
    fn the_stride_is_rounded_up() {
        // 33 / 4 columns -> stride 9; cell 3 anchors at 27.5.
        let grid = Grid::new(33, 8, [1, 1, 4], [4, 1, 4], &[0.5]).unwrap();
        let mut found = Vec::new();
        grid.parse(&[0.0, 0.0, 0.0, 1.0], &[0.0; 16], &mut found);
        assert!((found[0].left - 27.5).abs() < 1e-4);
    }

    #[test]
    fn outputs_that_do_not_fit_are_refused() {
        assert!(Grid::new(32, 24, [1, 3, 4], [4, 4, 3], &[0.5]).is_err());
        assert!(
            Grid::new(32, 24, [2, 3, 4], [4, 3, 4], &[0.5, 0.5])
                .unwrap_err()
                .contains("8 planes")
        );
        assert!(Grid::new(32, 24, [1, 0, 0], [4, 0, 0], &[0.5]).is_err());
    }

    proptest! {
        #[test]
        fn every_box_lies_on_the_input(values in prop::collection::vec(prop::num::f32::ANY, 60)) {
            let mut found = Vec::new();
            grid().parse(&values[..12], &values[12..], &mut found);
            for found in found {
                prop_assert!(found.left >= 0.0 && found.left + found.width <= 32.0);
                prop_assert!(found.top >= 0.0 && found.top + found.height <= 24.0);
                prop_assert!(found.confidence >= 0.5);
            }
        }
    }
}
