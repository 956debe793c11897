// SPDX-License-Identifier: MIT OR Apache-2.0
//! What one pad carries: frames, packets or documents, turned into events and their arrival times.

use messages::{Event, Timestamp};
use meta::{FrameInfo, View};

use crate::documents::Documents;
use crate::timebase::TimeBase;

/// What the caps announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Single frames and packets: reports ride on them.
    Frames,
    /// One document per buffer.
    Documents,
}

/// The stream of one pad.
#[derive(Debug, Default)]
pub struct Input {
    kind: Option<Kind>,
    segment: gst::FormattedSegment<gst::ClockTime>,
    base: TimeBase,
    documents: Documents,
    view: View,
}

/// What a buffer brought.
#[derive(Debug, Default)]
pub struct Found {
    /// The events, each with its arrival time in an input that is not live.
    pub events: Vec<(Timestamp, Event)>,
    /// How far time has gone; `None` if the buffer does not say.
    pub reached: Option<Timestamp>,
    /// What was refused, one sentence each.
    pub problems: Vec<String>,
}

/// Why a buffer cannot be read at all.
#[derive(Debug)]
pub enum Unreadable {
    /// The pad has no caps.
    NoCaps,
    /// It is a batch of `DeepStream` that cannot be read; the reason.
    Batch(String),
}

impl Input {
    /// Takes the pad's caps.
    pub fn set_caps(&mut self, caps: &gst::CapsRef) {
        let documents = caps
            .structure(0)
            .is_some_and(|structure| structure.name() == meta::REPORT_CAPS);
        self.kind = Some(if documents {
            Kind::Documents
        } else {
            Kind::Frames
        });
    }

    /// Takes the pad's segment: running time begins anew, and with it what is known about its zero.
    ///
    /// A segment that is not in time (a plain file of documents) leaves buffers without running time.
    pub fn set_segment(&mut self, segment: &gst::Segment) {
        self.segment = segment
            .downcast_ref::<gst::ClockTime>()
            .cloned()
            .unwrap_or_default();
        self.base = TimeBase::default();
    }

    /// UTC of running time 0, as far as known.
    pub fn zero(&self) -> Option<Timestamp> {
        self.base.zero()
    }

    /// What `buffer` brings.
    ///
    /// # Errors
    /// The pad has no caps, or the buffer carries a batch of `DeepStream` that cannot be read.
    pub fn read(&mut self, buffer: &gst::BufferRef) -> Result<Found, Unreadable> {
        let running = self.running_time(buffer.pts());
        match self.kind.ok_or(Unreadable::NoCaps)? {
            Kind::Frames => self.read_frames(buffer, running),
            Kind::Documents => Ok(self.read_documents(buffer, running)),
        }
    }

    /// How far a gap says that time has gone: nothing comes before its end.
    pub fn read_gap(&self, gap: &gst::event::Gap) -> Option<Timestamp> {
        let (start, duration) = gap.get();
        let end = duration.map_or(start, |duration| start.saturating_add(duration));
        self.base.utc(self.running_time(Some(end))?)
    }

    /// The document that was begun, now that nothing more comes.
    pub fn finish(&mut self) -> Found {
        let mut found = Found::default();
        let last = self.documents.finish();
        self.sort_documents(last, None, &mut found);
        found
    }

    /// Forgets what was begun; caps stay.
    pub fn flush(&mut self) {
        *self = Self {
            kind: self.kind,
            ..Self::default()
        };
    }

    /// Running time of a time stamp in the pad's segment; `None` outside it.
    fn running_time(&self, time: Option<gst::ClockTime>) -> Option<gst::ClockTime> {
        self.segment.to_running_time(time?)
    }

    /// The reports that ride on a frame, a packet or a batch.
    fn read_frames(
        &mut self,
        buffer: &gst::BufferRef,
        running: Option<gst::ClockTime>,
    ) -> Result<Found, Unreadable> {
        let mut found = Found::default();
        let frames = self.view.reported_frames(buffer);
        let frames = frames.map_err(|error| Unreadable::Batch(error.to_string()))?;
        for frame in frames {
            if let Some(running) = running {
                self.base.learn(frame.capture_time, running);
            }
            for report in &frame.reports {
                match report.canonical() {
                    Ok(event) => found.events.push((event.arrival(), event)),
                    Err(error) => found.problems.push(refusal(&frame, &error)),
                }
            }
        }
        found.events.sort_by_key(|(arrival, _)| *arrival);
        found.reached = running.and_then(|running| self.base.utc(running));
        Ok(found)
    }

    /// The documents that a buffer completes.
    fn read_documents(
        &mut self,
        buffer: &gst::BufferRef,
        running: Option<gst::ClockTime>,
    ) -> Found {
        let mut found = Found::default();
        match buffer.map_readable() {
            Ok(bytes) => {
                let documents = self.documents.read(&bytes);
                self.sort_documents(documents, running, &mut found);
            }
            Err(_) => found.problems.push("buffer cannot be read".to_owned()),
        }
        found.reached = running.and_then(|running| self.base.utc(running));
        found
    }

    /// Puts documents into `found`: events or problems.
    fn sort_documents(
        &mut self,
        documents: impl IntoIterator<Item = Result<Event, crate::documents::BadDocument>>,
        running: Option<gst::ClockTime>,
        found: &mut Found,
    ) {
        for document in documents {
            match document {
                Ok(event) => {
                    if let Some(running) = running {
                        self.base.learn(event.time, running);
                    }
                    found.events.push((event.arrival(), event));
                }
                Err(bad) => found
                    .problems
                    .push(format!("document {}: {}", bad.number, bad.problem)),
            }
        }
    }
}

/// The sentence about a report that is not valid.
fn refusal(frame: &FrameInfo, error: &messages::ParseError) -> String {
    format!(
        "report on frame {} of camera '{}': {error}",
        frame.sequence, frame.camera
    )
}
