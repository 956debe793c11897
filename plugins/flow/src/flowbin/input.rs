// SPDX-License-Identifier: MIT OR Apache-2.0
//! What arrives at the pad `sink`: packets and events on their way to the input queue.

use gst::prelude::*;
use kit::lock;

use super::debug::CAT;
use super::flow::{Command, Flow};

impl Flow {
    /// A packet arrives.
    pub fn push(&self, buffer: gst::Buffer) -> Result<gst::FlowSuccess, gst::FlowError> {
        let (limit, leaky) = {
            let settings = lock(&self.settings);
            (settings.max_packets as usize, settings.leaky)
        };
        match nvds::isolate(buffer) {
            Ok(own) => {
                if own.lost > 0 {
                    lock(&self.stats).counters.lost_metas += own.lost;
                }
                self.input_queue.push(own.buffer, limit, leaky)
            }
            Err(error) => {
                self.drop_unreadable(&error);
                Ok(gst::FlowSuccess::Ok)
            }
        }
    }

    /// A `DeepStream` batch is left out; says so the first, the second, the fourth, the eighth ... time.
    fn drop_unreadable(&self, error: &nvds::Error) {
        gst::debug!(
            CAT,
            obj = self.sink_pad,
            "dropped: the batch cannot be copied: {error}"
        );
        let count = {
            let mut stats = lock(&self.stats);
            stats.counters.unreadable += 1;
            stats.counters.unreadable
        };
        if count.is_power_of_two() {
            self.report_failure(&format!("{error}; {count} batches left out so far"));
        }
    }

    /// An event arrives.
    pub fn push_event(&self, event: gst::Event) -> bool {
        gst::log!(CAT, obj = self.sink_pad, "{event:?}");
        match event.type_() {
            gst::EventType::FlushStart => {
                self.input_queue.set_flushing(true);
                self.bypass_queue(event)
            }
            gst::EventType::FlushStop => {
                self.bypass_queue(event);
                self.forget_progress();
                self.input_queue.set_flushing(false);
                true
            }
            gst::EventType::Eos => {
                let taken = self.input_queue.push_event(event);
                if self.running().is_none() {
                    self.tell(Command::InputEnded);
                }
                taken
            }
            _ if event.is_serialized() => self.input_queue.push_event(event),
            _ => self.bypass_queue(event),
        }
    }

    /// Gives the inner bin an event that must not wait behind packets.
    fn bypass_queue(&self, event: gst::Event) -> bool {
        if let Some(inner) = self.running() {
            inner.input.push_event(event);
        }
        true
    }

    /// After a flush nothing is under way in the inner bin.
    fn forget_progress(&self) {
        if let Some(inner) = self.running() {
            inner.note(|progress| {
                (progress.eos_sent, progress.eos_seen) = (false, false);
                (progress.waiting, progress.pushing) = (None, None);
            });
        }
    }
}
