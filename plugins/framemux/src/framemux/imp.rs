// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element. Which frame goes where is [`Collector`]'s business; here are pads, clocks, properties and messages.
//!
//! Locks: `state`, `settings` and the pads' own are held for bookkeeping only, never while a pad, the base class, the
//! bus or another lock of ours is called. The base class calls `next_time` with its own lock held, so that touches
//! nothing but our own data and the pads' queues.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::mem::Discriminant;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::prelude::*;
use gst_video::VideoInfo;
use messages::Timestamp;
use meta::{FrameInfo, PACKET_CAPS, Packet, Slot, SlotStatus};

use super::capture;
use super::collector::{Collector, Content, Cut, Presence, Taken};
use super::pad::{FrameMuxPad, Item};
use super::settings::{MAX_INTERVAL, MIN_INTERVAL, Settings};

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "framemux",
        gst::DebugColorFlags::empty(),
        Some("Image aggregator"),
    )
});

/// Buffers that upstream's pools must spare for us: waiting, cached, and on their way downstream.
const KEPT_BUFFERS: u32 = 4;

/// A frame on its way from a pad to a packet.
#[derive(Debug, Clone)]
pub struct Picture {
    buffer: gst::Buffer,
    format: VideoInfo,
    stream_time: Option<u64>,
    sequence: u64,
}

/// What the user must hear about a camera, once.
#[derive(Debug, Clone, Copy)]
enum Complaint {
    Caps,
    Untimed,
    Broken {
        size: usize,
        expected: Option<usize>,
    },
    Late {
        by: u64,
    },
}

struct State {
    collector: Collector<Picture>,
    /// UTC of running time 0, live only; sampled after each start.
    utc_base: Option<Timestamp>,
    /// Whether clock and base time hold.
    playing: bool,
    /// Cameras that are live, as far as their sources have been asked.
    live: BTreeSet<u32>,
    complaints: Vec<(u32, Complaint)>,
    complained: HashSet<(u32, Discriminant<Complaint>)>,
}

impl State {
    fn complain(&mut self, index: u32, complaint: Complaint) {
        if self
            .complained
            .insert((index, std::mem::discriminant(&complaint)))
        {
            self.complaints.push((index, complaint));
        }
    }
}

/// What to do when the base class asks for a packet.
enum Step {
    Wait,
    Packet,
    End,
}

pub struct FrameMux {
    settings: Mutex<Settings>,
    state: Mutex<State>,
}

impl FrameMux {
    fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cameras' pads, by index.
    fn pads(&self) -> Vec<super::FrameMuxPad> {
        let pads = self.obj().sink_pads().into_iter();
        let mut pads: Vec<super::FrameMuxPad> =
            pads.filter_map(|pad| pad.downcast().ok()).collect();
        pads.sort_by_key(|pad| pad.imp().index());
        pads
    }

    /// An error if two of `pads` have one camera name.
    fn check_names(pads: &[super::FrameMuxPad]) -> Result<(), gst::ErrorMessage> {
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

    /// Takes `buffer` of `pad` into the bookkeeping; `false` if it has to stay in the pad's queue, because it does not
    /// end before `limit` (running time) or lies too far ahead.
    fn take(&self, pad: &FrameMuxPad, buffer: &gst::Buffer, limit: u64) -> bool {
        let index = pad.index();
        let item = pad.examine(buffer);
        let mut state = self.state();
        match item {
            Item::Frame {
                time,
                end,
                stream_time,
                format,
            } => {
                if time >= limit || state.collector.is_full(index, time) {
                    return false;
                }
                if let Some(info) = FrameInfo::of(buffer) {
                    pad.adopt_camera(&info.camera);
                }
                let picture = Picture {
                    buffer: buffer.clone(),
                    format,
                    stream_time,
                    sequence: state.collector.counters(index).frames,
                };
                if let Taken::Late { by } = state.collector.take(index, time, end, picture) {
                    state.complain(index, Complaint::Late { by });
                }
            }
            Item::Gap { end, repeated, .. } => {
                if end >= limit {
                    return false;
                }
                state.collector.gap(index, end);
                if repeated {
                    state
                        .collector
                        .refuse(index, |counters| &mut counters.repeated);
                }
            }
            Item::Untimed => {
                state
                    .collector
                    .refuse(index, |counters| &mut counters.untimed);
                state.complain(index, Complaint::Untimed);
            }
            Item::Clipped => state
                .collector
                .refuse(index, |counters| &mut counters.clipped),
            Item::Broken { size, expected } => {
                state
                    .collector
                    .refuse(index, |counters| &mut counters.broken);
                state.complain(index, Complaint::Broken { size, expected });
            }
        }
        true
    }

    /// Takes what lies in the queue of `pad` and ends before `limit`; the running time of what stays there.
    fn collect(&self, pad: &super::FrameMuxPad, limit: u64) -> Option<u64> {
        while let Some(buffer) = pad.peek_buffer() {
            if !self.take(pad.imp(), &buffer, limit) {
                return match pad.imp().examine(&buffer) {
                    Item::Frame { time, .. } | Item::Gap { time, .. } => Some(time),
                    // Such buffers never stay.
                    Item::Untimed | Item::Clipped | Item::Broken { .. } => None,
                };
            }
            pad.drop_buffer();
        }
        None
    }

    /// Live: a packet is due when its time has come, or when nothing can be added to it any more.
    fn step_live(&self, pads: &[super::FrameMuxPad], due: bool) -> Step {
        for pad in pads {
            self.collect(pad, u64::MAX);
        }
        let ended = pads.iter().all(gst_base::prelude::AggregatorPadExt::is_eos);
        self.choose_first_tick();
        let complete = due || self.is_complete(pads);
        let state = self.state();
        if ended && !state.collector.has_pending() {
            Step::End
        } else if state.collector.next().is_some() && complete {
            Step::Packet
        } else {
            Step::Wait
        }
    }

    /// Not live: a packet is due when each camera has ended, or its next frame proves that nothing is missing.
    fn step_files(&self, pads: &[super::FrameMuxPad]) -> Step {
        loop {
            let next = self.state().collector.next();
            let limit = next.map_or(0, |next| next.saturating_add(1));
            let waiting: Vec<Option<u64>> =
                pads.iter().map(|pad| self.collect(pad, limit)).collect();
            let mut known = pads.iter().zip(&waiting);
            if !known.all(|(pad, waiting)| waiting.is_some() || pad.is_eos()) {
                return Step::Wait;
            }
            let first = waiting.iter().flatten().min();
            match (next, first) {
                (None, Some(&first)) => self.state().collector.start_at(first),
                (None, None) => return Step::End,
                (Some(_), None) if !self.state().collector.has_pending() => return Step::End,
                (Some(_), _) => return Step::Packet,
            }
        }
    }

    /// Live: the first packet is the first one due after the start, not one for each interval since running time 0.
    fn choose_first_tick(&self) {
        let undecided = {
            let state = self.state();
            state.playing && !state.live.is_empty() && state.collector.next().is_none()
        };
        if undecided && let Some(now) = self.obj().current_running_time() {
            self.state().collector.start_at(now.nseconds());
        }
    }

    /// Live: whether every camera has delivered all that belongs to the next packet.
    fn is_complete(&self, pads: &[super::FrameMuxPad]) -> bool {
        pads.iter()
            .all(|pad| pad.is_eos() || self.state().collector.is_covered(pad.imp().index()))
    }

    /// Live: UTC of running time 0, by the clock when it is first asked for.
    fn utc_base(&self) -> Timestamp {
        if let Some(base) = self.state().utc_base {
            return base;
        }
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| {
                i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
            });
        let now = Timestamp::from_nanos(now);
        let Some(running) = self.obj().current_running_time() else {
            return now;
        };
        let running = i64::try_from(running.nseconds()).unwrap_or(i64::MAX);
        let base = now.saturating_sub(running);
        self.state().utc_base = Some(base);
        base
    }

    /// Makes and pushes the next packet.
    fn push_packet(
        &self,
        pads: &[super::FrameMuxPad],
        live: bool,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        let settings = self.settings().clone();
        let base = if live {
            self.utc_base()
        } else {
            settings.start_time().unwrap_or_default()
        };
        let cameras: BTreeMap<u32, Arc<str>> = pads
            .iter()
            .map(|pad| (pad.imp().index(), pad.imp().camera()))
            .collect();
        let cut = self.state().collector.cut(
            settings.max_age,
            settings.silence_timeout,
            |index, time, picture| {
                // In files, time is that of the recording, wherever playing began.
                let time_of_base = picture.stream_time.filter(|_| !live).unwrap_or(time);
                let camera = cameras.get(&index).cloned().unwrap_or_default();
                picture.finished(camera, index, time, capture::after(base, time_of_base))
            },
        );
        let Some(Cut {
            time,
            contents,
            changes,
        }) = cut
        else {
            return Err(gst_base::AGGREGATOR_FLOW_NEED_DATA);
        };
        for (camera, presence) in changes
            .into_iter()
            .filter_map(|(index, presence)| Some((cameras.get(&index)?, presence)))
        {
            self.announce(camera, presence, time);
        }
        let slots = contents
            .into_iter()
            .filter_map(|(index, content)| Some(slot(cameras.get(&index)?, index, content)))
            .collect();
        let mut buffer = gst::Buffer::new();
        let pts = gst::ClockTime::from_nseconds(time);
        let duration = gst::ClockTime::from_nseconds(self.state().collector.interval());
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(pts);
            buffer.set_duration(duration);
            Packet { slots }.attach(buffer);
        }
        gst::log!(CAT, imp = self, "packet at {pts}");
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
            gst::debug!(CAT, imp = self, "nobody hears about camera {camera}");
        }
    }

    /// Posts what the cameras gave cause to complain about.
    fn post_complaints(&self, pads: &[super::FrameMuxPad]) {
        let complaints = std::mem::take(&mut self.state().complaints);
        for (index, complaint) in complaints {
            let Some(pad) = pads.iter().find(|pad| pad.imp().index() == index) else {
                continue;
            };
            self.post_complaint(&pad.name(), &pad.imp().camera(), complaint);
        }
    }

    fn post_complaint(&self, pad: &str, camera: &str, complaint: Complaint) {
        match complaint {
            Complaint::Caps => gst::element_imp_warning!(
                self,
                gst::StreamError::Format,
                [
                    "Camera {camera} ({pad}) has caps that are no picture format: its frames are dropped until the caps \
                     change. Put videoconvert before the pad."
                ]
            ),
            Complaint::Untimed => gst::element_imp_warning!(
                self,
                gst::StreamError::Failed,
                [
                    "Camera {camera} ({pad}) sends frames without a time: they are dropped. Set do-timestamp=true at its \
                     source, or format=time if it is an appsrc."
                ]
            ),
            Complaint::Broken { size, expected } => {
                let expected = expected.map_or_else(
                    || "known caps first".to_owned(),
                    |expected| format!("{expected} bytes"),
                );
                gst::element_imp_warning!(
                    self,
                    gst::StreamError::Decode,
                    [
                        "Camera {camera} ({pad}) sent a frame of {size} bytes that should have {expected}: such frames \
                         are dropped, the other cameras go on. Check its decoder and caps."
                    ]
                );
            }
            Complaint::Late { by } => gst::element_imp_warning!(
                self,
                gst::StreamError::Failed,
                [
                    "A frame of camera {camera} ({pad}) came after its packet was made, its time lies {} ms before: such \
                     frames are dropped. Live: raise the property latency by at least that much; files: the timestamps \
                     of the stream run backwards, or its pad came late (see the property cameras).",
                    by / 1_000_000
                ]
            ),
        }
    }

    /// What became of the frames of `pad`.
    pub(super) fn pad_stats(&self, pad: &FrameMuxPad) -> gst::Structure {
        let camera = pad.camera();
        let index = pad.index();
        let state = self.state();
        let counters = state.collector.counters(index);
        gst::Structure::builder("roundhouse-camera-stats")
            .field("camera", &*camera)
            .field("source", index)
            .field("frames", counters.frames)
            .field("fresh", counters.fresh)
            .field("cached", counters.cached)
            .field("missing", counters.missing)
            .field("superseded", counters.superseded)
            .field("late", counters.late)
            .field("repeated", counters.repeated)
            .field("untimed", counters.untimed)
            .field("clipped", counters.clipped)
            .field("broken", counters.broken)
            .field("flushed", counters.flushed)
            .field("silent", state.collector.is_silent(index))
            .build()
    }

    /// Notes what the sources of camera `index` say.
    fn note_liveness(&self, index: u32, live: bool) {
        let mut state = self.state();
        if live {
            state.live.insert(index);
        } else {
            state.live.remove(&index);
        }
    }

    /// Forgets the frames of camera `index`.
    pub(super) fn flush_pad(&self, index: u32) {
        self.state().collector.flush(index);
    }

    fn stats(&self) -> gst::Structure {
        let pads = self.pads();
        let cameras = pads
            .iter()
            .map(|pad| self.pad_stats(pad.imp()).to_send_value());
        let cameras = gst::Array::from_values(cameras);
        gst::Structure::builder("roundhouse-framemux-stats")
            .field("packets", self.state().collector.packets())
            .field("cameras", cameras)
            .build()
    }

    /// Packets count running time from 0, whatever the segments of the cameras.
    fn reset_segment(&self) {
        let segment = gst::FormattedSegment::<gst::ClockTime>::new();
        self.obj().update_segment(&segment);
    }

    /// Lets frames pass that waited for the other cameras' pads, if enough are there.
    fn open_gates(&self) {
        let pads = self.pads();
        if pads.len() >= self.settings().cameras as usize {
            for pad in pads {
                pad.imp().set_gate(None);
            }
        }
    }

    /// Holds the frames of `pad` until there are as many pads as the property `cameras` says, unless they are live.
    fn close_gate(&self, pad: &super::FrameMuxPad) {
        if self.pads().len() + 1 >= self.settings().cameras as usize {
            return;
        }
        let mask = gst::PadProbeType::BLOCK | gst::PadProbeType::BUFFER;
        let gate = pad.add_probe(mask, |pad, _| {
            if meta::input_is_live(pad.upcast_ref()) == Some(true) {
                gst::PadProbeReturn::Remove
            } else {
                gst::PadProbeReturn::Ok
            }
        });
        pad.imp().set_gate(gate);
    }
}

impl Picture {
    /// Makes the buffer a frame of `camera`; its time is `time` on the packets' time line.
    fn finished(mut self, camera: Arc<str>, source: u32, time: u64, capture: Timestamp) -> Self {
        let buffer = self.buffer.make_mut();
        buffer.set_pts(gst::ClockTime::from_nseconds(time));
        buffer.set_dts(gst::ClockTime::NONE);
        let (width, height) = (self.format.width(), self.format.height());
        if let Some(info) = FrameInfo::of_mut(buffer) {
            // Somebody has looked at it before it came here: only what he could not know is set.
            info.camera = camera;
            info.source = source;
            if (info.width, info.height) == (0, 0) {
                (info.width, info.height) = (width, height);
            }
        } else {
            let capture = capture::reference_time(buffer).unwrap_or(capture);
            let mut info = FrameInfo::new(camera, source, capture);
            info.sequence = self.sequence;
            (info.width, info.height) = (width, height);
            info.attach(buffer);
        }
        self
    }
}

/// A camera's place in a packet.
fn slot(camera: &Arc<str>, source: u32, content: Content<Picture>) -> Slot {
    let (status, picture) = match content {
        Content::Fresh(picture) => (SlotStatus::Fresh, Some(picture)),
        Content::Cached { frame, age } => (SlotStatus::Cached { age }, Some(frame)),
        Content::Missing => (SlotStatus::Missing, None),
    };
    let (frame, video_info) = picture
        .map(|picture| (picture.buffer, picture.format))
        .unzip();
    Slot {
        camera: Arc::clone(camera),
        source,
        status,
        frame,
        video_info,
    }
}

#[glib::object_subclass]
impl ObjectSubclass for FrameMux {
    const NAME: &'static str = "RoundhouseFrameMux";
    type Type = super::FrameMux;
    type ParentType = gst_base::Aggregator;
    type Interfaces = (gst::ChildProxy,);

    fn new() -> Self {
        let settings = Settings::default();
        let state = State {
            collector: Collector::new(settings.interval),
            utc_base: None,
            playing: false,
            live: BTreeSet::new(),
            complaints: Vec::new(),
            complained: HashSet::new(),
        };
        Self {
            settings: Mutex::new(settings),
            state: Mutex::new(state),
        }
    }
}

impl ObjectImpl for FrameMux {
    fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
            let defaults = Settings::default();
            vec![
                glib::ParamSpecUInt64::builder("interval")
                    .nick("Interval")
                    .blurb("Time from packet to packet, ns. Packets lie at its whole multiples in running time")
                    .minimum(MIN_INTERVAL)
                    .maximum(MAX_INTERVAL)
                    .default_value(defaults.interval)
                    .mutable_ready()
                    .build(),
                glib::ParamSpecUInt64::builder("max-age")
                    .nick("Maximum age")
                    .blurb("A frame that is older is not shown again: the camera is missing from the packet, ns")
                    .default_value(defaults.max_age)
                    .mutable_playing()
                    .build(),
                glib::ParamSpecUInt64::builder("silence-timeout")
                    .nick("Silence time-out")
                    .blurb("A camera without a frame for longer is called silent in a message on the bus, ns")
                    .default_value(defaults.silence_timeout)
                    .mutable_playing()
                    .build(),
                glib::ParamSpecString::builder("start-time")
                    .nick("Start time")
                    .blurb("UTC of stream time 0 as RFC 3339; not used in a live pipeline, which has the clock's")
                    .default_value(Some(defaults.start_time.as_str()))
                    .mutable_ready()
                    .build(),
                glib::ParamSpecUInt::builder("cameras")
                    .nick("Cameras")
                    .blurb(
                        "Number of pads to wait for before the first packet; not used in a live pipeline. 0: those that \
                         are there. For sources whose pads come late, such as uridecodebin",
                    )
                    .default_value(defaults.cameras)
                    .mutable_ready()
                    .build(),
                glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
                    .nick("Statistics")
                    .blurb("packets, and cameras: an array of the stats of all pads. Counts only grow")
                    .read_only()
                    .build(),
            ]
        });
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        // The type has been checked by the property's spec.
        let mut settings = self.settings();
        match pspec.name() {
            "interval" => settings.interval = value.get().unwrap_or(settings.interval),
            "max-age" => settings.max_age = value.get().unwrap_or(settings.max_age),
            "silence-timeout" => {
                settings.silence_timeout = value.get().unwrap_or(settings.silence_timeout);
            }
            "start-time" => {
                let text = value.get::<Option<String>>().ok().flatten();
                settings.start_time = text.unwrap_or_else(|| Settings::default().start_time);
            }
            "cameras" => settings.cameras = value.get().unwrap_or(settings.cameras),
            _ => {}
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "interval" => self.settings().interval.to_value(),
            "max-age" => self.settings().max_age.to_value(),
            "silence-timeout" => self.settings().silence_timeout.to_value(),
            "start-time" => self.settings().start_time.to_value(),
            "cameras" => self.settings().cameras.to_value(),
            "stats" => self.stats().to_value(),
            _ => pspec.default_value().clone(),
        }
    }
}

impl GstObjectImpl for FrameMux {}

impl ElementImpl for FrameMux {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Roundhouse image aggregator",
                "Muxer/Video",
                "Makes one packet of the frames of all cameras at every interval. Each camera is fresh, cached or \
                 missing in it. A live pipeline never waits for a dead camera; a pipeline of files is exact and complete",
                "The Roundhouse developers",
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
        self.open_gates();
        Some(pad)
    }

    fn release_pad(&self, pad: &gst::Pad) {
        let name = pad.name();
        let index = pad
            .downcast_ref::<super::FrameMuxPad>()
            .map(|pad| pad.imp().index());
        self.parent_release_pad(pad);
        if let Some(index) = index {
            let mut state = self.state();
            state.collector.remove(index);
            state.live.remove(&index);
            state.complained.retain(|(of, _)| *of != index);
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
        if let Err(message) = settings.start_time() {
            return Err(gst::error_msg!(gst::ResourceError::Settings, ["{message}"]));
        }
        Self::check_names(&self.pads())?;
        {
            let mut state = self.state();
            state.collector.restart(settings.interval);
            state.utc_base = None;
            state.complaints.clear();
            state.complained.clear();
        }
        // A frame may have to wait one interval for its packet, and that long we wait for it.
        let interval = gst::ClockTime::from_nseconds(settings.interval);
        self.obj().set_latency(interval, None);
        self.reset_segment();
        Ok(())
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        self.state().collector.flush_all();
        Ok(())
    }

    fn flush(&self) -> Result<gst::FlowSuccess, gst::FlowError> {
        self.state().collector.flush_all();
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
            self.close_gate(pad);
            pad.add_probe(
                gst::PadProbeType::QUERY_UPSTREAM | gst::PadProbeType::PULL,
                |pad, info| {
                    if let Some(query) = info.query_mut() {
                        answer_latency(pad, query);
                    }
                    gst::PadProbeReturn::Ok
                },
            );
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
        if let (gst::EventView::Caps(caps), Some(pad)) =
            (event.view(), pad.downcast_ref::<super::FrameMuxPad>())
        {
            gst::debug!(CAT, obj = pad, "caps {:?}", caps.caps());
            if !pad.imp().set_caps(caps.caps()) {
                self.state().complain(pad.imp().index(), Complaint::Caps);
            }
            return true;
        }
        self.parent_sink_event(pad, event)
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
        let timed = {
            let state = self.state();
            state.playing && !state.live.is_empty()
        };
        if !timed {
            return None;
        }
        let pads = self.pads();
        // At once, so that no live source is ever held back by a full queue.
        for pad in &pads {
            self.collect(pad, u64::MAX);
        }
        self.choose_first_tick();
        // All there: at once.
        if self.is_complete(&pads) {
            return Some(gst::ClockTime::ZERO);
        }
        let next = self.state().collector.next()?;
        Some(gst::ClockTime::from_nseconds(next))
    }

    fn aggregate(&self, timeout: bool) -> Result<gst::FlowSuccess, gst::FlowError> {
        let pads = self.pads();
        if let Err(message) = Self::check_names(&pads) {
            self.post_error_message(message);
            return Err(gst::FlowError::Error);
        }
        let live = self.obj().latency().is_some();
        let step = if live {
            self.step_live(&pads, timeout)
        } else {
            self.step_files(&pads)
        };
        self.post_complaints(&pads);
        match step {
            Step::Wait => Err(gst_base::AGGREGATOR_FLOW_NEED_DATA),
            Step::Packet => self.push_packet(&pads, live),
            Step::End => Err(gst::FlowError::Eos),
        }
    }
}

/// Corrects what upstream of `pad` answered to a latency query.
///
/// A file behind `clocksync` is paced, but not live. And a live source that cannot wait need not: its frames are taken
/// at once and wait here, so the latency of the slowest camera is no reason for the pipeline to refuse a fast one.
fn answer_latency(pad: &super::FrameMuxPad, query: &mut gst::QueryRef) {
    let gst::QueryViewMut::Latency(latency) = query.view_mut() else {
        return;
    };
    let (live, min, _) = latency.result();
    let live = live && meta::input_is_live(pad.upcast_ref()) != Some(false);
    let min = if live { min } else { gst::ClockTime::ZERO };
    latency.set(live, min, gst::ClockTime::NONE);
    if let Some(mux) = pad.parent().and_downcast::<super::FrameMux>() {
        mux.imp().note_liveness(pad.imp().index(), live);
    }
}
