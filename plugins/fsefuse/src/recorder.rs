// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fusion and its recording: every batch that it is fed can be written down and fed again.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use estimation::fse::{Counters, Fusion};
use messages::{Data, Event, Timestamp};

use crate::inputs::Batch;

/// Feeds the fusion batch by batch, and records what it feeds.
pub struct Recorder {
    fusion: Fusion,
    recording: Option<BufWriter<File>>,
    /// Source of the events that only say that time goes on.
    tick_source: String,
    flow: String,
    epoch: u64,
    ticks: u64,
}

impl Recorder {
    /// A recorder for `fusion` whose own events belong to `flow` of `facility`.
    pub fn new(fusion: Fusion, facility: &str, flow: &str, epoch: u64) -> Self {
        Self {
            fusion,
            recording: None,
            tick_source: format!("/{facility}/clock/{flow}"),
            flow: flow.to_owned(),
            epoch,
            ticks: 0,
        }
    }

    /// From now on writes everything that it feeds to the file `path`, one document per line with its `receivedtime`.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn record(&mut self, path: &Path) -> io::Result<()> {
        self.recording = Some(BufWriter::new(File::create(path)?));
        Ok(())
    }

    /// Replaces the fusion; the recording goes on, with ids of a new `epoch`.
    pub fn begin_again(&mut self, fusion: Fusion, epoch: u64) {
        self.fusion = fusion;
        (self.epoch, self.ticks) = (epoch, 0);
    }

    /// Feeds one batch: the states that are due.
    ///
    /// # Errors
    /// When the recording cannot be written; the states are lost then, because a replay could not give them.
    pub fn feed(&mut self, batch: Batch) -> io::Result<Vec<Event>> {
        let mut events = batch.events;
        if events.is_empty() {
            events.push(self.tick(batch.arrival));
        }
        for event in &mut events {
            event.received = Some(batch.arrival);
        }
        self.write(&events)?;
        for event in events {
            self.fusion.push(event);
        }
        Ok(self.fusion.advance(batch.arrival))
    }

    /// Leaves out the states before `time`: it was not running then.
    pub fn skip_states_until(&mut self, time: Timestamp) {
        self.fusion.skip_states_until(time);
    }

    /// The whole fusion as one line of text, to be restored by [`Fusion::restore`].
    ///
    /// # Errors
    /// None in practice, see [`Fusion::save`].
    pub fn save(&self) -> Result<String, serde_json::Error> {
        self.fusion.save()
    }

    /// The states that are left when nothing more comes.
    pub fn finish(&mut self) -> Vec<Event> {
        self.fusion.finish()
    }

    /// What the fusion used and what it refused.
    pub fn counters(&self) -> Counters {
        self.fusion.counters()
    }

    /// Writes to the recording. It is in the file when this returns: whoever reads along misses nothing.
    fn write(&mut self, events: &[Event]) -> io::Result<()> {
        let Some(recording) = &mut self.recording else {
            return Ok(());
        };
        for event in events {
            writeln!(recording, "{}", event.to_json())?;
        }
        recording.flush()
    }

    /// The event that says that it is `time` and nothing else.
    fn tick(&mut self, time: Timestamp) -> Event {
        self.ticks += 1;
        Event {
            id: format!("{}-{}", self.epoch, self.ticks),
            source: self.tick_source.clone(),
            subject: None,
            time,
            received: None,
            recorded: None,
            flow: self.flow.clone(),
            data: Data::Tick,
        }
    }
}
