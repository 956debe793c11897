// SPDX-License-Identifier: MIT OR Apache-2.0
//! A hall that lives without cameras: a simulated one, whose reports are fused by two flows in real time.
//!
//! The same twenty minutes are played forwards and backwards in turn, so that the hall goes on without a break. The first time they
//! are history: they end when the program starts.

mod readings;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use estimation::fse::{Fusion, FusionConfig};
use facility::{Facility, FacilityErrors};
use messages::{Data, Event, Health, Timestamp};
use scenarios::{DURATION, Kind, START, Scenario};

use crate::app::App;

/// The facility's name.
const NAME: &str = "demo";
/// This seed's hall and traffic.
const SEED: u64 = 7;
/// How long after a camera's failure or return it is reported in a scenario, ns.
const NOTICED_NS: i64 = 2_000_000_000;
/// How long a pass lasts, ns.
const PASS_NS: i64 = DURATION as i64 * 1_000_000_000;
/// Endings of the names of cameras that the flow of development lacks.
const MISSING: [&str; 4] = ["0", "3", "6", "9"];
/// Events kept at once while history is made.
const BATCH: usize = 500;

/// The simulated hall.
pub struct Demo {
    scenario: Scenario,
    facility: Facility,
    /// What is reported, in the order of arrival.
    events: Vec<Event>,
}

/// A flow of the demo.
struct Flow {
    name: &'static str,
    fusion: Fusion,
}

impl Demo {
    /// Makes the hall.
    ///
    /// # Errors
    /// The made facility is refused, which is a fault of this program.
    pub fn new() -> Result<Self, FacilityErrors> {
        let scenario = Scenario::with(NAME, &Kind::Dropout.parameters(), SEED, DURATION)?;
        let facility = Facility {
            timezone: Some("Europe/Berlin".to_owned()),
            ..scenario.facility.clone()
        };
        let mut events = scenario.events.clone();
        events.extend(readings::readings(&scenario));
        events.sort_by_key(Event::arrival);
        Ok(Self {
            scenario,
            facility,
            events,
        })
    }

    /// Its facility.
    #[must_use]
    pub fn facility(&self) -> Facility {
        self.facility.clone()
    }

    /// What really happened, in the scenario's own time.
    #[must_use]
    pub const fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Plays for ever, in a thread of its own: first the pass that ends at `now` at once, then each event when it is due.
    pub fn play(self, app: Arc<App>, now: Timestamp) {
        thread::spawn(move || {
            let begin = now.saturating_sub(PASS_NS);
            let mut playback = self.playback(begin);
            loop {
                playback.pass(&app);
            }
        });
    }

    /// A playback whose first pass begins at `begin`.
    #[must_use]
    pub fn playback(&self, begin: Timestamp) -> Playback<'_> {
        Playback {
            demo: self,
            flows: flows(&self.facility, seconds(begin)),
            begin,
            number: 0,
        }
    }
}

/// The hall as it is played, pass after pass.
pub struct Playback<'a> {
    demo: &'a Demo,
    flows: [Flow; 2],
    /// When the next pass begins, and how manieth it is, from 0.
    begin: Timestamp,
    number: u64,
}

impl Playback<'_> {
    /// Says everything that is said in the next pass: what is past at once, the rest when it is due.
    pub fn pass(&mut self, app: &App) {
        let mut waiting: Vec<String> = Vec::new();
        for event in self.events() {
            let due = event.arrival();
            for flow in &mut self.flows {
                let states = flow.hear(event.clone()).into_iter();
                waiting.extend(states.map(|state| state.to_json()));
            }
            // Reports of the past are not kept: it would take too long.
            if self.number > 0 || matches!(event.data, Data::Health(_)) {
                waiting.push(event.to_json());
            }
            let is_due = wait_until(due);
            if !waiting.is_empty() && (is_due || waiting.len() >= BATCH) {
                keep(app, &mut waiting);
            }
        }
        keep(app, &mut waiting);
        self.begin = self.begin.saturating_add(PASS_NS);
        self.number += 1;
    }

    /// What is reported in the next pass, in the order of arrival: every other one runs backwards.
    fn events(&self) -> Vec<Event> {
        let end = self.begin.saturating_add(PASS_NS);
        let backwards = self.number % 2 == 1;
        let epoch = seconds(self.begin);
        let events = self.demo.events.iter().cloned();
        let mut events: Vec<Event> = events
            .map(|mut event| {
                let (delay, since) = (event.arrival().since(event.time), event.time.since(START));
                event.time = if backwards {
                    end.saturating_sub(since)
                } else {
                    self.begin.saturating_add(since)
                };
                if backwards {
                    turn(&mut event);
                }
                event.received = Some(event.time.saturating_add(delay));
                event.id = format!("{epoch}-{}", event.id.trim_start_matches("1-"));
                event
            })
            .collect();
        events.sort_by_key(Event::arrival);
        events
    }
}

/// Makes the end of a camera's failure its begin, and the other way round: time runs backwards.
fn turn(event: &mut Event) {
    if let Data::Health(health) = &mut event.data {
        health.health = match health.health {
            Health::Online => Health::Offline,
            _ => Health::Online,
        };
        event.time = event.time.saturating_add(2 * NOTICED_NS);
    }
}

/// The two flows. That of development has fewer cameras, and its reader takes a 3 at the end for an 8, so that they differ now and then.
fn flows(facility: &Facility, epoch: u64) -> [Flow; 2] {
    ["prod", "dev"].map(|name| {
        let config = FusionConfig {
            flow: name.to_owned(),
            source: format!("/{NAME}/fsefuse/{name}"),
            epoch,
            ..FusionConfig::default()
        };
        let fusion = Fusion::new(Arc::new(facility.clone()), config);
        Flow { name, fusion }
    })
}

impl Flow {
    /// Takes in an event; returns the states that follow.
    fn hear(&mut self, mut event: Event) -> Vec<Event> {
        let arrival = event.arrival();
        if self.name == "prod" || worsen(&mut event) {
            self.fusion.push(event);
        }
        self.fusion.advance(arrival)
    }
}

/// Makes an event what the flow of development hears; whether it hears it at all.
fn worsen(event: &mut Event) -> bool {
    match &mut event.data {
        Data::Position(report) => !MISSING
            .iter()
            .any(|missing| report.camera.ends_with(missing)),
        Data::Plate(plate) => {
            if plate.text.ends_with('3') {
                plate.text.pop();
                plate.text.push('8');
            }
            true
        }
        _ => true,
    }
}

/// Whole seconds since 1970: ids of later passes and starts are others.
fn seconds(time: Timestamp) -> u64 {
    (time.nanos() / 1_000_000_000).unsigned_abs()
}

/// Waits until `due`; whether that is not long past.
fn wait_until(due: Timestamp) -> bool {
    let now = Timestamp::now();
    let wait = due.since(now);
    if wait > 0 {
        thread::sleep(Duration::from_nanos(wait.unsigned_abs()));
    }
    wait > -1_000_000_000
}

/// Gives what waits to the intake.
fn keep(app: &App, waiting: &mut Vec<String>) {
    if let Err(error) = app.intake.take(waiting.iter().map(String::as_str)) {
        eprintln!("roundhouse: demo: {error}");
    }
    waiting.clear();
}
