// SPDX-License-Identifier: MIT OR Apache-2.0
//! The sink pads as a set: which there are, that no two are one camera, and waiting until all are there.

use std::collections::BTreeMap;
use std::sync::Arc;

use gst::prelude::*;
use gst::subclass::prelude::*;

use super::FrameMuxPad;
use super::announcements::Announcement;
use super::state::{CAT, FrameMux};
use super::warnings::Warning;

impl FrameMux {
    /// The sink pads, by index.
    pub fn pads(&self) -> Vec<FrameMuxPad> {
        let pads = self.obj().sink_pads().into_iter();
        let mut pads: Vec<FrameMuxPad> = pads.filter_map(|pad| pad.downcast().ok()).collect();
        pads.sort_by_key(|pad| pad.imp().index());
        pads
    }

    /// Notes new caps of `pad`.
    pub fn set_caps(&self, pad: &FrameMuxPad, caps: &gst::CapsRef) {
        if !pad.imp().set_caps(caps) {
            gst::debug!(
                CAT,
                obj = pad,
                "no picture format: frames are dropped until the caps change"
            );
            let index = pad.imp().index();
            self.state().warnings.add(index, Warning::Caps);
        }
    }

    /// Notes that the stream of `pad` ended. A live camera has no end: it is lost, unless all end together.
    pub fn end_stream(&self, pad: &FrameMuxPad) {
        let index = pad.imp().index();
        let mut state = self.state();
        let live = state.timings.of(index).live;
        state.collector.end(index, live);
        if live && !state.collector.have_all_ended() {
            let time = state.collector.next().unwrap_or_default();
            state.announcements.push((index, Announcement::Lost, time));
        }
    }

    /// Forgets the frames of all cameras: what comes next has nothing to do with them.
    pub fn flush_all(&self) {
        let mut state = self.state();
        state.collector.flush_all();
        state.timings.flush();
    }

    /// Forgets the frames of camera `index`.
    pub fn flush_camera(&self, index: u32) {
        let mut state = self.state();
        state.collector.flush(index);
        state.timings.of(index).flush();
    }

    /// Lets frames pass that were blocked until the other cameras' pads are there, if enough are.
    pub fn unblock_pads(&self) {
        let pads = self.pads();
        if pads.len() >= self.settings().cameras as usize {
            for pad in pads {
                pad.imp().set_block(None);
            }
        }
    }

    /// Blocks the frames of the new `pad` until there are as many pads as the property `cameras` says, unless they are live.
    pub fn block_pad(&self, pad: &FrameMuxPad) {
        if self.pads().len() + 1 >= self.settings().cameras as usize {
            return;
        }
        let mask = gst::PadProbeType::BLOCK | gst::PadProbeType::BUFFER;
        let probe = pad.add_probe(mask, |pad, _| {
            if meta::input_is_live(pad.upcast_ref()) == Some(true) {
                gst::PadProbeReturn::Remove
            } else {
                gst::PadProbeReturn::Ok
            }
        });
        pad.imp().set_block(probe);
    }
}

/// An error if two of `pads` have one camera name.
pub fn check_names(pads: &[FrameMuxPad]) -> Result<(), gst::ErrorMessage> {
    let mut names = BTreeMap::new();
    for pad in pads {
        let camera = pad.imp().camera();
        if let Some(other) = names.insert(Arc::clone(&camera), pad.name()) {
            let name = pad.name();
            return Err(gst::error_msg!(
                gst::ResourceError::Settings,
                [
                    "Pads {other} and {name} are both camera \"{camera}\". Give each pad a camera of its own, as in \
                     \"framemux {name}::camera=NAME\"."
                ]
            ));
        }
    }
    Ok(())
}
