// SPDX-License-Identifier: MIT OR Apache-2.0
//! The life of an inner bin: made, added to the element, brought to its state, removed.

use std::sync::mpsc::channel;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use gst::prelude::*;
use kit::lock;

use super::build;
use super::debug::CAT;
use super::flow::{Command, Flow};
use super::inner_bin::InnerBin;
use super::niceness;
use super::properties::{OnError, Status};

/// How long a stop waits for an inner bin that does not let go.
pub const PATIENCE: Duration = Duration::from_millis(900);

impl Flow {
    /// Makes an inner bin from the text as it is now.
    pub fn make(self: &Arc<Self>) -> Result<Arc<InnerBin>, String> {
        let bin = build::from_text(&self.settings())?;
        let generation = {
            let mut state = lock(&self.state);
            state.generations += 1;
            state.generations
        };
        bin.set_locked_state(true);
        let flow = Arc::downgrade(self);
        let (input, output) = (input_pad(&flow), output_pad(&flow, generation));
        InnerBin::new(generation, bin, input, output).map(Arc::new)
    }

    /// Adds an inner bin to the element; its state follows later.
    pub fn add(&self, inner: &InnerBin) -> Result<(), String> {
        let element = self.element().ok_or("the element is gone")?;
        element.add(&inner.bin).map_err(|error| error.to_string())?;
        inner.link()?;
        if inner.has_sinks() {
            element.set_element_flags(gst::ElementFlags::SINK);
        }
        Ok(())
    }

    /// Gives the element its pad `src`, if it has none yet and `inner` has an output.
    pub fn show_src_pad(&self, inner: &InnerBin) {
        if inner.output.is_none() || self.has_src_pad() {
            return;
        }
        let active = lock(&self.state).target > gst::State::Ready;
        if active && let Err(error) = self.src_pad.set_active(true) {
            gst::error!(CAT, obj = self.src_pad, "{error}");
        }
        let added = self.element().map(|element| element.add_pad(&self.src_pad));
        if let Some(Err(error)) = added {
            gst::error!(CAT, obj = self.src_pad, "{error}");
        }
    }

    /// Makes the first inner bin. A text that gives none is a failure inside, unless errors are forwarded: then it is
    /// returned.
    pub fn prepare(self: &Arc<Self>, target: gst::State) -> Result<(), String> {
        lock(&self.state).target = target;
        if self.running().is_some() {
            return Ok(());
        }
        let made = self
            .make()
            .and_then(|inner| self.add(&inner).map(|()| inner));
        match made {
            Ok(inner) => {
                lock(&self.state).running = Some(inner.clone());
                self.show_src_pad(&inner);
                Ok(())
            }
            Err(reason) if self.settings().on_error == OnError::Forward => Err(reason),
            Err(reason) => {
                lock(&self.state).unplayable = Some(reason);
                Ok(())
            }
        }
    }

    /// The pads are active: the first inner bin begins.
    pub fn begin(self: &Arc<Self>) {
        if let Some(inner) = self.running() {
            self.input_queue.feed(inner.generation);
            self.play(&inner);
        } else {
            // The text was bad: try again, as after any failure.
            let reason = lock(&self.state).unplayable.take();
            self.tell(Command::Unplayable(reason.unwrap_or_default()));
        }
    }

    /// Brings an inner bin that is fed to the state of the element, and starts its worker.
    pub fn play(self: &Arc<Self>, inner: &Arc<InnerBin>) {
        if let Err(reason) = self.bring_up(inner) {
            self.fail(inner.generation, reason);
            return;
        }
        self.set_status(Status::Running);
        self.announce("started", None, None);
        self.start_worker(inner);
    }

    /// Brings an inner bin to the state of the element.
    pub fn bring_up(&self, inner: &InnerBin) -> Result<(), String> {
        if let Some(element) = self.element() {
            if let Some(base) = element.base_time() {
                inner.bin.set_base_time(base);
            }
            inner.bin.set_start_time(element.start_time());
        }
        let target = lock(&self.state).target;
        let nice = lock(&self.settings).nice;
        niceness::run(nice, || inner.bin.set_state(target))?
            .map(drop)
            .map_err(|_| "the inner bin does not start".to_owned())
    }

    /// Brings the inner bin that plays to another state.
    pub fn follow(&self, target: gst::State) {
        lock(&self.state).target = target;
        let Some(inner) = self.running() else {
            return;
        };
        if let Err(reason) = self.bring_up(&inner) {
            self.fail(inner.generation, reason);
        }
        // The time of a pause is nobody's stall.
        inner.note(|progress| {
            let now = Instant::now();
            progress.waiting = progress.waiting.map(|_| now);
            progress.pushing = progress.pushing.map(|_| now);
        });
    }

    /// Gives up the inner bin that plays; waits for it to let go at most for `limit`.
    pub fn leave(&self, limit: Duration) {
        let running = lock(&self.state).running.take();
        if let Some(inner) = running {
            self.input_queue.abandon(inner.generation);
            self.retire(inner, limit);
        }
    }

    /// Removes an inner bin and ends it on a thread of its own, because it may never let go; waits for that at most for
    /// `limit`.
    pub fn retire(&self, inner: Arc<InnerBin>, limit: Duration) {
        let removed = self.element().map(|element| element.remove(&inner.bin));
        if let Some(Err(error)) = removed {
            gst::warning!(CAT, obj = self.sink_pad, "{error}");
        }
        let (done, ended) = channel();
        let spawned = std::thread::Builder::new()
            .name(format!("{}:end", self.name()))
            .spawn(move || {
                inner.shut_down();
                drop(inner);
                // Nobody may wait any more.
                let _ = done.send(());
            });
        match spawned {
            Ok(_) => {
                let _ = ended.recv_timeout(limit);
            }
            Err(error) => gst::error!(CAT, obj = self.sink_pad, "an inner bin stays: {error}"),
        }
    }
}

/// The pad that feeds an inner bin.
fn input_pad(flow: &Weak<Flow>) -> gst::Pad {
    let (asked, told) = (flow.clone(), flow.clone());
    gst::Pad::builder(gst::PadDirection::Src)
        .name("input")
        .query_function(move |pad, _, query| {
            let flow = asked.upgrade();
            flow.is_some_and(|flow| flow.query_upstream(pad, query))
        })
        .event_function(move |_, _, event| {
            let flow = told.upgrade();
            flow.is_some_and(|flow| flow.push_upstream_event(event))
        })
        .build()
}

/// The pad that takes what comes out of the inner bin of this generation.
fn output_pad(flow: &Weak<Flow>, generation: u64) -> gst::Pad {
    let (given, told, asked) = (flow.clone(), flow.clone(), flow.clone());
    gst::Pad::builder(gst::PadDirection::Sink)
        .name("output")
        .chain_function(move |_, _, buffer| {
            if let Some(flow) = given.upgrade() {
                flow.push_output(generation, buffer);
            }
            Ok(gst::FlowSuccess::Ok)
        })
        .event_function(move |_, _, event| {
            let flow = told.upgrade();
            flow.is_some_and(|flow| flow.push_output_event(generation, event))
        })
        .query_function(move |pad, _, query| {
            let flow = asked.upgrade();
            flow.is_some_and(|flow| flow.query_downstream(pad, query))
        })
        .build()
}
