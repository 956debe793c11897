// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fusion as others use it: events in, states out.

use std::collections::BTreeSet;
use std::sync::Arc;

use facility::Facility;
use messages::{Data, Event, FacilityState, PositionReport, Timestamp};
use serde::{Deserialize, Serialize};

use crate::fse::arrival::{ArrivalClock, Judgement};
use crate::fse::config::FusionConfig;
use crate::fse::input::reorder::{CommitKey, Observation, ReorderWindow};
use crate::fse::input::validate::read_scan;
use crate::fse::model::attributes::{ModelReading, PlateReading};
use crate::fse::model::parameters::{WINDOW_MAX, parameters};
use crate::fse::model::pending_readings::Reading;
use crate::fse::model::site::Site;
use crate::fse::output::persist;
use crate::fse::output::persist::RestoreError;
use crate::fse::refusal::Refusal;
use crate::fse::scan_update::tracker::Tracker;
use crate::fse::stats::Counters;

parameters! {
    /// Reports that may wait; more are refused and counted.
    MOST_WAITING: usize = 100_000, "", "Bounds memory.";
    /// Event time between two reviews of all tracks.
    REVIEW_GRID_NS: i64 = 250_000_000, "ns", "Smaller: more work.";
    /// Longest silence that is reviewed step by step.
    LONGEST_IDLE: f64 = 600.0, "s", "Bounds the work after a long silence.";
    /// Names of flows that a state lists, at most.
    MOST_INPUTS: usize = 64, "", "Bounds memory.";
    /// A longer silence is not filled with states.
    LONGEST_SILENCE: f64 = 86_400.0, "s", "Larger: more states after a long silence.";
}

/// The fusion. Events go in in the order of their arrival, states come out.
///
/// A state at T uses everything that arrived until T and nothing later. It therefore comes out when something later arrives,
/// when [`Fusion::advance`] says that it is later, or at the end.
#[derive(Debug)]
pub struct Fusion {
    config: FusionConfig,
    site: Arc<Site>,
    progress: Progress,
    out: Vec<Event>,
}

/// What changes while a fusion runs, apart from states that nobody has taken yet. This is what [`Fusion::save`] writes.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Progress {
    /// `None` until the first event.
    tracker: Option<Tracker>,
    window: ReorderWindow,
    arrivals: ArrivalClock,
    /// Event time up to which everything is committed.
    committed: Timestamp,
    /// Event time at which all tracks were last reviewed.
    reviewed: Timestamp,
    /// Whether the set of locomotives may have changed.
    may_have_changed: bool,
    /// The next regular state's time.
    next: Timestamp,
    /// Ids of the locomotives in the last state.
    shown: BTreeSet<u64>,
    /// Flows whose reports were used.
    inputs: BTreeSet<String>,
    /// How many states there were.
    number: u64,
    counters: Counters,
}

impl Fusion {
    /// A fusion that knows nothing yet.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "the caller shares the facility with the fusion"
    )]
    pub fn new(facility: Arc<Facility>, config: FusionConfig) -> Self {
        let config = FusionConfig {
            interval_ns: config.interval_ns.max(1_000_000),
            ..config
        };
        let window = config
            .window
            .or(config.ablation.reorder.then_some(0.0))
            .filter(|window| window.is_finite() && *window >= 0.0);
        Self {
            site: Arc::new(Site::new(&facility, config.ablation)),
            config,
            progress: Progress {
                tracker: None,
                window: ReorderWindow::new(window),
                arrivals: ArrivalClock::new(),
                committed: Timestamp::from_nanos(i64::MIN),
                reviewed: Timestamp::from_nanos(0),
                may_have_changed: false,
                next: Timestamp::from_nanos(i64::MIN),
                shown: BTreeSet::new(),
                inputs: BTreeSet::new(),
                number: 0,
                counters: Counters::default(),
            },
            out: Vec::new(),
        }
    }

    /// Takes in one event. The fusion's time becomes the event's arrival, unless that is earlier. Returns why it was refused, if
    /// it is a position report and was.
    pub fn push(&mut self, event: Event) -> Option<Refusal> {
        let arrival = event.arrival();
        self.progress.counters.events += 1;
        if !self.accept(arrival) {
            self.progress.counters.clock_jump += 1;
            let is_report = matches!(event.data, Data::Position(_));
            return is_report.then_some(Refusal::FarArrival);
        }
        self.advance_to(arrival);
        let now = self.progress.arrivals.now;
        let mut time = event.time;
        if time > now {
            self.progress.counters.clock_ahead += 1;
            time = now;
        }
        if self.config.ablation.reorder {
            time = now;
        }
        let (is_used, refusal) = match &event.data {
            Data::Position(report) => self.take_position(report, time),
            _ => (
                self.take_other(event.data, time, &event.source, &event.id),
                None,
            ),
        };
        if is_used {
            let inputs = &mut self.progress.inputs;
            if inputs.len() < MOST_INPUTS && !inputs.contains(&event.flow) {
                inputs.insert(event.flow);
            }
        }
        refusal
    }

    /// Says that nothing will arrive before `arrival` any more; returns the states due until then.
    pub fn advance(&mut self, arrival: Timestamp) -> Vec<Event> {
        if self.progress.tracker.is_some() && arrival > self.progress.arrivals.now {
            self.output_until(arrival);
        }
        std::mem::take(&mut self.out)
    }

    /// Says that nothing will arrive any more; returns the states due until the last arrival.
    pub fn finish(&mut self) -> Vec<Event> {
        if self.progress.tracker.is_some() {
            let now = self.progress.arrivals.now;
            self.close(now);
            if self.progress.next == now {
                self.output_state(now);
            }
        }
        std::mem::take(&mut self.out)
    }

    /// What was used and what was refused.
    pub fn counters(&self) -> Counters {
        self.progress.counters
    }

    /// What is known at `time`, not before what was committed.
    pub fn state_at(&self, time: Timestamp) -> FacilityState {
        let progress = &self.progress;
        let Some(tracker) = &progress.tracker else {
            return Tracker::new(Arc::clone(&self.site), time).snapshot(
                time,
                progress.number,
                &progress.inputs,
            );
        };
        self.preview(&mut tracker.clone(), time)
    }

    /// Everything that the fusion knows, as one line of JSON. States that are due but were not asked for are not in it: ask
    /// first ([`Fusion::advance`]).
    ///
    /// # Errors
    /// None in practice: every part of it can be written.
    pub fn save(&self) -> Result<String, serde_json::Error> {
        persist::write(&self.site, &self.progress)
    }

    /// Leaves out the states before `time`, counted as a gap: a restored fusion knows nothing of what happened while no
    /// process was there to observe it.
    pub fn skip_states_until(&mut self, time: Timestamp) {
        let next = time.next_multiple_of(self.config.interval_ns);
        if next > self.progress.next {
            self.progress.counters.gaps += 1;
            self.progress.next = next;
        }
    }

    /// A fusion that goes on where a saved one stopped.
    ///
    /// # Errors
    /// If the text is no saved state, of another version or of another facility, or if its parts do not fit together.
    pub fn restore(
        facility: Arc<Facility>,
        config: FusionConfig,
        saved: &str,
    ) -> Result<Self, RestoreError> {
        let mut fusion = Self::new(facility, config);
        let progress: Progress = persist::read(&fusion.site, saved)?;
        progress.check(&fusion.site)?;
        fusion.progress = progress;
        if let Some(tracker) = &mut fusion.progress.tracker {
            tracker.site = Arc::clone(&fusion.site);
        }
        Ok(fusion)
    }

    /// What is known at `time` with the scans that are not committed yet; `tracker` is moved to that time.
    fn preview(&self, tracker: &mut Tracker, time: Timestamp) -> FacilityState {
        for (key, observation) in self.progress.window.waiting() {
            let wanted = key.time <= time && !self.config.ablation.preview;
            if let (true, Observation::Scan(scan)) = (wanted, observation) {
                tracker.preview_scan(scan);
            }
        }
        for track in 0..tracker.tracks.len() {
            tracker.tracks[track].predict(time, &self.site, track);
        }
        tracker.snapshot(time, self.progress.number, &self.progress.inputs)
    }

    /// Whether time may go on to this arrival. If the clock was set back, the fusion starts anew.
    fn accept(&mut self, arrival: Timestamp) -> bool {
        if self.progress.tracker.is_none() {
            self.progress.arrivals.trust();
            return true;
        }
        match self.progress.arrivals.judge(arrival) {
            Judgement::Accept => true,
            Judgement::Refuse => false,
            Judgement::Restart => {
                self.progress.tracker = None;
                self.progress.window.clear();
                true
            }
        }
    }

    /// Time goes on to `arrival`; the states that were due before it are made.
    fn advance_to(&mut self, arrival: Timestamp) {
        if self.progress.tracker.is_none() {
            self.start(arrival);
            return;
        }
        if arrival <= self.progress.arrivals.now {
            return;
        }
        self.output_until(arrival);
        if self.progress.next < arrival {
            self.progress.counters.gaps += 1;
            self.progress.next = arrival.next_multiple_of(self.config.interval_ns);
        }
        self.progress.arrivals.set(arrival);
    }

    /// The first event arrived.
    fn start(&mut self, arrival: Timestamp) {
        let progress = &mut self.progress;
        progress.arrivals.set(arrival);
        progress.committed = arrival.saturating_sub((WINDOW_MAX * 1e9) as i64);
        let past = progress.committed.nanos().rem_euclid(REVIEW_GRID_NS);
        progress.reviewed = Timestamp::from_nanos(progress.committed.nanos() - past);
        progress.tracker = Some(Tracker::new(Arc::clone(&self.site), progress.reviewed));
        progress.next = arrival.next_multiple_of(self.config.interval_ns);
    }

    /// Everything that arrived before `arrival` is here: makes the states that are due until then, unless nothing has arrived
    /// for too long.
    fn output_until(&mut self, arrival: Timestamp) {
        self.close(self.progress.arrivals.now);
        while self.progress.next < arrival
            && (self.progress.next).seconds_since(self.progress.arrivals.last_event)
                <= LONGEST_SILENCE
        {
            // Nothing arrives in between: these states describe their own instants.
            let due = self.progress.next;
            self.progress.arrivals.now = due;
            self.close(due);
            if self.progress.next == due {
                self.output_state(due);
            }
        }
    }

    /// All that arrived until `now` is here: commits what is old enough, and makes a state if the set of locomotives changed.
    fn close(&mut self, now: Timestamp) {
        let width = self.progress.window.width(now);
        self.commit(now.saturating_sub((width * 1e9) as i64));
        let may_have_changed = std::mem::take(&mut self.progress.may_have_changed);
        let Some(tracker) = &self.progress.tracker else {
            return;
        };
        if self.config.on_change
            && may_have_changed
            && tracker.confirmed_ids() != self.progress.shown
        {
            self.output_state(now);
        }
    }

    /// Commits everything until `until` in the order of event times, and reviews all tracks on a grid of event times: what is
    /// committed does not depend on when it arrived.
    fn commit(&mut self, until: Timestamp) {
        let progress = &mut self.progress;
        let Some(tracker) = &mut progress.tracker else {
            return;
        };
        loop {
            let next = progress.window.first().filter(|&first| first <= until);
            let review = progress.reviewed.saturating_add(REVIEW_GRID_NS);
            if review <= next.unwrap_or(until) {
                let idle = next.unwrap_or(until).seconds_since(review) > LONGEST_IDLE;
                progress.reviewed = if idle {
                    next.unwrap_or(until)
                        .saturating_sub((LONGEST_IDLE * 1e9) as i64)
                } else {
                    review
                };
                tracker.manage(progress.reviewed);
                progress.may_have_changed = true;
                continue;
            }
            if next.is_none() {
                break;
            }
            let Some((key, observation)) = progress.window.pop() else {
                break;
            };
            match observation {
                Observation::Scan(scan) => tracker.take_scan(&scan),
                Observation::Reading(reading) => tracker.read(reading, key.time),
            }
        }
        progress.counters.expired_readings += std::mem::take(&mut tracker.expired_readings);
        progress.committed = progress.committed.max(until);
    }

    /// Makes the state at `time`.
    fn output_state(&mut self, time: Timestamp) {
        let Some(mut tracker) = self.progress.tracker.take() else {
            return;
        };
        self.progress.number += 1;
        self.progress.shown = tracker.confirmed_ids();
        // A preview only moves things: to put them back is less work than to copy all that is known of them.
        let kinematics = tracker.kinematics();
        let state = self.preview(&mut tracker, time);
        tracker.restore_kinematics(kinematics);
        self.progress.tracker = Some(tracker);
        self.out.push(Event {
            id: format!("{}-{}", self.config.epoch, self.progress.number),
            source: self.config.source.clone(),
            subject: None,
            time,
            received: None,
            recorded: None,
            flow: self.config.flow.clone(),
            data: Data::State(state),
        });
        if time == self.progress.next {
            self.progress.next = time
                .saturating_add(1)
                .next_multiple_of(self.config.interval_ns);
        }
    }
}

impl Progress {
    /// Whether its parts fit together and to the facility, as far as work or memory depend on it.
    fn check(&self, site: &Site) -> Result<(), RestoreError> {
        if !self.window.fits(site) {
            return Err(RestoreError::Inconsistent("waiting observations"));
        }
        let Some(tracker) = &self.tracker else {
            return Ok(());
        };
        // States come for all instants from `next` on, and until some time after the last event.
        let arrivals = &self.arrivals;
        if self.next < arrivals.now || arrivals.last_event > arrivals.now {
            return Err(RestoreError::Inconsistent("times"));
        }
        if !tracker.fits(site) {
            return Err(RestoreError::Inconsistent("tracks or cameras"));
        }
        Ok(())
    }
}

impl Fusion {
    /// Takes in what an event says at its time that is no position report; returns whether it was used.
    fn take_other(&mut self, data: Data, time: Timestamp, source: &str, id: &str) -> bool {
        match data {
            Data::Model(report) => self
                .place(&report.camera, &report.track, report.s)
                .is_some_and(|(camera, track)| {
                    let reading = Reading::Model(ModelReading::new(&report, track, &self.site));
                    self.take_reading(camera, time, reading_name(source, id), reading)
                }),
            Data::Plate(report) => self
                .place(&report.camera, &report.track, report.s)
                .is_some_and(|(camera, track)| {
                    let reading = Reading::Plate(PlateReading::new(&report, camera, track));
                    self.take_reading(camera, time, reading_name(source, id), reading)
                }),
            Data::Health(report) => {
                match (self.site.camera(&report.camera), &mut self.progress.tracker) {
                    (Some(camera), Some(tracker)) => {
                        tracker.sensor_health[camera].health = report.health;
                    }
                    _ => self.progress.counters.unknown_camera += 1,
                }
                false
            }
            Data::Tick | Data::Position(_) => false,
            Data::State(_) => {
                self.progress.counters.unused += 1;
                false
            }
        }
    }

    /// A position report waits for its turn; returns whether anything of it was used, and why not all of it as it was meant.
    fn take_position(
        &mut self,
        report: &PositionReport,
        time: Timestamp,
    ) -> (bool, Option<Refusal>) {
        let progress = &mut self.progress;
        let Some(scan) = read_scan(report, time, &self.site, &mut progress.counters) else {
            return (false, Some(Refusal::UnknownCamera));
        };
        let has_no_end_left = scan.detections.is_empty() && !report.ends.is_empty();
        progress
            .window
            .note_delay(scan.camera, time, progress.arrivals.now);
        if time <= progress.committed {
            progress.counters.late += 1;
            if let Some(tracker) = &mut progress.tracker {
                tracker.confirm_at_rest(&scan);
            }
            let delay = progress.arrivals.now.seconds_since(time);
            return (progress.tracker.is_some(), Some(Refusal::Late { delay }));
        }
        let key = CommitKey {
            time,
            camera: scan.camera,
            reading: String::new(),
            frame: report.frame,
        };
        match self.enqueue(key, Observation::Scan(scan)) {
            Ok(()) => (true, has_no_end_left.then_some(Refusal::Ends)),
            Err(refusal) => (false, Some(refusal)),
        }
    }

    /// Camera and track of a reading, if they are known and its place can be meant.
    fn place(&mut self, camera: &str, track: &str, s: f64) -> Option<(usize, usize)> {
        let counters = &mut self.progress.counters;
        let Some(camera) = self.site.camera(camera) else {
            counters.unknown_camera += 1;
            return None;
        };
        let Some(track) = self.site.track(track) else {
            counters.unknown_track += 1;
            return None;
        };
        if !self.site.tracks[track].reaches(s) {
            counters.far_place += 1;
            return None;
        }
        Some((camera, track))
    }

    /// A reading waits for its turn. One that is late has it as early as still possible, because what is read does not age.
    fn take_reading(
        &mut self,
        camera: usize,
        time: Timestamp,
        name: String,
        reading: Reading,
    ) -> bool {
        let key = CommitKey {
            time: time.max(self.progress.committed.saturating_add(1)),
            camera,
            reading: name,
            frame: 0,
        };
        self.enqueue(key, Observation::Reading(reading)).is_ok()
    }

    /// Puts an observation into the reorder window, if it is new and there is room for it.
    fn enqueue(&mut self, key: CommitKey, observation: Observation) -> Result<(), Refusal> {
        let progress = &mut self.progress;
        if progress.window.len() >= MOST_WAITING {
            progress.counters.overflow += 1;
            return Err(Refusal::NoRoom);
        }
        if progress.window.add(key, observation) {
            return Ok(());
        }
        progress.counters.duplicate += 1;
        Err(Refusal::Duplicate)
    }
}

/// The name of a reading: ids are unique only within their source.
fn reading_name(source: &str, id: &str) -> String {
    format!("{source} {id}")
}
