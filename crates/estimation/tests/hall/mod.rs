// SPDX-License-Identifier: MIT OR Apache-2.0
//! A synthetic hall: locomotives that come, go and couple, eight cameras that look along the tracks and err.
//!
//! Everything follows from a seed. The cameras' errors are worse than independent: each camera has its own bias per track, its
//! errors linger for a second, its misses come in bursts.
#![allow(dead_code)] // every test file uses its own part

use std::sync::Arc;

use facility::Facility;
use messages::{Cover, Data, EndKind, EndReport, Event, PositionReport, Side, Timestamp};
use roundhouse_estimation::metrics::{TrueLocomotive, Truth};

pub const START: i64 = 1_772_344_800_000_000_000;
pub const LENGTH: f64 = 66.0;

/// `SplitMix64`.
#[derive(Clone)]
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D_4C95_7F2D)
    }

    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.unit()
    }

    pub fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.unit()).ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }
}

fn smoothstep(u: f64) -> f64 {
    let u = u.clamp(0.0, 1.0);
    u * u * (3.0 - 2.0 * u)
}

/// A run of `distance` metres with soft start and stop.
#[derive(Clone, Copy)]
pub struct Move {
    pub start: f64,
    pub distance: f64,
    pub speed: f64,
}

const RAMP: f64 = 6.0;

impl Move {
    fn end(&self) -> f64 {
        self.start + self.distance.abs() / self.speed + RAMP
    }

    fn velocity(&self, t: f64) -> f64 {
        let u = ((t - self.start) / RAMP).min((self.end() - t) / RAMP);
        self.distance.signum() * self.speed * smoothstep(u)
    }

    fn travelled(&self, t: f64) -> f64 {
        let ramped = |seconds: f64| {
            let u = (seconds / RAMP).clamp(0.0, 1.0);
            self.speed * RAMP * (u.powi(3) - u.powi(4) / 2.0)
        };
        let steady = self.end() - self.start - 2.0 * RAMP;
        let (since, left) = (t - self.start, self.end() - t);
        if since <= 0.0 {
            return 0.0;
        }
        if left <= 0.0 {
            return self.distance;
        }
        let mut done = ramped(since) + self.speed * (since - RAMP).clamp(0.0, steady);
        if left < RAMP {
            done += self.speed * RAMP / 2.0 - ramped(left);
        }
        self.distance.signum() * done
    }
}

#[derive(Clone)]
pub struct Locomotive {
    pub id: &'static str,
    pub model: &'static str,
    pub length: f64,
    pub track: usize,
    pub lo: f64,
    pub head_low: bool,
    pub moves: Vec<Move>,
}

impl Locomotive {
    pub fn span(&self, t: f64) -> (f64, f64) {
        let lo = self.lo + self.moves.iter().map(|m| m.travelled(t)).sum::<f64>();
        (lo, lo + self.length)
    }
}

pub struct Camera {
    pub id: &'static str,
    pub x: f64,
    pub up: bool,
    pub tracks: [usize; 2],
    pub from: f64,
    pub to: f64,
}

pub struct Hall {
    pub facility: Arc<Facility>,
    pub locomotives: Vec<Locomotive>,
    pub cameras: Vec<Camera>,
    pub dark: (f64, f64),
    /// Whether cameras know that it is dark, and then claim no cover.
    pub dark_is_known: bool,
    pub dead: (usize, f64, f64),
    /// (track, side, locomotive index, from, to): an end that a crane hides.
    pub crane: (usize, Side, f64, f64),
    pub duration: f64,
    pub detection: f64,
    pub false_ends: f64,
    pub wrong_kinds: f64,
    pub bias: f64,
    pub noise: f64,
    pub seed: u64,
}

pub const MODELS: [(&str, f64); 6] = [
    ("S14", 14.2),
    ("N17", 16.6),
    ("H18", 18.4),
    ("E21", 20.8),
    ("D23", 23.2),
    ("T28", 27.8),
];

fn length(model: &str) -> f64 {
    MODELS.iter().find(|m| m.0 == model).map_or(20.0, |m| m.1)
}

fn locomotive(
    id: &'static str,
    model: &'static str,
    track: usize,
    lo: f64,
    head_low: bool,
    moves: Vec<Move>,
) -> Locomotive {
    Locomotive {
        id,
        model,
        length: length(model),
        track,
        lo,
        head_low,
        moves,
    }
}

impl Hall {
    /// Two arrivals, a departure, a shunting move that couples, a crane, lights off, a dead camera; varied by the seed.
    pub fn demo(seed: u64) -> Self {
        let mut draw = Draw::new(seed);
        let cameras = vec![
            camera("C1", -7.2, true, [0, 1]),
            camera("C2", -7.5, true, [1, 2]),
            camera("C3", 23.6, true, [0, 1]),
            camera("C4", 23.9, true, [1, 2]),
            camera("C5", 41.0, false, [0, 1]),
            camera("C6", 41.4, false, [1, 2]),
            camera("C7", 73.0, false, [0, 1]),
            camera("C8", 72.6, false, [1, 2]),
        ];
        let jitter = |draw: &mut Draw, start: f64, distance: f64| {
            vec![Move {
                start: start + draw.between(-3.0, 6.0),
                distance,
                speed: draw.between(1.1, 1.5),
            }]
        };
        let shift = draw.between(-1.0, 1.0);
        let locomotives = vec![
            locomotive(
                "G1",
                "S14",
                0,
                6.0 + shift,
                true,
                jitter(&mut draw, 41.0, 26.6 - shift),
            ),
            locomotive("G2", "N17", 0, 48.1, false, vec![]),
            locomotive(
                "G3",
                "D23",
                1,
                4.0 - shift,
                true,
                jitter(&mut draw, 34.0, -44.0),
            ),
            locomotive("G4", "H18", 2, 41.0 + 2.0 * shift, false, vec![]),
            locomotive(
                "G5",
                "T28",
                2,
                -14.0 - 27.8,
                true,
                jitter(&mut draw, 36.0, 44.3),
            ),
            locomotive(
                "G6",
                "E21",
                0,
                -14.0 - 20.8,
                false,
                jitter(&mut draw, 47.0, 37.8),
            ),
        ];
        let dead_camera = (draw.unit() * 8.0) as usize % 8;
        Self {
            facility: Arc::new(facility(&cameras)),
            locomotives,
            cameras,
            dark: (30.0, 40.0),
            dark_is_known: draw.unit() < 0.5,
            dead: (dead_camera, 60.0, 80.0),
            crane: (
                3,
                if draw.unit() < 0.5 {
                    Side::Low
                } else {
                    Side::High
                },
                50.0,
                60.0,
            ),
            duration: 90.0,
            detection: draw.between(0.85, 0.95),
            false_ends: 0.02,
            wrong_kinds: draw.between(0.05, 0.1),
            bias: 0.2,
            noise: draw.between(0.15, 0.3),
            seed,
        }
    }

    pub fn truth(&self) -> Vec<Truth> {
        (0..self.duration as i64)
            .map(|second| Truth {
                time: Timestamp::from_nanos(START + second * 1_000_000_000),
                locomotives: self
                    .locomotives
                    .iter()
                    .filter_map(|locomotive| {
                        let (lo, hi) = locomotive.span(second as f64);
                        let velocity = locomotive
                            .moves
                            .iter()
                            .map(|m| m.velocity(second as f64))
                            .sum();
                        let (head, tail) = if locomotive.head_low {
                            (lo, hi)
                        } else {
                            (hi, lo)
                        };
                        (hi > 0.0).then(|| TrueLocomotive {
                            id: locomotive.id.to_owned(),
                            track: format!("T{}", locomotive.track + 1),
                            head,
                            tail,
                            velocity,
                            inside: lo >= 0.0 && hi <= LENGTH,
                            model: Some(locomotive.model.to_owned()),
                            plate: None,
                        })
                    })
                    .collect(),
            })
            .collect()
    }

    /// All reports in the order of their times.
    pub fn reports(&self) -> Vec<Event> {
        let mut draw = Draw::new(self.seed.wrapping_add(77));
        let biases: Vec<[f64; 3]> = self
            .cameras
            .iter()
            .map(|_| [0; 3].map(|_| self.bias * draw.normal()))
            .collect();
        // Per camera, locomotive and end: a lingering error and a burst of misses.
        let ends = self.locomotives.len() * 2;
        let mut lingering = vec![0.0; self.cameras.len() * ends];
        let mut burst = vec![false; self.cameras.len() * ends];
        let confused: Vec<bool> = (0..self.cameras.len() * ends)
            .map(|_| draw.unit() < 0.03)
            .collect();
        let mut events = Vec::new();
        for frame in 0..(self.duration * 5.0) as u64 {
            let t = frame as f64 / 5.0;
            for (c, camera) in self.cameras.iter().enumerate() {
                if c == self.dead.0 && t >= self.dead.1 && t < self.dead.2 {
                    continue;
                }
                let dark = t >= self.dark.0 && t < self.dark.1;
                let mut found = Vec::new();
                for (m, locomotive) in self.locomotives.iter().enumerate() {
                    for side in [Side::Low, Side::High] {
                        let key = c * ends + m * 2 + usize::from(side == Side::High);
                        lingering[key] =
                            0.9 * lingering[key] + (1.0_f64 - 0.81).sqrt() * draw.normal();
                        burst[key] = if burst[key] {
                            draw.unit() < 0.6
                        } else {
                            draw.unit() < 0.4 * (1.0 - self.detection) / self.detection
                        };
                        let white = draw.normal();
                        let mislabelled = draw.unit() < self.wrong_kinds;
                        if dark || burst[key] || !self.sees(camera, m, side, t) {
                            continue;
                        }
                        let (lo, hi) = locomotive.span(t);
                        let s = if side == Side::Low { lo } else { hi };
                        let is_head = (side == Side::Low) == locomotive.head_low;
                        let s = s
                            + biases[c][locomotive.track]
                            + self.noise * (0.7 * lingering[key] + 0.7 * white);
                        found.push(end(
                            locomotive.track,
                            s,
                            is_head != (mislabelled || confused[key]),
                            draw.between(0.6, 0.98),
                        ));
                    }
                }
                let false_end = draw.unit() < self.false_ends;
                let (place, lane, kind) = (
                    draw.between(camera.from, camera.to),
                    draw.unit() < 0.5,
                    draw.unit() < 0.5,
                );
                if false_end && !dark {
                    found.push(end(
                        camera.tracks[usize::from(lane)],
                        place,
                        kind,
                        draw.between(0.4, 0.8),
                    ));
                }
                events.push(report(camera, frame, t, found, dark && self.dark_is_known));
            }
        }
        events
    }

    /// Whether this camera can see this end: it faces it, is in its reach and no locomotive of the track is in between.
    fn sees(&self, camera: &Camera, index: usize, side: Side, t: f64) -> bool {
        let locomotive = &self.locomotives[index];
        let (lo, hi) = locomotive.span(t);
        let s = if side == Side::Low { lo } else { hi };
        if (side == Side::Low) != camera.up
            || !camera.tracks.contains(&locomotive.track)
            || s < camera.from
            || s > camera.to
        {
            return false;
        }
        if index == self.crane.0 && side == self.crane.1 && t >= self.crane.2 && t < self.crane.3 {
            return false;
        }
        !self
            .locomotives
            .iter()
            .enumerate()
            .any(|(other, locomotive)| {
                let (lo, hi) = locomotive.span(t);
                let near = if camera.up { hi } else { lo };
                let share = (near - camera.x) / (s - camera.x);
                other != index
                    && locomotive.track == self.locomotives[index].track
                    && share < 1.0
                    && share > 0.584
            })
    }
}

fn camera(id: &'static str, x: f64, up: bool, tracks: [usize; 2]) -> Camera {
    let (from, to) = if up {
        (x + 6.0, x + 30.0)
    } else {
        (x - 30.0, x - 6.0)
    };
    Camera {
        id,
        x,
        up,
        tracks,
        from: from.max(0.0),
        to: to.min(LENGTH),
    }
}

fn end(track: usize, s: f64, head: bool, confidence: f64) -> EndReport {
    EndReport {
        track: format!("T{}", track + 1),
        s,
        sigma: 0.25,
        sigma_systematic: Some(0.2),
        kind: if head { EndKind::Head } else { EndKind::Tail },
        kind_confidence: 0.85,
        confidence,
        body: None,
        alternatives: vec![],
    }
}

fn report(camera: &Camera, frame: u64, t: f64, mut ends: Vec<EndReport>, no_cover: bool) -> Event {
    ends.sort_by(|a, b| a.track.cmp(&b.track).then(a.s.total_cmp(&b.s)));
    Event {
        id: format!("{}-{frame}", camera.id),
        source: "/hall/locoposition/test".to_owned(),
        subject: None,
        time: Timestamp::from_nanos(START + (t * 1e9).round() as i64),
        received: None,
        recorded: None,
        flow: "prod".to_owned(),
        data: Data::Position(PositionReport {
            clock: None,
            camera: camera.id.to_owned(),
            frame,
            covers: no_cover.then(Vec::<Cover>::new),
            ends,
            bodies: vec![],
        }),
    }
}

fn facility(cameras: &[Camera]) -> Facility {
    Facility::parse(&facility_text(cameras), "made.toml").expect("a sound facility")
}

/// The hall as facility.toml.
pub fn facility_text(cameras: &[Camera]) -> String {
    use std::fmt::Write;
    let mut text = String::from("facility = \"made\"\nlocomotive_length = [13.0, 36.0]\n");
    for track in 1..=3 {
        let _ = write!(
            text,
            "[[track]]\nid = \"T{track}\"\nlength = {LENGTH:.1}\ngates = [\"low\"]\n"
        );
    }
    for camera in cameras {
        let side = if camera.up { "low" } else { "high" };
        let covers: Vec<String> = camera
            .tracks
            .iter()
            .map(|track| {
                format!(
                    "{{ track = \"T{}\", from = {:.1}, to = {:.1}, side = \"{side}\", detection = 0.9, sigma_systematic = 0.2 }}",
                    track + 1,
                    camera.from,
                    camera.to
                )
            })
            .collect();
        let _ = write!(
            text,
            "[[camera]]\nid = \"{}\"\nrate = 5.0\ncovers = [ {} ]\n",
            camera.id,
            covers.join(", ")
        );
    }
    for (name, length) in MODELS {
        let _ = write!(text, "[[model]]\nname = \"{name}\"\nlength = {length:.1}\n");
    }
    text
}
