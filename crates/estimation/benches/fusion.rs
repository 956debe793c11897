// SPDX-License-Identifier: MIT OR Apache-2.0
//! What one report costs the fusion, at 10, 100 and 1000 locomotives with as many cameras each:
//! `cargo bench -p roundhouse-estimation`. Parsing is not counted; states are made every second.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark may stop where it stands"
)]

mod hall;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use hall::{Hall, RATE};
use messages::Event;
use roundhouse_estimation::fse::{Fusion, FusionConfig};

fn fusion(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("report");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    for locomotives in [10, 100, 1000] {
        for cameras in [10, 100, 1000] {
            let hall = Hall::new(locomotives, cameras);
            let id = BenchmarkId::new(
                format!("{locomotives} locomotives"),
                format!("{cameras} cameras"),
            );
            group.bench_function(id, |bencher| {
                let mut fusion = Fusion::new(Arc::clone(&hall.facility), FusionConfig::default());
                let mut next = 0;
                // Twenty seconds until everything is known.
                while next < 20 * RATE * cameras as u64 {
                    fusion.push(hall.report(next));
                    next += 1;
                }
                fusion.finish();
                bencher.iter_custom(|times| {
                    let events: Vec<Event> = (next..next + times).map(|n| hall.report(n)).collect();
                    next += times;
                    let begin = Instant::now();
                    for event in events {
                        black_box(fusion.advance(event.arrival()));
                        fusion.push(event);
                    }
                    begin.elapsed()
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, fusion);
criterion_main!(benches);
