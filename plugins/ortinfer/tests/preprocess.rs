// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fast preprocessing equals the slow and obvious one, for every format, size, rectangle and setting.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod reference;

use proptest::prelude::*;
use reference::Image;
use roundhouse_ortinfer::preprocess::{
    ChannelOrder, ColorMatrix, Colorimetry, Filter, PictureError, PixelFormat, PixelRect, Plane,
    Preprocessing, Preprocessor,
};

const FORMATS: [PixelFormat; 10] = [
    PixelFormat::I420,
    PixelFormat::Yv12,
    PixelFormat::Nv12,
    PixelFormat::Nv21,
    PixelFormat::Y42b,
    PixelFormat::Y444,
    PixelFormat::Gray8,
    packed(3, 0, 1, 2),
    packed(4, 2, 1, 0),
    packed(4, 1, 2, 3),
];

const fn packed(step: u8, red: u8, green: u8, blue: u8) -> PixelFormat {
    PixelFormat::Packed {
        step,
        red,
        green,
        blue,
    }
}

fn settings(net_width: usize, net_height: usize) -> Preprocessing {
    Preprocessing {
        net_width,
        net_height,
        order: ChannelOrder::Rgb,
        scale: 1.0,
        means: [0.0; 3],
        keep_aspect: true,
        symmetric: false,
        filter: Filter::Bilinear,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn fast_equals_slow_within_a_grey_level(
        format in prop::sample::select(&FORMATS[..]),
        order in prop::sample::select(&[ChannelOrder::Rgb, ChannelOrder::Bgr, ChannelOrder::Gray][..]),
        matrix in prop::sample::select(&[ColorMatrix::Bt601, ColorMatrix::Bt709, ColorMatrix::Bt2020][..]),
        filter in prop::sample::select(&[Filter::Nearest, Filter::Bilinear][..]),
        (width, height) in (2usize..70, 2usize..70),
        (net_width, net_height) in (1usize..50, 1usize..50),
        (left, top, w, h) in (0f32..80.0, 0f32..80.0, 0f32..80.0, 0f32..80.0),
        (whole, keep_aspect, symmetric, full_range) in any::<(bool, bool, bool, bool)>(),
        scale in prop::sample::select(&[1.0f32, 0.5, 0.0, -1.0][..]),
        seed in any::<u64>(),
    ) {
        let mut image = Image::noise(format, width, height, seed);
        image.colorimetry = Colorimetry { matrix, full_range };
        let picture = image.picture();
        let rectangle = if whole { [0.0, 0.0, width as f32, height as f32] } else { [left, top, w, h] };
        let Some(source) = PixelRect::even(rectangle, width, height) else { return Ok(()) };
        let settings = Preprocessing {
            order, keep_aspect, symmetric, filter, scale, means: [10.0, 20.0, 30.0], ..settings(net_width, net_height)
        };
        let mut fast = Preprocessor::new(settings.clone());
        let mut input = vec![f32::NAN; fast.input_len()];
        let mut slow = vec![f32::NAN; fast.input_len()];
        let expected = reference::feed(&settings, &picture, source, &mut slow);
        let fit = fast.feed(&picture, source, &mut input);
        prop_assert_eq!(fit.ok(), expected);
        if expected.is_none() { return Ok(()) }
        let level = if settings.scale > 0.0 { settings.scale } else { 1.0 };
        // A grey network sees Y as it is; the slow way goes through colours, whose three roundings it must allow for.
        let levels = if order == ChannelOrder::Gray { 2.0 } else { 1.0 };
        // Clipped colours lose what the luma keeps, so the two ways to grey are comparable for unclipped families only.
        let comparable = order != ChannelOrder::Gray || matches!(format, PixelFormat::Gray8 | PixelFormat::Packed { .. });
        for (i, (fast, slow)) in input.iter().zip(&slow).enumerate().filter(|_| comparable) {
            prop_assert!((fast - slow).abs() <= levels * level + 1e-4, "value {}: {} is not {}", i, fast, slow);
        }
        prop_assert!(input.iter().all(|value| value.is_finite()));
        // A second look with the cached plan gives the same.
        let first = input.clone();
        prop_assert!(fast.feed(&picture, source, &mut input).is_ok());
        prop_assert_eq!(first, input);
    }
}

#[test]
fn a_grey_network_sees_the_luma() {
    let image = Image::noise(PixelFormat::I420, 8, 8, 3);
    let picture = image.picture();
    let source = PixelRect::even([0.0, 0.0, 8.0, 8.0], 8, 8).unwrap();
    let mut fast = Preprocessor::new(Preprocessing {
        order: ChannelOrder::Gray,
        ..settings(8, 8)
    });
    let mut input = vec![0.0; 64];
    fast.feed(&picture, source, &mut input).unwrap();
    for y in 0..8 {
        for x in 0..8 {
            let luma = f32::from(picture.planes[0].data[y * picture.planes[0].stride + x]);
            let expected = ((luma - 16.0) * 255.0 / 219.0).clamp(0.0, 255.0);
            assert!((input[y * 8 + x] - expected).abs() <= 0.5 + 1e-3);
        }
    }
}

#[test]
fn offsets_are_in_the_order_of_the_network() {
    // One red pixel, 2x2: plane 0 of a BGR network is blue, and takes the first offset.
    let pixels = [255u8, 0, 0].repeat(4);
    let image = Image::noise(packed(3, 0, 1, 2), 2, 2, 1);
    let mut picture = image.picture();
    picture.planes[0] = Plane {
        data: &pixels,
        stride: 6,
    };
    let mut network = Preprocessor::new(Preprocessing {
        order: ChannelOrder::Bgr,
        scale: 2.0,
        means: [1.0, 2.0, 3.0],
        ..settings(2, 2)
    });
    let mut input = vec![0.0; 12];
    let source = PixelRect::even([0.0, 0.0, 2.0, 2.0], 2, 2).unwrap();
    network.feed(&picture, source, &mut input).unwrap();
    assert_eq!(input[..4], [-2.0; 4], "blue: 2 (0 - 1)");
    assert_eq!(input[4..8], [-4.0; 4], "green: 2 (0 - 2)");
    assert_eq!(input[8..], [504.0; 4], "red: 2 (255 - 3)");
}

#[test]
fn padding_is_black_before_the_offsets() {
    let image = Image::noise(packed(3, 0, 1, 2), 4, 2, 1);
    let mut network = Preprocessor::new(Preprocessing {
        scale: 0.5,
        means: [10.0, 20.0, 30.0],
        ..settings(4, 4)
    });
    let mut input = vec![0.0; 48];
    let source = PixelRect::even([0.0, 0.0, 4.0, 2.0], 4, 2).unwrap();
    network.feed(&image.picture(), source, &mut input).unwrap();
    assert_eq!(input[8..16], [-5.0; 8]);
    assert_eq!(input[24..32], [-10.0; 8]);
    assert_eq!(input[40..48], [-15.0; 8]);
}

#[test]
fn a_plane_that_is_too_short_is_refused() {
    let image = Image::noise(PixelFormat::I420, 16, 16, 1);
    let mut picture = image.picture();
    picture.planes[2].data = &picture.planes[2].data[..10];
    let mut network = Preprocessor::new(settings(16, 16));
    let mut input = vec![0.0; network.input_len()];
    let source = PixelRect::even([0.0, 0.0, 16.0, 16.0], 16, 16).unwrap();
    let error = network.feed(&picture, source, &mut input).unwrap_err();
    assert!(
        matches!(
            error,
            PictureError::ShortPlane {
                plane: 2,
                found: 10,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn many_kinds_of_pictures_do_not_grow_the_cache_without_bound() {
    let mut network = Preprocessor::new(settings(8, 8));
    let mut input = vec![0.0; network.input_len()];
    for size in 1..200 {
        let image = Image::noise(PixelFormat::Gray8, 2 * size, 2 * size, 1);
        let source = PixelRect::even([0.0, 0.0, 400.0, 400.0], 2 * size, 2 * size).unwrap();
        network.feed(&image.picture(), source, &mut input).unwrap();
    }
}
