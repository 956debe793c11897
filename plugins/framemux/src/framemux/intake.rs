// SPDX-License-Identifier: MIT OR Apache-2.0
//! Taking frames out of the queues of the pads: each is checked, put on the time line and given to the collector, or counted
//! with the reason why not.

use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use meta::{FrameInfo, after};

use super::FrameMuxPad;
use super::announcements::Announcement;
use super::collector::Taken;
use super::counters::Counters;
use super::frame::Frame;
use super::state::{CAT, FrameMux, State};
use super::timeline::Circumstances;
use super::validation::Incoming;
use super::warnings::Warning;

impl FrameMux {
    /// Live: takes what lies in the queues of all pads, so that no source is held back by a full queue.
    pub fn collect_all(&self, pads: &[FrameMuxPad]) {
        for pad in pads {
            self.collect(pad, u64::MAX);
        }
    }

    /// Takes what lies in the queue of `pad` and ends before `limit` (running time).
    ///
    /// Returns the running time of what stays in the queue.
    pub fn collect(&self, pad: &FrameMuxPad, limit: u64) -> Option<u64> {
        while let Some(buffer) = pad.peek_buffer() {
            let incoming = pad.imp().inspect(&buffer);
            let circumstances = self.circumstances(pad);
            if let Some(incoming) = self.place(pad, incoming, &circumstances) {
                if let Some(time) = self.time_of_what_stays(pad, &incoming, limit) {
                    return Some(time);
                }
                self.take(pad, &buffer, incoming, &circumstances);
            }
            pad.drop_buffer();
        }
        None
    }

    /// What the time of a frame that is at `pad` now is judged by.
    fn circumstances(&self, pad: &FrameMuxPad) -> Circumstances {
        let now = self.obj().current_running_time();
        let latency: u64 = self.obj().property("latency");
        let mut state = self.state();
        let interval = state.collector.interval();
        let next = state.collector.next();
        let timed = state.is_timed();
        let timing = state.timings.of(pad.imp().index());
        Circumstances {
            interval,
            arrival: now
                .filter(|_| timed && timing.live)
                .map(gst::ClockTime::nseconds),
            announced: timing.announced,
            patience: interval.saturating_add(latency),
            next,
        }
    }

    /// Moves what came in at `pad` to where it lies on the packets' time line; `None` if it is a frame whose time cannot be
    /// right, which is counted.
    fn place(
        &self,
        pad: &FrameMuxPad,
        incoming: Incoming,
        circumstances: &Circumstances,
    ) -> Option<Incoming> {
        let index = pad.imp().index();
        match incoming {
            Incoming::Frame { time: stamp, .. } => {
                let mut state = self.state();
                if state.fits(index, stamp, circumstances)
                    || state.suspect(index, stamp, circumstances)
                {
                    return Some(incoming.moved(state.timings.of(index).timeline.shift()));
                }
                let misfit = state.drop_misfit(index, stamp, circumstances);
                drop(state);
                self.discard(pad, misfit, circumstances);
                gst::debug!(
                    CAT,
                    obj = pad,
                    "frame of {stamp} ns dropped: its time fits nothing"
                );
                None
            }
            Incoming::Gap { .. } => {
                let shift = self.state().timings.of(index).timeline.shift();
                Some(incoming.moved(shift))
            }
            other => Some(other),
        }
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
                    gst::log!(CAT, obj = pad, "frame of {time} ns stays: too far ahead");
                }
                (time >= limit || full).then_some(time)
            }
            Incoming::Gap { time, end, .. } => (end >= limit).then_some(time),
            Incoming::Untimed | Incoming::Clipped | Incoming::Broken { .. } => None,
        }
    }

    /// Takes `buffer` of `pad` into the bookkeeping.
    fn take(
        &self,
        pad: &FrameMuxPad,
        buffer: &gst::Buffer,
        incoming: Incoming,
        circumstances: &Circumstances,
    ) {
        let index = pad.imp().index();
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
                let frame = Frame {
                    buffer: buffer.clone(),
                    format,
                    arrival: circumstances.arrival,
                    stream_time,
                    sequence: self.state().collector.counters(index).frames,
                };
                self.take_frame(pad, time, end, frame, circumstances);
            }
            Incoming::Gap {
                time,
                end,
                repeated,
            } => {
                gst::trace!(CAT, obj = pad, "nothing new from {time} to {end} ns");
                let mut state = self.state();
                state.collector.gap(index, end);
                state.timings.of(index).timeline.gap(end);
                drop(state);
                if repeated {
                    self.drop_frame(pad, "repeated", |counters| &mut counters.repeated);
                }
            }
            Incoming::Untimed => {
                self.drop_frame(pad, "untimed", |counters| &mut counters.untimed);
                self.warn_of_discard(pad, Warning::Untimed, circumstances);
            }
            Incoming::Clipped => {
                self.drop_frame(pad, "outside its segment", |counters| &mut counters.clipped);
            }
            Incoming::Broken { size, expected } => {
                self.drop_frame(pad, "broken", |counters| &mut counters.broken);
                self.warn_of_discard(pad, Warning::Broken { size, expected }, circumstances);
            }
        }
    }

    /// Gives `frame` of running time `time` to the collector and says what it did with it.
    fn take_frame(
        &self,
        pad: &FrameMuxPad,
        time: u64,
        end: u64,
        frame: Frame,
        circumstances: &Circumstances,
    ) {
        let index = pad.imp().index();
        let sequence = frame.sequence;
        let mut state = self.state();
        state.timings.of(index).timeline.accept(time, circumstances);
        let taken = state.collector.take(index, time, end, frame);
        // Live, the packets did not know yet that they had to wait so long for this camera; from now on they do.
        if let Taken::Late { by } = taken
            && circumstances.arrival.is_none()
        {
            state.warnings.add(index, Warning::Late { by });
        }
        drop(state);
        if let Taken::Late { by } = taken {
            self.discard(pad, Warning::Late { by }, circumstances);
        }
        let fate = match taken {
            Taken::Kept => "kept for its packet",
            Taken::Replaced => "kept; the older one of the same packet is dropped",
            Taken::Outdated => "dropped: a newer one of the same packet is there",
            Taken::Late { .. } => "dropped: late, its packet has been made",
        };
        gst::trace!(CAT, obj = pad, "frame {sequence} of {time} ns {fate}");
    }

    /// Counts a frame of `pad` that cannot be used.
    fn drop_frame(
        &self,
        pad: &FrameMuxPad,
        reason: &str,
        counter: impl FnOnce(&mut Counters) -> &mut u64,
    ) {
        gst::debug!(CAT, obj = pad, "frame dropped: {reason}");
        let index = pad.imp().index();
        self.state().collector.refuse(index, counter);
    }

    /// Warns the user that frames of `pad` cannot be used, the first time, and notes that one was discarded for it.
    fn warn_of_discard(&self, pad: &FrameMuxPad, warning: Warning, circumstances: &Circumstances) {
        self.state().warnings.add(pad.imp().index(), warning);
        self.discard(pad, warning, circumstances);
    }

    /// Notes that a frame of `pad` was discarded, for what `warning` says.
    fn discard(&self, pad: &FrameMuxPad, warning: Warning, circumstances: &Circumstances) {
        let Some(reason) = warning.reason() else {
            return;
        };
        let base = self.utc_base(circumstances.arrival.is_some());
        let running = circumstances.arrival.or(circumstances.next);
        let time = after(
            base,
            gst::ClockTime::from_nseconds(running.unwrap_or_default()),
        );
        let camera = pad.imp().camera();
        let mut state = self.state();
        let explain = || format!("it {}", warning.clause());
        let change = state.discards.discarded(&camera, time, reason, explain);
        state.discard_changes.extend(change);
    }

    /// The stream ends: what a stream that was too short has not been told of before.
    pub fn end_discards(&self) {
        let mut state = self.state();
        let changes = state.discards.ended();
        state.discard_changes.extend(changes);
    }
}

impl State {
    /// Whether a frame of camera `index` that brings `stamp` fits.
    fn fits(&mut self, index: u32, stamp: u64, circumstances: &Circumstances) -> bool {
        let timeline = &self.timings.of(index).timeline;
        let late = self.collector.is_late(timeline.time(stamp));
        timeline.fits(stamp, late, circumstances)
    }

    /// Notes a frame of camera `index` that brings `stamp` and does not fit; whether it can be used all the same, because it
    /// confirms a step of the camera's clock.
    fn suspect(&mut self, index: u32, stamp: u64, circumstances: &Circumstances) -> bool {
        let timeline = &mut self.timings.of(index).timeline;
        let Some(step) = timeline.suspect(stamp, circumstances) else {
            return false;
        };
        let announcement = Announcement::Reanchored { by: step.by };
        self.announcements.push((index, announcement, step.time));
        true
    }

    /// Counts a frame of camera `index` that brings `stamp`, which fits nothing; what is wrong with it.
    fn drop_misfit(&mut self, index: u32, stamp: u64, circumstances: &Circumstances) -> Warning {
        let timing = self.timings.of(index);
        let time = timing.timeline.time(stamp);
        if !self.collector.is_late(time) {
            self.collector
                .refuse(index, |counters| &mut counters.misstamped);
            return Warning::Unsteady;
        }
        self.collector.refuse(index, |counters| &mut counters.late);
        let by = self.collector.lateness(time);
        let Some(now) = circumstances.arrival else {
            // A recording is late for a reason that does not pass.
            self.warnings.add(index, Warning::Late { by });
            return Warning::Late { by };
        };
        if timing.lateness.note(now) {
            self.warnings.add(index, Warning::Late { by });
        }
        // Frames that are late alike are used after a second, so these do not fit each other either.
        Warning::Unsteady
    }
}
