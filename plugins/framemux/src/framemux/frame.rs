// SPDX-License-Identifier: MIT OR Apache-2.0
//! A frame on its way from a pad to a packet.

use std::sync::Arc;

use gst_video::VideoInfo;
use messages::{Clock, Timestamp};
use meta::{FrameInfo, Slot, SlotStatus};

use super::camera::Content;

/// A frame that waits for its packet, or that the last packets show.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The pixels.
    pub buffer: gst::Buffer,
    /// Their format.
    pub format: VideoInfo,
    /// Live: when it arrived, running time in nanoseconds.
    pub arrival: Option<u64>,
    /// Time in the recording, nanoseconds.
    pub stream_time: Option<u64>,
    /// Number of the frame at its camera.
    pub sequence: u64,
}

impl Frame {
    /// Writes on the buffer what is known of the frame: it is number `source` of the packet and of `camera`, its running time
    /// is `time`, and it was captured at `capture` by `clock`.
    pub fn identified(
        mut self,
        camera: Arc<str>,
        source: u32,
        time: u64,
        capture: Timestamp,
        clock: Option<Clock>,
    ) -> Self {
        let buffer = self.buffer.make_mut();
        buffer.set_pts(gst::ClockTime::from_nseconds(time));
        buffer.set_dts(gst::ClockTime::NONE);
        let (width, height) = (self.format.width(), self.format.height());
        if let Some(info) = FrameInfo::of_mut(buffer) {
            // An element before this one has written it already: set only what that could not know.
            info.camera = camera;
            info.source = source;
            if (info.width, info.height) == (0, 0) {
                (info.width, info.height) = (width, height);
            }
        } else {
            let mut info = FrameInfo::new(camera, source, capture);
            info.sequence = self.sequence;
            info.clock = clock;
            (info.width, info.height) = (width, height);
            info.attach(buffer);
        }
        self
    }
}

/// The slot of `camera`, which is number `source`, with `content`.
pub fn slot(camera: &Arc<str>, source: u32, content: Content<Frame>) -> Slot {
    let (status, frame) = match content {
        Content::Fresh(frame) => (SlotStatus::Fresh, Some(frame)),
        Content::Cached { frame, age } => (SlotStatus::Cached { age }, Some(frame)),
        Content::Missing => (SlotStatus::Missing, None),
    };
    let (frame, video_info) = frame.map(|frame| (frame.buffer, frame.format)).unzip();
    Slot {
        camera: Arc::clone(camera),
        source,
        status,
        frame,
        video_info,
    }
}
