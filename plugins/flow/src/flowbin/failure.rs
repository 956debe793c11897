// SPDX-License-Identifier: MIT OR Apache-2.0
//! What follows a failure inside; on the supervisor's thread.

use std::time::Duration;

use gst::prelude::*;
use gst::subclass::prelude::*;

use super::Status;
use super::content::Content;
use super::imp::{CAT, FlowBin, lock};
use super::life::PATIENCE;
use super::supervisor::Command;

impl FlowBin {
    pub(super) fn tell(&self, command: Command) -> bool {
        let commands = lock(&self.commands).clone();
        commands.is_some_and(|commands| commands.send(command).is_ok())
    }

    pub(super) fn fail(&self, generation: u64, reason: String) {
        self.tell(Command::Failed(generation, reason));
    }

    /// Finds the content that an error comes from.
    pub(super) fn blame(&self, source: Option<&gst::Object>, reason: String) {
        let is_of = |content: &Content| {
            source.is_some_and(|source| {
                source == content.bin.upcast_ref::<gst::Object>()
                    || source.has_as_ancestor(&content.bin)
            })
        };
        if let Some((candidate, error)) = lock(&self.candidate).as_mut()
            && is_of(candidate)
        {
            error.get_or_insert(reason);
            return;
        }
        if let Some(content) = self.current().filter(|content| is_of(content)) {
            self.fail(content.generation, reason);
        }
    }

    /// The content of this number failed: it goes. How long it ran; `None` if it is not the one that plays.
    pub(super) fn fall(&self, generation: u64, reason: &str) -> Option<Duration> {
        if generation == 0 {
            // The text was bad when the element started.
            if self.current().is_some() {
                return None;
            }
            self.failed(reason);
            return Some(Duration::ZERO);
        }
        let content = {
            let mut current = lock(&self.current);
            current.take_if(|content| content.generation == generation)?
        };
        self.entry.abandon(generation);
        self.failed(reason);
        let ran = content.since.elapsed();
        self.retire(content, PATIENCE);
        Some(ran)
    }

    /// Says and notes that something failed.
    pub(super) fn failed(&self, reason: &str) {
        lock(&self.counters).last_error = Some(reason.to_owned());
        self.announce("failed", Some(reason), None);
        gst::element_imp_warning!(
            self,
            gst::LibraryError::Failed,
            ("Flow {}: {reason}; the rest plays on", self.settings().flow)
        );
    }

    /// Makes a new content in place of the one that fell.
    pub(super) fn restart(&self) -> Result<(), String> {
        let content = self.make()?;
        self.adopt(&content)?;
        if content.exit.is_some() {
            self.open_source();
        }
        lock(&self.counters).restarts += 1;
        *lock(&self.current) = Some(content.clone());
        self.entry.feed(content.generation);
        self.play(&content);
        Ok(())
    }

    /// It will be tried again after `delay`.
    pub(super) fn will_restart(&self, delay: Duration, reason: &str) {
        *lock(&self.status) = Status::Restarting;
        self.announce("restarting", Some(reason), Some(delay));
    }

    /// It stays off.
    pub(super) fn stopped(&self, reason: &str) {
        *lock(&self.status) = Status::Stopped;
        self.announce("stopped", Some(reason), None);
    }

    /// The stream's end goes on though there is no content; whether it was time for that.
    pub(super) fn end_without_content(&self) -> bool {
        if !self.entry.has_ended() || self.current().is_some() {
            return false;
        }
        *lock(&self.status) = Status::Stopped;
        match self.source() {
            Some(source) => {
                if source.sticky_event::<gst::event::StreamStart>(0).is_none() {
                    for event in self.entry.stickies() {
                        source.push_event(event);
                    }
                }
                source.push_event(gst::event::Eos::new());
            }
            None => self.post_end(),
        }
        true
    }

    /// Whether the content has stopped giving anything.
    pub(super) fn look_for_stall(&self) {
        if *lock(&self.target) != gst::State::Playing {
            return;
        }
        let Some(limit) = self.settings().stall_limit() else {
            return;
        };
        if let Some(content) = self.current().filter(|content| content.is_stalled(limit)) {
            let reason = format!("stalled: nothing for {:.1} s", limit.as_secs_f64());
            self.fail(content.generation, reason);
        }
    }

    pub(super) fn announce(&self, event: &str, reason: Option<&str>, delay: Option<Duration>) {
        gst::info!(CAT, imp = self, "{event} {reason:?} {delay:?}");
        let mut structure = gst::Structure::builder("roundhouse-flow")
            .field("flow", self.settings().flow)
            .field("event", event);
        if let Some(reason) = reason {
            structure = structure.field("reason", reason);
        }
        if let Some(delay) = delay {
            structure = structure.field("delay", delay.as_nanos() as u64);
        }
        let message = gst::message::Element::builder(structure.build())
            .src(&*self.obj())
            .build();
        // Without a bus nobody wants to know.
        let _ = self.obj().post_message(message);
    }
}
