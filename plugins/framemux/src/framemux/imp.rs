// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element as GStreamer sees it: its classes and their virtual methods.

use std::sync::LazyLock;

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::prelude::*;
use gst_video::VideoInfo;
use meta::PACKET_CAPS;

use super::schedule::Step;
use super::state::{CAT, FrameMux};
use super::warnings::Warnings;
use super::{liveness, pads, properties};

/// Buffers that the pools of upstream elements must have for this one: waiting, cached, and on their way downstream.
const KEPT_BUFFERS: u32 = 4;

#[glib::object_subclass]
impl ObjectSubclass for FrameMux {
    const NAME: &'static str = "RoundhouseFrameMux";
    type Type = super::FrameMux;
    type ParentType = gst_base::Aggregator;
    type Interfaces = (gst::ChildProxy,);
}

impl ObjectImpl for FrameMux {
    fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> =
            LazyLock::new(properties::specifications);
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        self.settings().set(pspec.name(), value);
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "stats" => self.stats().to_value(),
            name => self.settings().get(name),
        }
    }
}

impl GstObjectImpl for FrameMux {}

impl ElementImpl for FrameMux {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Image aggregator",
                "Muxer/Video",
                "Combines the streams of many cameras: outputs one packet per interval with the newest frame of each camera. \
                 A live camera that fails is not waited for; files give the same packets in every run",
                env!("CARGO_PKG_AUTHORS"),
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let rates =
                gst::FractionRange::new(gst::Fraction::new(0, 1), gst::Fraction::new(i32::MAX, 1));
            let packets = gst::Caps::builder(PACKET_CAPS)
                .field("framerate", rates)
                .build();
            let pictures = gst::Caps::new_empty_simple("video/x-raw");
            [
                gst::PadTemplate::with_gtype(
                    "src",
                    gst::PadDirection::Src,
                    gst::PadPresence::Always,
                    &packets,
                    gst_base::AggregatorPad::static_type(),
                ),
                gst::PadTemplate::with_gtype(
                    "sink_%u",
                    gst::PadDirection::Sink,
                    gst::PadPresence::Request,
                    &pictures,
                    super::FrameMuxPad::static_type(),
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
        match transition {
            gst::StateChange::PausedToPlaying => {
                let mut state = self.state();
                state.playing = true;
                // While paused, the clock went on and running time did not.
                state.utc_base = None;
            }
            gst::StateChange::PlayingToPaused => self.state().playing = false,
            _ => {}
        }
        self.parent_change_state(transition)
    }

    fn request_new_pad(
        &self,
        templ: &gst::PadTemplate,
        name: Option<&str>,
        caps: Option<&gst::Caps>,
    ) -> Option<gst::Pad> {
        let pad = self.parent_request_new_pad(templ, name, caps)?;
        self.obj().child_added(&pad, &pad.name());
        self.unblock_pads();
        Some(pad)
    }

    fn release_pad(&self, pad: &gst::Pad) {
        let name = pad.name();
        let index = pad
            .downcast_ref::<super::FrameMuxPad>()
            .map(|pad| pad.imp().index());
        if let Some(index) = index {
            // Before the base class looks again whether the next packet is complete.
            self.state().collector.remove(index);
        }
        self.parent_release_pad(pad);
        if let Some(index) = index {
            let mut state = self.state();
            state.timings.remove(index);
            state.warnings.forget(index);
            state.healths.remove(index);
        }
        self.obj().child_removed(pad, &name);
    }
}

impl ChildProxyImpl for FrameMux {
    fn child_by_index(&self, index: u32) -> Option<glib::Object> {
        self.pads()
            .into_iter()
            .nth(index as usize)
            .map(Cast::upcast)
    }

    fn child_by_name(&self, name: &str) -> Option<glib::Object> {
        let pads = self.pads().into_iter();
        pads.into_iter()
            .find(|pad| pad.name() == name)
            .map(Cast::upcast)
    }

    fn children_count(&self) -> u32 {
        u32::from(self.obj().num_sink_pads())
    }
}

impl AggregatorImpl for FrameMux {
    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let settings = self.settings().clone();
        if let Err(message) = settings.utc_start_time() {
            return Err(gst::error_msg!(gst::ResourceError::Settings, ["{message}"]));
        }
        pads::check_names(&self.pads())?;
        let min_upstream_latency = self.obj().min_upstream_latency();
        {
            let mut state = self.state();
            state.collector.restart(settings.interval);
            state.utc_base = None;
            state.warnings = Warnings::default();
            state.discards.clear();
            state.discard_changes.clear();
            state.healths.clear();
            state.not_called_silent.clear();
            state.announcements.clear();
            state.timings.flush();
            state.min_upstream_latency = min_upstream_latency.nseconds();
        }
        // A frame may have to wait one interval for its packet, and that long we wait for it.
        let interval = gst::ClockTime::from_nseconds(settings.interval);
        self.obj().set_latency(interval, None);
        self.reset_segment();
        Ok(())
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        self.forget_stall();
        self.flush_all();
        Ok(())
    }

    fn flush(&self) -> Result<gst::FlowSuccess, gst::FlowError> {
        self.flush_all();
        self.reset_segment();
        Ok(gst::FlowSuccess::Ok)
    }

    fn create_new_pad(
        &self,
        templ: &gst::PadTemplate,
        name: Option<&str>,
        caps: Option<&gst::Caps>,
    ) -> Option<gst_base::AggregatorPad> {
        let pad = self.parent_create_new_pad(templ, name, caps)?;
        if let Some(pad) = pad.downcast_ref::<super::FrameMuxPad>() {
            self.state().collector.add(pad.imp().index());
            self.block_pad(pad);
            liveness::watch_latency(pad);
        }
        Some(pad)
    }

    fn update_src_caps(&self, caps: &gst::Caps) -> Result<gst::Caps, gst::FlowError> {
        let packets = gst::Caps::builder(PACKET_CAPS)
            .field("framerate", self.settings().rate())
            .build();
        Ok(packets.intersect(caps))
    }

    fn propose_allocation(
        &self,
        pad: &gst_base::AggregatorPad,
        decide_query: Option<&gst::query::Allocation>,
        query: &mut gst::query::Allocation,
    ) -> Result<(), gst::LoggableError> {
        let caps = query.get_owned().0;
        let format = caps.and_then(|caps| VideoInfo::from_caps(&caps).ok());
        if let Some(size) = format.and_then(|format| u32::try_from(format.size()).ok()) {
            query.add_allocation_pool(None::<&gst::BufferPool>, size, KEPT_BUFFERS, 0);
        }
        // Planes may lie as they lie: nobody copies pixels for us.
        query.add_allocation_meta::<gst_video::VideoMeta>(None);
        self.parent_propose_allocation(pad, decide_query, query)
    }

    fn sink_event(&self, pad: &gst_base::AggregatorPad, event: gst::Event) -> bool {
        let Some(camera) = pad.downcast_ref::<super::FrameMuxPad>() else {
            return self.parent_sink_event(pad, event);
        };
        gst::debug!(CAT, obj = pad, "{event:?}");
        match event.view() {
            gst::EventView::Caps(caps) => {
                self.set_caps(camera, caps.caps());
                return true;
            }
            gst::EventView::CustomDownstreamSticky(_) => {
                if let Some((health, _)) = meta::health_of(&event) {
                    self.note_health(camera, health);
                    return true;
                }
            }
            gst::EventView::StreamStart(_) => self.ask_again(camera),
            gst::EventView::Eos(_) => self.end_stream(camera),
            _ => {}
        }
        self.parent_sink_event(pad, event)
    }

    fn src_query(&self, query: &mut gst::QueryRef) -> bool {
        let answered = self.parent_src_query(query);
        if answered && let gst::QueryViewMut::Latency(latency) = query.view_mut() {
            self.add_wait(latency);
        }
        answered
    }

    fn src_event(&self, event: gst::Event) -> bool {
        // A decoder that drops frames because a sink is late would make the packets of files a matter of luck.
        if event.type_() == gst::EventType::Qos {
            return true;
        }
        self.parent_src_event(event)
    }

    /// Live: when to make the next packet at the latest.
    fn next_time(&self) -> Option<gst::ClockTime> {
        if !self.state().is_timed() {
            self.await_frames();
            return None;
        }
        let pads = self.pads();
        self.collect_all(&pads);
        self.choose_first_time();
        // All there: at once.
        if self.is_complete() {
            return Some(gst::ClockTime::ZERO);
        }
        let next = self.state().collector.next()?;
        let wait = self.wait_for_cameras();
        Some(gst::ClockTime::from_nseconds(next.saturating_add(wait)))
    }

    fn aggregate(&self, timeout: bool) -> Result<gst::FlowSuccess, gst::FlowError> {
        let pads = self.pads();
        if let Err(message) = pads::check_names(&pads) {
            self.post_error_message(message);
            return Err(gst::FlowError::Error);
        }
        let live = self.obj().latency().is_some();
        let step = if live {
            self.step_live(&pads, timeout)
        } else {
            self.step_files(&pads)
        };
        if step == Step::End {
            self.end_discards();
        }
        self.post_warnings(&pads);
        self.post_discards(&pads);
        self.post_announcements(&pads);
        self.report_wait();
        match step {
            Step::Wait => Err(gst_base::AGGREGATOR_FLOW_NEED_DATA),
            Step::Packet => self.push_packet(&pads, live),
            Step::End => Err(gst::FlowError::Eos),
        }
    }
}
