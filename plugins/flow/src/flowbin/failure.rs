// SPDX-License-Identifier: MIT OR Apache-2.0
//! What follows a failure inside.
//!
//! An ERROR message is put down to the inner bin it comes from, on whatever thread posted it; everything else is the
//! supervisor's thread.

use std::sync::Arc;
use std::time::Duration;

use gst::prelude::*;
use kit::lock;

use super::flow::Flow;
use super::inner_bin::InnerBin;
use super::lifecycle::PATIENCE;
use super::properties::Status;

impl Flow {
    /// Puts an error of the element `source` down to the inner bin that it is in.
    pub fn find_failed_bin(&self, source: Option<&gst::Object>, reason: String) {
        let is_of = |inner: &InnerBin| {
            source.is_some_and(|source| {
                source == inner.bin.upcast_ref::<gst::Object>()
                    || source.has_as_ancestor(&inner.bin)
            })
        };
        let mut state = lock(&self.state);
        if let Some(candidate) = &mut state.candidate
            && is_of(&candidate.inner)
        {
            candidate.error.get_or_insert(reason);
            return;
        }
        let running = state.running.clone();
        drop(state);
        if let Some(inner) = running.filter(|inner| is_of(inner)) {
            self.fail(inner.generation, reason);
        }
    }

    /// The inner bin of this generation failed: it goes. How long it ran; `None` if it is not the one that plays.
    pub fn handle_failure(&self, generation: u64, reason: &str) -> Option<Duration> {
        let is_it = |inner: &mut Arc<InnerBin>| inner.generation == generation;
        let inner = lock(&self.state).running.take_if(is_it)?;
        self.input_queue.abandon(generation);
        self.report_failure(reason);
        let ran = inner.since.elapsed();
        self.retire(inner, PATIENCE);
        Some(ran)
    }

    /// Makes a new inner bin in place of the one that failed.
    pub fn restart(self: &Arc<Self>) -> Result<(), String> {
        let inner = self.make()?;
        self.add(&inner)?;
        self.show_src_pad(&inner);
        lock(&self.stats).counters.restarts += 1;
        lock(&self.state).running = Some(inner.clone());
        self.input_queue.feed(inner.generation);
        self.play(&inner);
        Ok(())
    }

    /// It will be tried again after `delay`.
    pub fn will_restart(&self, delay: Duration, reason: &str) {
        self.set_status(Status::Restarting);
        self.announce("restarting", Some(reason), Some(delay));
    }

    /// It stays off.
    pub fn stay_off(&self, reason: &str) {
        self.set_status(Status::Stopped);
        self.announce("stopped", Some(reason), None);
    }

    /// Passes the end of the stream on in place of the inner bin, if the input has ended and there is no inner bin; whether
    /// it did.
    pub fn end_without_inner_bin(&self) -> bool {
        if !self.input_queue.has_ended() || self.running().is_some() {
            return false;
        }
        self.set_status(Status::Stopped);
        if !self.has_src_pad() {
            self.post_eos();
            return true;
        }
        if self
            .src_pad
            .sticky_event::<gst::event::StreamStart>(0)
            .is_none()
        {
            for event in self.input_queue.sticky_events() {
                self.src_pad.push_event(event);
            }
        }
        self.src_pad.push_event(gst::event::Eos::new());
        true
    }

    /// Reports an inner bin that has stopped giving anything.
    pub fn check_for_stall(&self) {
        if lock(&self.state).target != gst::State::Playing {
            return;
        }
        let Some(limit) = self.settings().stall_limit() else {
            return;
        };
        if let Some(inner) = self.running().filter(|inner| inner.is_stalled(limit)) {
            let reason = format!("stalled: nothing for {:.1} s", limit.as_secs_f64());
            self.fail(inner.generation, reason);
        }
    }
}
