// SPDX-License-Identifier: MIT OR Apache-2.0
//! Making a packet and sending it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::prelude::*;
use messages::{CameraHealth, Clock, ClockSource, Health, Timestamp};
use meta::{Packet, SlotStatus, after, reference_time};

use super::FrameMuxPad;
use super::announcements::Announcement;
use super::camera::Presence;
use super::collector::PacketContents;
use super::event_time::implausible;
use super::frame::{Frame, slot};
use super::state::{CAT, FrameMux, State};
use super::timing::Timing;
use super::warnings::Warning;

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
            if let Some(camera) = cameras.get(&index)
                && self.is_presence_news(index, camera, presence)
            {
                self.note_presence(index, camera, presence);
                self.announce(camera, Announcement::Presence(presence), contents.time);
            }
        }
        self.post_discards(pads);
        let slots = contents.slots.into_iter();
        let slots = slots
            .filter_map(|(index, content)| Some(slot(cameras.get(&index)?, index, content)))
            .collect();
        let pushed = self.push(contents.time, Packet { slots });
        // Behind a packet, because with the first one the stream begins.
        if live && pushed.is_ok() {
            self.push_health(contents.time);
        }
        pushed
    }

    /// Notes in the health of `camera` that it is silent, or has returned.
    fn note_presence(&self, index: u32, camera: &str, presence: Presence) {
        let health = (presence == Presence::Silent).then(|| {
            let silence = self.settings().silence_timeout as f64 / 1e9;
            CameraHealth {
                reason: Some(format!("no frame for {silence:.1} s")),
                ..CameraHealth::new(camera, Health::Stalled)
            }
        });
        self.state().healths.is_seen(index, health);
    }

    /// Whether it is to be said that `camera` is silent or has returned. It is not silent if its frames come and are discarded,
    /// which is said instead.
    fn is_presence_news(&self, index: u32, camera: &str, presence: Presence) -> bool {
        let mut state = self.state();
        if presence == Presence::Returned {
            return !state.not_called_silent.remove(&index);
        }
        let change = state.discards.overdue(camera);
        state.discard_changes.extend(change);
        let is_discarded = state.discards.is_told(camera);
        if is_discarded {
            state.not_called_silent.insert(index);
        }
        !is_discarded
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
        let mut state = self.state();
        let State {
            collector,
            timings,
            warnings,
            discards,
            discard_changes,
            ..
        } = &mut *state;
        collector.finish_packet(max_age, silence_timeout, |index, time, frame| {
            let timing = timings.of(index);
            let (event_time, clock) = if live {
                let (event_time, clock, warning) = live_event_time(timing, &frame, time, base);
                if let Some(warning) = warning {
                    warnings.add(index, warning);
                }
                (event_time, Some(clock))
            } else {
                (recorded_event_time(timing, &frame, time, base), None)
            };
            let camera = cameras.get(&index).cloned().unwrap_or_default();
            discard_changes.extend(discards.used(&camera, event_time));
            frame.identified(camera, index, time, event_time, clock)
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

    /// Makes packets count running time from 0, whatever the segments of the cameras.
    pub fn reset_segment(&self) {
        let segment = gst::FormattedSegment::<gst::ClockTime>::new();
        self.obj().update_segment(&segment);
    }
}

/// Live: the event time of `frame` at running time `time` and its clock: the camera's if that can be right, else the time line.
fn live_event_time(
    timing: &mut Timing,
    frame: &Frame,
    time: u64,
    base: Timestamp,
) -> (Timestamp, Clock, Option<Warning>) {
    let utc = |time: u64| after(base, gst::ClockTime::from_nseconds(time));
    let arrival = utc(frame.arrival.unwrap_or(time));
    let camera = reference_time(&frame.buffer);
    let ahead = camera.and_then(|camera| implausible(camera, arrival, timing.announced));
    let camera = camera.filter(|_| ahead.is_none());
    let event_time = camera.unwrap_or_else(|| utc(time));
    let clock = match camera {
        Some(camera) => Clock {
            source: ClockSource::Rtcp,
            error_ns: camera.since(arrival).unsigned_abs(),
        },
        None => Clock {
            source: ClockSource::Arrival,
            error_ns: timing.announced,
        },
    };
    (
        timing.event_clock.follow_clock(time, event_time),
        clock,
        ahead.map(|ahead| Warning::Clock { ahead }),
    )
}

/// Recordings: the event time of `frame` at running time `time`: by the camera's clock, else by its time in the recording,
/// wherever playing began.
fn recorded_event_time(
    timing: &mut Timing,
    frame: &Frame,
    time: u64,
    base: Timestamp,
) -> Timestamp {
    if let Some(camera) = reference_time(&frame.buffer) {
        return timing.event_clock.follow_clock(time, camera);
    }
    let recorded = gst::ClockTime::from_nseconds(frame.stream_time.unwrap_or(time));
    timing
        .event_clock
        .follow_recording(time, after(base, recorded))
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
