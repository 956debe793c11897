// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fusion and its diary: every step that it takes can be written down and taken again.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use estimation::fse::{Counters, Fusion};
use messages::{Data, Event, Timestamp};

use crate::merge::Step;

/// Feeds the fusion step by step.
pub struct Feed {
    fusion: Fusion,
    diary: Option<BufWriter<File>>,
    /// Source of the events that only say that time goes on.
    tick_source: String,
    flow: String,
    epoch: u64,
    ticks: u64,
}

impl Feed {
    /// A feed for `fusion` whose own events belong to `flow` of `facility`.
    pub fn new(fusion: Fusion, facility: &str, flow: &str, epoch: u64) -> Self {
        Self {
            fusion,
            diary: None,
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
        self.diary = Some(BufWriter::new(File::create(path)?));
        Ok(())
    }

    /// Replaces the fusion; the diary goes on, with ids of a new `epoch`.
    pub fn begin_again(&mut self, fusion: Fusion, epoch: u64) {
        self.fusion = fusion;
        (self.epoch, self.ticks) = (epoch, 0);
    }

    /// Takes one step: the states that are due.
    ///
    /// # Errors
    /// When the diary cannot be written; the states are lost then, because a replay could not give them.
    pub fn take(&mut self, step: Step) -> io::Result<Vec<Event>> {
        let mut events = step.events;
        if events.is_empty() {
            events.push(self.tick(step.arrival));
        }
        for event in &mut events {
            event.received = Some(step.arrival);
        }
        self.write(&events)?;
        for event in events {
            self.fusion.push(event);
        }
        Ok(self.fusion.advance(step.arrival))
    }

    /// The states that are left when nothing more comes.
    pub fn finish(&mut self) -> Vec<Event> {
        self.fusion.finish()
    }

    /// What the fusion used and what it refused.
    pub fn counters(&self) -> Counters {
        self.fusion.counters()
    }

    /// Writes to the diary. It is in the file when this returns: whoever reads along misses nothing.
    fn write(&mut self, events: &[Event]) -> io::Result<()> {
        let Some(diary) = &mut self.diary else {
            return Ok(());
        };
        for event in events {
            writeln!(diary, "{}", event.to_json())?;
        }
        diary.flush()
    }

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
