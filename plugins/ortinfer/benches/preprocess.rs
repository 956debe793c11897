// SPDX-License-Identifier: MIT OR Apache-2.0
//! What preprocessing costs per 960x540 frame, against the plain pixel-by-pixel way of the tests.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

#[path = "../tests/reference/mod.rs"]
mod reference;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use roundhouse_ortinfer::preprocess::{
    ChannelOrder, Filter, PixelFormat, PixelRect, Preprocessing, Preprocessor,
};

const RGB: PixelFormat = PixelFormat::Packed {
    step: 3,
    red: 0,
    green: 1,
    blue: 2,
};

fn preprocess(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("960x540 to 640x384");
    for (name, format) in [
        ("I420", PixelFormat::I420),
        ("NV12", PixelFormat::Nv12),
        ("RGB", RGB),
    ] {
        for filter in [Filter::Bilinear, Filter::Nearest] {
            let settings = Preprocessing {
                net_width: 640,
                net_height: 384,
                order: ChannelOrder::Rgb,
                scale: 1.0 / 255.0,
                means: [0.0; 3],
                keep_aspect: true,
                symmetric: false,
                filter,
            };
            let image = reference::Image::noise(format, 960, 540, 7);
            let picture = image.picture();
            let whole = PixelRect {
                left: 0,
                top: 0,
                width: 960,
                height: 540,
            };
            let mut fast = Preprocessor::new(settings.clone());
            let mut input = vec![0.0; fast.input_len()];
            group.bench_function(format!("{name} {filter:?}"), |bencher| {
                bencher.iter(|| fast.feed(black_box(&picture), whole, &mut input));
            });
            group.bench_function(format!("{name} {filter:?} naive"), |bencher| {
                bencher.iter(|| reference::feed(&settings, black_box(&picture), whole, &mut input));
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = preprocess
}
criterion_main!(benches);
