// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which pixels of a picture go where in the network's input, by nvinfer's rules.

/// A rectangle of whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PixelRect {
    /// Left edge.
    pub left: usize,
    /// Top edge.
    pub top: usize,
    /// Width.
    pub width: usize,
    /// Height.
    pub height: usize,
}

impl PixelRect {
    /// The part of a picture that nvinfer reads for a rectangle: truncated to whole pixels, then left and top rounded
    /// up and width and height rounded down to even numbers. `None` if nothing is left inside a picture of
    /// `picture_width` by `picture_height`.
    ///
    /// A rectangle that leaves the picture is cut there: nvinfer would read foreign memory.
    #[must_use]
    pub fn even(
        [left, top, width, height]: [f32; 4],
        picture_width: usize,
        picture_height: usize,
    ) -> Option<Self> {
        // `as` truncates towards zero and takes negative numbers and NaN as 0.
        let (left, top) = (left as usize, top as usize);
        let (left, top) = (
            left.checked_next_multiple_of(2)?,
            top.checked_next_multiple_of(2)?,
        );
        let width = (width as usize).min(picture_width.checked_sub(left)?) & !1;
        let height = (height as usize).min(picture_height.checked_sub(top)?) & !1;
        (width > 0 && height > 0).then_some(Self {
            left,
            top,
            width,
            height,
        })
    }
}

/// Where a source rectangle lands in the network's input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Letterbox {
    /// Pixels of the picture that are read.
    pub source: PixelRect,
    /// Pixels of the network's input that are written; the rest is black.
    pub target: PixelRect,
    /// Network pixels per picture pixel, horizontally.
    pub ratio_x: f64,
    /// Network pixels per picture pixel, vertically.
    pub ratio_y: f64,
}

impl Letterbox {
    /// Fits `source` into a network's input of `net_width` by `net_height`; `None` when a side would vanish.
    ///
    /// With `keep_aspect` the picture keeps its proportions and the rest is padding, to the right and below, or on all
    /// sides when `symmetric`. Sizes are truncated, not rounded, as nvinfer does.
    #[must_use]
    pub fn new(
        source: PixelRect,
        net_width: usize,
        net_height: usize,
        keep_aspect: bool,
        symmetric: bool,
    ) -> Option<Self> {
        let (width, height) = if keep_aspect {
            let height = (net_width * source.height) as f64 / source.width as f64;
            if height <= net_height as f64 {
                (net_width, height as usize)
            } else {
                let width = (net_height * source.width) as f64 / source.height as f64;
                (width as usize, net_height)
            }
        } else {
            (net_width, net_height)
        };
        if width == 0 || height == 0 {
            return None;
        }
        let (left, top) = if symmetric && keep_aspect {
            ((net_width - width) / 2, (net_height - height) / 2)
        } else {
            (0, 0)
        };
        Some(Self {
            source,
            target: PixelRect {
                left,
                top,
                width,
                height,
            },
            ratio_x: width as f64 / source.width as f64,
            ratio_y: height as f64 / source.height as f64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(width: usize, height: usize) -> PixelRect {
        PixelRect::even([0.0, 0.0, width as f32, height as f32], width, height).unwrap()
    }

    #[test]
    fn a_wide_frame_leaves_a_band_below() {
        let fit = Letterbox::new(whole(960, 540), 640, 384, true, false).unwrap();
        assert_eq!(
            fit.target,
            PixelRect {
                left: 0,
                top: 0,
                width: 640,
                height: 360
            }
        );
        assert_eq!((fit.ratio_x, fit.ratio_y), (640.0 / 960.0, 360.0 / 540.0));
    }

    #[test]
    fn a_tall_frame_leaves_a_band_on_the_right_or_on_both_sides() {
        let fit = Letterbox::new(whole(540, 960), 640, 384, true, false).unwrap();
        assert_eq!((fit.target.width, fit.target.height), (216, 384));
        let centred = Letterbox::new(whole(540, 960), 640, 384, true, true).unwrap();
        assert_eq!((centred.target.left, centred.target.top), (212, 0));
    }

    #[test]
    fn odd_frames_lose_their_last_row_and_column() {
        assert_eq!((whole(961, 541).width, whole(961, 541).height), (960, 540));
    }

    #[test]
    fn objects_are_rounded_inwards() {
        let rect = PixelRect::even([10.9, 11.2, 21.9, 20.0], 100, 100).unwrap();
        assert_eq!(
            rect,
            PixelRect {
                left: 10,
                top: 12,
                width: 20,
                height: 20
            }
        );
    }

    #[test]
    fn sizes_are_truncated() {
        // 300 * 333 / 500 = 199.8
        let fit = Letterbox::new(whole(500, 333), 300, 300, true, false).unwrap();
        assert_eq!(fit.target.height, 199, "332 rows: 300 * 332 / 500 = 199.2");
    }

    #[test]
    fn a_sliver_fits_nowhere() {
        assert_eq!(
            Letterbox::new(whole(10_000, 2), 640, 384, true, false),
            None
        );
        assert_eq!(PixelRect::even([0.0, 0.0, 1.0, 1.0], 1, 1), None);
        assert_eq!(PixelRect::even([200.0, 0.0, 10.0, 10.0], 100, 100), None);
    }

    proptest! {
        #[test]
        fn the_target_lies_in_the_input(w in 2usize..5000, h in 2usize..5000, keep: bool, symmetric: bool) {
            if let Some(fit) = Letterbox::new(whole(w, h), 640, 384, keep, symmetric) {
                prop_assert!(fit.target.left + fit.target.width <= 640);
                prop_assert!(fit.target.top + fit.target.height <= 384);
                prop_assert!(fit.target.width == 640 || fit.target.height == 384);
            }
        }

        #[test]
        fn an_even_rectangle_is_even_and_inside(
            left in -50f32..300.0, top in -50f32..300.0, width in -5f32..400.0, height in -5f32..400.0,
        ) {
            if let Some(rect) = PixelRect::even([left, top, width, height], 200, 150) {
                prop_assert!(rect.left + rect.width <= 200 && rect.top + rect.height <= 150);
                prop_assert!([rect.left, rect.top, rect.width, rect.height].iter().all(|n| n % 2 == 0));
            }
        }
    }
}
