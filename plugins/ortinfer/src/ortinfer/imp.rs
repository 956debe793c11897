// SPDX-License-Identifier: MIT OR Apache-2.0
//! Implementation of `ortinfer`.
//!
//! Locks: `settings`, `state` and `stats` are never held together, nor over inference, messages or queries. The streaming
//! thread takes the whole `state` out while it works; start and stop happen when it does not run.

use std::sync::{LazyLock, Mutex};

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::BaseTransformMode;
use gst_base::subclass::prelude::*;
use gst_video::VideoInfo;
use kit::lock;
use meta::{FrameInfo, Packet, SlotStatus};

use super::convert::CONVERTED;
use super::frames::FORMATS;
use super::inference::infer;
use super::properties::{PROPERTIES, Settings};
use super::result::{Frame, InferenceResult};
use super::state::{Input, Loaded, State, load};
use super::stats::{Account, Counters, Failure};
use super::warnings;

pub(super) static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "ortinfer",
        gst::DebugColorFlags::empty(),
        Some("Inference with ONNX Runtime"),
    )
});

/// The element's instance.
#[derive(Default)]
pub struct OrtInfer {
    settings: Mutex<Settings>,
    state: Mutex<Option<State>>,
    pub(super) stats: Mutex<Counters>,
}

#[glib::object_subclass]
impl ObjectSubclass for OrtInfer {
    const NAME: &'static str = "RoundhouseOrtInfer";
    type Type = super::OrtInfer;
    type ParentType = gst_base::BaseTransform;
}

impl ObjectImpl for OrtInfer {
    fn properties() -> &'static [glib::ParamSpec] {
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        lock(&self.settings).set(pspec.name(), value);
        gst::info!(CAT, imp = self, "{} = {value:?}", pspec.name());
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "stats" => kit::stats::structure("stats", lock(&self.stats).iter()).to_value(),
            name => lock(&self.settings).get(name),
        }
    }

    fn constructed(&self) {
        self.parent_constructed();
        // A frame that is a gap stays one.
        self.obj().set_gap_aware(true);
    }
}

impl GstObjectImpl for OrtInfer {}

impl ElementImpl for OrtInfer {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "ONNX Runtime inference",
                "Filter/Analyzer/Video",
                "Runs a neural network on video frames or packets of frames with ONNX Runtime, configured by an nvinfer configuration \
                 file, and attaches detections, classifications and tensors to the frames",
                env!("CARGO_PKG_AUTHORS"),
            )
        });
        Some(&*METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let mut caps = gst_video::VideoCapsBuilder::new()
                .format_list(FORMATS.into_iter().chain(CONVERTED))
                .build();
            caps.merge(gst::Caps::new_empty_simple(meta::PACKET_CAPS));
            kit::pads::always(&caps, &caps)
        });
        &TEMPLATES
    }
}

impl BaseTransformImpl for OrtInfer {
    const MODE: BaseTransformMode = BaseTransformMode::AlwaysInPlace;
    const PASSTHROUGH_ON_SAME_CAPS: bool = false;
    const TRANSFORM_IP_ON_PASSTHROUGH: bool = false;

    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let settings = lock(&self.settings).clone();
        if settings.used_old_start_time {
            self.warn(warnings::OLD_START_TIME);
        }
        let loaded = load(&settings)?;
        self.obj()
            .set_passthrough(matches!(loaded, Loaded::Absent(_)));
        let state = match loaded {
            Loaded::Ready(state) => state,
            Loaded::Absent(problem) => {
                self.warn(&warnings::absent(&problem));
                return Ok(());
            }
        };
        for note in &state.engine.config.notes {
            gst::warning!(CAT, imp = self, "{note}");
        }
        for warning in &state.engine.warnings {
            self.warn(warning);
        }
        gst::info!(
            CAT,
            imp = self,
            "{} runs on {:?}",
            state.engine.config.model.display(),
            state.engine.provider()
        );
        *lock(&self.stats) = Counters::default();
        *lock(&self.state) = Some(*state);
        Ok(())
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        *lock(&self.state) = None;
        Ok(())
    }

    fn set_caps(&self, caps: &gst::Caps, _out: &gst::Caps) -> Result<(), gst::LoggableError> {
        let is_packet = caps
            .structure(0)
            .is_some_and(|caps| caps.name() == meta::PACKET_CAPS);
        let input = if is_packet {
            Input::Packets
        } else {
            let info = VideoInfo::from_caps(caps)
                .map_err(|_| gst::loggable_error!(CAT, "caps that are no video: {caps}"))?;
            Input::Frames(info)
        };
        gst::debug!(CAT, imp = self, "input is {input:?}");
        if let Some(state) = &mut *lock(&self.state) {
            state.input = Some(input);
        }
        Ok(())
    }

    fn sink_event(&self, event: gst::Event) -> bool {
        let mut changes = Vec::new();
        if let Some(state) = &mut *lock(&self.state) {
            match event.type_() {
                gst::EventType::FlushStop => state.flush(),
                gst::EventType::Eos => changes = state.watch.ended(),
                _ => {}
            }
        }
        self.tell(changes);
        self.parent_sink_event(event)
    }

    fn transform_ip(
        &self,
        buffer: &mut gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        let taken = lock(&self.state).take();
        let Some(mut state) = taken else {
            gst::debug!(CAT, imp = self, "a buffer outside of start and stop");
            return Err(gst::FlowError::Flushing);
        };
        let result = self.handle(&mut state, buffer);
        *lock(&self.state) = Some(state);
        result.map(|()| gst::FlowSuccess::Ok)
    }
}

impl OrtInfer {
    /// One buffer: a frame or a packet of frames.
    fn handle(&self, state: &mut State, buffer: &mut gst::BufferRef) -> Result<(), gst::FlowError> {
        match state.input.clone().ok_or(gst::FlowError::NotNegotiated)? {
            Input::Frames(info) => self.handle_frame(state, buffer, &info),
            Input::Packets => self.handle_packet(state, buffer),
        }
    }

    /// A frame of a single stream.
    fn handle_frame(
        &self,
        state: &mut State,
        buffer: &mut gst::BufferRef,
        info: &VideoInfo,
    ) -> Result<(), gst::FlowError> {
        self.describe(state, buffer, info);
        lock(&self.stats).frames += 1;
        let skip = state.skips_next();
        let gap = buffer.flags().contains(gst::BufferFlags::GAP);
        if skip || gap {
            lock(&self.stats).skipped += 1;
            let reason = if gap { "it is a gap" } else { "interval" };
            gst::log!(CAT, imp = self, "frame not inferred: {reason}");
            return Ok(());
        }
        let frame = Frame {
            slot: 0,
            buffer,
            info,
        };
        for result in self.infer(state, &[frame])? {
            result.write(buffer, &state.names);
        }
        Ok(())
    }

    /// A packet: its fresh frames.
    fn handle_packet(
        &self,
        state: &mut State,
        buffer: &mut gst::BufferRef,
    ) -> Result<(), gst::FlowError> {
        let skip = state.skips_next();
        let Some(packet) = Packet::of(buffer) else {
            let problem = "the buffer has the caps of a packet but lists no frames";
            self.fail(Failure::Undescribed, problem);
            return Ok(());
        };
        let fresh: Vec<Frame<'_>> = packet
            .slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.status == SlotStatus::Fresh)
            .filter_map(|(index, slot)| {
                Some(Frame {
                    slot: index,
                    buffer: slot.frame.as_deref()?,
                    info: slot.video_info.as_ref()?,
                })
            })
            .collect();
        lock(&self.stats).frames += fresh.len() as u64;
        if skip {
            lock(&self.stats).skipped += fresh.len() as u64;
            gst::log!(
                CAT,
                imp = self,
                "{} frames not inferred: interval",
                fresh.len()
            );
            return Ok(());
        }
        let results = self.infer(state, &fresh)?;
        let Some(packet) = Packet::of_mut(buffer) else {
            return Ok(());
        };
        for result in results {
            let slot = packet.slots.get_mut(result.slot);
            if let Some(frame) = slot.and_then(|slot| slot.frame.as_mut()) {
                // Copies the description if another branch holds the frame too, never the pixels.
                result.write(frame.make_mut(), &state.names);
            }
        }
        Ok(())
    }

    /// Runs the network on `frames`, counts, and posts what went wrong.
    fn infer(
        &self,
        state: &mut State,
        frames: &[Frame<'_>],
    ) -> Result<Vec<InferenceResult>, gst::FlowError> {
        let mut account = Account::default();
        let State {
            engine,
            memory,
            converters,
            watch,
            ..
        } = state;
        let results = infer(engine, memory, converters, frames, &mut account);
        *lock(&self.stats) += account.counters;
        for outcome in account.outcomes {
            self.follow(watch, outcome);
        }
        lock(&self.stats).discarded_cameras = watch.discarded_cameras();
        let results = results.map_err(|problem| {
            lock(&self.stats).fail(Failure::Inference);
            gst::element_imp_error!(
                self,
                gst::LibraryError::Failed,
                ("The network failed: {problem}")
            );
            gst::FlowError::Error
        })?;
        for result in &results {
            gst::log!(CAT, imp = self, "slot {} inferred: {result}", result.slot);
        }
        Ok(results)
    }

    /// Posts a warning about the settings.
    fn warn(&self, warning: &str) {
        gst::element_imp_warning!(self, gst::LibraryError::Settings, ("{warning}"));
    }

    /// Describes a frame of a single stream that has no description yet, and completes its size.
    fn describe(&self, state: &mut State, buffer: &mut gst::BufferRef, info: &VideoInfo) {
        if FrameInfo::of(buffer).is_none() {
            let element = self.obj();
            let time = state.clock.capture_time(element.upcast_ref(), buffer);
            let mut frame = FrameInfo::new(state.camera.clone(), 0, time);
            frame.sequence = state.described;
            state.described += 1;
            frame.attach(buffer);
        }
        if let Some(frame) = FrameInfo::of_mut(buffer)
            && (frame.width, frame.height) == (0, 0)
        {
            (frame.width, frame.height) = (info.width(), info.height());
        }
    }
}
