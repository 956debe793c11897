// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which cameras are live, how long packets wait for them, and how running time relates to UTC.
//!
//! The base class is told that upstream has no latency; what cameras need is added in `next_time`. So a camera that is not
//! there, or does not deliver, delays nothing, and one whose source does not answer is as good as any.

use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use messages::Timestamp;

use super::FrameMuxPad;
use super::state::{CAT, FrameMux};

/// Makes `pad` answer latency queries of the base class with what its source says, and note that.
pub fn watch_latency(pad: &FrameMuxPad) {
    let mask = gst::PadProbeType::QUERY_UPSTREAM | gst::PadProbeType::PUSH;
    pad.add_probe(mask, |pad, info| match info.query_mut() {
        Some(query) => answer_latency(pad, query),
        None => gst::PadProbeReturn::Ok,
    });
}

impl FrameMux {
    /// Notes whether the source of camera `index` is live, and how long its frames may take.
    fn note_liveness(&self, index: u32, live: bool, announced: gst::ClockTime) {
        let mut state = self.state();
        let timing = state.timings.of(index);
        timing.live = live;
        timing.announced = announced.nseconds();
    }

    /// Asks the source of `pad` again whether it is live: its stream starts now, so all elements before it are linked.
    pub fn ask_again(&self, pad: &FrameMuxPad) {
        let known = self.state().timings.of(pad.imp().index()).live;
        if !known {
            self.obj().src_pad().query(&mut gst::query::Latency::new());
        }
    }

    /// Live: how long packets wait for cameras now, beyond the interval and the properties, nanoseconds.
    pub fn wait_for_cameras(&self) -> u64 {
        let now = self.obj().current_running_time();
        let now = now.map_or(0, gst::ClockTime::nseconds);
        let state = self.state();
        let wait = state.timings.wait(now, state.collector.interval());
        // The base class adds that much anyway.
        wait.saturating_sub(state.min_upstream_latency)
    }

    /// Live: asks for a new latency of the pipeline if packets wait shorter or longer for cameras than they did.
    pub fn report_wait(&self) {
        let wait = self.wait_for_cameras();
        let changed = {
            let mut state = self.state();
            let changed = wait.abs_diff(state.reported_wait) >= state.collector.interval() / 2;
            if changed {
                state.reported_wait = wait;
            }
            changed
        };
        if changed {
            gst::info!(CAT, imp = self, "packets wait {wait} ns for cameras");
            let message = gst::message::Latency::builder().src(&*self.obj()).build();
            // Without a bus nobody can ask for it either.
            let _ = self.obj().post_message(message);
        }
    }

    /// Adds to the answer of the base class to a latency query what cameras need.
    pub fn add_wait(&self, query: &mut gst::query::Latency) {
        let (live, min, max) = query.result();
        if live {
            let wait = gst::ClockTime::from_nseconds(self.state().reported_wait);
            query.set(live, min + wait, max);
        }
    }

    /// UTC of running time 0: live by the system's clock when it is first asked for, else as the user has set it.
    pub fn utc_base(&self, live: bool) -> Timestamp {
        if !live {
            return self.settings().utc_start_time().unwrap_or_default();
        }
        if let Some(base) = self.state().utc_base {
            return base;
        }
        let base = kit::clock::utc_base(&*self.obj());
        if self.obj().current_running_time().is_some() {
            self.state().utc_base = Some(base);
        }
        base
    }
}

/// Answers a latency query for the source of `pad`; other queries pass.
///
/// A file behind `clocksync` is paced, but not live. A live source that cannot hold its frames back need not: they are taken
/// at once and wait here, so the latency of the slowest camera is no reason for the pipeline to refuse a fast one.
fn answer_latency(pad: &FrameMuxPad, query: &mut gst::QueryRef) -> gst::PadProbeReturn {
    let gst::QueryViewMut::Latency(latency) = query.view_mut() else {
        return gst::PadProbeReturn::Ok;
    };
    let mut answer = gst::query::Latency::new();
    let answered = pad.peer().is_some_and(|peer| peer.query(&mut answer));
    let (live, announced, _) = answer.result();
    let live = answered && live && meta::input_is_live(pad.upcast_ref()) != Some(false);
    gst::debug!(
        CAT,
        obj = pad,
        "answered: {answered}, live: {live}, latency: {announced}"
    );
    latency.set(live, gst::ClockTime::ZERO, gst::ClockTime::NONE);
    if let Some(mux) = pad.parent().and_downcast::<super::FrameMux>() {
        mux.imp().note_liveness(pad.imp().index(), live, announced);
    }
    gst::PadProbeReturn::Handled
}
