// SPDX-License-Identifier: MIT OR Apache-2.0
//! The comparison of two streams of documents, and the file of differences. Nothing here knows `GStreamer`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use estimation::metrics::{Difference, Interval, Side};
use messages::{Data, Event};
use serde_json::json;

kit::counters! {
    /// What came in, of both flows.
    pub struct Counters {
        /// States that were compared or wait for the other flow.
        states,
        /// Documents of other kinds.
        ignored,
        /// Buffers that hold no readable document.
        refused,
    }
}

/// What became of a document.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is a state and was compared, or waits for the other flow.
    State,
    /// It is of another kind.
    Ignored,
    /// It cannot be read: why.
    Refused(String),
}

/// The result after both flows have ended.
#[derive(Debug)]
pub struct Verdict {
    /// In words.
    pub summary: String,
    /// In numbers, JSON.
    pub total: String,
}

/// One comparison, from start to stop.
#[derive(Debug)]
pub struct Comparison {
    difference: Difference,
    file: Option<BufWriter<File>>,
    ended: [bool; 2],
    counters: Counters,
}

impl Comparison {
    /// A comparison that writes its differences to `location`, if there is one.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn new(moved_above: f64, location: Option<&Path>) -> io::Result<Self> {
        let create = |path| File::create(path).map(BufWriter::new);
        Ok(Self {
            difference: Difference::new(moved_above),
            file: location.map(create).transpose()?,
            ended: [false; 2],
            counters: Counters::default(),
        })
    }

    /// Takes one document of one flow, and how writing the differences went.
    pub fn push(&mut self, side: Side, document: &[u8]) -> (Taken, io::Result<()>) {
        match parse(document) {
            Ok(Event {
                time,
                data: Data::State(state),
                ..
            }) => {
                self.counters.states += 1;
                let intervals = self.difference.push(side, time, state);
                (Taken::State, self.write(&intervals))
            }
            Ok(_) => {
                self.counters.ignored += 1;
                (Taken::Ignored, Ok(()))
            }
            Err(reason) => {
                self.counters.refused += 1;
                (Taken::Refused(reason), Ok(()))
            }
        }
    }

    /// One flow has ended; after both the verdict follows. Also how writing the differences went.
    pub fn end(&mut self, side: Side) -> (Option<Verdict>, io::Result<()>) {
        self.ended[side as usize] = true;
        let intervals = self.difference.end(side);
        let written = self.write(&intervals);
        if !self.ended.iter().all(|ended| *ended) {
            return (None, written);
        }
        let total = self.difference.total();
        let verdict = Verdict {
            summary: self.summary(),
            total: json!(total).to_string(),
        };
        let line = json!({ "total": total }).to_string();
        (
            Some(verdict),
            written.and_then(|()| self.write_lines([line])),
        )
    }

    /// The comparison so far, in words.
    pub fn summary(&self) -> String {
        self.difference.to_string()
    }

    /// What came in.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Closes the file of differences.
    ///
    /// # Errors
    /// Not everything could be written.
    pub fn close(mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }

    /// Writes the differences.
    fn write(&mut self, intervals: &[Interval]) -> io::Result<()> {
        let lines = intervals.iter().map(|interval| json!(interval).to_string());
        self.write_lines(lines)
    }

    /// Writes lines; after an error the file is left alone.
    fn write_lines(&mut self, lines: impl IntoIterator<Item = String>) -> io::Result<()> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let result = lines
            .into_iter()
            .try_for_each(|line| writeln!(file, "{line}"))
            .and_then(|()| file.flush());
        if result.is_err() {
            self.file = None;
        }
        result
    }
}

/// The event in a document.
fn parse(document: &[u8]) -> Result<Event, String> {
    let text = std::str::from_utf8(document).map_err(|error| error.to_string())?;
    Event::parse(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_is_counted_once() {
        let mut comparison = Comparison::new(0.5, None).unwrap();
        let tick = br#"{"specversion":"1.0","type":"com.roundhouse.tick.v1","source":"/a/b","id":"1-1","time":"2026-03-01T06:00:00Z","data":{}}"#;
        assert_eq!(comparison.push(Side::Reference, tick).0, Taken::Ignored);
        let (taken, written) = comparison.push(Side::Candidate, b"\xff");
        assert!(matches!(taken, Taken::Refused(reason) if reason.contains("utf-8")));
        assert!(written.is_ok());
        let counted: Vec<_> = comparison.counters().iter().collect();
        assert_eq!(counted, [("states", 0), ("ignored", 1), ("refused", 1)]);
    }

    #[test]
    fn the_verdict_follows_the_second_end() {
        let mut comparison = Comparison::new(0.5, None).unwrap();
        assert!(comparison.end(Side::Candidate).0.is_none());
        assert!(comparison.end(Side::Reference).0.is_some());
    }

    #[test]
    fn a_file_that_cannot_be_created_is_an_error() {
        let path = Path::new("/nowhere/at/all");
        assert!(Comparison::new(0.5, Some(path)).is_err());
    }
}
