// SPDX-License-Identifier: MIT OR Apache-2.0
//! What one report costs the fusion, at 10, 100 and 1000 locomotives with as many cameras each:
//! `cargo bench -p roundhouse-estimation`. Parsing is not counted; states are made every second.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark may stop where it stands"
)]

use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use facility::Facility;
use messages::{Data, EndKind, EndReport, Event, PositionReport, Timestamp};
use roundhouse_estimation::fse::{Fusion, FusionConfig};

const START: i64 = 1_772_344_800_000_000_000;
/// Looks per second and camera.
const RATE: u64 = 5;
/// Length of a machine and the room it has, m.
const LENGTH: f64 = 20.0;
const ROOM: f64 = 30.0;
/// Machines per track.
const PER_TRACK: usize = 5;

/// A hall of `machines` machines, evenly watched by `cameras` cameras.
struct Hall {
    facility: Arc<Facility>,
    machines: usize,
    cameras: usize,
}

impl Hall {
    fn new(machines: usize, cameras: usize) -> Self {
        let tracks = machines.div_ceil(PER_TRACK);
        let length = ROOM * PER_TRACK as f64;
        let mut text = String::from("facility = \"bench\"\n");
        for track in 0..tracks {
            let _ = write!(
                text,
                "[[track]]\nid = \"T{track}\"\nlength = {length:.1}\ngates = [\"low\"]\n"
            );
        }
        for camera in 0..cameras {
            let covers: Vec<String> = watched(camera, cameras, machines)
                .map(|machine| {
                    let from = ROOM * (machine % PER_TRACK) as f64;
                    format!(
                        "{{ track = \"T{}\", from = {from:.1}, to = {:.1}, detection = 0.9, sigma_systematic = 0.1 }}",
                        machine / PER_TRACK,
                        from + ROOM
                    )
                })
                .collect();
            let _ = write!(
                text,
                "[[camera]]\nid = \"C{camera}\"\nrate = {RATE}.0\ncovers = [ {} ]\n",
                covers.join(", ")
            );
        }
        text += "[[model]]\nname = \"A20\"\nlength = 20.0\n";
        Self {
            facility: Arc::new(Facility::parse(&text, "bench.toml").unwrap()),
            machines,
            cameras,
        }
    }

    /// Report number `n`: the cameras take turns.
    fn report(&self, n: u64) -> Event {
        let camera = (n % self.cameras as u64) as usize;
        let frame = n / self.cameras as u64;
        let time = START
            + (frame * 1_000_000_000 / RATE) as i64
            + (200_000_000 * camera / self.cameras) as i64;
        let ends = watched(camera, self.cameras, self.machines)
            .flat_map(|machine| [(machine, 0.0), (machine, LENGTH)])
            .enumerate()
            // One in ten is missed, and errors spread over half a metre.
            .filter(|(index, _)| {
                !(n + *index as u64)
                    .wrapping_mul(2_654_435_761)
                    .is_multiple_of(10)
            })
            .map(|(index, (machine, end))| {
                let error = ((n * 7 + index as u64) % 11) as f64 / 20.0 - 0.25;
                EndReport {
                    track: format!("T{}", machine / PER_TRACK),
                    s: ROOM * (machine % PER_TRACK) as f64 + 4.0 + end + error,
                    sigma: 0.15,
                    sigma_systematic: None,
                    kind: if end > 0.0 {
                        EndKind::Head
                    } else {
                        EndKind::Tail
                    },
                    kind_confidence: 0.9,
                    confidence: 0.9,
                    body: None,
                    alternatives: vec![],
                }
            })
            .collect();
        Event {
            id: format!("1-{n}"),
            source: "/bench".to_owned(),
            subject: None,
            time: Timestamp::from_nanos(time),
            received: Some(Timestamp::from_nanos(time + 100_000_000)),
            recorded: None,
            flow: "prod".to_owned(),
            data: Data::Position(PositionReport {
                camera: format!("C{camera}"),
                frame,
                covers: None,
                ends,
                bodies: vec![],
            }),
        }
    }
}

/// The machines that a camera sees: every one is seen by at least one camera, every camera sees at least one machine.
fn watched(camera: usize, cameras: usize, machines: usize) -> impl Iterator<Item = usize> {
    let first = camera * machines / cameras;
    let last = ((camera + 1) * machines / cameras).max(first + 1);
    first..last.min(machines.max(first + 1))
}

fn fusion(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("report");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    for machines in [10, 100, 1000] {
        for cameras in [10, 100, 1000] {
            let hall = Hall::new(machines, cameras);
            let id = BenchmarkId::new(
                format!("{machines} locomotives"),
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
