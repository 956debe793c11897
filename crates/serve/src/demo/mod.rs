// SPDX-License-Identifier: MIT OR Apache-2.0
//! A hall that lives without cameras: a simulated one, whose reports are fused by two flows in real time.
//!
//! The same twenty minutes are played over and over. The first time they are history: they end when the program starts.

mod readings;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use estimation::fse::{Fusion, FusionConfig};
use facility::{Facility, FacilityErrors};
use messages::{Data, Event, Timestamp};
use scenarios::{DURATION, Kind, START, Scenario};

use crate::app::App;

/// The facility's name.
const NAME: &str = "demo";
/// This seed's hall and traffic.
const SEED: u64 = 7;
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
            let mut begin = now.saturating_sub(PASS_NS);
            for number in 0.. {
                self.pass(&app, begin, number);
                begin = begin.saturating_add(PASS_NS);
            }
        });
    }

    /// Everything that is said in the pass that begins at `begin`, at once or when it is due. The first pass is number 0.
    pub fn pass(&self, app: &App, begin: Timestamp, number: u64) {
        let offset = begin.since(START);
        let epoch = (begin.nanos() / 1_000_000_000).unsigned_abs();
        let mut flows = flows(&self.facility, epoch);
        let mut waiting: Vec<String> = Vec::new();
        for event in &self.events {
            let due = event.arrival().saturating_add(offset);
            for flow in &mut flows {
                let states = flow.hear(event.clone());
                let states = states.into_iter().map(|state| told(state, offset, number));
                waiting.extend(states.map(|state| state.to_json()));
            }
            // Reports of the past are not kept: it would take too long.
            if number > 0 || matches!(event.data, Data::Health(_)) {
                let event = told(with_epoch(event.clone(), epoch), offset, 0);
                waiting.push(event.to_json());
            }
            let is_due = wait_until(due);
            if !waiting.is_empty() && (is_due || waiting.len() >= BATCH) {
                keep(app, &mut waiting);
            }
        }
        for flow in &mut flows {
            let states = flow.fusion.finish().into_iter();
            waiting.extend(states.map(|state| told(state, offset, number).to_json()));
        }
        keep(app, &mut waiting);
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

/// An event of this pass: ids are unique over all of them.
fn with_epoch(mut event: Event, epoch: u64) -> Event {
    if let Some((_, sequence)) = event.id.split_once('-') {
        event.id = format!("{epoch}-{sequence}");
    }
    event
}

/// An event as it is told now. Locomotives of later passes have other names, because they are others.
fn told(mut event: Event, offset: i64, pass: u64) -> Event {
    let shift = |time: &mut Timestamp| *time = time.saturating_add(offset);
    shift(&mut event.time);
    event.received.iter_mut().for_each(shift);
    event.recorded.iter_mut().for_each(shift);
    if let Data::State(state) = &mut event.data {
        for locomotive in &mut state.locomotives {
            shift(&mut locomotive.last_seen);
            if pass > 0 {
                locomotive.id = format!("{}.{pass}", locomotive.id);
            }
        }
    }
    event
}

/// Waits until `due`; whether that is not long past.
fn wait_until(due: Timestamp) -> bool {
    let now = now();
    let wait = due.since(now);
    if wait > 0 {
        thread::sleep(Duration::from_nanos(wait.unsigned_abs()));
    }
    wait > -1_000_000_000
}

/// The time of day.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Timestamp::from_nanos(since.map_or(0, |since| since.as_nanos() as i64))
}

/// Gives what waits to the intake.
fn keep(app: &App, waiting: &mut Vec<String>) {
    if let Err(error) = app.intake.take(waiting.iter().map(String::as_str)) {
        eprintln!("roundhouse: demo: {error}");
    }
    waiting.clear();
}
