// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the aggregator makes: the frames of all cameras at one time.

use std::ffi::CStr;
use std::sync::{Arc, LazyLock};

use gst::glib;

use crate::glue::{self, MetaInfo, Payload};

/// How a camera's frame came into a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotStatus {
    /// It arrived since the last packet.
    Fresh,
    /// It was in an earlier packet already, so it is no new observation.
    Cached {
        /// Time since it was captured, nanoseconds.
        age: u64,
    },
    /// The camera has no frame young enough.
    Missing,
}

/// A camera's place in a packet.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Camera id, as in the facility file.
    pub camera: Arc<str>,
    /// Index of the camera at the aggregator.
    pub source: u32,
    /// Fresh, cached or missing.
    pub status: SlotStatus,
    /// The frame, with its [`crate::FrameInfo`]; a reference, never a copy of pixels. `None` when missing.
    pub frame: Option<gst::Buffer>,
    /// Format of the frame's pixels. `None` when missing.
    pub video_info: Option<gst_video::VideoInfo>,
}

/// The frames of all cameras at one time; rides on an empty buffer of caps [`crate::PACKET_CAPS`].
#[derive(Debug, Clone, Default)]
pub struct Packet {
    /// One slot per camera, in the order of [`Slot::source`].
    pub slots: Vec<Slot>,
}

impl Packet {
    /// Makes `buffer` a packet.
    pub fn attach(self, buffer: &mut gst::BufferRef) {
        glue::add(buffer, &INFO, self);
    }

    /// The packet in `buffer`, if it is one.
    #[must_use]
    pub fn of(buffer: &gst::BufferRef) -> Option<&Self> {
        glue::get(buffer, *API)
    }

    /// The packet in `buffer`, to change; `None` if it is no packet.
    ///
    /// The frames may be shared with other packets: change them with [`gst::Buffer::make_mut`] only.
    pub fn of_mut(buffer: &mut gst::BufferRef) -> Option<&mut Self> {
        glue::get_mut(buffer, *API)
    }
}

impl Payload for Packet {
    const API: &'static CStr = c"RoundhousePacketMetaAPI";
    const IMPLEMENTATION: &'static CStr = c"RoundhousePacketMeta";
    const TAGS: &'static [&'static CStr] = &[];

    fn scaled(&self, _x: f32, _y: f32) -> Self {
        // A packet has no size of its own; its frames keep theirs.
        self.clone()
    }
}

static API: LazyLock<glib::Type> = LazyLock::new(glue::register_api::<Packet>);
static INFO: LazyLock<MetaInfo> = LazyLock::new(|| glue::register_info::<Packet>(*API));
