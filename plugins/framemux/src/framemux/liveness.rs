// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which cameras are live, and how running time relates to UTC.

use gst::prelude::*;
use gst::subclass::prelude::*;
use messages::Timestamp;

use super::FrameMuxPad;
use super::state::{CAT, FrameMux};

/// Makes `pad` note and correct what its source answers to latency queries.
pub fn watch_latency(pad: &FrameMuxPad) {
    let mask = gst::PadProbeType::QUERY_UPSTREAM | gst::PadProbeType::PULL;
    pad.add_probe(mask, |pad, info| {
        if let Some(query) = info.query_mut() {
            answer_latency(pad, query);
        }
        gst::PadProbeReturn::Ok
    });
}

impl FrameMux {
    /// Notes whether the source of camera `index` is live.
    fn note_liveness(&self, index: u32, live: bool) {
        let mut state = self.state();
        if live {
            state.live.insert(index);
        } else {
            state.live.remove(&index);
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

/// Corrects what upstream of `pad` answered to a latency query.
///
/// A file behind `clocksync` is paced, but not live. And a live source that cannot wait need not: its frames are taken
/// at once and wait here, so the latency of the slowest camera is no reason for the pipeline to refuse a fast one.
fn answer_latency(pad: &FrameMuxPad, query: &mut gst::QueryRef) {
    let gst::QueryViewMut::Latency(latency) = query.view_mut() else {
        return;
    };
    let (live, min, _) = latency.result();
    let live = live && meta::input_is_live(pad.upcast_ref()) != Some(false);
    let min = if live { min } else { gst::ClockTime::ZERO };
    gst::debug!(CAT, obj = pad, "live: {live}, latency {min}");
    latency.set(live, min, gst::ClockTime::NONE);
    if let Some(mux) = pad.parent().and_downcast::<super::FrameMux>() {
        mux.imp().note_liveness(pad.imp().index(), live);
    }
}
