// SPDX-License-Identifier: MIT OR Apache-2.0
//! A new text takes over between two packets; on the supervisor's thread.

use std::sync::Arc;
use std::time::Duration;

use gst::prelude::*;

use super::Status;
use super::content::{self, Content};
use super::imp::{FlowBin, lock};
use super::life::PATIENCE;

/// How long a replaced content may finish what it has.
const DRAIN: Duration = Duration::from_secs(2);
/// How long a new content may take to be ready.
const READINESS: gst::ClockTime = gst::ClockTime::from_seconds(60);

impl FlowBin {
    /// Brings up the text as it is now and lets it take over between two packets; whether it did.
    pub(super) fn reload(&self) -> bool {
        if self.entry.has_ended() {
            self.announce("reload-failed", Some("the stream has ended"), None);
            return false;
        }
        let made = self.make().and_then(|new| {
            let result = self.try_out(&new);
            let error = lock(&self.candidate)
                .as_ref()
                .and_then(|(_, error)| error.clone());
            match error.map_or(result, Err) {
                Ok(()) => Ok(new),
                Err(reason) => {
                    *lock(&self.candidate) = None;
                    self.retire(new, PATIENCE);
                    Err(reason)
                }
            }
        });
        match made {
            Ok(new) => {
                self.take_over(&new);
                let error = lock(&self.candidate).take().and_then(|(_, error)| error);
                if let Some(error) = error {
                    self.fail(new.generation, error);
                }
                lock(&self.counters).reloads += 1;
                *lock(&self.status) = Status::Running;
                self.announce("reloaded", None, None);
                true
            }
            Err(reason) => {
                lock(&self.counters).last_error = Some(reason.clone());
                self.announce("reload-failed", Some(&reason), None);
                false
            }
        }
    }

    /// Brings `new` up beside what plays and tells it what the stream is.
    pub(super) fn try_out(&self, new: &Arc<Content>) -> Result<(), String> {
        *lock(&self.candidate) = Some((new.clone(), None));
        if let Some(old) = self.current() {
            if let Some(sentence) = content::conflict(&old.bin, &new.bin) {
                return Err(sentence);
            }
            if old.exit.is_some() && new.exit.is_none() {
                return Err(
                    "the new content has no open source end, the running one has".to_owned(),
                );
            }
        }
        self.adopt(new)?;
        self.bring_up(new)?;
        let (reached, _, _) = new.bin.state(READINESS);
        reached.map_err(|_| "the new content does not start".to_owned())?;
        for event in self.entry.stickies() {
            let caps = event.type_() == gst::EventType::Caps;
            if !new.entry.push_event(event) && caps {
                return Err("the new content does not take the caps of the stream".to_owned());
            }
        }
        Ok(())
    }

    /// `new` is fed from the next packet on; the old one may finish what it has.
    pub(super) fn take_over(&self, new: &Arc<Content>) {
        let old = self.current();
        if let Some(old) = &old {
            old.note(|progress| progress.draining = !progress.end_sent);
            self.entry.hold();
            let has_end = old.exit.is_some() || old.has_sinks();
            old.wait_for(DRAIN, |progress| {
                progress.left && (progress.end_seen || !has_end)
            });
        }
        *lock(&self.current) = Some(new.clone());
        if new.exit.is_some() {
            self.open_source();
        }
        self.entry.feed(new.generation);
        self.work(new);
        if let Some(old) = old {
            self.retire(old, PATIENCE);
        }
    }
}
