// SPDX-License-Identifier: MIT OR Apache-2.0
//! CPU time of the checks a frame of 960x540, noise in every pixel, all checks on.

#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use criterion::{Criterion, criterion_group, criterion_main};
use picture::{Checks, Luma, Settings};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

fn frames(criterion: &mut Criterion) {
    let (width, height) = (960, 540);
    let mut random = Pcg64Mcg::seed_from_u64(1);
    let pictures: Vec<Vec<u8>> = (0..10)
        .map(|_| {
            (0..width * height)
                .map(|index| ((index % width) / 8 * 5 % 160 + 40) as u8 + random.random_range(0..6))
                .collect()
        })
        .collect();
    let luma = |bytes: &'static [u8]| Luma::new(bytes, width, height, width).unwrap();
    let pictures: &'static [Vec<u8>] = pictures.leak();
    let mut checks = Checks::new(Settings::default(), Some(luma(&pictures[0])));
    let mut frame = 0_usize;
    criterion.bench_function("a frame at 5 Hz", |bencher| {
        bencher.iter(|| {
            frame += 1;
            checks.check(
                luma(&pictures[frame % 10]),
                frame as i64 * 200_000_000,
                true,
            )
        });
    });
}

criterion_group!(benches, frames);
criterion_main!(benches);
