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

use estimation::fse::{Counters, Fusion, FusionConfig};
use facility::Facility;
use messages::{Event, Timestamp};

use super::properties::Settings;
use crate::inputs::Batch;
use crate::recorder::Recorder;
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
}

impl Run {
    /// A run that knows nothing yet; creates the recording.
    ///
    /// # Errors
    /// The recording cannot be created.
    pub fn new(facility: Facility, settings: Settings) -> Result<Self, gst::ErrorMessage> {
        let facility = Arc::new(facility);
        let epoch = kit::clock::id_epoch(false);
        let fusion = fusion(&facility, &settings, epoch);
        let mut recorder = Recorder::new(fusion, &facility.name, &settings.flow, epoch);
        if let Some(path) = &settings.record {
            recorder.record(path).map_err(|error| {
                gst::error_msg!(
                    gst::ResourceError::OpenWrite,
                    (
                        "Property 'record': cannot create {}: {error}",
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
        })
    }

    /// The inputs are live: ids must not repeat those of an earlier run.
    pub fn go_live(&mut self) {
        self.live = true;
        self.restart(kit::clock::id_epoch(true));
    }

    /// After a seek: a new history, with ids of its own.
    pub fn begin_again(&mut self) {
        self.restart(self.epoch + 1);
        (self.zero, self.announced) = (None, false);
    }

    /// A fusion that knows nothing, whose ids begin with `epoch`.
    fn restart(&mut self, epoch: u64) {
        self.epoch = epoch;
        let fusion = fusion(&self.facility, &self.settings, epoch);
        self.recorder.begin_again(fusion, epoch);
    }

    /// Feeds one batch to the fusion: the states that are due.
    ///
    /// # Errors
    /// The recording cannot be written.
    pub fn feed(&mut self, batch: Batch) -> std::io::Result<Vec<Event>> {
        self.zero = self.zero.or(batch.zero).or(Some(batch.arrival));
        self.recorder.feed(batch)
    }

    /// The states that are left when nothing more comes.
    pub fn finish(&mut self) -> Vec<Event> {
        self.recorder.finish()
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

/// A fusion as the properties want it.
fn fusion(facility: &Arc<Facility>, settings: &Settings, epoch: u64) -> Fusion {
    let config = FusionConfig {
        interval_ns: settings.interval as i64,
        on_change: settings.on_change,
        flow: settings.flow.clone(),
        source: source(facility, settings),
        epoch,
        window: settings.window_seconds(),
        ..FusionConfig::default()
    };
    Fusion::new(facility.clone(), config)
}

/// Who the states come from.
fn source(facility: &Facility, settings: &Settings) -> String {
    format!("/{}/fsefuse/{}", facility.name, settings.flow)
}
