// SPDX-License-Identifier: MIT OR Apache-2.0
//! The sink pads as a set: which there are, that no two are one camera, and waiting until all are there.

use std::collections::BTreeMap;
use std::sync::Arc;

use gst::prelude::*;
use gst::subclass::prelude::*;

use super::FrameMuxPad;
use super::state::FrameMux;

impl FrameMux {
    /// The sink pads, by index.
    pub fn pads(&self) -> Vec<FrameMuxPad> {
        let pads = self.obj().sink_pads().into_iter();
        let mut pads: Vec<FrameMuxPad> = pads.filter_map(|pad| pad.downcast().ok()).collect();
        pads.sort_by_key(|pad| pad.imp().index());
        pads
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
