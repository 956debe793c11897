// SPDX-License-Identifier: MIT OR Apache-2.0
//! From packet to streams: frames, caps, segments and gaps on the pads of their cameras.

use std::sync::atomic::Ordering;

use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_video::VideoInfo;
use meta::{Packet, Slot, SlotStatus};

use super::FrameDemuxPad;
use super::state::{CAT, FrameDemux};

impl FrameDemux {
    /// Gives the frames of the packet in `buffer` to the streams of their cameras.
    pub fn chain(&self, buffer: &gst::Buffer) -> Result<gst::FlowSuccess, gst::FlowError> {
        let (Some(packet), Some(pts)) = (Packet::of(buffer), buffer.pts()) else {
            gst::element_imp_error!(
                self,
                gst::StreamError::Format,
                [
                    "A buffer is no packet of frames. Link framedemux to framemux, with elements that keep packets between."
                ]
            );
            return Err(gst::FlowError::Error);
        };
        self.state().counters.packets += 1;
        self.remove_absent(packet);
        let mut flow = Ok(gst::FlowSuccess::Ok);
        for slot in &packet.slots {
            flow = self.push_slot(slot, pts, buffer.duration()).unwrap_or(flow);
            if !matches!(
                flow,
                Ok(_) | Err(gst::FlowError::NotLinked | gst::FlowError::Eos)
            ) {
                return flow;
            }
        }
        // Nobody wants the cameras that have appeared; somebody may want one that has not.
        let more = self.state().outputs.len() < packet.slots.len();
        if more { Ok(gst::FlowSuccess::Ok) } else { flow }
    }

    /// Pushes what a packet at `pts` holds of one camera; if that is a frame, how all cameras' streams fare together.
    fn push_slot(
        &self,
        slot: &Slot,
        pts: gst::ClockTime,
        duration: Option<gst::ClockTime>,
    ) -> Option<Result<gst::FlowSuccess, gst::FlowError>> {
        let shown = slot.frame.clone().zip(slot.video_info.as_ref());
        let again = self.cached.load(Ordering::Relaxed);
        match (slot.status, shown) {
            (SlotStatus::Fresh, Some((frame, format))) => {
                Some(self.push_frame(slot, frame, format))
            }
            (SlotStatus::Cached { .. }, Some((mut frame, format))) if again => {
                let buffer = frame.make_mut();
                buffer.set_pts(pts);
                buffer.set_duration(duration);
                // As `videorate` and `livesync` mark what they repeat.
                buffer.set_flags(gst::BufferFlags::GAP);
                Some(self.push_frame(slot, frame, format))
            }
            _ => {
                // What this packet could have held lies before its tick.
                let start = pts.saturating_sub(duration.unwrap_or_default());
                let output = self
                    .state()
                    .outputs
                    .get(&slot.source)
                    .map(|output| output.pad.clone());
                if let Some(pad) = output {
                    gst::trace!(CAT, obj = pad, "no new frame in the packet at {pts}: gap");
                    self.push_segment(slot.source, &pad);
                    let gap = gst::event::Gap::builder(start)
                        .duration(pts - start)
                        .build();
                    pad.push_event(gap);
                }
                None
            }
        }
    }

    /// Pushes `frame` to its camera's stream; how all cameras' streams fare together.
    fn push_frame(
        &self,
        slot: &Slot,
        frame: gst::Buffer,
        format: &VideoInfo,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        gst::trace!(CAT, imp = self, "frame of camera {} goes out", slot.camera);
        let pad = self.output(slot);
        self.push_format(slot.source, &pad, format)?;
        self.push_segment(slot.source, &pad);
        let flow = pad.push(frame);
        let mut state = self.state();
        state.counters.frames += u64::from(flow.is_ok());
        state.flows.update_pad_flow(&pad, flow)
    }

    /// Sends caps if the picture's format is another than that of the last one.
    fn push_format(
        &self,
        source: u32,
        pad: &FrameDemuxPad,
        format: &VideoInfo,
    ) -> Result<(), gst::FlowError> {
        match self.state().outputs.get_mut(&source) {
            Some(output) if output.format.as_ref() != Some(format) => {
                output.format = Some(format.clone());
            }
            _ => return Ok(()),
        }
        let caps = format
            .to_caps()
            .map_err(|_| gst::FlowError::NotNegotiated)?;
        pad.push_event(gst::event::Caps::new(&caps));
        Ok(())
    }

    /// Sends the packets' segment if the pad has not had it.
    pub fn push_segment(&self, source: u32, pad: &FrameDemuxPad) {
        let segment = {
            let mut state = self.state();
            let segment = state.segment.clone();
            let missing = segment.is_some()
                && state
                    .outputs
                    .get_mut(&source)
                    .is_some_and(|output| !std::mem::replace(&mut output.has_segment, true));
            segment.filter(|_| missing)
        };
        if let Some(segment) = segment {
            pad.push_event(segment);
        }
    }
}
