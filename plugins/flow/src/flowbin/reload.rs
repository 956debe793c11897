// SPDX-License-Identifier: MIT OR Apache-2.0
//! A new inner bin takes over between two packets; on the supervisor's thread.

use std::sync::Arc;
use std::time::Duration;

use gst::prelude::*;
use kit::lock;

use super::conflict::conflict;
use super::flow::{Candidate, Flow};
use super::inner_bin::InnerBin;
use super::lifecycle::PATIENCE;
use super::properties::Status;

/// How long a replaced inner bin may finish what it has.
const DRAIN: Duration = Duration::from_secs(2);
/// How long a new inner bin may take to be ready.
const READINESS: gst::ClockTime = gst::ClockTime::from_seconds(60);

impl Flow {
    /// Brings up the text as it is now and lets it take over between two packets; whether it did.
    pub fn reload(self: &Arc<Self>) -> bool {
        if self.input_queue.has_ended() {
            self.announce("reload-failed", Some("the stream has ended"), None);
            return false;
        }
        match self.make().and_then(|new| self.try_out(new)) {
            Ok(new) => {
                self.take_over(&new);
                if let Some(error) = self.take_candidate_error() {
                    self.fail(new.generation, error);
                }
                lock(&self.stats).counters.reloads += 1;
                self.set_status(Status::Running);
                self.announce("reloaded", None, None);
                true
            }
            Err(reason) => {
                lock(&self.stats).last_error = Some(reason.clone());
                self.announce("reload-failed", Some(&reason), None);
                false
            }
        }
    }

    /// Makes `new` ready beside what plays, as the candidate; it goes again if it has an error.
    fn try_out(&self, new: Arc<InnerBin>) -> Result<Arc<InnerBin>, String> {
        lock(&self.state).candidate = Some(Candidate {
            inner: new.clone(),
            error: None,
        });
        let result = self.make_ready(&new);
        let error = {
            let state = lock(&self.state);
            let candidate = state.candidate.as_ref();
            candidate.and_then(|candidate| candidate.error.clone())
        };
        match error.map_or(result, Err) {
            Ok(()) => Ok(new),
            Err(reason) => {
                self.take_candidate_error();
                self.retire(new, PATIENCE);
                Err(reason)
            }
        }
    }

    /// There is no candidate any more; the error that it had.
    fn take_candidate_error(&self) -> Option<String> {
        let candidate = lock(&self.state).candidate.take();
        candidate.and_then(|candidate| candidate.error)
    }

    /// Brings `new` to the state of what plays and tells it what the stream is.
    fn make_ready(&self, new: &InnerBin) -> Result<(), String> {
        if let Some(old) = self.running() {
            if let Some(sentence) = conflict(&old.bin, &new.bin) {
                return Err(sentence);
            }
            if old.output.is_some() && new.output.is_none() {
                return Err("the new text has no open output, the running one has".to_owned());
            }
        }
        self.add(new)?;
        self.bring_up(new)?;
        let (reached, _, _) = new.bin.state(READINESS);
        reached.map_err(|_| "the new inner bin does not start".to_owned())?;
        for event in self.input_queue.sticky_events() {
            let is_caps = event.type_() == gst::EventType::Caps;
            if !new.input.push_event(event) && is_caps {
                return Err("the new inner bin does not take the caps of the stream".to_owned());
            }
        }
        Ok(())
    }

    /// Feeds `new` from the next packet on; what played before may finish what it has.
    fn take_over(self: &Arc<Self>, new: &Arc<InnerBin>) {
        let old = self.running();
        if let Some(old) = &old {
            self.drain(old);
        }
        lock(&self.state).running = Some(new.clone());
        self.show_src_pad(new);
        self.input_queue.feed(new.generation);
        self.start_worker(new);
        if let Some(old) = old {
            self.retire(old, PATIENCE);
        }
    }

    /// Holds the input and waits until `old` has finished what it has.
    fn drain(&self, old: &InnerBin) {
        old.note(|progress| progress.draining = !progress.eos_sent);
        self.input_queue.hold();
        let has_end = old.output.is_some() || old.has_sinks();
        old.wait_for(DRAIN, |progress| {
            progress.worker_ended && (progress.eos_seen || !has_end)
        });
    }
}
