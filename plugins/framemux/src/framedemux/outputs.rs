// SPDX-License-Identifier: MIT OR Apache-2.0
//! The source pads: made with the first frame of a camera, removed when it leaves the packets.

use std::collections::BTreeMap;

use gst::prelude::*;
use gst::subclass::prelude::*;
use meta::{Packet, Slot};

use super::FrameDemuxPad;
use super::state::{CAT, FrameDemux, Output};

impl FrameDemux {
    /// The pad of the slot's camera, made now if it is new.
    pub fn output(&self, slot: &Slot) -> FrameDemuxPad {
        if let Some(output) = self.state().outputs.get(&slot.source) {
            return output.pad.clone();
        }
        let name = format!("src_{}", slot.source);
        let pad = match self.obj().pad_template("src_%u") {
            Some(template) => gst::PadBuilder::<FrameDemuxPad>::from_template(&template),
            None => gst::PadBuilder::<FrameDemuxPad>::new(gst::PadDirection::Src),
        };
        let pad = pad
            .name(name)
            .query_function(|pad, parent, query| {
                Self::catch_panic_pad_function(
                    parent,
                    || false,
                    |demux| demux.src_query(pad.upcast_ref(), query),
                )
            })
            .event_function(|_, parent, event| {
                Self::catch_panic_pad_function(parent, || false, |demux| demux.src_event(event))
            })
            .build();
        pad.imp().set_camera(&slot.camera);
        gst::debug!(CAT, imp = self, "camera {} appears", slot.camera);
        if let Err(error) = pad.set_active(true) {
            gst::warning!(CAT, obj = pad, "not activated: {error}");
        }
        let start = {
            let mut state = self.state();
            let group = *state.group.get_or_insert_with(gst::GroupId::next);
            state.flows.add_pad(&pad);
            let output = Output {
                pad: pad.clone(),
                format: None,
                has_segment: false,
            };
            state.outputs.insert(slot.source, output);
            gst::event::StreamStart::builder(&format!("{}/{}", state.stream, slot.camera))
                .group_id(group)
                .build()
        };
        pad.push_event(start);
        if let Err(error) = self.obj().add_pad(&pad) {
            gst::warning!(CAT, obj = pad, "not added: {error}");
        }
        pad
    }

    /// Ends the streams of cameras that have left the packets, or whose number is another's now.
    pub fn remove_absent(&self, packet: &Packet) {
        let stays = |source: u32, pad: &FrameDemuxPad| {
            packet
                .slots
                .iter()
                .any(|slot| slot.source == source && *slot.camera == *pad.imp().camera())
        };
        let gone: Vec<FrameDemuxPad> = {
            let mut state = self.state();
            let outputs = std::mem::take(&mut state.outputs);
            let (staying, gone): (BTreeMap<_, _>, BTreeMap<_, _>) = outputs
                .into_iter()
                .partition(|(source, output)| stays(*source, &output.pad));
            state.outputs = staying;
            gone.into_values().map(|output| output.pad).collect()
        };
        for pad in gone {
            gst::debug!(CAT, imp = self, "camera {} leaves", pad.imp().camera());
            pad.push_event(gst::event::Eos::new());
            self.remove(&pad);
        }
    }

    /// Takes `pad` away.
    pub fn remove(&self, pad: &FrameDemuxPad) {
        self.state().flows.remove_pad(pad);
        // Errors do not matter: the pad is not used again.
        let _ = pad.set_active(false);
        let _ = self.obj().remove_pad(pad);
    }

    /// All source pads.
    pub fn outputs(&self) -> Vec<FrameDemuxPad> {
        let state = self.state();
        state
            .outputs
            .values()
            .map(|output| output.pad.clone())
            .collect()
    }

    /// Sends `event` to every camera's stream; whether anybody took it.
    pub fn push_to_all(&self, event: &gst::Event) -> bool {
        let outputs = self.outputs();
        let taken = outputs
            .iter()
            .filter(|pad| pad.push_event(event.clone()))
            .count();
        outputs.is_empty() || taken > 0
    }

    /// All source pads with the numbers of their cameras in the packets.
    pub fn numbered_outputs(&self) -> Vec<(u32, FrameDemuxPad)> {
        let state = self.state();
        state
            .outputs
            .iter()
            .map(|(source, output)| (*source, output.pad.clone()))
            .collect()
    }
}
