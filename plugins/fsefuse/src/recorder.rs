// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fusion and its recording: every batch that it is fed can be written down and fed again.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use estimation::fse::{Counters, Fusion, Refusal};
use messages::{Data, Event, Timestamp};

use crate::inputs::Batch;

/// What became of a position report.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The camera that it is of.
    pub camera: Arc<str>,
    /// When the frame was taken.
    pub time: Timestamp,
    /// Why it was not used.
    pub refusal: Option<Refusal>,
}

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

    /// From now on writes everything that it feeds to the file `path`, one document per line with its `receivedtime`. What is in
    /// the file stays.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn record(&mut self, path: &Path) -> io::Result<()> {
        self.recording = Some(BufWriter::new(open_to_append(path)?));
        Ok(())
    }

    /// Replaces the fusion; the recording goes on, with ids of a new `epoch`.
    pub fn begin_again(&mut self, fusion: Fusion, epoch: u64) {
        self.fusion = fusion;
        (self.epoch, self.ticks) = (epoch, 0);
    }

    /// Feeds one batch: the states that are due, and what became of each position report in it.
    ///
    /// # Errors
    /// When the recording cannot be written; the states are lost then, because a replay could not give them.
    pub fn feed(&mut self, batch: Batch) -> io::Result<(Vec<Event>, Vec<Verdict>)> {
        let mut events = batch.events;
        if events.is_empty() {
            events.push(self.tick(batch.arrival));
        }
        for event in &mut events {
            event.received = Some(batch.arrival);
        }
        self.write(&events)?;
        let mut verdicts = Vec::new();
        for event in events {
            let report = match &event.data {
                Data::Position(report) => Some((Arc::from(report.camera.as_str()), event.time)),
                _ => None,
            };
            let refusal = self.fusion.push(event);
            verdicts.extend(report.map(|(camera, time)| Verdict {
                camera,
                time,
                refusal,
            }));
        }
        Ok((self.fusion.advance(batch.arrival), verdicts))
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

/// Opens a file of lines to write behind what it holds. A last line that a process could not finish is ended, so that only that
/// one is lost.
fn open_to_append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let mut file = options.read(true).append(true).create(true).open(path)?;
    // A pipe or a device has no lines that were there before.
    let is_empty = !file.metadata()?.is_file() || file.seek(SeekFrom::End(0))? == 0;
    if !is_empty {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is in a file that held `before`, after a line was written behind it.
    fn appended(before: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reports.jsonl");
        std::fs::write(&path, before).unwrap();
        let mut file = open_to_append(&path).unwrap();
        file.write_all(b"new\n").unwrap();
        std::fs::read_to_string(&path).unwrap()
    }

    #[test]
    fn what_was_recorded_stays_and_an_unfinished_line_is_ended() {
        assert_eq!(appended(""), "new\n");
        assert_eq!(appended("old\n"), "old\nnew\n");
        assert_eq!(appended("old\nhal"), "old\nhal\nnew\n");
    }
}
