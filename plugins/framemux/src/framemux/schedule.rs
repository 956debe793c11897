// SPDX-License-Identifier: MIT OR Apache-2.0
//! When a packet is made: frames are taken out of the pads' queues, and it is decided whether the next packet is due.

use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use meta::FrameInfo;

use super::FrameMuxPad;
use super::collector::Taken;
use super::counters::Counters;
use super::frame::Frame;
use super::state::{CAT, FrameMux};
use super::validation::Incoming;
use super::warnings::Warning;

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
        let ended = pads.iter().all(gst_base::prelude::AggregatorPadExt::is_eos);
        self.choose_first_time();
        let complete = due || self.is_complete(pads);
        let state = self.state();
        if ended && !state.collector.has_pending() {
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
            let mut known = pads.iter().zip(&waiting);
            if let Some((pad, _)) = known.find(|(pad, waiting)| waiting.is_none() && !pad.is_eos())
            {
                gst::log!(
                    CAT,
                    obj = pad,
                    "waiting for the next frame, which shows whether the packet is complete"
                );
                return Step::Wait;
            }
            let first = waiting.iter().flatten().min();
            match (next, first) {
                (None, Some(&first)) => self.state().collector.start_at(first),
                (None, None) => return Step::End,
                (Some(_), None) if !self.state().collector.has_pending() => return Step::End,
                (Some(_), _) => return Step::Packet,
            }
        }
    }

    /// Live: takes what lies in the queues of all pads, so that no source is held back by a full queue.
    pub fn collect_all(&self, pads: &[FrameMuxPad]) {
        for pad in pads {
            self.collect(pad, u64::MAX);
        }
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
    pub fn is_complete(&self, pads: &[FrameMuxPad]) -> bool {
        pads.iter()
            .all(|pad| pad.is_eos() || self.state().collector.is_covered(pad.imp().index()))
    }

    /// Takes what lies in the queue of `pad` and ends before `limit` (running time).
    ///
    /// Returns the running time of what stays in the queue.
    fn collect(&self, pad: &FrameMuxPad, limit: u64) -> Option<u64> {
        while let Some(buffer) = pad.peek_buffer() {
            let incoming = pad.imp().inspect(&buffer);
            if let Some(time) = self.time_of_what_stays(pad, &incoming, limit) {
                return Some(time);
            }
            self.take(pad, &buffer, incoming);
            pad.drop_buffer();
        }
        None
    }

    /// The running time of `incoming` if it has to stay in the queue of `pad`, because it does not end before `limit` or lies
    /// too far ahead of the next packet.
    fn time_of_what_stays(
        &self,
        pad: &FrameMuxPad,
        incoming: &Incoming,
        limit: u64,
    ) -> Option<u64> {
        match *incoming {
            Incoming::Frame { time, .. } => {
                let full = self.state().collector.is_full(pad.imp().index(), time);
                if full {
                    gst::log!(CAT, obj = pad, "frame of {} ns stays: too far ahead", time);
                }
                (time >= limit || full).then_some(time)
            }
            Incoming::Gap { time, end, .. } => (end >= limit).then_some(time),
            Incoming::Untimed | Incoming::Clipped | Incoming::Broken { .. } => None,
        }
    }

    /// Takes `buffer` of `pad` into the bookkeeping.
    fn take(&self, pad: &FrameMuxPad, buffer: &gst::Buffer, incoming: Incoming) {
        match incoming {
            Incoming::Frame {
                time,
                end,
                stream_time,
                format,
            } => {
                if let Some(info) = FrameInfo::of(buffer) {
                    pad.imp().adopt_camera(&info.camera);
                }
                let index = pad.imp().index();
                let frame = Frame {
                    buffer: buffer.clone(),
                    format,
                    stream_time,
                    sequence: self.state().collector.counters(index).frames,
                };
                self.take_frame(pad, time, end, frame);
            }
            Incoming::Gap {
                time,
                end,
                repeated,
            } => {
                gst::trace!(CAT, obj = pad, "nothing new from {time} to {end} ns");
                self.state().collector.gap(pad.imp().index(), end);
                if repeated {
                    self.drop_frame(pad, "repeated", |counters| &mut counters.repeated, None);
                }
            }
            Incoming::Untimed => {
                let warning = Some(Warning::Untimed);
                self.drop_frame(pad, "untimed", |counters| &mut counters.untimed, warning);
            }
            Incoming::Clipped => {
                self.drop_frame(
                    pad,
                    "outside its segment",
                    |counters| &mut counters.clipped,
                    None,
                );
            }
            Incoming::Broken { size, expected } => {
                let warning = Some(Warning::Broken { size, expected });
                self.drop_frame(pad, "broken", |counters| &mut counters.broken, warning);
            }
        }
    }

    /// Gives `frame` of running time `time` to the collector and says what it did with it.
    fn take_frame(&self, pad: &FrameMuxPad, time: u64, end: u64, frame: Frame) {
        let index = pad.imp().index();
        let sequence = frame.sequence;
        let mut state = self.state();
        let taken = state.collector.take(index, time, end, frame);
        if let Taken::Late { by } = taken {
            state.warnings.add(index, Warning::Late { by });
        }
        drop(state);
        let fate = match taken {
            Taken::Kept => "kept for its packet",
            Taken::Replaced => "kept; the older one of the same packet is dropped",
            Taken::Outdated => "dropped: a newer one of the same packet is there",
            Taken::Late { .. } => "dropped: late, its packet has been made",
        };
        gst::trace!(CAT, obj = pad, "frame {sequence} of {time} ns {fate}");
    }

    /// Counts a frame of `pad` that cannot be used, and warns the user if there is a warning for it.
    fn drop_frame(
        &self,
        pad: &FrameMuxPad,
        reason: &str,
        counter: impl FnOnce(&mut Counters) -> &mut u64,
        warning: Option<Warning>,
    ) {
        gst::debug!(CAT, obj = pad, "frame dropped: {reason}");
        let index = pad.imp().index();
        let mut state = self.state();
        state.collector.refuse(index, counter);
        if let Some(warning) = warning {
            state.warnings.add(index, warning);
        }
    }
}
