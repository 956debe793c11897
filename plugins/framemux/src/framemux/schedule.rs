// SPDX-License-Identifier: MIT OR Apache-2.0
//! When a packet is made.

use gst::prelude::*;
use gst::subclass::prelude::*;

use super::FrameMuxPad;
use super::state::{CAT, FrameMux};

/// What to do when the base class asks for a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Wait for more frames.
    Wait,
    /// Make a packet.
    Packet,
    /// Nothing more comes: end the stream.
    End,
}

impl FrameMux {
    /// Live: a packet is due when its time has come (`due`), or when nothing can be added to it any more.
    pub fn step_live(&self, pads: &[FrameMuxPad], due: bool) -> Step {
        self.collect_all(pads);
        self.choose_first_time();
        let complete = due || self.is_complete();
        let state = self.state();
        if state.collector.have_all_ended() && !state.collector.has_pending() {
            Step::End
        } else if state.collector.next().is_some() && complete {
            Step::Packet
        } else {
            Step::Wait
        }
    }

    /// Not live: a packet is due when each camera has ended, or its next frame proves that nothing is missing.
    pub fn step_files(&self, pads: &[FrameMuxPad]) -> Step {
        loop {
            let next = self.state().collector.next();
            let limit = next.map_or(0, |next| next.saturating_add(1));
            let waiting: Vec<Option<u64>> =
                pads.iter().map(|pad| self.collect(pad, limit)).collect();
            if self.is_missing_any(pads, &waiting) {
                return Step::Wait;
            }
            self.stop_awaiting();
            let first = waiting.iter().flatten().min();
            match (next, first) {
                (None, Some(&first)) => self.state().collector.start_at(first),
                (None, None) => return Step::End,
                (Some(_), None) if !self.state().collector.has_pending() => return Step::End,
                (Some(_), _) => return Step::Packet,
            }
        }
    }

    /// Whether a camera has not ended and its next frame is not there; `waiting` are the times of those that are.
    fn is_missing_any(&self, pads: &[FrameMuxPad], waiting: &[Option<u64>]) -> bool {
        let state = self.state();
        let missing = pads.iter().zip(waiting).find(|(pad, waiting)| {
            waiting.is_none() && !state.collector.has_ended(pad.imp().index())
        });
        if let Some((pad, _)) = missing {
            gst::log!(
                CAT,
                obj = pad,
                "waiting for the next frame, which shows whether the packet is complete"
            );
        }
        missing.is_some()
    }

    /// Live: the first packet is the first one due after the start, not one for each interval since running time 0.
    pub fn choose_first_time(&self) {
        let undecided = {
            let state = self.state();
            state.is_timed() && state.collector.next().is_none()
        };
        if undecided && let Some(now) = self.obj().current_running_time() {
            self.state().collector.start_at(now.nseconds());
        }
    }

    /// Live: whether every camera has delivered all that belongs to the next packet.
    pub fn is_complete(&self) -> bool {
        self.state().collector.is_complete()
    }
}
