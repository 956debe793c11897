// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bounded queue between the stream and the inner bin.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use gst::prelude::*;
use kit::lock;

use super::debug::CAT;
use super::properties::Leaky;

/// What waits.
pub enum Item {
    /// A packet.
    Buffer(gst::Buffer),
    /// A serialised event.
    Event(gst::Event),
}

/// What the queue is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// There is no inner bin: nothing waits.
    Discard,
    /// One inner bin goes, the next comes.
    Hold,
    /// The inner bin of this generation is fed.
    Feed(u64),
}

/// What waits, and for whom.
struct State {
    items: VecDeque<Item>,
    buffers: usize,
    mode: Mode,
    flushing: bool,
    ended: bool,
    /// The sticky events that an inner bin must be told before its first packet.
    memory: gst::Pad,
    error: Option<gst::FlowError>,
    arrived: u64,
    dropped: u64,
}

/// The queue; never waits unless told to.
pub struct InputQueue {
    /// The pad that packets come from, for the debug log.
    pad: gst::Pad,
    state: Mutex<State>,
    changed: Condvar,
}

impl InputQueue {
    /// An empty queue of `pad` without an inner bin.
    pub fn new(pad: gst::Pad) -> Self {
        Self {
            pad,
            state: Mutex::new(State {
                items: VecDeque::new(),
                buffers: 0,
                mode: Mode::Discard,
                flushing: true,
                ended: false,
                memory: memory(),
                error: None,
                arrived: 0,
                dropped: 0,
            }),
            changed: Condvar::new(),
        }
    }

    /// What waits.
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Changes something and wakes who waits for it.
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// A new stream: nothing is remembered, nothing counted.
    pub fn open(&self) {
        self.change(|state| {
            state.clear();
            (state.arrived, state.dropped) = (0, 0);
            (state.memory, state.mode) = (memory(), Mode::Discard);
            (state.flushing, state.ended, state.error) = (false, false, None);
        });
    }

    /// From now on the inner bin of this generation is fed.
    pub fn feed(&self, generation: u64) {
        self.change(|state| state.mode = Mode::Feed(generation));
    }

    /// From now on everything waits for the next inner bin.
    pub fn hold(&self) {
        self.change(|state| state.mode = Mode::Hold);
    }

    /// The inner bin of this generation takes nothing any more: packets are dropped, until another one is fed.
    pub fn abandon(&self, generation: u64) {
        self.change(|state| {
            if matches!(state.mode, Mode::Feed(fed) if fed != generation) {
                return;
            }
            state.mode = Mode::Discard;
            gst::debug!(
                CAT,
                obj = self.pad,
                "dropped {}: inner bin {generation} is gone",
                state.buffers
            );
            while let Some(item) = state.items.pop_front() {
                state.forget(&item);
            }
            state.buffers = 0;
        });
    }

    /// Packets are answered with `error` from now on.
    pub fn refuse(&self, error: gst::FlowError) {
        self.change(|state| state.error = Some(error));
    }

    /// A packet comes in.
    pub fn push(
        &self,
        buffer: gst::Buffer,
        limit: usize,
        leaky: Leaky,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        let mut state = self.lock();
        state.arrived += 1;
        loop {
            if state.flushing {
                return Err(gst::FlowError::Flushing);
            }
            if let Some(error) = state.error {
                return Err(error);
            }
            if state.mode == Mode::Discard {
                state.dropped += 1;
                gst::debug!(CAT, obj = self.pad, "dropped: there is no inner bin");
                return Ok(gst::FlowSuccess::Ok);
            }
            if state.buffers < limit {
                break;
            }
            if leaky == Leaky::Downstream {
                state.drop_oldest();
                gst::debug!(
                    CAT,
                    obj = self.pad,
                    "dropped the oldest: {limit} packets wait"
                );
                continue;
            }
            gst::trace!(CAT, obj = self.pad, "blocked: {limit} packets wait");
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.buffers += 1;
        state.items.push_back(Item::Buffer(buffer));
        gst::trace!(CAT, obj = self.pad, "kept: {} packets wait", state.buffers);
        // Before the lock is given back: after it, one push in a hundred takes half as long again.
        self.changed.notify_all();
        Ok(gst::FlowSuccess::Ok)
    }

    /// A serialised event comes in.
    pub fn push_event(&self, event: gst::Event) -> bool {
        let mut state = self.lock();
        if state.flushing {
            return false;
        }
        if state.mode == Mode::Discard {
            state.forget(&Item::Event(event));
        } else {
            state.items.push_back(Item::Event(event));
        }
        drop(state);
        self.changed.notify_all();
        true
    }

    /// The next for the inner bin of this generation; waits for it. `None`: it is fed no longer.
    pub fn next(&self, generation: u64) -> Option<Item> {
        let mut state = self.lock();
        loop {
            if state.mode != Mode::Feed(generation) {
                return None;
            }
            if let Some(item) = state.items.pop_front() {
                match &item {
                    Item::Buffer(_) => {
                        state.buffers -= 1;
                        self.changed.notify_all();
                    }
                    Item::Event(event) => state.remember(event),
                }
                return Some(item);
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Begins or ends a flush.
    pub fn set_flushing(&self, flushing: bool) {
        self.change(|state| {
            gst::debug!(
                CAT,
                obj = self.pad,
                "dropped {}: flushing={flushing}",
                state.buffers
            );
            state.clear();
            state.flushing = flushing;
            state.ended = false;
            let kept = state.sticky_events();
            state.memory = memory();
            for event in kept {
                if event.type_() != gst::EventType::Segment {
                    state.remember(&event);
                }
            }
        });
    }

    /// What a new inner bin must be told first: stream start, caps, segment, tags.
    pub fn sticky_events(&self) -> Vec<gst::Event> {
        self.lock().sticky_events()
    }

    /// Whether the stream has ended.
    pub fn has_ended(&self) -> bool {
        self.lock().ended
    }

    /// Packets that came, that were dropped, that wait.
    pub fn counts(&self) -> [(&'static str, u64); 3] {
        let state = self.lock();
        [
            ("in", state.arrived),
            ("dropped", state.dropped),
            ("queued", state.buffers as u64),
        ]
    }
}

impl State {
    /// Drops what waits. The events are remembered all the same.
    fn clear(&mut self) {
        while let Some(item) = self.items.pop_front() {
            self.forget(&item);
        }
        self.buffers = 0;
    }

    /// Nobody takes `item`: a packet is counted, an event remembered.
    fn forget(&mut self, item: &Item) {
        match item {
            Item::Buffer(_) => self.dropped += 1,
            Item::Event(event) => self.remember(event),
        }
    }

    /// Makes room for a packet.
    fn drop_oldest(&mut self) {
        let oldest = self
            .items
            .iter()
            .position(|item| matches!(item, Item::Buffer(_)));
        if let Some(oldest) = oldest {
            self.items.remove(oldest);
            self.dropped += 1;
            self.buffers -= 1;
        }
    }

    /// Notes an event that was given to the inner bin or dropped.
    fn remember(&mut self, event: &gst::Event) {
        match event.type_() {
            gst::EventType::Eos => self.ended = true,
            kind => {
                if kind == gst::EventType::StreamStart {
                    self.ended = false;
                }
                if kind.is_sticky() {
                    // An active pad without a stream's end takes every sticky event.
                    let _ = self.memory.store_sticky_event(event);
                }
            }
        }
    }

    /// What a new inner bin must be told first.
    fn sticky_events(&self) -> Vec<gst::Event> {
        sticky_events(&self.memory)
    }
}

/// The sticky events on a pad, in their order.
pub fn sticky_events(pad: &gst::Pad) -> Vec<gst::Event> {
    let mut events = Vec::new();
    pad.sticky_events_foreach(|event| {
        events.push(event.clone());
        ControlFlow::Continue(gst::EventForeachAction::Keep)
    });
    events
}

/// A pad that only keeps sticky events, by GStreamer's rules.
fn memory() -> gst::Pad {
    let pad = gst::Pad::new(gst::PadDirection::Src);
    // Fails never: the pad has no activation of its own.
    let _ = pad.set_active(true);
    pad
}
