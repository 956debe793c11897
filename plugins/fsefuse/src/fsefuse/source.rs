// SPDX-License-Identifier: MIT OR Apache-2.0
//! The source pad: one task takes batches from the input queue, feeds the fusion and pushes the states.

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use kit::lock;
use messages::Event;

use super::imp::{CAT, FseFuse};
use super::input_queue::Work;
use super::run::{Outcome, Run};
use crate::inputs::{Batch, Merging};

impl FseFuse {
    /// The source pad, from its template.
    pub(super) fn source_pad(templ: Option<&gst::PadTemplate>) -> gst::Pad {
        templ
            .map_or_else(
                || gst::Pad::builder(gst::PadDirection::Src),
                gst::Pad::builder_from_template,
            )
            .name("src")
            .activatemode_function(|pad, parent, mode, active| {
                Self::catch_panic_pad_function(
                    parent,
                    || Err(gst::loggable_error!(CAT, "Panic activating the source pad")),
                    |this| this.activate_src(pad, mode, active),
                )
            })
            .event_function(|pad, parent, event| {
                Self::catch_panic_pad_function(parent, || false, |this| this.src_event(pad, event))
            })
            .query_function(|pad, parent, query| {
                Self::catch_panic_pad_function(parent, || false, |this| this.src_query(pad, query))
            })
            .build()
    }

    /// Starts or stops the task.
    fn activate_src(
        &self,
        pad: &gst::Pad,
        mode: gst::PadMode,
        active: bool,
    ) -> Result<(), gst::LoggableError> {
        if mode != gst::PadMode::Push {
            return Err(gst::loggable_error!(CAT, "Only push mode is possible"));
        }
        if active {
            self.start_task().map_err(Into::into)
        } else {
            self.queue.stop();
            pad.stop_task().map_err(Into::into)
        }
    }

    /// Starts the task.
    pub(super) fn start_task(&self) -> Result<(), glib::BoolError> {
        let element = self.obj().downgrade();
        self.src_pad.start_task(move || {
            if let Some(element) = element.upgrade() {
                element.imp().work();
            }
        })
    }

    /// One turn of the task.
    fn work(&self) {
        match self.queue.next() {
            Work::Batch(batch) => {
                let outcome = self.feed(batch);
                self.deliver_outcome(outcome);
            }
            Work::Finish => self.finish(),
            // Fails only if the task is gone already.
            Work::Stop => drop(self.src_pad.pause_task()),
        }
    }

    /// Feeds one batch to the fusion.
    fn feed(&self, batch: Batch) -> Outcome {
        gst::trace!(
            CAT,
            imp = self,
            "feeding {} events that arrived at {}",
            batch.events.len(),
            batch.arrival
        );
        let outcome = match lock(&self.run).as_mut() {
            Some(run) => run.feed(batch),
            None => Ok(Outcome::default()),
        };
        outcome.unwrap_or_else(|error| {
            gst::element_imp_error!(
                self,
                gst::ResourceError::Write,
                ("Property 'record': cannot write: {error}")
            );
            self.queue
                .change(|queue| queue.set_downstream(gst::FlowError::Error));
            Outcome::default()
        })
    }

    /// Says what is to be said of cameras, and pushes the states.
    fn deliver_outcome(&self, outcome: Outcome) {
        for change in outcome.changes {
            change.post(&*self.obj(), "reports");
            let discarded = lock(&self.run).as_ref().map(Run::discarded_cameras);
            self.queue
                .count(|counters| counters.discarded_cameras = discarded.unwrap_or_default());
        }
        self.push_states(outcome.states);
    }

    /// All inputs have ended: pushes the last states and the end.
    fn finish(&self) {
        let outcome = lock(&self.run).as_mut().map(Run::finish);
        self.deliver_outcome(outcome.unwrap_or_default());
        self.announce();
        gst::debug!(CAT, imp = self, "end of all inputs");
        self.src_pad.push_event(gst::event::Eos::new());
        self.queue
            .change(|queue| queue.set_downstream(gst::FlowError::Eos));
    }

    /// Pushes states until downstream wants no more.
    fn push_states(&self, states: Vec<Event>) {
        for state in states {
            self.announce();
            gst::trace!(
                CAT,
                imp = self,
                "pushing state {} of {}",
                state.id,
                state.time
            );
            let buffer = self.state_buffer(state);
            if let Err(error) = self.src_pad.push(buffer) {
                self.downstream_failed(error);
                return;
            }
            self.queue.count(|counters| counters.states += 1);
        }
    }

    /// Downstream takes no more states: the inputs are told, and the user unless it was expected.
    fn downstream_failed(&self, error: gst::FlowError) {
        gst::debug!(CAT, imp = self, "downstream answered {error}, stopping");
        if !matches!(error, gst::FlowError::Flushing | gst::FlowError::Eos) {
            gst::element_imp_error!(
                self,
                gst::StreamError::Failed,
                ("States cannot be pushed: {error}"),
                ["The element behind pad src answered {error:?}"]
            );
        }
        self.queue.change(|queue| queue.set_downstream(error));
    }

    /// Sends what comes before the first buffer.
    fn announce(&self) {
        let Some(stream) = lock(&self.run).as_mut().and_then(Run::announce) else {
            return;
        };
        let start = gst::event::StreamStart::builder(&stream)
            .group_id(gst::GroupId::next())
            .build();
        let caps = gst::Caps::new_empty_simple(meta::STATE_CAPS);
        let segment = gst::FormattedSegment::<gst::ClockTime>::new();
        self.src_pad.push_event(start);
        self.src_pad.push_event(gst::event::Caps::new(&caps));
        self.src_pad.push_event(gst::event::Segment::new(&segment));
    }

    /// The document of a state.
    fn state_buffer(&self, mut state: Event) -> gst::Buffer {
        let running = self.obj().current_running_time();
        let pts = lock(&self.run)
            .as_ref()
            .and_then(|run| run.stamp(&mut state, running));
        let mut buffer = gst::Buffer::from_slice(state.to_json() + "\n");
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(pts);
        }
        buffer
    }

    /// Answers queries: a state is stamped with the instant it is made for, so `fsefuse` adds no latency.
    fn src_query(&self, pad: &gst::Pad, query: &mut gst::QueryRef) -> bool {
        if let gst::QueryViewMut::Latency(latency) = query.view_mut() {
            let live = match self.queue.merging() {
                Some(merging) => merging == Merging::Eager,
                None => self.is_live(),
            };
            latency.set(live, gst::ClockTime::ZERO, gst::ClockTime::NONE);
            return true;
        }
        gst::Pad::query_default(pad, Some(&*self.obj()), query)
    }

    /// Follows flushing seeks; every other event goes to the inputs as it is.
    fn src_event(&self, pad: &gst::Pad, event: gst::Event) -> bool {
        match event.view() {
            gst::EventView::Seek(seek) if seek.get().1.contains(gst::SeekFlags::FLUSH) => {
                self.seek(&event)
            }
            _ => gst::Pad::event_default(pad, Some(&*self.obj()), event),
        }
    }
}
