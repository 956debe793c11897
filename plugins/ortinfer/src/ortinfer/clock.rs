// SPDX-License-Identifier: MIT OR Apache-2.0
//! When the frames of a single stream were captured.

use gst_base::prelude::*;
use messages::Timestamp;

/// Where the time of a single stream begins, UTC.
#[derive(Debug, Clone, Copy)]
pub struct StreamClock {
    /// UTC of stream time 0 of a recording.
    start_time: Timestamp,
    /// What time counts from, once it is known whether the stream is live.
    origin: Option<Origin>,
}

/// What time counts from.
#[derive(Debug, Clone, Copy)]
enum Origin {
    /// Live: UTC of running time 0.
    Running(Timestamp),
    /// A recording: UTC of stream time 0.
    Stream(Timestamp),
}

impl StreamClock {
    /// For a stream that, if it is a recording, began at `start_time`.
    pub fn new(start_time: Timestamp) -> Self {
        Self {
            start_time,
            origin: None,
        }
    }

    /// When the frame in `buffer` was captured: its reference timestamp if it has one, else its place on the stream's clock.
    pub fn capture_time(
        &mut self,
        element: &gst_base::BaseTransform,
        buffer: &gst::BufferRef,
    ) -> Timestamp {
        if let Some(time) = meta::reference_time(buffer) {
            return time;
        }
        let start_time = self.start_time;
        let origin = *self.origin.get_or_insert_with(|| {
            if meta::input_is_live(element.sink_pad()) == Some(true) {
                Origin::Running(kit::clock::utc_base(element))
            } else {
                Origin::Stream(start_time)
            }
        });
        let segment = element.segment().downcast::<gst::ClockTime>().ok();
        let position = segment.zip(buffer.pts());
        let (base, since) = match origin {
            Origin::Running(base) => (
                base,
                position.and_then(|(segment, pts)| segment.to_running_time(pts)),
            ),
            Origin::Stream(base) => (
                base,
                position.and_then(|(segment, pts)| segment.to_stream_time(pts)),
            ),
        };
        meta::after(base, since.unwrap_or_default())
    }
}
