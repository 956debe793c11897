// SPDX-License-Identifier: MIT OR Apache-2.0
//! The sink pads: their threads read buffers and hand what they find to the input queue.

use std::sync::{Arc, Mutex};

use gst::prelude::*;
use gst::subclass::prelude::*;
use kit::lock;
use messages::{CameraHealth, Data, Event, Timestamp};

use super::imp::{CAT, FseFuse};
use crate::input::{Found, Input, Unreadable};
use crate::inputs::Merging;
use crate::queue::{Delivery, Refusal, Taken};

/// A sink pad's stream, shared by the pad's functions.
type SharedInput = Arc<Mutex<Input>>;

impl FseFuse {
    /// A sink pad that is the input of this number.
    pub(super) fn sink_pad(templ: &gst::PadTemplate, name: &str, number: u32) -> gst::Pad {
        let input = SharedInput::default();
        let event_input = input.clone();
        gst::Pad::builder_from_template(templ)
            .name(name)
            .chain_function(move |pad, parent, buffer| {
                Self::catch_panic_pad_function(
                    parent,
                    || Err(gst::FlowError::Error),
                    |this| this.chain(pad, number, &input, &buffer),
                )
            })
            .event_function(move |pad, parent, event| {
                Self::catch_panic_pad_function(
                    parent,
                    || false,
                    |this| this.sink_event(pad, number, &event_input, event),
                )
            })
            .build()
    }

    /// A sink pad's name that is not taken, `sink_<number>` if possible.
    pub(super) fn free_name(&self, number: u32) -> String {
        let mut names = (number..).map(|number| format!("sink_{number}"));
        names
            .find(|name| self.obj().static_pad(name).is_none())
            .unwrap_or_default()
    }

    /// Takes a buffer: frames with reports, or documents.
    fn chain(
        &self,
        pad: &gst::Pad,
        number: u32,
        input: &SharedInput,
        buffer: &gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        if self.queue.merging().is_none() {
            self.decide();
        }
        let (found, zero) = {
            let mut input = lock(input);
            (input.read(buffer), input.zero())
        };
        match found {
            Ok(found) => self.deliver(pad, number, found, zero),
            Err(Unreadable::NoCaps) => {
                gst::warning!(CAT, obj = pad, "refused a buffer: the pad has no caps");
                Err(gst::FlowError::NotNegotiated)
            }
            Err(Unreadable::Batch(problem)) => {
                gst::element_imp_error!(
                    self,
                    gst::StreamError::Format,
                    ("Pad {}: {problem}", pad.name())
                );
                Err(gst::FlowError::Error)
            }
        }
    }

    /// Hands over what a pad brought.
    fn deliver(
        &self,
        pad: &gst::Pad,
        number: u32,
        found: Found,
        zero: Option<Timestamp>,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        for problem in &found.problems {
            self.refuse(pad, problem);
        }
        let delivery = Delivery {
            events: self.wanted(pad, found.events),
            reached: found.reached,
            zero,
        };
        match self.queue.accept(number, delivery) {
            Ok(taken) => {
                Self::log_losses(pad, taken);
                Ok(gst::FlowSuccess::Ok)
            }
            Err(Refusal::Flushing) => {
                gst::debug!(
                    CAT,
                    obj = pad,
                    "dropped: the pad is being flushed or has stopped"
                );
                Err(gst::FlowError::Flushing)
            }
            Err(Refusal::Downstream(error)) => {
                gst::debug!(CAT, obj = pad, "dropped: downstream answered {error}");
                Err(error)
            }
        }
    }

    /// Says in the debug log what was not kept.
    fn log_losses(pad: &gst::Pad, taken: Taken) {
        if taken.dropped > 0 {
            gst::warning!(
                CAT,
                obj = pad,
                "dropped the {} oldest waiting events: the fusion is slower than the live input",
                taken.dropped
            );
        }
        if taken.flushed > 0 {
            gst::debug!(
                CAT,
                obj = pad,
                "dropped {} events from before the seek",
                taken.flushed
            );
        }
    }

    /// Takes the events of flows that are not wanted out of `events`, and states, and counts them.
    fn wanted(
        &self,
        pad: &gst::Pad,
        mut events: Vec<(Timestamp, Event)>,
    ) -> Vec<(Timestamp, Event)> {
        let all = events.len();
        let settings = lock(&self.settings);
        events.retain(|(arrival, event)| {
            let (id, source) = (&event.id, &event.source);
            if matches!(event.data, Data::State(_)) {
                gst::debug!(
                    CAT,
                    obj = pad,
                    "dropped {id} of {source}: a state is no input"
                );
                return false;
            }
            if !settings.wants(&event.flow) {
                let flow = &event.flow;
                gst::debug!(
                    CAT,
                    obj = pad,
                    "dropped {id} of {source}: flow '{flow}' is not in property 'inputs'"
                );
                return false;
            }
            gst::trace!(CAT, obj = pad, "took {id} of {source}, arrival {arrival}");
            true
        });
        drop(settings);
        let unwanted = (all - events.len()) as u64;
        if unwanted > 0 {
            self.queue.count(|counters| counters.unwanted += unwanted);
        }
        events
    }

    /// Counts a refused document and says so: the first, the second, the fourth, the eighth ... time.
    fn refuse(&self, pad: &gst::Pad, problem: &str) {
        self.queue.count(|counters| counters.bad_documents += 1);
        let refused = self.queue.counters().bad_documents;
        gst::warning!(CAT, obj = pad, "refused: {problem}");
        if refused.is_power_of_two() {
            gst::element_imp_warning!(
                self,
                gst::StreamError::Decode,
                (
                    "Pad {}: {problem}; refused {refused} so far, the others are used",
                    pad.name()
                )
            );
        }
    }

    /// Takes an event of a sink pad. None is passed on as it is: the states are a stream of their own.
    fn sink_event(
        &self,
        pad: &gst::Pad,
        number: u32,
        input: &SharedInput,
        event: gst::Event,
    ) -> bool {
        use gst::EventView;
        gst::log!(CAT, obj = pad, "{event:?}");
        match event.view() {
            EventView::Caps(caps) => lock(input).set_caps(caps.caps()),
            EventView::Segment(segment) => lock(input).set_segment(segment.segment()),
            EventView::StreamStart(_) => self.queue.change(|queue| queue.set_closed(number, false)),
            EventView::Gap(gap) => return self.take_gap(pad, number, input, gap),
            EventView::Eos(_) => return self.take_eos(pad, number, input),
            EventView::FlushStart(_) => self.flush_start(number, event),
            EventView::FlushStop(_) => {
                lock(input).flush();
                self.flush_stop(number, event);
            }
            EventView::CustomDownstreamSticky(_) => {
                if let Some((health, time)) = meta::health_of(&event) {
                    self.take_health(number, health, time);
                }
            }
            // Everything else describes one input and says nothing about the states.
            _ => (),
        }
        true
    }

    /// A camera's health has changed, says a live input. Recordings have no cameras that could be away.
    fn take_health(&self, number: u32, health: CameraHealth, time: Timestamp) {
        if self.queue.merging().is_none() {
            self.decide();
        }
        let event = lock(&self.run).as_mut().map(|run| run.health(health, time));
        let is_live = self.queue.merging() == Some(Merging::Eager);
        let Some(event) = event.filter(|_| is_live) else {
            return;
        };
        let delivery = Delivery {
            events: vec![(time, event)],
            ..Delivery::default()
        };
        // Refused only by an element that stops.
        let _ = self.queue.accept(number, delivery);
    }

    /// Time goes on without data.
    fn take_gap(
        &self,
        pad: &gst::Pad,
        number: u32,
        input: &SharedInput,
        gap: &gst::event::Gap,
    ) -> bool {
        let (reached, zero) = {
            let input = lock(input);
            (input.read_gap(gap), input.zero())
        };
        let found = Found {
            reached,
            ..Found::default()
        };
        self.deliver(pad, number, found, zero).is_ok()
    }

    /// An input ends: nobody waits for it any more.
    fn take_eos(&self, pad: &gst::Pad, number: u32, input: &SharedInput) -> bool {
        let found = lock(input).finish();
        let delivered = self.deliver(pad, number, found, None).is_ok();
        self.queue.change(|queue| queue.set_closed(number, true));
        delivered
    }

    /// Asks all inputs whether they are live; one that is makes the whole element live. The first data decides.
    fn decide(&self) {
        let live = self.is_live();
        let merging = if live { Merging::Eager } else { Merging::Exact };
        let begun = {
            let mut run = lock(&self.run);
            // Another pad may have been faster.
            let Some(run) = run.as_mut().filter(|_| self.queue.merging().is_none()) else {
                return;
            };
            let begun = run.begin(live);
            self.queue.change(|queue| queue.decide(merging));
            begun
        };
        gst::info!(CAT, imp = self, "inputs are {}", merging.describe());
        if let Err(reason) = begun {
            self.warn_of_state_file(&reason);
        }
    }

    /// Lets a pipeline play in which all cameras are dead: live inputs are known before they deliver.
    pub(super) fn decide_if_live(&self) {
        if self.queue.merging().is_none() && self.is_live() {
            self.decide();
        }
    }

    /// Whether one of the inputs is live now.
    pub(super) fn is_live(&self) -> bool {
        let pads: Vec<gst::Pad> = lock(&self.pads).values().cloned().collect();
        pads.iter()
            .any(|pad| meta::input_is_live(pad) == Some(true))
    }
}
