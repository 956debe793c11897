// SPDX-License-Identifier: MIT OR Apache-2.0
//! The stream through `flowbin`: packets, events and queries on their way in and out.

use std::sync::Arc;
use std::time::Instant;

use gst::prelude::*;
use gst::subclass::prelude::*;

use super::content::Content;
use super::entry::stickies;
use super::imp::{CAT, FlowBin, lock};
use super::supervisor::Command;

impl FlowBin {
    pub(super) fn chain(&self, buffer: gst::Buffer) -> Result<gst::FlowSuccess, gst::FlowError> {
        let (limit, leaky) = {
            let settings = lock(&self.settings);
            (settings.max_packets as usize, settings.leaky)
        };
        match nvds::isolate(buffer) {
            Ok(own) => {
                lock(&self.counters).lost_metas += own.lost;
                self.entry.push(own.buffer, limit, leaky)
            }
            Err(error) => {
                self.unreadable(&error);
                Ok(gst::FlowSuccess::Ok)
            }
        }
    }

    /// A batch of `DeepStream` is left out; says so the first, the second, the fourth, the eighth ... time.
    pub(super) fn unreadable(&self, error: &nvds::Error) {
        let count = {
            let mut counters = lock(&self.counters);
            counters.unreadable += 1;
            counters.unreadable
        };
        if count.is_power_of_two() {
            self.failed(&format!("{error}; {count} batches left out so far"));
        }
    }

    pub(super) fn sink_event(&self, event: gst::Event) -> bool {
        gst::log!(CAT, imp = self, "{event:?}");
        match event.type_() {
            gst::EventType::FlushStart => {
                self.entry.set_flushing(true);
                self.feed_now(event);
                true
            }
            gst::EventType::FlushStop => {
                self.feed_now(event);
                if let Some(content) = self.current() {
                    content.note(|progress| {
                        (progress.end_sent, progress.end_seen) = (false, false);
                        (progress.waiting, progress.pushing) = (None, None);
                    });
                }
                self.entry.set_flushing(false);
                true
            }
            gst::EventType::Eos => {
                let taken = self.entry.push_event(event);
                if self.current().is_none() {
                    self.tell(Command::Ended);
                }
                taken
            }
            _ if event.is_serialized() => self.entry.push_event(event),
            _ => {
                self.feed_now(event);
                true
            }
        }
    }

    /// Past the queue.
    pub(super) fn feed_now(&self, event: gst::Event) {
        if let Some(content) = self.current() {
            content.entry.push_event(event);
        }
    }

    pub(super) fn current(&self) -> Option<Arc<Content>> {
        lock(&self.current).clone()
    }

    pub(super) fn source(&self) -> Option<gst::Pad> {
        lock(&self.src_pad).clone()
    }

    /// A packet comes out of the content of number `generation`. What is behind `flowbin` is not the content's business:
    /// it is never told of an error there.
    pub(super) fn out(&self, generation: u64, buffer: gst::Buffer) {
        let Some(content) = self.current().filter(|it| it.generation == generation) else {
            return;
        };
        let Some(source) = self.source() else {
            return;
        };
        content.note(|progress| {
            (progress.waiting, progress.held_outside) = (None, true);
        });
        Self::introduce(&content, &source);
        let result = source.push(buffer);
        lock(&self.counters).out += 1;
        content.note(|progress| {
            progress.held_outside = false;
            if let Some(since) = &mut progress.pushing {
                *since = Instant::now();
            }
        });
        gst::trace!(CAT, imp = self, "behind: {result:?}");
    }

    /// Before the first thing that comes out of a content: what its stream is.
    pub(super) fn introduce(content: &Content, source: &gst::Pad) {
        let was_announced = std::mem::replace(&mut content.progress().announced, true);
        if was_announced {
            return;
        }
        for event in content.exit.iter().flat_map(stickies) {
            source.push_event(event);
        }
    }

    pub(super) fn out_event(&self, generation: u64, event: gst::Event) -> bool {
        let Some(content) = self.current().filter(|it| it.generation == generation) else {
            // It stays on the pad until the content is the current one.
            return true;
        };
        if event.type_() == gst::EventType::Eos {
            self.exit_end(&content, event);
            return true;
        }
        let Some(source) = self.source() else {
            return true;
        };
        content.note(|progress| progress.waiting = None);
        if event.is_sticky() && !content.progress().announced {
            return true;
        }
        Self::introduce(&content, &source);
        source.push_event(event)
    }

    pub(super) fn exit_end(&self, content: &Content, event: gst::Event) {
        let (draining, asked) = {
            let progress = content.progress();
            (progress.draining, progress.end_sent)
        };
        content.note(|progress| {
            (progress.end_seen, progress.waiting) = (true, None);
        });
        if draining {
            return;
        }
        if !asked {
            self.fail(content.generation, "ended of itself".to_owned());
            return;
        }
        if let Some(source) = self.source() {
            Self::introduce(content, &source);
            source.push_event(event);
        }
    }

    /// All sinks of a content are at their end.
    pub(super) fn inner_end(&self, source: Option<&gst::Object>) {
        let Some(content) = self.current() else {
            return;
        };
        if source != Some(content.bin.upcast_ref()) {
            return;
        }
        let (draining, asked) = {
            let progress = content.progress();
            (progress.draining, progress.end_sent)
        };
        content.note(|progress| progress.end_seen = true);
        if asked && !draining {
            self.post_end();
        } else if !asked {
            self.fail(content.generation, "ended of itself".to_owned());
        }
    }

    pub(super) fn post_end(&self) {
        let end = gst::message::Eos::builder().src(&*self.obj()).build();
        // Without a bus nobody waits for the end.
        let _ = self.obj().post_message(end);
    }

    /// What the content asks of the stream in front of it.
    pub(super) fn ask_upstream(&self, pad: &gst::Pad, query: &mut gst::QueryRef) -> bool {
        match query.type_() {
            gst::QueryType::Latency => {
                if !self.sink_pad.peer_query(query) {
                    return false;
                }
                // A paced file is not live, though what paces it says so.
                let live = meta::input_is_live(&self.sink_pad);
                if let (gst::QueryViewMut::Latency(latency), Some(live)) = (query.view_mut(), live)
                {
                    let (_, least, most) = latency.result();
                    latency.set(live, least, most);
                }
                true
            }
            gst::QueryType::Position
            | gst::QueryType::Duration
            | gst::QueryType::Seeking
            | gst::QueryType::Segment
            | gst::QueryType::Context => self.sink_pad.peer_query(query),
            _ => gst::Pad::query_default(pad, None::<&gst::Object>, query),
        }
    }

    /// What the content asks of the stream behind it.
    pub(super) fn ask_downstream(&self, pad: &gst::Pad, query: &mut gst::QueryRef) -> bool {
        let forwarded = matches!(
            query.type_(),
            gst::QueryType::Caps | gst::QueryType::AcceptCaps | gst::QueryType::Allocation
        );
        let source = self
            .source()
            .filter(|source| forwarded && source.is_linked());
        match source {
            Some(source) => source.peer_query(query),
            None => gst::Pad::query_default(pad, None::<&gst::Object>, query),
        }
    }

    pub(super) fn src_query(&self, pad: &gst::Pad, query: &mut gst::QueryRef) -> bool {
        let forwarded = matches!(
            query.type_(),
            gst::QueryType::Latency | gst::QueryType::Position | gst::QueryType::Duration
        );
        let exit = self.current().and_then(|content| content.exit.clone());
        match exit.filter(|_| forwarded) {
            Some(exit) => exit.peer_query(query),
            None => gst::Pad::query_default(pad, Some(&*self.obj()), query),
        }
    }

    pub(super) fn src_event(&self, event: gst::Event) -> bool {
        let exit = self.current().and_then(|content| content.exit.clone());
        exit.is_some_and(|exit| exit.push_event(event))
    }
}
