// SPDX-License-Identifier: MIT OR Apache-2.0
//! Fusion: the looks of all cameras become the state of the facility.
//!
//! ```
//! # use std::sync::Arc;
//! # use roundhouse_estimation::fse::{Fusion, FusionConfig};
//! # use facility::Facility;
//! # use messages::Event;
//! # let text = "facility = 'a'\n[[track]]\nid = 'T1'\nlength = 60.0\n[[camera]]\nid = 'C1'\n";
//! let facility = Arc::new(Facility::parse(text, "facility.toml")?);
//! let mut fusion = Fusion::new(facility, FusionConfig::default());
//! let look = r#"{"specversion":"1.0","type":"com.roundhouse.position-report.v1","source":"/a/lpe","id":"1-1",
//!   "time":"2026-03-01T06:00:00Z","data":{"camera":"C1","frame":1,"ends":[]}}"#;
//! fusion.push(Event::parse(look)?);
//! let states = fusion.finish();
//! assert_eq!(states.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ablation;
mod association;
mod attributes;
mod births;
mod bodies;
mod candidate;
mod check;
mod constants;
mod evidence;
mod found;
mod hypotheses;
mod identity;
mod leave;
mod links;
mod machine;
mod motion;
mod persist;
mod schedule;
mod site;
mod snapshot;
mod structure;
mod sureness;
mod tracker;
mod unclaimed;
mod window;

use std::collections::BTreeSet;
use std::sync::Arc;

use facility::Facility;
use messages::{Data, Event, FacilityState, Side, Timestamp};

pub use ablation::Without;
pub use check::Counters;
pub use persist::RestoreError;

use attributes::{ModelReading, PlateReading};
use check::read_look;
use constants::{
    BEYOND_TRACK, GATE_SIGMAS, HIT_MIN, LONGEST_IDLE, LONGEST_JUMP, LONGEST_SILENCE, MOST_INPUTS,
    MOST_WAITING, MOVING, SAME_CLOCK, SET_BACK, SETTLE_NS, WEIGHT_MAX, WINDOW_MAX,
};
use site::Site;
use tracker::{Look, Tracker};
use unclaimed::Reading;
use window::{Key, Observation, Window};

/// How a fusion speaks.
#[derive(Debug, Clone)]
pub struct FusionConfig {
    /// Time between two states, ns; states lie on its whole multiples (UTC).
    pub interval_ns: i64,
    /// Whether every change of the set of locomotives makes a state, too.
    pub on_change: bool,
    /// Attribute `flow` of the states.
    pub flow: String,
    /// Attribute `source` of the states, `/<facility>/<service>/<instance>`.
    pub source: String,
    /// First part of the states' ids.
    pub epoch: u64,
    /// Reorder window, s; `None`: it follows the cameras' delays.
    pub window: Option<f64>,
    /// Parts of the model that are left out.
    pub without: Without,
}

impl Default for FusionConfig {
    fn default() -> Self {
        Self {
            interval_ns: 1_000_000_000,
            on_change: true,
            flow: "prod".to_owned(),
            source: "/roundhouse/fsefuse/prod".to_owned(),
            epoch: 1,
            window: None,
            without: Without::default(),
        }
    }
}

/// The fusion. Events go in in the order of their arrival, states come out.
///
/// A state at T uses everything that arrived until T and nothing later, so it comes out when something later arrives, when
/// [`Fusion::advance`] says that it is later, or at the end.
#[derive(Debug)]
pub struct Fusion {
    config: FusionConfig,
    tracker: Option<Tracker>,
    site: Arc<Site>,
    window: Window,
    /// Latest arrival.
    now: Timestamp,
    /// Latest arrival of an event.
    heard: Timestamp,
    /// An arrival far from all others, and how often it was confirmed.
    suspect: Option<(Timestamp, u32)>,
    /// Event time up to which everything is committed.
    committed: Timestamp,
    /// Event time at which all tracks were last settled.
    settled: Timestamp,
    /// Whether the set of locomotives may have changed.
    review_names: bool,
    /// The next state's time.
    next: Timestamp,
    /// Names of the locomotives in the last state.
    shown: BTreeSet<u64>,
    inputs: BTreeSet<String>,
    number: u64,
    out: Vec<Event>,
    counters: Counters,
}

impl Fusion {
    /// A fusion that knows nothing yet.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "whoever fuses shares the facility, he does not lend it"
    )]
    pub fn new(facility: Arc<Facility>, config: FusionConfig) -> Self {
        let config = FusionConfig {
            interval_ns: config.interval_ns.max(1_000_000),
            ..config
        };
        Self {
            window: Window::new(
                config
                    .window
                    .or(config.without.reorder.then_some(0.0))
                    .filter(|window| window.is_finite() && *window >= 0.0),
            ),
            site: Arc::new(Site::new(&facility, config.without)),
            config,
            tracker: None,
            now: Timestamp::from_nanos(i64::MIN),
            heard: Timestamp::from_nanos(i64::MIN),
            suspect: None,
            committed: Timestamp::from_nanos(i64::MIN),
            settled: Timestamp::from_nanos(0),
            review_names: false,
            next: Timestamp::from_nanos(i64::MIN),
            shown: BTreeSet::new(),
            inputs: BTreeSet::new(),
            number: 0,
            out: Vec::new(),
            counters: Counters::default(),
        }
    }

    /// Takes in one event. Its arrival is when the fusion's time is then; earlier arrivals do not turn it back.
    // The event's parts are kept.
    #[allow(clippy::needless_pass_by_value)]
    pub fn push(&mut self, event: Event) {
        let arrival = event.arrival();
        self.counters.events += 1;
        if !self.is_believable(arrival) {
            self.counters.clock_jump += 1;
            return;
        }
        self.go_on(arrival);
        let mut time = event.time;
        if time > self.now {
            self.counters.clock_ahead += 1;
            time = self.now;
        }
        if self.config.without.reorder {
            time = self.now;
        }
        let used = match event.data {
            Data::Position(report) => self.take_position(&report, time),
            Data::Model(report) => self
                .reading(&report.camera, &report.track, report.s)
                .is_some_and(|(camera, track)| {
                    let reading = ModelReading::new(&report, track, &self.site);
                    self.wait(
                        camera,
                        time,
                        name(&event.source, &event.id),
                        Reading::Model(reading),
                    )
                }),
            Data::Plate(report) => self
                .reading(&report.camera, &report.track, report.s)
                .is_some_and(|(camera, track)| {
                    let reading = PlateReading::new(&report, camera, track);
                    self.wait(
                        camera,
                        time,
                        name(&event.source, &event.id),
                        Reading::Plate(reading),
                    )
                }),
            Data::Health(report) => {
                match (self.site.camera(&report.camera), &mut self.tracker) {
                    (Some(camera), Some(tracker)) => tracker.trust[camera].health = report.health,
                    _ => self.counters.unknown_camera += 1,
                }
                false
            }
            Data::Tick => false,
            Data::State(_) => {
                self.counters.unused += 1;
                false
            }
        };
        if used && self.inputs.len() < MOST_INPUTS && !self.inputs.contains(&event.flow) {
            self.inputs.insert(event.flow);
        }
    }

    /// Says that nothing will arrive before `arrival` any more; returns the states due until then.
    pub fn advance(&mut self, arrival: Timestamp) -> Vec<Event> {
        if self.tracker.is_some() && arrival > self.now {
            self.say_until(arrival);
        }
        std::mem::take(&mut self.out)
    }

    /// Says that nothing will arrive any more; returns the states due until the last arrival.
    pub fn finish(&mut self) -> Vec<Event> {
        if self.tracker.is_some() {
            self.close(self.now);
            if self.next == self.now {
                self.emit(self.now);
            }
        }
        std::mem::take(&mut self.out)
    }

    /// What was used and what was refused.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// What is known at `time`, not before what was committed.
    pub fn state_at(&self, time: Timestamp) -> FacilityState {
        let Some(tracker) = &self.tracker else {
            return Tracker::new(Arc::clone(&self.site), time).snapshot(
                time,
                self.number,
                &self.inputs,
            );
        };
        self.preview(&mut tracker.clone(), time)
    }

    /// What is known at `time` with the looks that are not committed yet; `tracker` has its places as of then afterwards.
    fn preview(&self, tracker: &mut Tracker, time: Timestamp) -> FacilityState {
        for (key, observation) in self.window.waiting() {
            let wanted = key.time <= time && !self.config.without.preview;
            if let (true, Observation::Look(look)) = (wanted, observation) {
                tracker.glimpse(look);
            }
        }
        for track in 0..tracker.tracks.len() {
            tracker.tracks[track].predict(time, &self.site, track);
        }
        tracker.snapshot(time, self.number, &self.inputs)
    }

    /// Time goes on to `arrival`: what was due before it is said.
    fn go_on(&mut self, arrival: Timestamp) {
        if self.tracker.is_none() {
            self.now = arrival;
            self.heard = arrival;
            self.committed = arrival.saturating_sub((WINDOW_MAX * 1e9) as i64);
            self.settled = Timestamp::from_nanos(
                self.committed.nanos() - self.committed.nanos().rem_euclid(SETTLE_NS),
            );
            self.tracker = Some(Tracker::new(Arc::clone(&self.site), self.settled));
            self.next = next_multiple(arrival, self.config.interval_ns);
            return;
        }
        if arrival <= self.now {
            return;
        }
        self.say_until(arrival);
        if self.next < arrival {
            self.counters.gaps += 1;
            self.next = next_multiple(arrival, self.config.interval_ns);
        }
        self.now = arrival;
        self.heard = arrival;
    }

    /// Everything that arrived before `arrival` is here: says the states that are due until then, unless nothing has been heard
    /// for too long.
    fn say_until(&mut self, arrival: Timestamp) {
        self.close(self.now);
        while self.next < arrival && self.next.seconds_since(self.heard) <= LONGEST_SILENCE {
            // Nothing arrives in between: these states describe their own instants.
            let due = self.next;
            self.now = due;
            self.close(due);
            if self.next == due {
                self.emit(due);
            }
        }
    }

    /// Whether time may go on to this arrival. One that is far from all others must be confirmed by a second one; when all
    /// arrivals stay far behind, the clock was set back, and the fusion starts anew.
    fn is_believable(&mut self, arrival: Timestamp) -> bool {
        let ahead = arrival.seconds_since(self.now);
        if self.tracker.is_none() || ahead.abs() <= LONGEST_JUMP {
            self.suspect = None;
            return true;
        }
        let near = |suspect: Timestamp| arrival.seconds_since(suspect).abs() <= SAME_CLOCK;
        let times = match self.suspect {
            Some((suspect, times)) if near(suspect) => times + 1,
            _ => 1,
        };
        self.suspect = Some((arrival, times));
        if ahead > 0.0 {
            return times > 1;
        }
        if times >= SET_BACK {
            self.tracker = None;
            self.suspect = None;
            self.window.clear();
            return true;
        }
        false
    }

    /// All that arrived until `now` is here: commits what is old enough and tells of changes.
    fn close(&mut self, now: Timestamp) {
        let until = now.saturating_sub((self.window.width(now) * 1e9) as i64);
        self.commit(until);
        let Some(tracker) = &self.tracker else { return };
        let review = std::mem::take(&mut self.review_names);
        if self.config.on_change && review && names(tracker) != self.shown {
            self.emit(now);
        }
    }

    /// Commits everything until `until` in the order of event times, and settles all tracks on a grid of event times: what is
    /// committed does not depend on when it arrived.
    fn commit(&mut self, until: Timestamp) {
        let Some(tracker) = &mut self.tracker else {
            return;
        };
        loop {
            let next = self.window.first().filter(|&first| first <= until);
            let settle = self.settled.saturating_add(SETTLE_NS);
            if settle <= next.unwrap_or(until) {
                let idle = next.unwrap_or(until).seconds_since(settle) > LONGEST_IDLE;
                self.settled = if idle {
                    next.unwrap_or(until)
                        .saturating_sub((LONGEST_IDLE * 1e9) as i64)
                } else {
                    settle
                };
                tracker.settle(self.settled);
                self.review_names = true;
                continue;
            }
            if next.is_none() {
                break;
            }
            let Some((key, observation)) = self.window.pop() else {
                break;
            };
            match observation {
                Observation::Look(look) => tracker.look(&look),
                Observation::Reading(reading) => tracker.read(reading, key.time),
            }
        }
        self.counters.homeless += std::mem::take(&mut tracker.homeless);
        self.committed = self.committed.max(until);
    }

    fn emit(&mut self, time: Timestamp) {
        let Some(mut tracker) = self.tracker.take() else {
            return;
        };
        self.number += 1;
        self.shown = names(&tracker);
        // A preview only moves things: they are put back, which is less work than to copy all that is known of them.
        let places = tracker.places();
        let state = self.preview(&mut tracker, time);
        tracker.put_back(places);
        self.tracker = Some(tracker);
        self.out.push(Event {
            id: format!("{}-{}", self.config.epoch, self.number),
            source: self.config.source.clone(),
            subject: None,
            time,
            received: None,
            recorded: None,
            flow: self.config.flow.clone(),
            data: Data::State(state),
        });
        if time == self.next {
            self.next = next_multiple(time.saturating_add(1), self.config.interval_ns);
        }
    }

    /// Whether the report was used.
    fn take_position(&mut self, report: &messages::PositionReport, time: Timestamp) -> bool {
        let Some(look) = read_look(report, time, &self.site, &mut self.counters) else {
            return false;
        };
        self.window.heard(look.camera, time, self.now);
        if time <= self.committed {
            self.counters.late += 1;
            return self.confirm_late(&look);
        }
        let key = Key {
            time,
            camera: look.camera,
            reading: String::new(),
            frame: report.frame,
        };
        self.add(key, Observation::Look(look))
    }

    /// A late look still tells that machines at rest stand where they stand.
    fn confirm_late(&mut self, look: &Look) -> bool {
        let Some(tracker) = &mut self.tracker else {
            return false;
        };
        for (track, detection) in &look.detections {
            for machine in &mut tracker.tracks[*track].machines {
                for side in [Side::Low, Side::High] {
                    let (mean, variance) = machine.motion.place(side);
                    let near = (detection.s - mean).abs()
                        < GATE_SIGMAS * (variance + detection.variance).sqrt();
                    if near && machine.motion.moving() < 1.0 - MOVING && !machine.never_seen(side) {
                        let evidence = machine.evidence_mut(side);
                        evidence.weight = (evidence.weight + HIT_MIN * 0.5).min(WEIGHT_MAX);
                    }
                }
            }
        }
        true
    }

    /// Camera and track of a reading, if it can be meant.
    fn reading(&mut self, camera: &str, track: &str, s: f64) -> Option<(usize, usize)> {
        let Some(camera) = self.site.camera(camera) else {
            self.counters.unknown_camera += 1;
            return None;
        };
        let Some(track) = self.site.track(track) else {
            self.counters.unknown_track += 1;
            return None;
        };
        let length = self.site.tracks[track].length;
        if !(s > -BEYOND_TRACK && s < length + BEYOND_TRACK) {
            self.counters.far_place += 1;
            return None;
        }
        Some((camera, track))
    }

    /// A reading waits for its turn. One that is late has it as early as still possible: what is read does not age.
    fn wait(&mut self, camera: usize, time: Timestamp, name: String, reading: Reading) -> bool {
        let key = Key {
            time: time.max(self.committed.saturating_add(1)),
            camera,
            reading: name,
            frame: 0,
        };
        self.add(key, Observation::Reading(reading))
    }

    /// Whether this was not heard before, and there is room for it.
    fn add(&mut self, key: Key, observation: Observation) -> bool {
        if self.window.len() >= MOST_WAITING {
            self.counters.overflow += 1;
            return false;
        }
        let fresh = self.window.add(key, observation);
        self.counters.duplicate += u64::from(!fresh);
        fresh
    }
}

/// The name of a reading: ids are unique within their source alone.
fn name(source: &str, id: &str) -> String {
    format!("{source} {id}")
}

/// Names of the machines that are believed.
fn names(tracker: &Tracker) -> BTreeSet<u64> {
    let machines = tracker.tracks.iter().flat_map(|track| &track.machines);
    machines
        .filter(|machine| machine.confidence() >= 0.5)
        .map(|machine| machine.name)
        .collect()
}

/// The first whole multiple of `interval` not before `time`.
fn next_multiple(time: Timestamp, interval: i64) -> Timestamp {
    let past = time.nanos().rem_euclid(interval);
    if past == 0 {
        time
    } else {
        time.saturating_add(interval - past)
    }
}
