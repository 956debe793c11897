// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element. The thread of the sink pad alone makes, feeds and removes source pads; `state` is locked for
//! bookkeeping only, never while something is pushed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::UniqueFlowCombiner;
use gst_video::VideoInfo;
use meta::{PACKET_CAPS, Packet, Slot, SlotStatus};

use super::FrameDemuxPad;

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "framedemux",
        gst::DebugColorFlags::empty(),
        Some("Image disaggregator"),
    )
});

/// One camera.
struct Output {
    pad: FrameDemuxPad,
    format: Option<VideoInfo>,
    /// Whether the current segment has been sent.
    has_segment: bool,
}

#[derive(Default)]
struct State {
    outputs: BTreeMap<u32, Output>,
    flows: UniqueFlowCombiner,
    segment: Option<gst::Event>,
    group: Option<gst::GroupId>,
    stream: String,
    /// Time from packet to packet, by the caps.
    interval: Option<gst::ClockTime>,
    packets: u64,
    frames: u64,
}

pub struct FrameDemux {
    sink: gst::Pad,
    cached: AtomicBool,
    state: Mutex<State>,
}

impl FrameDemux {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn chain(&self, buffer: &gst::Buffer) -> Result<gst::FlowSuccess, gst::FlowError> {
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
        self.state().packets += 1;
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

    fn push_frame(
        &self,
        slot: &Slot,
        frame: gst::Buffer,
        format: &VideoInfo,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        let pad = self.output(slot);
        self.push_format(slot.source, &pad, format)?;
        self.push_segment(slot.source, &pad);
        let flow = pad.push(frame);
        let mut state = self.state();
        state.frames += u64::from(flow.is_ok());
        state.flows.update_pad_flow(&pad, flow)
    }

    /// The pad of the slot's camera, made now if it is new.
    fn output(&self, slot: &Slot) -> FrameDemuxPad {
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
    fn push_segment(&self, source: u32, pad: &FrameDemuxPad) {
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

    /// Ends the streams of cameras that have left the packets, or whose number is another's now.
    fn remove_absent(&self, packet: &Packet) {
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

    fn remove(&self, pad: &FrameDemuxPad) {
        self.state().flows.remove_pad(pad);
        // It is on its way out: what goes wrong with it now is nobody's business.
        let _ = pad.set_active(false);
        let _ = self.obj().remove_pad(pad);
    }

    fn outputs(&self) -> Vec<FrameDemuxPad> {
        let state = self.state();
        state
            .outputs
            .values()
            .map(|output| output.pad.clone())
            .collect()
    }

    /// Sends `event` to every camera's stream; whether anybody took it.
    fn push_to_all(&self, event: &gst::Event) -> bool {
        let outputs = self.outputs();
        let taken = outputs
            .iter()
            .filter(|pad| pad.push_event(event.clone()))
            .count();
        outputs.is_empty() || taken > 0
    }

    fn sink_event(&self, event: gst::Event) -> bool {
        gst::debug!(CAT, imp = self, "{event:?}");
        match event.view() {
            gst::EventView::StreamStart(start) => {
                let mut state = self.state();
                start.stream_id().clone_into(&mut state.stream);
                state.group = start.group_id();
                true
            }
            gst::EventView::Caps(caps) => {
                let rate = caps
                    .caps()
                    .structure(0)
                    .and_then(|caps| caps.get::<gst::Fraction>("framerate").ok());
                let second = gst::ClockTime::SECOND;
                self.state().interval = rate.filter(|rate| rate.numer() > 0).and_then(|rate| {
                    second.mul_div_floor(rate.denom() as u64, rate.numer() as u64)
                });
                true
            }
            gst::EventView::Segment(_) => {
                let mut state = self.state();
                state.segment = Some(event);
                for output in state.outputs.values_mut() {
                    output.has_segment = false;
                }
                true
            }
            gst::EventView::FlushStop(_) => {
                let taken = self.push_to_all(&event);
                let mut state = self.state();
                state.flows.reset();
                state.segment = None;
                taken
            }
            gst::EventView::Gap(_) => {
                for (source, pad) in self.numbered_outputs() {
                    self.push_segment(source, &pad);
                }
                self.push_to_all(&event)
            }
            gst::EventView::Eos(_) => {
                if self.outputs().is_empty() {
                    gst::element_imp_error!(
                        self,
                        gst::StreamError::Failed,
                        [
                            "The packets ended and no camera had sent a frame, so there is nothing to give out. Look for \
                          warnings of framemux and of the cameras' sources."
                        ]
                    );
                }
                self.push_to_all(&event)
            }
            _ => self.push_to_all(&event),
        }
    }

    fn numbered_outputs(&self) -> Vec<(u32, FrameDemuxPad)> {
        let state = self.state();
        state
            .outputs
            .iter()
            .map(|(source, output)| (*source, output.pad.clone()))
            .collect()
    }

    fn src_event(&self, event: gst::Event) -> bool {
        self.sink.push_event(event)
    }

    fn src_query(&self, pad: &gst::Pad, query: &mut gst::QueryRef) -> bool {
        if let gst::QueryViewMut::Latency(latency) = query.view_mut() {
            let mut upstream = gst::query::Latency::new();
            if !self.sink.peer_query(&mut upstream) {
                return false;
            }
            let (live, min, max) = upstream.result();
            // A frame may be older than its packet by one interval.
            let interval = self.state().interval.unwrap_or_default();
            latency.set(live, min + interval, max.map(|max| max + interval));
            return true;
        }
        gst::Pad::query_default(pad, Some(&*self.obj()), query)
    }
}

#[glib::object_subclass]
impl ObjectSubclass for FrameDemux {
    const NAME: &'static str = "RoundhouseFrameDemux";
    type Type = super::FrameDemux;
    type ParentType = gst::Element;

    fn with_class(class: &Self::Class) -> Self {
        let sink = match class.pad_template("sink") {
            Some(template) => gst::Pad::builder_from_template(&template),
            None => gst::Pad::builder(gst::PadDirection::Sink),
        };
        let sink = sink
            .name("sink")
            .chain_function(|_, parent, buffer| {
                Self::catch_panic_pad_function(
                    parent,
                    || Err(gst::FlowError::Error),
                    |demux| demux.chain(&buffer),
                )
            })
            .event_function(|_, parent, event| {
                Self::catch_panic_pad_function(parent, || false, |demux| demux.sink_event(event))
            })
            .build();
        Self {
            sink,
            cached: AtomicBool::new(false),
            state: Mutex::default(),
        }
    }
}

impl ObjectImpl for FrameDemux {
    fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
            vec![
                glib::ParamSpecBoolean::builder("cached")
                    .nick("Cached")
                    .blurb(
                        "Also give out frames that were in an earlier packet already, at the time of the packet and with \
                         flag GAP",
                    )
                    .mutable_playing()
                    .build(),
                glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
                    .nick("Statistics")
                    .blurb("packets and frames that went through, and cameras that have a pad. Counts only grow")
                    .read_only()
                    .build(),
            ]
        });
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        if pspec.name() == "cached" {
            self.cached
                .store(value.get().unwrap_or_default(), Ordering::Relaxed);
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "cached" => self.cached.load(Ordering::Relaxed).to_value(),
            "stats" => {
                let state = self.state();
                gst::Structure::builder("roundhouse-framedemux-stats")
                    .field("packets", state.packets)
                    .field("frames", state.frames)
                    .field("cameras", state.outputs.len() as u64)
                    .build()
                    .to_value()
            }
            _ => pspec.default_value().clone(),
        }
    }

    fn constructed(&self) {
        self.parent_constructed();
        if let Err(error) = self.obj().add_pad(&self.sink) {
            gst::error!(CAT, imp = self, "no sink pad: {error}");
        }
    }
}

impl GstObjectImpl for FrameDemux {}

impl ElementImpl for FrameDemux {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Roundhouse image disaggregator",
                "Demuxer/Video",
                "Takes packets of framemux apart: the fresh frames of each camera on a pad of its own, with their times \
                 and formats",
                "The Roundhouse developers",
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let packets = gst::Caps::new_empty_simple(PACKET_CAPS);
            let pictures = gst::Caps::new_empty_simple("video/x-raw");
            [
                gst::PadTemplate::new(
                    "sink",
                    gst::PadDirection::Sink,
                    gst::PadPresence::Always,
                    &packets,
                ),
                gst::PadTemplate::with_gtype(
                    "src_%u",
                    gst::PadDirection::Src,
                    gst::PadPresence::Sometimes,
                    &pictures,
                    FrameDemuxPad::static_type(),
                ),
            ]
            .into_iter()
            .flatten()
            .collect()
        });
        &TEMPLATES
    }

    fn change_state(
        &self,
        transition: gst::StateChange,
    ) -> Result<gst::StateChangeSuccess, gst::StateChangeError> {
        let success = self.parent_change_state(transition)?;
        if transition == gst::StateChange::PausedToReady {
            let state = std::mem::take(&mut *self.state());
            for output in state.outputs.into_values() {
                self.remove(&output.pad);
            }
        }
        Ok(success)
    }
}
