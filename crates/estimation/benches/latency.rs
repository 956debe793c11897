// SPDX-License-Identifier: MIT OR Apache-2.0
//! Median and 99 % quantile of what one report costs the fusion, what the states between cost, whether one core keeps up, and
//! the memory: `cargo bench -p roundhouse-estimation --bench latency`. CPU time of the thread, so that other work on the machine
//! counts for little; parsing is not counted. Each size runs in a process of its own.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark may stop where it stands"
)]

mod hall;

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::sync::Arc;

use hall::{Hall, RATE};
use messages::Event;
use nix::sys::resource::{UsageWho, getrusage};
use nix::time::{ClockId, clock_gettime};
use roundhouse_estimation::fse::{Fusion, FusionConfig};

/// Seconds until everything is known.
const WARM_UP: u64 = 20;
/// Reports that are timed one by one, at least; whole seconds of all cameras.
const TIMED: u64 = 20_000;
/// Argument of the process that measures one size.
const ONE: &str = "--size";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|word| word == ONE) {
        let number = |offset: usize| arguments[at + offset].parse().unwrap();
        println!("{}", row(number(1), number(2)));
        return;
    }
    println!(
        "| locomotives | cameras | reports/s | median, µs | p99, µs | mean, µs | without states, µs | a state, µs | share of a core | peak memory, MB |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for locomotives in [10, 20, 100, 1000] {
        for cameras in [10, 100, 1000] {
            let child = Command::new(std::env::current_exe().unwrap())
                .args([ONE, &locomotives.to_string(), &cameras.to_string()])
                .stderr(Stdio::inherit())
                .output()
                .unwrap();
            assert!(child.status.success(), "{locomotives} x {cameras} failed");
            print!("{}", String::from_utf8(child.stdout).unwrap());
        }
    }
}

/// The table's row of one size.
fn row(locomotives: usize, cameras: usize) -> String {
    let hall = Hall::new(locomotives, cameras);
    let per_second = RATE * cameras as u64;
    let seconds = TIMED.div_ceil(per_second);

    let mut run = Run::new(&hall, FusionConfig::default());
    let mut each = run.one_by_one(seconds, per_second);
    each.sort_by(f64::total_cmp);
    let quantile = |q: f64| each[((each.len() - 1) as f64 * q) as usize];
    let mean = run.together(seconds, per_second);
    // As good as none.
    let silent = FusionConfig {
        interval_ns: i64::MAX / 4,
        on_change: false,
        ..FusionConfig::default()
    };
    let bare = Run::new(&hall, silent).together(seconds, per_second);
    let memory = getrusage(UsageWho::RUSAGE_SELF).unwrap().max_rss() as f64 / 1024.0;
    format!(
        "| {locomotives} | {cameras} | {per_second} | {:.1} | {:.1} | {mean:.1} | {bare:.1} | {:.0} | {:.2} % | {memory:.0} |",
        quantile(0.5),
        quantile(0.99),
        (mean - bare) * per_second as f64,
        mean * per_second as f64 * 1e-4,
    )
}

/// A fusion that knows its hall, and the number of the next report.
struct Run<'a> {
    hall: &'a Hall,
    fusion: Fusion,
    next: u64,
}

impl<'a> Run<'a> {
    fn new(hall: &'a Hall, config: FusionConfig) -> Self {
        let mut run = Self {
            hall,
            fusion: Fusion::new(Arc::clone(&hall.facility), config),
            next: 0,
        };
        let per_second = RATE * hall.cameras as u64;
        run.together(WARM_UP, per_second);
        run
    }

    fn take(&mut self, event: Event) {
        black_box(self.fusion.advance(event.arrival()));
        self.fusion.push(event);
    }

    fn events(&mut self, count: u64) -> Vec<Event> {
        let first = self.next;
        self.next += count;
        (first..self.next).map(|n| self.hall.report(n)).collect()
    }

    /// CPU time of each report of the next `seconds`, µs, less what reading the clock takes.
    fn one_by_one(&mut self, seconds: u64, per_second: u64) -> Vec<f64> {
        let mut empty: Vec<f64> = (0..1000).map(|_| -now() + now()).collect();
        empty.sort_by(f64::total_cmp);
        let clock = empty[empty.len() / 2];
        let mut each = Vec::new();
        for _ in 0..seconds {
            for event in self.events(per_second) {
                let begin = now();
                self.take(event);
                each.push((now() - begin - clock).max(0.0));
            }
        }
        each
    }

    /// Mean CPU time of a report over the next `seconds`, µs.
    fn together(&mut self, seconds: u64, per_second: u64) -> f64 {
        let mut spent = 0.0;
        for _ in 0..seconds {
            let events = self.events(per_second);
            let begin = now();
            for event in events {
                self.take(event);
            }
            spent += now() - begin;
        }
        spent / (seconds * per_second) as f64
    }
}

/// CPU time of this thread, µs.
fn now() -> f64 {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap();
    time.tv_sec() as f64 * 1e6 + time.tv_nsec() as f64 * 1e-3
}
