// SPDX-License-Identifier: MIT OR Apache-2.0
//! From boxes in the network's pixels to boxes in the frame's, with nvinfer's odd rules.

use crate::config::Config;
use crate::detector::NetBox;
use crate::preprocess::Letterbox;

/// The part of a frame that a network inferred.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// How its pixels came into the network's input.
    pub letterbox: Letterbox,
    /// Width of the frame.
    pub width: usize,
    /// Height of the frame.
    pub height: usize,
    /// Left and top of the inferred object; 0, 0 for whole frames.
    pub origin: (f32, f32),
}

/// The box of `found` on the frame as (left, top, width, height), or `None` when the rules drop it.
///
/// * Left and top below 0 become 0 *without* making the box smaller.
/// * Classes of `filter-out-class-ids` and sizes outside `detected-min-*`, `detected-max-*` are dropped.
/// * A box that begins above `roi-top-offset` or ends below the frame (less `roi-bottom-offset`) is dropped; with
///   `crop-objects-to-roi-boundary` it is moved or cut instead, and cut at the right edge too.
#[must_use]
pub fn place(found: &NetBox, view: &View, config: &Config) -> Option<[f32; 4]> {
    let attributes = config.classes.get(found.class)?;
    let Letterbox {
        target,
        ratio_x,
        ratio_y,
        ..
    } = view.letterbox;
    let along =
        |value: f32, offset: usize, ratio: f64| (f64::from(value - offset as f32) / ratio) as f32;
    let left = along(found.left, target.left, ratio_x).max(0.0);
    let mut top = along(found.top, target.top, ratio_y).max(0.0);
    let mut width = along(found.width, 0, ratio_x);
    let mut height = along(found.height, 0, ratio_y);
    if config.filter_out.contains(&(found.class as i32)) {
        return None;
    }
    let above = |most: u32, value: f32| most > 0 && value > most as f32;
    if width < attributes.min.0 as f32
        || height < attributes.min.1 as f32
        || above(attributes.max.0, width)
        || above(attributes.max.1, height)
    {
        return None;
    }
    let first_row = attributes.roi_top_offset as f32;
    let last_row = view.height as f32 - attributes.roi_bottom_offset as f32;
    if config.crop_to_roi {
        top = top.max(first_row);
        width = width.min(view.width as f32 - left);
        height = height.min(last_row - top);
        if width <= 0.0 || height <= 0.0 {
            // nvinfer would attach a box turned inside out.
            return None;
        }
    } else if top < first_row || top + height > last_row {
        return None;
    }
    Some([left + view.origin.0, top + view.origin.1, width, height])
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::preprocess::PixelRect;

    fn config(more: &str) -> Config {
        let text = format!("[property]\nonnx-file=a\nnum-detected-classes=2\n{more}");
        Config::parse(&text, Path::new("/c.txt")).unwrap()
    }

    fn view(symmetric: bool) -> View {
        let source = PixelRect::even([0.0, 0.0, 960.0, 540.0], 960, 540).unwrap();
        View {
            letterbox: Letterbox::new(source, 640, 384, true, symmetric).unwrap(),
            width: 960,
            height: 540,
            origin: (0.0, 0.0),
        }
    }

    fn found(left: f32, top: f32, width: f32, height: f32) -> NetBox {
        NetBox {
            class: 1,
            confidence: 0.9,
            left,
            top,
            width,
            height,
        }
    }

    #[test]
    fn scaled_to_the_frame() {
        assert_eq!(
            place(&found(64.0, 32.0, 20.0, 10.0), &view(false), &config("")),
            Some([96.0, 48.0, 30.0, 15.0])
        );
        // Symmetric: the picture begins in row 12.
        assert_eq!(
            place(&found(64.0, 32.0, 20.0, 10.0), &view(true), &config("")),
            Some([96.0, 30.0, 30.0, 15.0])
        );
    }

    #[test]
    fn clamped_at_the_top_without_shrinking() {
        assert_eq!(
            place(&found(0.0, 2.0, 20.0, 20.0), &view(true), &config("")),
            Some([0.0, 0.0, 30.0, 30.0])
        );
    }

    #[test]
    fn a_box_that_reaches_below_the_frame_is_dropped_or_cut() {
        let low = found(0.0, 350.0, 20.0, 20.0);
        assert_eq!(place(&low, &view(false), &config("")), None);
        let cut = place(
            &low,
            &view(false),
            &config("crop-objects-to-roi-boundary=1\n"),
        );
        assert_eq!(cut, Some([0.0, 525.0, 30.0, 15.0]));
    }

    #[test]
    fn a_box_past_the_right_edge_is_kept_or_cut() {
        let wide = found(630.0, 10.0, 20.0, 20.0);
        assert_eq!(
            place(&wide, &view(false), &config("")),
            Some([945.0, 15.0, 30.0, 30.0])
        );
        let cut = place(
            &wide,
            &view(false),
            &config("crop-objects-to-roi-boundary=1\n"),
        );
        assert_eq!(cut, Some([945.0, 15.0, 15.0, 30.0]));
    }

    #[test]
    fn offsets_of_the_region() {
        let rules = "[class-attrs-1]\nroi-top-offset=60\nroi-bottom-offset=100\n";
        let high = found(0.0, 20.0, 20.0, 20.0);
        assert_eq!(place(&high, &view(false), &config(rules)), None);
        let crop = format!("crop-objects-to-roi-boundary=1\n{rules}");
        let moved = place(&high, &view(false), &config(&crop));
        assert_eq!(moved, Some([0.0, 60.0, 30.0, 30.0]), "moved down, not cut");
        assert_eq!(
            place(&found(0.0, 280.0, 20.0, 20.0), &view(false), &config(rules)),
            None
        );
        let below = found(0.0, 300.0, 20.0, 20.0);
        assert_eq!(
            place(&below, &view(false), &config(&crop)),
            None,
            "nothing is left of it"
        );
    }

    #[test]
    fn filters() {
        let some = found(10.0, 10.0, 20.0, 20.0);
        for rule in [
            "filter-out-class-ids=1\n",
            "[class-attrs-1]\ndetected-min-w=31\n",
            "[class-attrs-1]\ndetected-min-h=31\n",
            "[class-attrs-1]\ndetected-max-w=29\n",
            "[class-attrs-1]\ndetected-max-h=29\n",
        ] {
            assert_eq!(place(&some, &view(false), &config(rule)), None, "{rule}");
        }
        assert!(place(&some, &view(false), &config("filter-out-class-ids=0\n[class-attrs-1]\ndetected-min-w=30\ndetected-max-w=30\n")).is_some());
    }

    #[test]
    fn objects_in_objects_are_moved_by_their_parent() {
        let inside = View {
            origin: (100.5, 50.25),
            ..view(false)
        };
        assert_eq!(
            place(&found(64.0, 32.0, 20.0, 10.0), &inside, &config("")),
            Some([196.5, 98.25, 30.0, 15.0])
        );
    }
}
