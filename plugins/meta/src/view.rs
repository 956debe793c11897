// SPDX-License-Identifier: MIT OR Apache-2.0
//! One view of what an element is given, be it a single frame or a packet.

use crate::frame::FrameInfo;
use crate::packet::{Packet, SlotStatus};

/// One frame, to read.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Fresh or cached; a single frame is always fresh.
    pub status: SlotStatus,
    /// What is known about the frame.
    pub info: &'a FrameInfo,
}

impl Frame<'_> {
    /// Whether this frame is an observation of `component`: new, and inferred by it. Only an observation shows that a place is
    /// empty.
    #[must_use]
    pub fn is_observation_of(&self, component: u32) -> bool {
        self.status == SlotStatus::Fresh && self.info.is_inferred_by(component)
    }
}

/// The frames in `buffer`: those of a packet that are not missing, or the one of a single stream.
pub fn frames(buffer: &gst::BufferRef) -> impl Iterator<Item = Frame<'_>> {
    let packet = Packet::of(buffer);
    let single = FrameInfo::of(buffer).filter(|_| packet.is_none());
    let slots = packet.map_or(&[][..], |packet| &packet.slots);
    slots
        .iter()
        .filter_map(|slot| {
            let info = FrameInfo::of(slot.frame.as_ref()?)?;
            Some(Frame {
                status: slot.status,
                info,
            })
        })
        .chain(single.map(|info| Frame {
            status: SlotStatus::Fresh,
            info,
        }))
}

/// Changes the fresh frames in `buffer`, and those only: a cached frame belongs to an earlier packet.
///
/// A frame that is shared with another branch is copied first (the description, never the pixels).
pub fn update_frames(buffer: &mut gst::BufferRef, mut update: impl FnMut(&mut FrameInfo)) {
    let Some(packet) = Packet::of_mut(buffer) else {
        if let Some(info) = FrameInfo::of_mut(buffer) {
            update(info);
        }
        return;
    };
    for slot in packet
        .slots
        .iter_mut()
        .filter(|slot| slot.status == SlotStatus::Fresh)
    {
        if let Some(info) = slot
            .frame
            .as_mut()
            .and_then(|frame| FrameInfo::of_mut(frame.make_mut()))
        {
            update(info);
        }
    }
}
