// SPDX-License-Identifier: MIT OR Apache-2.0
//! Queries and upstream events across the borders of the inner bin.

use gst::prelude::*;

use super::flow::Flow;

impl Flow {
    /// Answers what the inner bin asks of the stream in front of it.
    pub fn query_upstream(&self, pad: &gst::Pad, query: &mut gst::QueryRef) -> bool {
        match query.type_() {
            gst::QueryType::Latency => self.query_upstream_latency(query),
            gst::QueryType::Position
            | gst::QueryType::Duration
            | gst::QueryType::Seeking
            | gst::QueryType::Segment
            | gst::QueryType::Context => self.sink_pad.peer_query(query),
            _ => gst::Pad::query_default(pad, gst::Object::NONE, query),
        }
    }

    /// The latency in front of the element. A file that something paces is not live, though what paces it says so.
    fn query_upstream_latency(&self, query: &mut gst::QueryRef) -> bool {
        if !self.sink_pad.peer_query(query) {
            return false;
        }
        let live = meta::input_is_live(&self.sink_pad);
        if let (gst::QueryViewMut::Latency(latency), Some(live)) = (query.view_mut(), live) {
            let (_, least, most) = latency.result();
            latency.set(live, least, most);
        }
        true
    }

    /// Sends an event of the inner bin upstream: only seeks, because the lateness (`QoS`) and the wishes of one flow must not
    /// reach the others.
    pub fn push_upstream_event(&self, event: gst::Event) -> bool {
        event.type_() == gst::EventType::Seek && self.sink_pad.push_event(event)
    }

    /// Answers what the inner bin asks of the stream behind it.
    pub fn query_downstream(&self, pad: &gst::Pad, query: &mut gst::QueryRef) -> bool {
        let forwarded = matches!(
            query.type_(),
            gst::QueryType::Caps | gst::QueryType::AcceptCaps | gst::QueryType::Allocation
        );
        if forwarded && self.src_pad.is_linked() {
            self.src_pad.peer_query(query)
        } else {
            gst::Pad::query_default(pad, gst::Object::NONE, query)
        }
    }

    /// Answers what the stream behind the element asks.
    pub fn query_output(&self, pad: &gst::Pad, query: &mut gst::QueryRef) -> bool {
        let forwarded = matches!(
            query.type_(),
            gst::QueryType::Latency | gst::QueryType::Position | gst::QueryType::Duration
        );
        match self.inner_output().filter(|_| forwarded) {
            Some(output) => output.peer_query(query),
            None => gst::Pad::query_default(pad, self.element().as_ref(), query),
        }
    }

    /// An event comes from the stream behind the element.
    pub fn push_inner_event(&self, event: gst::Event) -> bool {
        self.inner_output()
            .is_some_and(|output| output.push_event(event))
    }

    /// The pad that takes what comes out of the inner bin that plays.
    fn inner_output(&self) -> Option<gst::Pad> {
        self.running().and_then(|inner| inner.output.clone())
    }
}
