// SPDX-License-Identifier: MIT OR Apache-2.0
//! Making a packet and sending it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::prelude::*;
use meta::{Packet, SlotStatus, after};

use super::FrameMuxPad;
use super::collector::{PacketContents, Presence};
use super::frame::{Frame, slot};
use super::state::{CAT, FrameMux};

impl FrameMux {
    /// Makes and pushes the next packet.
    pub fn push_packet(
        &self,
        pads: &[FrameMuxPad],
        live: bool,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        let cameras: BTreeMap<u32, Arc<str>> = pads
            .iter()
            .map(|pad| (pad.imp().index(), pad.imp().camera()))
            .collect();
        let Some(contents) = self.finish_packet(&cameras, live) else {
            return Err(gst_base::AGGREGATOR_FLOW_NEED_DATA);
        };
        for (index, presence) in contents.changes {
            if let Some(camera) = cameras.get(&index) {
                self.announce(camera, presence, contents.time);
            }
        }
        let slots = contents.slots.into_iter();
        let slots = slots
            .filter_map(|(index, content)| Some(slot(cameras.get(&index)?, index, content)))
            .collect();
        self.push(contents.time, Packet { slots })
    }

    /// Takes what belongs into the next packet out of the collector; every fresh frame is told its camera and its time.
    fn finish_packet(
        &self,
        cameras: &BTreeMap<u32, Arc<str>>,
        live: bool,
    ) -> Option<PacketContents<Frame>> {
        let base = self.utc_base(live);
        let (max_age, silence_timeout) = {
            let settings = self.settings();
            (settings.max_age, settings.silence_timeout)
        };
        self.state()
            .collector
            .finish_packet(max_age, silence_timeout, |index, time, frame| {
                // In files, time is that of the recording, wherever playing began.
                let time_of_base = frame.stream_time.filter(|_| !live).unwrap_or(time);
                let camera = cameras.get(&index).cloned().unwrap_or_default();
                let capture = after(base, gst::ClockTime::from_nseconds(time_of_base));
                frame.identified(camera, index, time, capture)
            })
    }

    /// Pushes `packet` with running time `time`.
    fn push(&self, time: u64, packet: Packet) -> Result<gst::FlowSuccess, gst::FlowError> {
        let pts = gst::ClockTime::from_nseconds(time);
        let duration = gst::ClockTime::from_nseconds(self.state().collector.interval());
        gst::log!(CAT, imp = self, "packet at {pts}:{}", Summary(&packet));
        let mut buffer = gst::Buffer::new();
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(pts);
            buffer.set_duration(duration);
            packet.attach(buffer);
        }
        self.obj().selected_samples(pts, None, duration, None);
        self.finish_buffer(buffer)
    }

    /// Says on the bus that `camera` went silent or returned.
    fn announce(&self, camera: &str, presence: Presence, time: u64) {
        let state = match presence {
            Presence::Silent => "silent",
            Presence::Returned => "returned",
        };
        gst::info!(CAT, imp = self, "camera {camera} {state} at {time} ns");
        let structure = gst::Structure::builder("roundhouse-camera")
            .field("camera", camera)
            .field("state", state)
            .field("running-time", gst::ClockTime::from_nseconds(time))
            .build();
        let message = gst::message::Element::builder(structure)
            .src(&*self.obj())
            .build();
        if self.obj().post_message(message).is_err() {
            gst::debug!(
                CAT,
                imp = self,
                "no bus for the message about camera {camera}"
            );
        }
    }

    /// Makes packets count running time from 0, whatever the segments of the cameras.
    pub fn reset_segment(&self) {
        let segment = gst::FormattedSegment::<gst::ClockTime>::new();
        self.obj().update_segment(&segment);
    }
}

/// What a packet holds of each camera, for the log.
struct Summary<'a>(&'a Packet);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for slot in &self.0.slots {
            match slot.status {
                SlotStatus::Fresh => write!(formatter, " {} fresh", slot.camera)?,
                SlotStatus::Cached { age } => {
                    write!(
                        formatter,
                        " {} cached ({} ms old)",
                        slot.camera,
                        age / 1_000_000
                    )?;
                }
                SlotStatus::Missing => write!(formatter, " {} missing", slot.camera)?,
            }
        }
        Ok(())
    }
}
