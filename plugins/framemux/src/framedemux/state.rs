// SPDX-License-Identifier: MIT OR Apache-2.0
//! The data of the element and its lock, which is held for bookkeeping only, never while something is pushed.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{LazyLock, Mutex, MutexGuard};

use gst_base::UniqueFlowCombiner;
use gst_video::VideoInfo;

use super::FrameDemuxPad;

/// The debug category `framedemux`.
pub static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "framedemux",
        gst::DebugColorFlags::empty(),
        Some("Image disaggregator"),
    )
});

counters::counters! {
    /// What went through; every count only grows.
    pub struct Counters {
        /// Packets that came in.
        packets,
        /// Frames that went out.
        frames,
    }
}

/// The stream of one camera.
pub struct Output {
    /// Its source pad.
    pub pad: FrameDemuxPad,
    /// Format of the last frame, as the caps say.
    pub format: Option<VideoInfo>,
    /// Whether the current segment has been sent.
    pub has_segment: bool,
}

/// What changes while the element plays.
#[derive(Default)]
pub struct State {
    /// The cameras' streams, by their number in the packets.
    pub outputs: BTreeMap<u32, Output>,
    /// What downstream of each pad answered last.
    pub flows: UniqueFlowCombiner,
    /// The last segment event.
    pub segment: Option<gst::Event>,
    /// The group that all streams belong to.
    pub group: Option<gst::GroupId>,
    /// The stream id at the sink pad.
    pub stream: String,
    /// Time from packet to packet, by the caps.
    pub interval: Option<gst::ClockTime>,
    /// What went through.
    pub counters: Counters,
}

/// The element.
pub struct FrameDemux {
    /// The pad at which packets come in.
    pub sink: gst::Pad,
    /// The property `cached`.
    pub cached: AtomicBool,
    state: Mutex<State>,
}

impl FrameDemux {
    /// The element with the sink pad `sink`.
    pub fn new(sink: gst::Pad) -> Self {
        Self {
            sink,
            cached: AtomicBool::new(false),
            state: Mutex::default(),
        }
    }

    /// What changes while the element plays.
    pub fn state(&self) -> MutexGuard<'_, State> {
        kit::lock(&self.state)
    }

    /// What went through, and how many cameras have a pad.
    pub fn stats(&self) -> gst::Structure {
        let state = self.state();
        let mut stats = kit::stats::structure("roundhouse-framedemux-stats", state.counters.iter());
        stats.set("cameras", state.outputs.len() as u64);
        stats
    }
}
