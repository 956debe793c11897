// SPDX-License-Identifier: MIT OR Apache-2.0
//! What comes out of the inner bin, on its way to the pad `src`.

use std::time::Instant;

use gst::prelude::*;
use kit::lock;

use super::debug::CAT;
use super::flow::Flow;
use super::inner_bin::InnerBin;
use super::input_queue::sticky_events;

impl Flow {
    /// A packet comes out of the inner bin of this generation. It is never told of an error behind the element, because
    /// that is not its fault.
    pub fn push_output(&self, generation: u64, buffer: gst::Buffer) {
        let Some(inner) = self.running_as(generation) else {
            gst::debug!(
                CAT,
                obj = self.src_pad,
                "dropped: inner bin {generation} has been replaced"
            );
            return;
        };
        inner.note(|progress| {
            (progress.waiting, progress.held_downstream) = (None, true);
        });
        self.send_sticky_events(&inner);
        let result = self.src_pad.push(buffer);
        lock(&self.stats).counters.out += 1;
        inner.note(|progress| {
            progress.held_downstream = false;
            if let Some(since) = &mut progress.pushing {
                *since = Instant::now();
            }
        });
        match result {
            Ok(_) => gst::trace!(CAT, obj = self.src_pad, "passed on"),
            Err(error) => gst::debug!(CAT, obj = self.src_pad, "dropped: downstream says {error}"),
        }
    }

    /// An event comes out of the inner bin of this generation.
    pub fn push_output_event(&self, generation: u64, event: gst::Event) -> bool {
        let Some(inner) = self.running_as(generation) else {
            // It stays on the pad until this inner bin is the running one.
            return true;
        };
        if event.type_() == gst::EventType::Eos {
            self.end_output(&inner, event);
            return true;
        }
        inner.note(|progress| progress.waiting = None);
        if event.is_sticky() && !inner.progress().sticky_events_sent {
            return true;
        }
        self.send_sticky_events(&inner);
        self.src_pad.push_event(event)
    }

    /// All sinks inside `source` have reached the end of the stream.
    pub fn inner_eos(&self, source: Option<&gst::Object>) {
        let running = self.running();
        let Some(inner) = running.filter(|inner| source == Some(inner.bin.upcast_ref())) else {
            return;
        };
        let (draining, asked) = {
            let progress = inner.progress();
            (progress.draining, progress.eos_sent)
        };
        inner.note(|progress| progress.eos_seen = true);
        if !asked {
            self.fail_unasked_end(&inner);
        } else if !draining {
            self.post_eos();
        }
    }

    /// The end of the stream comes out of an inner bin.
    fn end_output(&self, inner: &InnerBin, eos: gst::Event) {
        let (draining, asked) = {
            let progress = inner.progress();
            (progress.draining, progress.eos_sent)
        };
        inner.note(|progress| {
            (progress.eos_seen, progress.waiting) = (true, None);
        });
        if draining {
            gst::debug!(
                CAT,
                obj = self.src_pad,
                "kept back: end of an inner bin that is replaced"
            );
        } else if asked {
            self.send_sticky_events(inner);
            self.src_pad.push_event(eos);
        } else {
            self.fail_unasked_end(inner);
        }
    }

    /// An inner bin ended though its input did not.
    fn fail_unasked_end(&self, inner: &InnerBin) {
        self.fail(
            inner.generation,
            "ended though its input did not".to_owned(),
        );
    }

    /// Before the first thing that comes out of an inner bin: what its stream is.
    fn send_sticky_events(&self, inner: &InnerBin) {
        let were_sent = std::mem::replace(&mut inner.progress().sticky_events_sent, true);
        if were_sent {
            return;
        }
        for event in inner.output.iter().flat_map(sticky_events) {
            self.src_pad.push_event(event);
        }
    }
}
