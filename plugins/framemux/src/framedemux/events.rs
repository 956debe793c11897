// SPDX-License-Identifier: MIT OR Apache-2.0
//! Events and queries between the packets' stream and the cameras' streams.

use gst::prelude::*;
use gst::subclass::prelude::*;

use super::state::{CAT, FrameDemux};

impl FrameDemux {
    /// Handles an event that came with the packets.
    pub fn sink_event(&self, event: gst::Event) -> bool {
        gst::debug!(CAT, imp = self, "{event:?}");
        match event.view() {
            gst::EventView::StreamStart(start) => {
                let mut state = self.state();
                start.stream_id().clone_into(&mut state.stream);
                state.group = start.group_id();
                true
            }
            gst::EventView::Caps(caps) => {
                let rate = caps
                    .caps()
                    .structure(0)
                    .and_then(|caps| caps.get::<gst::Fraction>("framerate").ok());
                let second = gst::ClockTime::SECOND;
                self.state().interval = rate.filter(|rate| rate.numer() > 0).and_then(|rate| {
                    second.mul_div_floor(rate.denom() as u64, rate.numer() as u64)
                });
                true
            }
            gst::EventView::Segment(_) => {
                let mut state = self.state();
                state.segment = Some(event);
                for output in state.outputs.values_mut() {
                    output.has_segment = false;
                }
                true
            }
            gst::EventView::FlushStop(_) => {
                let taken = self.push_to_all(&event);
                let mut state = self.state();
                state.flows.reset();
                state.segment = None;
                taken
            }
            gst::EventView::Gap(_) => {
                for (source, pad) in self.numbered_outputs() {
                    self.push_segment(source, &pad);
                }
                self.push_to_all(&event)
            }
            gst::EventView::Eos(_) => {
                if self.outputs().is_empty() {
                    gst::element_imp_error!(
                        self,
                        gst::StreamError::Failed,
                        [
                            "The packets ended and no camera had sent a frame, so there is nothing to give out. Look for \
                          warnings of framemux and of the cameras' sources."
                        ]
                    );
                }
                self.push_to_all(&event)
            }
            _ => self.push_to_all(&event),
        }
    }

    /// Hands an event from downstream on.
    pub fn src_event(&self, event: gst::Event) -> bool {
        self.sink.push_event(event)
    }

    /// Answers a query from downstream of `pad`.
    pub fn src_query(&self, pad: &gst::Pad, query: &mut gst::QueryRef) -> bool {
        if let gst::QueryViewMut::Latency(latency) = query.view_mut() {
            let mut upstream = gst::query::Latency::new();
            if !self.sink.peer_query(&mut upstream) {
                return false;
            }
            let (live, min, max) = upstream.result();
            // A frame may be older than its packet by one interval.
            let interval = self.state().interval.unwrap_or_default();
            latency.set(live, min + interval, max.map(|max| max + interval));
            return true;
        }
        gst::Pad::query_default(pad, Some(&*self.obj()), query)
    }
}
