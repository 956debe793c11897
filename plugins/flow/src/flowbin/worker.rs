// SPDX-License-Identifier: MIT OR Apache-2.0
//! The thread that feeds an inner bin from the input queue, so that the streaming thread of the fork never waits for it.

use std::sync::Arc;
use std::time::Instant;

use gst::prelude::*;
use kit::lock;

use super::debug::CAT;
use super::flow::Flow;
use super::inner_bin::InnerBin;
use super::input_queue::Item;
use super::niceness;
use super::properties::OnError;

impl Flow {
    /// Starts the worker of an inner bin.
    pub fn start_worker(self: &Arc<Self>, inner: &Arc<InnerBin>) {
        let (flow, fed) = (self.clone(), inner.clone());
        let nice = lock(&self.settings).nice;
        let spawned = std::thread::Builder::new()
            .name(format!("{}:{}", self.name(), inner.generation))
            .spawn(move || {
                niceness::lower(nice);
                flow.feed_until_over(&fed);
            });
        if let Err(error) = spawned {
            self.fail(
                inner.generation,
                format!("no thread for the inner bin: {error}"),
            );
        }
    }

    /// Feeds an inner bin until another one is fed or it fails, and reports that.
    fn feed_until_over(&self, inner: &InnerBin) {
        let forward = lock(&self.settings).on_error == OnError::Forward;
        let result = self.feed(inner);
        inner.note(|progress| progress.worker_ended = true);
        let Err(error) = result else {
            return;
        };
        if forward {
            self.input_queue.refuse(error);
        }
        self.input_queue.abandon(inner.generation);
        self.fail(
            inner.generation,
            format!("the inner bin answers a packet with {error}"),
        );
    }

    /// Pushes what waits into an inner bin, until another one is fed or a packet is answered with an error.
    fn feed(&self, inner: &InnerBin) -> Result<(), gst::FlowError> {
        for event in self.input_queue.sticky_events() {
            inner.input.push_event(event);
        }
        while let Some(item) = self.input_queue.next(inner.generation) {
            match item {
                Item::Buffer(buffer) => self.feed_buffer(inner, buffer)?,
                Item::Event(event) => feed_event(inner, event),
            }
        }
        if inner.progress().draining {
            feed_event(inner, gst::event::Eos::new());
        }
        Ok(())
    }

    /// Pushes one packet and notes how long that took.
    fn feed_buffer(&self, inner: &InnerBin, buffer: gst::Buffer) -> Result<(), gst::FlowError> {
        let start = Instant::now();
        inner.note(|progress| {
            progress.pushing = Some(start);
            progress.waiting.get_or_insert(start);
        });
        let result = inner.input.push(buffer);
        inner.note(|progress| progress.pushing = None);
        lock(&self.stats).latency.add(start.elapsed());
        gst::trace!(
            CAT,
            obj = inner.input,
            "taken by inner bin {}: {result:?}",
            inner.generation
        );
        match result {
            Ok(_) | Err(gst::FlowError::Flushing) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Pushes one event; notes the end of the stream.
fn feed_event(inner: &InnerBin, event: gst::Event) {
    if event.type_() == gst::EventType::Eos {
        inner.note(|progress| {
            progress.eos_sent = true;
            progress.waiting = Some(Instant::now());
        });
    }
    inner.input.push_event(event);
}
