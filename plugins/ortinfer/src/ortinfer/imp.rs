// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element: takes frames apart, lets the engine look, writes down what it found.
//!
//! Locks: `settings`, `state` and `stats` are never held together, nor over inference, messages or queries. The streaming
//! thread takes the whole `state` out while it works; start and stop happen when it does not run.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::BaseTransformMode;
use gst_base::subclass::prelude::*;
use gst_video::VideoInfo;
use messages::Timestamp;
use meta::{FrameInfo, Packet, SlotStatus};

use super::Provider;
use super::frames::FORMATS;
use super::history::{History, Rules};
use super::look::{self, Account, Frame, Look, Memory};
use super::settings::Settings;
use super::stats::{Failure, Stats};
use crate::engine::{Engine, Options, StartError};
use crate::network::NetworkError;

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "ortinfer",
        gst::DebugColorFlags::empty(),
        Some("Inference with ONNX Runtime"),
    )
});

/// What the input is, by its caps.
#[derive(Debug, Clone)]
enum Input {
    Frames(VideoInfo),
    Packets,
}

/// What the streaming thread works with.
#[derive(Debug)]
struct State {
    engine: Engine,
    memory: Memory,
    /// Buffers that pass between two that are inferred.
    interval: u64,
    /// Buffers since the start or the last flush.
    buffers: u64,
    input: Option<Input>,
    /// Camera and time of a single stream.
    camera: Arc<str>,
    start_time: Timestamp,
    clock: StreamClock,
    /// Frames of a single stream that were described here.
    described: u64,
}

/// Where the time of a single stream begins, UTC.
#[derive(Debug, Clone, Copy)]
enum StreamClock {
    /// Nobody has asked yet whether the stream is live.
    Unasked,
    /// Live: running time 0.
    Live(Timestamp),
    /// Not live: stream time 0.
    File(Timestamp),
}

#[derive(Default)]
pub struct OrtInfer {
    settings: Mutex<Settings>,
    state: Mutex<Option<State>>,
    stats: Mutex<Stats>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[glib::object_subclass]
impl ObjectSubclass for OrtInfer {
    const NAME: &'static str = "RoundhouseOrtInfer";
    type Type = super::OrtInfer;
    type ParentType = gst_base::BaseTransform;
}

impl ObjectImpl for OrtInfer {
    fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
            let defaults = Settings::default();
            vec![
                glib::ParamSpecString::builder("config-file-path")
                    .nick("Configuration file")
                    .blurb("nvinfer's configuration file of the network")
                    .mutable_ready()
                    .build(),
                glib::ParamSpecBoolean::builder("optional")
                    .nick("Optional")
                    .blurb("Whether frames pass unseen, with a warning, when the model's file is missing")
                    .default_value(defaults.optional)
                    .mutable_ready()
                    .build(),
                glib::ParamSpecEnum::builder_with_default("provider", defaults.provider)
                    .nick("Provider")
                    .blurb("Who does the work")
                    .mutable_ready()
                    .build(),
                glib::ParamSpecUInt::builder("threads")
                    .nick("Threads")
                    .blurb("Threads of one run on the CPU (0 = one per core, bound to none)")
                    .maximum(1024)
                    .default_value(defaults.threads)
                    .mutable_ready()
                    .build(),
                glib::ParamSpecInt::builder("interval")
                    .nick("Interval")
                    .blurb("Buffers that pass unseen between two that are inferred (-1 = what the file says)")
                    .minimum(-1)
                    .default_value(defaults.interval)
                    .mutable_ready()
                    .build(),
                glib::ParamSpecUInt::builder("batch-size")
                    .nick("Batch size")
                    .blurb("Most pictures of one run (0 = what the file says)")
                    .maximum(1024)
                    .default_value(defaults.batch_size)
                    .mutable_ready()
                    .build(),
                glib::ParamSpecUInt::builder("unique-id")
                    .nick("Unique id")
                    .blurb("Component id written into detections (0 = what the file says)")
                    .default_value(defaults.unique_id)
                    .mutable_ready()
                    .build(),
                glib::ParamSpecDouble::builder("max-rate")
                    .nick("Highest rate")
                    .blurb(
                        "Secondary mode: inferences per object and second (0 = any number); what a classifier said is repeated",
                    )
                    .minimum(0.0)
                    .maximum(1000.0)
                    .default_value(defaults.max_rate)
                    .mutable_ready()
                    .build(),
                glib::ParamSpecDouble::builder("crop-margin")
                    .nick("Margin of crops")
                    .blurb(
                        "Secondary mode: how much more than its box is seen of an object, share of the box's height to the left and \
                         right, half of it above and below (0 = the box, as nvinfer does)",
                    )
                    .minimum(0.0)
                    .maximum(1.0)
                    .default_value(defaults.crop_margin)
                    .mutable_ready()
                    .build(),
                glib::ParamSpecString::builder("onnxruntime-library")
                    .nick("ONNX Runtime library")
                    .blurb(
                        "Path of libonnxruntime.so (none = environment variable ORT_DYLIB_PATH, cache of scripts/setup.sh, \
                         system); the first one that a process loads serves all its elements",
                    )
                    .mutable_ready()
                    .build(),
                glib::ParamSpecString::builder("camera")
                    .nick("Camera")
                    .blurb("Camera id of a single stream whose frames carry none")
                    .default_value(defaults.camera.as_str())
                    .mutable_ready()
                    .build(),
                glib::ParamSpecString::builder("start-time")
                    .nick("Start time")
                    .blurb("UTC of stream time 0 as RFC 3339, for a single stream that is not live and carries no times")
                    .default_value(defaults.start_time.as_str())
                    .mutable_ready()
                    .build(),
                glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
                    .nick("Statistics")
                    .blurb("Counters since the start: frames, objects, times in nanoseconds, errors by reason")
                    .read_only()
                    .build(),
            ]
        });
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        let mut settings = lock(&self.settings);
        let text = || value.get::<Option<String>>().ok().flatten();
        match pspec.name() {
            "config-file-path" => settings.config_file = text().map(Into::into),
            "optional" => settings.optional = value.get().unwrap_or_default(),
            "provider" => settings.provider = value.get::<Provider>().unwrap_or_default(),
            "threads" => settings.threads = value.get().unwrap_or_default(),
            "interval" => settings.interval = value.get().unwrap_or(-1),
            "batch-size" => settings.batch_size = value.get().unwrap_or_default(),
            "unique-id" => settings.unique_id = value.get().unwrap_or_default(),
            "max-rate" => settings.max_rate = value.get().unwrap_or_default(),
            "crop-margin" => settings.crop_margin = value.get().unwrap_or_default(),
            "onnxruntime-library" => settings.library = text().map(Into::into),
            "camera" => settings.camera = text().unwrap_or_else(|| Settings::default().camera),
            "start-time" => {
                settings.start_time = text().unwrap_or_else(|| Settings::default().start_time);
            }
            other => gst::warning!(CAT, imp = self, "no property {other}"),
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        if pspec.name() == "stats" {
            return lock(&self.stats).structure().to_value();
        }
        let settings = lock(&self.settings);
        match pspec.name() {
            "config-file-path" => settings.config_file.to_value(),
            "optional" => settings.optional.to_value(),
            "provider" => settings.provider.to_value(),
            "threads" => settings.threads.to_value(),
            "interval" => settings.interval.to_value(),
            "batch-size" => settings.batch_size.to_value(),
            "unique-id" => settings.unique_id.to_value(),
            "max-rate" => settings.max_rate.to_value(),
            "crop-margin" => settings.crop_margin.to_value(),
            "onnxruntime-library" => settings.library.to_value(),
            "camera" => settings.camera.to_value(),
            "start-time" => settings.start_time.to_value(),
            _ => pspec.default_value().clone(),
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
                "Looks at frames, or at packets of frames, with a network that an nvinfer configuration file describes, \
                 and writes what it finds onto them",
                "The Roundhouse developers",
            )
        });
        Some(&*METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let mut caps = gst_video::VideoCapsBuilder::new()
                .format_list(FORMATS)
                .build();
            caps.merge(gst::Caps::new_empty_simple(meta::PACKET_CAPS));
            [
                ("sink", gst::PadDirection::Sink),
                ("src", gst::PadDirection::Src),
            ]
            .into_iter()
            .filter_map(|(name, direction)| {
                gst::PadTemplate::new(name, direction, gst::PadPresence::Always, &caps).ok()
            })
            .collect()
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
        let loaded = load(&settings)?;
        self.obj()
            .set_passthrough(matches!(loaded, Loaded::Absent(_)));
        let state = match loaded {
            Loaded::Ready(state) => state,
            Loaded::Absent(problem) => {
                gst::element_imp_warning!(
                    self,
                    gst::LibraryError::Settings,
                    ("{problem}. Frames pass unseen, as optional=true allows")
                );
                return Ok(());
            }
        };
        for note in &state.engine.config.notes {
            gst::warning!(CAT, imp = self, "{note}");
        }
        for warning in &state.engine.warnings {
            gst::element_imp_warning!(self, gst::LibraryError::Settings, ("{warning}"));
        }
        gst::info!(
            CAT,
            imp = self,
            "{} runs on {:?}",
            state.engine.config.model.display(),
            state.engine.provider()
        );
        *lock(&self.stats) = Stats::default();
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
        if event.type_() == gst::EventType::FlushStop
            && let Some(state) = &mut *lock(&self.state)
        {
            // After a seek the first frame is looked at.
            state.buffers = 0;
            state.memory.history = History::default();
        }
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
        let input = state.input.clone().ok_or(gst::FlowError::NotNegotiated)?;
        if let Input::Frames(info) = &input {
            self.describe(state, buffer, info);
        }
        let skip = !state.buffers.is_multiple_of(state.interval + 1);
        state.buffers += 1;
        match input {
            Input::Frames(info) => {
                lock(&self.stats).frames += 1;
                if skip || buffer.flags().contains(gst::BufferFlags::GAP) {
                    lock(&self.stats).skipped += 1;
                    return Ok(());
                }
                let looks = self.look(state, &[frame(0, buffer, &info)])?;
                for look in looks {
                    look.write(buffer, state.engine.config.component);
                }
            }
            Input::Packets => self.handle_packet(state, buffer, skip)?,
        }
        Ok(())
    }

    fn handle_packet(
        &self,
        state: &mut State,
        buffer: &mut gst::BufferRef,
        skip: bool,
    ) -> Result<(), gst::FlowError> {
        let Some(packet) = Packet::of(buffer) else {
            self.fail(
                Failure::Undescribed,
                "the buffer has the caps of a packet but lists no frames",
            );
            return Ok(());
        };
        let fresh: Vec<Frame<'_>> = packet
            .slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.status == SlotStatus::Fresh)
            .filter_map(|(index, slot)| {
                Some(frame(
                    index,
                    slot.frame.as_deref()?,
                    slot.video_info.as_ref()?,
                ))
            })
            .collect();
        lock(&self.stats).frames += fresh.len() as u64;
        if skip {
            lock(&self.stats).skipped += fresh.len() as u64;
            return Ok(());
        }
        let looks = self.look(state, &fresh)?;
        let Some(packet) = Packet::of_mut(buffer) else {
            return Ok(());
        };
        for look in looks {
            if let Some(frame) = packet
                .slots
                .get_mut(look.slot)
                .and_then(|slot| slot.frame.as_mut())
            {
                // Copies the description if another branch holds the frame too, never the pixels.
                look.write(frame.make_mut(), state.engine.config.component);
            }
        }
        Ok(())
    }

    /// Lets the engine look, counts, and tells about what went wrong.
    fn look(&self, state: &mut State, frames: &[Frame<'_>]) -> Result<Vec<Look>, gst::FlowError> {
        let mut account = Account::default();
        let result = look::look(&mut state.engine, &mut state.memory, frames, &mut account);
        lock(&self.stats).add(&account);
        for (failure, problem) in account.failures {
            self.fail(failure, &problem);
        }
        result.map_err(|problem| {
            lock(&self.stats).fail(Failure::Inference);
            gst::element_imp_error!(
                self,
                gst::LibraryError::Failed,
                ("The network failed: {problem}")
            );
            gst::FlowError::Error
        })
    }

    /// Counts a frame that cannot be looked at; the first of its kind is worth a warning.
    fn fail(&self, failure: Failure, problem: &str) {
        if lock(&self.stats).fail(failure) {
            gst::element_imp_warning!(
                self,
                gst::StreamError::Decode,
                ("A frame was not looked at: {problem}. More like it are counted in stats, not told")
            );
        } else {
            gst::debug!(CAT, imp = self, "a frame was not looked at: {problem}");
        }
    }

    /// Describes a frame of a single stream that nobody has described yet, and completes its size.
    fn describe(&self, state: &mut State, buffer: &mut gst::BufferRef, info: &VideoInfo) {
        if FrameInfo::of(buffer).is_none() {
            let time = self.capture_time(state, buffer);
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

    /// When the frame of a single stream was taken: what its sender says, else its place on the stream's clock.
    fn capture_time(&self, state: &mut State, buffer: &gst::BufferRef) -> Timestamp {
        if let Some(time) = meta::reference_time(buffer) {
            return time;
        }
        if matches!(state.clock, StreamClock::Unasked) {
            let is_live = meta::input_is_live(self.obj().sink_pad()).unwrap_or(false);
            state.clock = if is_live {
                StreamClock::Live(kit::clock::utc_base(&*self.obj()))
            } else {
                StreamClock::File(state.start_time)
            };
        }
        let segment = self.obj().segment().downcast::<gst::ClockTime>().ok();
        let place = segment.zip(buffer.pts());
        let (base, since) = match state.clock {
            StreamClock::Live(base) => (
                base,
                place.and_then(|(segment, pts)| segment.to_running_time(pts)),
            ),
            StreamClock::File(base) => (
                base,
                place.and_then(|(segment, pts)| segment.to_stream_time(pts)),
            ),
            StreamClock::Unasked => (state.start_time, None),
        };
        meta::after(base, since.unwrap_or_default())
    }
}

fn frame<'a>(slot: usize, buffer: &'a gst::BufferRef, info: &'a VideoInfo) -> Frame<'a> {
    Frame { slot, buffer, info }
}

/// What came of loading.
enum Loaded {
    /// The network looks.
    Ready(Box<State>),
    /// Its file is missing, which the user allows.
    Absent(StartError),
}

/// Loads what `settings` name.
fn load(settings: &Settings) -> Result<Loaded, gst::ErrorMessage> {
    let Some(file) = &settings.config_file else {
        return Err(gst::error_msg!(
            gst::LibraryError::Settings,
            ("Property config-file-path is not set: it names the configuration file of the network")
        ));
    };
    let start_time = settings
        .start_time()
        .map_err(|problem| gst::error_msg!(gst::LibraryError::Settings, ("{problem}")))?;
    let engine = match Engine::load(
        file,
        &Options {
            library: settings.library.as_deref(),
            provider: settings.provider.into(),
            threads: settings.threads as usize,
            batch_size: (settings.batch_size > 0).then_some(settings.batch_size as usize),
            component: (settings.unique_id > 0).then_some(settings.unique_id),
        },
    ) {
        Ok(engine) => engine,
        Err(problem @ StartError::Network(NetworkError::Missing { .. })) if settings.optional => {
            return Ok(Loaded::Absent(problem));
        }
        Err(problem @ StartError::Runtime(_)) => {
            return Err(gst::error_msg!(gst::LibraryError::Init, ("{problem}")));
        }
        Err(problem) => {
            return Err(gst::error_msg!(gst::LibraryError::Settings, ("{problem}")));
        }
    };
    Ok(Loaded::Ready(Box::new(State {
        interval: u64::try_from(settings.interval).unwrap_or(engine.config.interval.into()),
        memory: Memory {
            history: History::default(),
            rules: Rules {
                reinference: engine.config.reinference,
                max_rate: settings.max_rate,
                component: engine.config.component,
            },
            margin: settings.crop_margin as f32,
        },
        engine,
        buffers: 0,
        input: None,
        camera: settings.camera.as_str().into(),
        start_time,
        clock: StreamClock::Unasked,
        described: 0,
    })))
}
