// SPDX-License-Identifier: MIT OR Apache-2.0
//! What reading one crop costs: all shipped schemes in under 100 us, a roster of 400 numbers in under 4 ms.
#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "a benchmark stops where it stands"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use roundhouse_plates::{
    Alphabet, Ballot, Check, CropReading, Emissions, Numbering, Shape, Tempering, fold,
};
use std::hint::black_box;

/// 64 steps of a blurred plate: every glyph has four others that it may be.
fn blurred(text: &str) -> Emissions {
    let classes = 1 + Shape::COUNT + 2;
    let mut tensor = Vec::new();
    for (index, shape) in fold(text).expect("shapes").into_iter().enumerate() {
        let mut row = vec![1e-5; classes];
        for (rank, p) in [(1, 0.12), (4, 0.05), (9, 0.02), (6, 0.004)] {
            row[1 + (shape.index() + rank + index) % 35] += p;
        }
        row[0] = 0.2;
        row[1 + shape.index()] += 0.55;
        let mut blank = vec![1e-5; classes];
        blank[0] = 0.999;
        for step in [&blank, &row, &row, &blank, &blank] {
            let sum: f32 = step.iter().sum();
            tensor.extend(step.iter().map(|p| p / sum));
        }
    }
    while tensor.len() < 64 * classes {
        tensor.extend((0..classes).map(|class| f32::from(u8::from(class == 0))));
    }
    Emissions::new(&Alphabet::shipped(), &tensor, classes).expect("a tensor")
}

fn roster() -> String {
    (0..400u32)
        .map(|n| {
            let body = format!("9{}80{:07}", n % 10, n * 7919);
            let check = Check::Luhn.digit_for(&fold(&body).expect("digits"));
            format!("{body}{check}\n")
        })
        .collect()
}

fn decode(c: &mut Criterion) {
    let shipped = Numbering::shipped().expect("schemes");
    let known = shipped
        .clone()
        .with_roster(&roster(), "roster.csv", 0.05)
        .expect("a roster");
    let mut group = c.benchmark_group("decode");
    for (name, text) in [
        ("8 digits", "12254413"),
        ("12 digits", "918061851237"),
        ("series", "2ТЭ116У0233"),
    ] {
        let emissions = blurred(text);
        group.bench_function(format!("{name}, all schemes"), |b| {
            b.iter(|| black_box(shipped.candidates(black_box(&emissions))));
        });
        group.bench_function(format!("{name}, roster of 400"), |b| {
            b.iter(|| black_box(known.candidates(black_box(&emissions))));
        });
    }
    group.finish();
}

fn vote(c: &mut Criterion) {
    let shipped = Numbering::shipped().expect("schemes");
    let reading = |view: &str, frame| CropReading {
        view: view.to_owned(),
        frame,
        height: 24.0,
        emissions: blurred("918061851237"),
    };
    c.bench_function("vote/a reading and its verdict", |b| {
        b.iter(|| {
            let mut ballot = Ballot::new(Tempering::default());
            ballot.add(&shipped, reading("C1", 0));
            black_box(ballot.verdict(&shipped))
        });
    });
    let mut full = Ballot::new(Tempering::default());
    for frame in 0..8 {
        full.add(&shipped, reading("C1", frame));
        full.add(&shipped, reading("C2", frame));
    }
    c.bench_function("vote/the 17th reading and its verdict", |b| {
        b.iter(|| {
            let mut ballot = full.clone();
            ballot.add(&shipped, reading("C3", 0));
            black_box(ballot.verdict(&shipped))
        });
    });
}

criterion_group!(benches, decode, vote);
criterion_main!(benches);
