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

mod association;
mod attributes;
mod births;
mod candidate;
mod check;
mod constants;
mod evidence;
mod found;
mod hypotheses;
mod leave;
mod machine;
mod motion;
mod schedule;
mod site;
mod snapshot;
mod structure;
mod tracker;
mod window;

use std::collections::BTreeSet;
use std::sync::Arc;

use facility::Facility;
use messages::{Data, Event, FacilityState, Side, Timestamp};

pub use check::Counters;

use check::read_look;
use constants::{
    ATTRIBUTE_INSIDE, BEYOND_TRACK, GATE_SIGMAS, HIT_MIN, LONGEST_SILENCE, MOVING, WEIGHT_MAX,
    WINDOW_MAX,
};
use site::Site;
use tracker::{Look, Tracker};
use window::{Observation, Window};

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
    /// Event time up to which everything is committed.
    committed: Timestamp,
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
                    .filter(|window| window.is_finite() && *window >= 0.0),
            ),
            config,
            tracker: None,
            site: Arc::new(Site::new(&facility)),
            now: Timestamp::from_nanos(i64::MIN),
            committed: Timestamp::from_nanos(i64::MIN),
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
        self.go_on(arrival);
        let mut time = event.time;
        if time > self.now {
            self.counters.clock_ahead += 1;
            time = self.now;
        }
        let used = match event.data {
            Data::Position(report) => self.take_position(&report, time),
            Data::Model(report) => {
                let key = (
                    time,
                    format!("{}\u{1}model\u{1}{}", report.camera, event.id),
                    0,
                );
                self.take_attribute(
                    &report.track.clone(),
                    report.s,
                    key,
                    Observation::Model(report),
                )
            }
            Data::Plate(report) => {
                let key = (
                    time,
                    format!("{}\u{1}plate\u{1}{}", report.camera, event.id),
                    0,
                );
                self.take_attribute(
                    &report.track.clone(),
                    report.s,
                    key,
                    Observation::Plate(report),
                )
            }
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
        if used && !self.inputs.contains(&event.flow) {
            self.inputs.insert(event.flow);
        }
    }

    /// Says that nothing will arrive before `arrival` any more; returns the states due until then.
    pub fn advance(&mut self, arrival: Timestamp) -> Vec<Event> {
        if self.tracker.is_some() {
            self.go_on(arrival);
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
        let mut preview = tracker.clone();
        for (key, observation) in self.window.waiting() {
            if let (true, Observation::Look(look)) = (key.0 <= time, observation) {
                preview.look(look);
            }
        }
        for track in 0..preview.tracks.len() {
            preview.tracks[track].predict(time, &self.site, track);
        }
        preview.snapshot(time, self.number, &self.inputs)
    }

    /// Time goes on to `arrival`: what was due before it is said.
    fn go_on(&mut self, arrival: Timestamp) {
        if self.tracker.is_none() {
            self.tracker = Some(Tracker::new(Arc::clone(&self.site), arrival));
            self.now = arrival;
            self.committed = arrival.saturating_sub((WINDOW_MAX * 1e9) as i64);
            self.next = next_multiple(arrival, self.config.interval_ns);
            return;
        }
        if arrival <= self.now {
            return;
        }
        self.close(self.now);
        if arrival.seconds_since(self.now) > LONGEST_SILENCE {
            self.counters.gaps += 1;
            self.next = next_multiple(arrival, self.config.interval_ns);
        }
        // Nothing arrives in between: these states describe their own instants.
        while self.next < arrival {
            let due = self.next;
            self.now = due;
            self.close(due);
            if self.next == due {
                self.emit(due);
            }
        }
        self.now = arrival;
    }

    /// All that arrived until `now` is here: commits what is old enough and tells of changes.
    fn close(&mut self, now: Timestamp) {
        let until = now.saturating_sub((self.window.width(now) * 1e9) as i64);
        self.commit(until);
        let Some(tracker) = &self.tracker else { return };
        if self.config.on_change && names(tracker) != self.shown {
            self.emit(now);
        }
    }

    fn commit(&mut self, until: Timestamp) {
        let Some(tracker) = &mut self.tracker else {
            return;
        };
        while let Some((key, observation)) = self.window.pop(until) {
            match observation {
                Observation::Look(look) => tracker.look(&look),
                Observation::Model(report) => {
                    let site = Arc::clone(&self.site);
                    match tracker.owner(&report.track, report.s) {
                        Some(machine) => machine.attributes.add_model(&report, &site),
                        None => self.counters.homeless += 1,
                    }
                }
                Observation::Plate(report) => match tracker.owner(&report.track, report.s) {
                    Some(machine) => machine.attributes.add_plate(&report),
                    None => self.counters.homeless += 1,
                },
            }
            tracker.settle(key.0);
        }
        if until > self.committed {
            self.committed = until;
            for track in 0..tracker.tracks.len() {
                tracker.tracks[track].predict(until, &self.site, track);
            }
            tracker.settle(until);
        }
    }

    fn emit(&mut self, time: Timestamp) {
        self.number += 1;
        let state = self.state_at(time);
        if let Some(tracker) = &self.tracker {
            self.shown = names(tracker);
        }
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
        let fresh = self.window.add(
            (time, report.camera.clone(), report.frame),
            Observation::Look(look),
        );
        self.counters.duplicate += u64::from(!fresh);
        fresh
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

    fn take_attribute(
        &mut self,
        track: &str,
        s: f64,
        key: window::Key,
        observation: Observation,
    ) -> bool {
        let Some(track) = self.site.track(track) else {
            self.counters.unknown_track += 1;
            return false;
        };
        let length = self.site.tracks[track].length;
        if !(s > -BEYOND_TRACK && s < length + BEYOND_TRACK) {
            self.counters.far_place += 1;
            return false;
        }
        // What is said late is said as early as still possible: attributes do not age.
        let key = (key.0.max(self.committed.saturating_add(1)), key.1, key.2);
        let fresh = self.window.add(key, observation);
        self.counters.duplicate += u64::from(!fresh);
        fresh
    }
}

impl Tracker {
    /// The machine that contains a place.
    fn owner(&mut self, track: &str, s: f64) -> Option<&mut machine::Machine> {
        let track = self.site.track(track)?;
        self.tracks[track].machines.iter_mut().find(|machine| {
            let (low, high) = machine.motion.span();
            s > low + ATTRIBUTE_INSIDE && s < high - ATTRIBUTE_INSIDE
        })
    }
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
