// SPDX-License-Identifier: MIT OR Apache-2.0
//! A hall of any size for the benchmarks: evenly watched locomotives at rest, one end in ten missed.

use std::fmt::Write;
use std::sync::Arc;

use facility::Facility;
use messages::{Data, EndKind, EndReport, Event, PositionReport, Timestamp};

const START: i64 = 1_772_344_800_000_000_000;
/// Looks per second and camera.
pub const RATE: u64 = 5;
/// Length of a locomotive and the room it has, m.
const LENGTH: f64 = 20.0;
const ROOM: f64 = 30.0;
/// Locomotives per track.
const PER_TRACK: usize = 5;

/// A hall of `locomotives` locomotives, evenly watched by `cameras` cameras.
pub struct Hall {
    pub facility: Arc<Facility>,
    locomotives: usize,
    pub cameras: usize,
}

impl Hall {
    /// `locomotives` locomotives on as many tracks as they need, each camera looking at its share of them.
    pub fn new(locomotives: usize, cameras: usize) -> Self {
        let tracks = locomotives.div_ceil(PER_TRACK);
        let length = ROOM * PER_TRACK as f64;
        let mut text = String::from("facility = \"bench\"\n");
        for track in 0..tracks {
            let _ = write!(
                text,
                "[[track]]\nid = \"T{track}\"\nlength = {length:.1}\ngates = [\"low\"]\n"
            );
        }
        for camera in 0..cameras {
            let covers: Vec<String> = watched(camera, cameras, locomotives)
                .map(|locomotive| {
                    let from = ROOM * (locomotive % PER_TRACK) as f64;
                    format!(
                        "{{ track = \"T{}\", from = {from:.1}, to = {:.1}, detection = 0.9, sigma_systematic = 0.1 }}",
                        locomotive / PER_TRACK,
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
            locomotives,
            cameras,
        }
    }

    /// Report number `n`: the cameras take turns.
    pub fn report(&self, n: u64) -> Event {
        let camera = (n % self.cameras as u64) as usize;
        let frame = n / self.cameras as u64;
        let time = START
            + (frame * 1_000_000_000 / RATE) as i64
            + (200_000_000 * camera / self.cameras) as i64;
        let ends = watched(camera, self.cameras, self.locomotives)
            .flat_map(|locomotive| [(locomotive, 0.0), (locomotive, LENGTH)])
            .enumerate()
            // One in ten is missed, and errors spread over half a metre.
            .filter(|(index, _)| {
                !(n + *index as u64)
                    .wrapping_mul(2_654_435_761)
                    .is_multiple_of(10)
            })
            .map(|(index, (locomotive, end))| {
                let error = ((n * 7 + index as u64) % 11) as f64 / 20.0 - 0.25;
                EndReport {
                    track: format!("T{}", locomotive / PER_TRACK),
                    s: ROOM * (locomotive % PER_TRACK) as f64 + 4.0 + end + error,
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
                clock: None,
                camera: format!("C{camera}"),
                frame,
                covers: None,
                ends,
                bodies: vec![],
            }),
        }
    }
}

/// The locomotives that a camera sees: every one is seen by at least one camera, every camera sees at least one locomotive.
fn watched(camera: usize, cameras: usize, locomotives: usize) -> impl Iterator<Item = usize> {
    let first = camera * locomotives / cameras;
    let last = ((camera + 1) * locomotives / cameras).max(first + 1);
    first..last.min(locomotives.max(first + 1))
}
