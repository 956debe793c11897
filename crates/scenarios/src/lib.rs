// SPDX-License-Identifier: MIT OR Apache-2.0
//! Simulated halls with their truth: traffic, cameras and what goes wrong with them, from a seed.
//!
//! A [`Scenario`] is a hall of six tracks with 20 to 40 cameras and 10 to 20 locomotives over 20 minutes: its facility, every
//! report in the order of arrival, and what really stood where at every second. What goes wrong is the scenario's [`Kind`]; its
//! numbers are [`Parameters`]. The same kind and seed give the same bytes, and kinds of one seed share what they have in common.
//!
//! ```
//! use roundhouse_scenarios::{Kind, Scenario};
//! let scenario = Scenario::new(Kind::Nominal, 1, 60.0)?;
//! assert_eq!(scenario.truth.len(), 61);
//! assert!(scenario.events.len() > 500);
//! # Ok::<(), facility::FacilityErrors>(())
//! ```

mod course;
mod delivery;
mod draw;
mod faults;
mod kind;
mod layout;
mod sight;
mod traffic;
mod witness;

use estimation::metrics::{TrueLocomotive, Truth};
use facility::{Facility, FacilityErrors};
use messages::{Data, Event};

pub use kind::{Delay, Hiding, Kind, Outages, Parameters, Rakes, UnknownKind};
pub use witness::Watched;

pub use delivery::START;
use delivery::instant;
use draw::{Draw, Stream};
use faults::Fate;
use layout::Hall;
use sight::{Eye, Scene, millimetres};
use traffic::Traffic;

/// How long a scenario of the fixed kinds lasts, s.
pub const DURATION: f64 = 1200.0;
/// Standard deviation of the time between two frames, as a share of it.
const FRAME_JITTER: f64 = 0.02;

/// A synthetic hall.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The text of `facility.toml`.
    pub facility_toml: String,
    /// The same, read.
    pub facility: Facility,
    /// What is reported, in the order of arrival. The last one is a tick at the end.
    pub events: Vec<Event>,
    /// What really stood where, every second.
    pub truth: Vec<Truth>,
    /// How long each locomotive was watched.
    pub watched: Vec<Watched>,
}

impl Scenario {
    /// A scenario of one of the fixed kinds, `duration` seconds long.
    ///
    /// # Errors
    /// The made facility is refused, which is a fault of this crate.
    pub fn new(kind: Kind, seed: u64, duration: f64) -> Result<Self, FacilityErrors> {
        let name = format!("{kind}-{seed}");
        Self::with(&name, &kind.parameters(), seed, duration)
    }

    /// A scenario of any parameters, `duration` seconds long; its facility is called `name`.
    ///
    /// # Errors
    /// The made facility is refused: the parameters ask for something that no facility can be.
    pub fn with(
        name: &str,
        parameters: &Parameters,
        seed: u64,
        duration: f64,
    ) -> Result<Self, FacilityErrors> {
        let hall = Hall::new(name, parameters, seed);
        let traffic = Traffic::new(&hall, parameters, seed, duration);
        let fates = faults::fates(&hall, &traffic, parameters, seed, duration);
        let cranes = faults::cranes(&hall, parameters, seed, duration);
        let scene = Scene {
            hall: &hall,
            traffic: &traffic,
            parameters,
            cranes: &cranes,
        };
        let facility_toml = hall.to_toml();
        Ok(Self {
            facility: Facility::parse(&facility_toml, "facility.toml")?,
            facility_toml,
            events: events(&scene, &fates, seed, duration),
            truth: truth(&scene, duration),
            watched: witness::watched(&scene, &fates, duration),
        })
    }

    /// The truth as JSON Lines.
    pub fn truth_lines(&self) -> String {
        self.truth
            .iter()
            .map(|truth| truth.to_json() + "\n")
            .collect()
    }

    /// The reports as JSON Lines.
    pub fn report_lines(&self) -> String {
        self.events
            .iter()
            .map(|event| event.to_json() + "\n")
            .collect()
    }
}

/// Everything reported until the end, in the order of arrival.
fn events(scene: &Scene, fates: &[Fate], seed: u64, duration: f64) -> Vec<Event> {
    let mut events = Vec::new();
    for (index, (camera, fate)) in scene.hall.cameras.iter().zip(fates).enumerate() {
        let source = format!("/{}/locoposition/{}", scene.hall.name, camera.id);
        events.extend(delivery::health(
            &camera.id,
            fate,
            &source.replace("locoposition", "framemux"),
        ));
        let mut pace = Draw::of(seed, Stream::Delivery, index);
        let mut eye = Eye {
            scene,
            camera,
            fate,
            draw: Draw::of(seed, Stream::Looks, index),
        };
        let phase = pace.between(0.0, 1.0);
        for frame in 0.. {
            let planned = (frame as f64 + phase + FRAME_JITTER * pace.normal()) / camera.rate;
            if planned >= duration {
                break;
            }
            let t = planned.max(0.0);
            let arrival = delivery::arrival(&scene.parameters.delay, fate, t, &mut pace);
            let report = eye.scan(frame, t);
            if !fate.delivers(t) {
                continue;
            }
            events.push(Event {
                id: format!("1-{frame}"),
                source: source.clone(),
                subject: Some(format!("camera/{}", camera.id)),
                time: instant(t + fate.clock),
                received: Some(instant(arrival)),
                recorded: None,
                flow: "prod".to_owned(),
                data: Data::Position(report),
            });
        }
    }
    let end = instant(duration);
    events.retain(|event| event.arrival() < end);
    events.sort_by_key(Event::arrival);
    events.push(Event {
        id: "1-1".to_owned(),
        source: format!("/{}/clock/1", scene.hall.name),
        subject: None,
        time: end,
        received: Some(end),
        recorded: None,
        flow: "prod".to_owned(),
        data: Data::Tick,
    });
    events
}

/// What really stands where at every whole second.
fn truth(scene: &Scene, duration: f64) -> Vec<Truth> {
    (0..=duration as u32)
        .map(|second| Truth {
            time: instant(f64::from(second)),
            locomotives: standing(scene, f64::from(second)),
        })
        .collect()
}

/// The locomotives that stand or move in the hall at time `t`.
fn standing(scene: &Scene, t: f64) -> Vec<TrueLocomotive> {
    let mut all = Vec::new();
    for (index, track) in scene.hall.tracks.iter().enumerate() {
        for stay in scene.traffic.on_track(index, t) {
            let (lo, hi) = stay.span(t);
            if hi <= 0.0 || lo >= track.length {
                continue;
            }
            let locomotive = &scene.traffic.locomotives[stay.locomotive];
            let (head, tail) = if locomotive.head_low {
                (lo, hi)
            } else {
                (hi, lo)
            };
            all.push(TrueLocomotive {
                id: locomotive.id.clone(),
                track: track.id.clone(),
                head: millimetres(head),
                tail: millimetres(tail),
                velocity: millimetres(stay.velocity(t)),
                inside: lo >= 0.0 && hi <= track.length,
                model: Some(scene.hall.models[locomotive.model].name.clone()),
                plate: Some(locomotive.plate.clone()),
            });
        }
    }
    all
}
