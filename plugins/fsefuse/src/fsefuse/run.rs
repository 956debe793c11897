// SPDX-License-Identifier: MIT OR Apache-2.0
//! What one run works with, from READY to READY.
//!
//! # Why `fsefuse` is no `GstAggregator`
//!
//! An aggregator takes one buffer of each pad by running time and, live, gives every pad until a deadline to deliver. The
//! fusion needs neither. It orders *events*, of which a buffer may hold many, by the UTC at which they arrived; each may have
//! passed through another host with another running time. Live, an event is used at the moment it comes: a wait for a slow
//! camera would only delay the others, because the fusion itself puts events into the order in which they happened. A base
//! class that holds one buffer per pad would block the thread of a fast camera; here live pads never block. And states are
//! due on whole multiples of UTC, also when no pad delivers anything.

use std::sync::Arc;

use estimation::fse::{Counters, Fusion, FusionConfig, Refusal};
use facility::Facility;
use kit::discards::{Change, DiscardWatch, Reason};
use messages::{CameraHealth, Event, Timestamp};

use super::properties::Settings;
use crate::inputs::Batch;
use crate::recorder::{Recorder, Verdict};
use crate::save_schedule::SaveSchedule;
use crate::saver::Saver;
use crate::state_file::{self, Refused, Snapshot};
use crate::timebase::running_time;

/// What one run works with.
pub struct Run {
    facility: Arc<Facility>,
    settings: Settings,
    recorder: Recorder,
    /// First part of the states' ids, see [`kit::clock::id_epoch`].
    epoch: u64,
    live: bool,
    /// UTC of running time 0, if the inputs are not live.
    zero: Option<Timestamp>,
    /// Stream start, caps and segment have been sent.
    announced: bool,
    /// Writes the state file, if there is to be one.
    saver: Option<Saver>,
    schedule: SaveSchedule,
    /// The latest arrival that the fusion was fed.
    arrival: Option<Timestamp>,
    /// The fusion was restored and has not been fed since.
    restored: bool,
    /// Cameras all of whose reports are discarded.
    discards: DiscardWatch,
    /// Documents about the health of cameras that were made.
    healths: u64,
}

/// What follows from what was fed.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The states that are due.
    pub states: Vec<Event>,
    /// Cameras all of whose reports are discarded, or no longer.
    pub changes: Vec<Change>,
}

impl Run {
    /// A run that knows nothing yet; creates the recording.
    ///
    /// # Errors
    /// The recording cannot be created.
    pub fn new(
        facility: Facility,
        settings: Settings,
        saver: Option<Saver>,
    ) -> Result<Self, gst::ErrorMessage> {
        let facility = Arc::new(facility);
        let epoch = kit::clock::id_epoch(false);
        let fusion = fusion(&facility, &settings, epoch);
        let mut recorder = Recorder::new(fusion, &facility.name, &settings.flow, epoch);
        if let Some(path) = &settings.record {
            recorder.record(path).map_err(|error| {
                gst::error_msg!(
                    gst::ResourceError::OpenWrite,
                    (
                        "Property 'record': cannot write to {}: {error}",
                        path.display()
                    )
                )
            })?;
        }
        Ok(Self {
            facility,
            settings,
            recorder,
            epoch,
            live: false,
            zero: None,
            announced: false,
            saver,
            schedule: SaveSchedule::default(),
            arrival: None,
            restored: false,
            discards: DiscardWatch::default(),
            healths: 0,
        })
    }

    /// Begins, once it is known whether the inputs are live: with the fusion of the state file, if there is one.
    ///
    /// # Errors
    /// The state file was refused, for this reason; the fusion knows nothing then.
    pub fn begin(&mut self, live: bool) -> Result<(), String> {
        self.live = live;
        let restored = self.restore();
        if !matches!(restored, Ok(true)) && live {
            // Ids must not repeat those of an earlier run.
            self.restart(kit::clock::id_epoch(true));
        }
        restored
            .map(drop)
            .map_err(|refused| self.set_aside(&refused))
    }

    /// Goes on with the fusion of the state file; whether there is one.
    fn restore(&mut self) -> Result<bool, Refused> {
        let Some(path) = &self.settings.state_file else {
            return Ok(false);
        };
        let Some(snapshot) = Snapshot::read(path, &self.facility.name)? else {
            return Ok(false);
        };
        if self.live {
            snapshot.check_age(kit::clock::now(), self.settings.state_max_age_seconds())?;
        }
        let epoch = kit::clock::id_epoch(self.live).max(snapshot.epoch.saturating_add(1));
        let config = config(&self.facility, &self.settings, epoch);
        let fusion = Fusion::restore(self.facility.clone(), config, &snapshot.fusion)?;
        self.epoch = epoch;
        self.recorder.begin_again(fusion, epoch);
        self.restored = true;
        Ok(true)
    }

    /// Keeps a state file that was refused from being overwritten; what is to be said about it.
    fn set_aside(&self, refused: &Refused) -> String {
        let Some(path) = &self.settings.state_file else {
            return refused.to_string();
        };
        match state_file::set_aside(path) {
            Ok(aside) => format!("{} {refused} (kept as {})", path.display(), aside.display()),
            Err(_) => format!("{} {refused}", path.display()),
        }
    }

    /// After a seek: a new history, with ids of its own.
    pub fn begin_again(&mut self) {
        self.restart(self.epoch + 1);
        (self.zero, self.announced) = (None, false);
        self.discards.clear();
    }

    /// A fusion that knows nothing, whose ids begin with `epoch`.
    fn restart(&mut self, epoch: u64) {
        self.epoch = epoch;
        let fusion = fusion(&self.facility, &self.settings, epoch);
        self.recorder.begin_again(fusion, epoch);
    }

    /// Feeds one batch to the fusion.
    ///
    /// # Errors
    /// The recording cannot be written.
    pub fn feed(&mut self, batch: Batch) -> std::io::Result<Outcome> {
        let arrival = batch.arrival;
        self.zero = self.zero.or(batch.zero).or(Some(arrival));
        if std::mem::take(&mut self.restored) {
            self.recorder.skip_states_until(arrival);
        }
        let (states, verdicts) = self.recorder.feed(batch)?;
        let verdicts = verdicts.into_iter();
        let changes = verdicts.filter_map(|verdict| self.judge(verdict)).collect();
        self.arrival = Some(arrival);
        if self.schedule.is_due(arrival, &states) {
            self.save();
        }
        Ok(Outcome { states, changes })
    }

    /// The document that a camera has this health since `time`.
    pub fn health(&mut self, health: CameraHealth, time: Timestamp) -> Event {
        self.healths += 1;
        let id = format!("{}-{}", self.epoch, self.healths);
        Event::of_health(id, &self.facility.name, &self.settings.flow, health, time)
    }

    /// Follows whether anything of a camera is used; what the user is to be told.
    fn judge(&mut self, verdict: Verdict) -> Option<Change> {
        let Verdict {
            camera,
            time,
            refusal,
        } = verdict;
        match refusal {
            None => self.discards.used(&camera, time),
            Some(refusal) => {
                let explain = || refusal.to_string();
                self.discards
                    .discarded(&camera, time, reason(refusal), explain)
            }
        }
    }

    /// How many cameras there are all of whose reports are discarded now.
    pub fn discarded_cameras(&self) -> u64 {
        self.discards.discarded_cameras()
    }

    /// Has the fusion written to the state file, if there is to be one. A fusion that was never fed is not worth a file.
    fn save(&self) {
        let (Some(saver), Some(arrival)) = (&self.saver, self.arrival) else {
            return;
        };
        if let Ok(fusion) = self.recorder.save() {
            saver.save(Snapshot {
                facility: self.facility.name.clone(),
                arrival,
                epoch: self.epoch,
                fusion,
            });
        }
    }

    /// Ends the run: when this returns, the state file holds the last of it.
    pub fn close(self) {
        self.save();
    }

    /// What is left when nothing more comes.
    pub fn finish(&mut self) -> Outcome {
        Outcome {
            states: self.recorder.finish(),
            changes: self.discards.ended(),
        }
    }

    /// What the fusion used and what it refused.
    pub fn counters(&self) -> Counters {
        self.recorder.counters()
    }

    /// The name of the output's stream, the first time it is asked for.
    pub fn announce(&mut self) -> Option<String> {
        let first = !std::mem::replace(&mut self.announced, true);
        first.then(|| source(&self.facility, &self.settings))
    }

    /// Completes a state that leaves now, at `running` time, if there is a clock: its own time stamp.
    pub fn stamp(
        &self,
        state: &mut Event,
        running: Option<gst::ClockTime>,
    ) -> Option<gst::ClockTime> {
        let zero = if self.live {
            let now = kit::clock::now();
            state.recorded = Some(now);
            running.map(|running| now.saturating_sub(running.nseconds() as i64))
        } else {
            self.zero
        };
        zero.map(|zero| running_time(state.time, zero))
    }
}

/// The reason of a refusal in a few words.
fn reason(refusal: Refusal) -> Reason {
    match refusal {
        Refusal::UnknownCamera => Reason::Camera,
        Refusal::Late { .. } | Refusal::NoRoom => Reason::Late,
        Refusal::FarArrival => Reason::Time,
        Refusal::Duplicate => Reason::Repeated,
        Refusal::Ends => Reason::Value,
    }
}

/// A fusion that knows nothing.
fn fusion(facility: &Arc<Facility>, settings: &Settings, epoch: u64) -> Fusion {
    Fusion::new(facility.clone(), config(facility, settings, epoch))
}

/// What the properties want of the fusion.
fn config(facility: &Facility, settings: &Settings, epoch: u64) -> FusionConfig {
    FusionConfig {
        interval_ns: settings.interval as i64,
        on_change: settings.on_change,
        flow: settings.flow.clone(),
        source: source(facility, settings),
        epoch,
        window: settings.window_seconds(),
        ..FusionConfig::default()
    }
}

/// Who the states come from.
fn source(facility: &Facility, settings: &Settings) -> String {
    format!("/{}/fsefuse/{}", facility.name, settings.flow)
}
