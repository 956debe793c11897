// SPDX-License-Identifier: MIT OR Apache-2.0
//! Implementation of `camerasrc`: translates between `GStreamer` and the supervisor.
//!
//! Threads: the base class's thread waits in [`Receiver::wait`] and pushes pictures and gaps; the supervisor's thread makes and
//! replaces connections; the threads of a connection's hidden pipeline call [`Receiver::take`]. No lock is held while
//! something is pushed, posted or notified.
//!
//! [`Receiver::wait`]: super::receiver::Receiver::wait
//! [`Receiver::take`]: super::receiver::Receiver::take

use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use gst::glib;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::base_src::CreateSuccess;
use gst_base::subclass::prelude::*;
use kit::lock;
use messages::Timestamp;
use meta::FrameInfo;

use super::announce;
use super::event::Event;
use super::fault::Fault;
use super::handover::Taken;
use super::log::CAT;
use super::playback::{Next, Picture as Recorded, Playback, Recording};
use super::properties::PROPERTIES;
use super::receiver::PlayingTime;
use super::stats;
use super::status::Status;
use super::supervisor::{Report, Shared, Supervisor};

/// The element's state.
#[derive(Default)]
pub struct CameraSrc {
    shared: Arc<Shared>,
    supervisor: Mutex<Option<Supervisor>>,
    /// The recording that is played instead of a camera.
    playback: Mutex<Option<Playback>>,
    /// Since when the camera has had the health that was told last.
    told: Mutex<Option<Timestamp>>,
}

#[glib::object_subclass]
impl ObjectSubclass for CameraSrc {
    const NAME: &'static str = "RoundhouseCameraSrc";
    type Type = super::CameraSrc;
    type ParentType = gst_base::PushSrc;
}

impl ObjectImpl for CameraSrc {
    fn constructed(&self) {
        self.parent_constructed();
        let element = self.obj();
        element.set_live(true);
        element.set_format(gst::Format::Time);
    }

    fn properties() -> &'static [glib::ParamSpec] {
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        lock(&self.shared.settings).set(pspec.name(), value);
        if pspec.name() == "uri" && self.obj().current_state() <= gst::State::Ready {
            self.decide_liveness();
        }
        // The value may be a secret.
        gst::info!(CAT, imp = self, "{} was set", pspec.name());
        self.tell(Event::Configured);
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "status" => lock(&self.shared.report).status.to_value(),
            "stats" => {
                let report = lock(&self.shared.report).clone();
                stats::structure(&report, &self.shared.receiver, &self.shared.recorded).to_value()
            }
            name => lock(&self.shared.settings).get(name),
        }
    }
}

impl GstObjectImpl for CameraSrc {}

impl ElementImpl for CameraSrc {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Camera source",
                "Source/Network/Video",
                "Reads one camera and neither fails nor ends when the camera does: reconnects for as long as it runs, detects \
                 silence and frozen pictures, reports the state of the camera, and outputs raw video of one format on one \
                 timeline",
                env!("CARGO_PKG_AUTHORS"),
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let mut caps = gst::Caps::new_empty_simple("video/x-raw");
            caps.make_mut().append_structure_full(
                gst::Structure::new_empty("video/x-raw"),
                Some(gst::CapsFeatures::new(["memory:NVMM"])),
            );
            gst::PadTemplate::new(
                "src",
                gst::PadDirection::Src,
                gst::PadPresence::Always,
                &caps,
            )
            .into_iter()
            .collect()
        });
        &TEMPLATES
    }

    fn change_state(
        &self,
        transition: gst::StateChange,
    ) -> Result<gst::StateChangeSuccess, gst::StateChangeError> {
        if transition == gst::StateChange::PlayingToPaused {
            // All cameras of a pipeline let go at the same time.
            self.tell(Event::Pause);
        }
        if transition == gst::StateChange::ReadyToPaused {
            self.decide_liveness();
        }
        let success = self.parent_change_state(transition)?;
        if transition == gst::StateChange::PausedToPlaying
            && let (Some(clock), Some(base)) = (self.obj().clock(), self.obj().base_time())
        {
            let utc_base = kit::clock::utc_base(&*self.obj());
            self.tell(Event::Play(PlayingTime {
                clock,
                base,
                utc_base,
            }));
        }
        Ok(success)
    }
}

impl BaseSrcImpl for CameraSrc {
    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let settings = lock(&self.shared.settings).clone();
        if Recording::is_meant(&settings.uri) {
            let playback = Recording::parse(&settings.uri)
                .and_then(|recording| Playback::open(recording, settings.decoder))
                .map_err(|reason| {
                    gst::error_msg!(gst::ResourceError::NotFound, ("The address {reason}"))
                })?;
            self.shared.receiver.reset();
            *lock(&self.playback) = Some(playback);
            return Ok(());
        }
        self.shared.receiver.reset();
        *lock(&self.told) = None;
        *lock(&self.shared.report) = Report::default();
        let supervisor = Supervisor::start(&self.obj(), &self.shared).map_err(|error| {
            gst::error_msg!(
                gst::ResourceError::Failed,
                ["The supervisor's thread cannot be started: {error}"]
            )
        })?;
        *lock(&self.supervisor) = Some(supervisor);
        Ok(())
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        let supervisor = lock(&self.supervisor).take();
        if let Some(supervisor) = supervisor {
            supervisor.stop();
        }
        *lock(&self.playback) = None;
        Ok(())
    }

    fn is_seekable(&self) -> bool {
        false
    }

    /// There is nothing to negotiate before the first picture, which brings its caps.
    fn negotiate(&self) -> Result<(), gst::LoggableError> {
        Ok(())
    }

    fn unlock(&self) -> Result<(), gst::ErrorMessage> {
        self.shared.receiver.set_flushing(true);
        Ok(())
    }

    fn unlock_stop(&self) -> Result<(), gst::ErrorMessage> {
        self.shared.receiver.set_flushing(false);
        Ok(())
    }

    fn query(&self, query: &mut gst::QueryRef) -> bool {
        if let gst::QueryViewMut::Latency(latency) = query.view_mut()
            && self.obj().is_live()
        {
            let minimum = self.shared.latency.load(Ordering::SeqCst);
            latency.set(
                true,
                gst::ClockTime::from_nseconds(minimum),
                gst::ClockTime::NONE,
            );
            return true;
        }
        BaseSrcImplExt::parent_query(self, query)
    }
}

impl PushSrcImpl for CameraSrc {
    fn create(
        &self,
        _buffer: Option<&mut gst::BufferRef>,
    ) -> Result<CreateSuccess, gst::FlowError> {
        if !self.obj().is_live() {
            return self.play();
        }
        loop {
            self.push_health();
            let delivers = self.shared.delivers();
            match self.shared.receiver.wait(delivers) {
                Taken::Item(picture) => {
                    self.set_format(&picture.caps)?;
                    self.shared.receiver.count_out();
                    gst::log!(CAT, imp = self, "picture at {:?}", picture.buffer.pts());
                    return Ok(CreateSuccess::NewBuffer(picture.buffer));
                }
                Taken::Nothing if self.can_tell_gaps() => {
                    if let Some((start, length)) = self.shared.receiver.gap(self.shared.delivers())
                    {
                        self.push_gap(start, length);
                    }
                }
                Taken::Nothing => (),
                Taken::Flushing => return Err(gst::FlowError::Flushing),
            }
        }
    }
}

impl CameraSrc {
    /// A camera is live, a recording is not.
    fn decide_liveness(&self) {
        let is_recording = Recording::is_meant(&lock(&self.shared.settings).uri);
        self.obj().set_live(!is_recording);
    }

    /// The next picture of the recording.
    fn play(&self) -> Result<CreateSuccess, gst::FlowError> {
        while !self.shared.receiver.is_flushing() {
            let next = lock(&self.playback)
                .as_mut()
                .map_or(Next::End, Playback::next);
            match next {
                Next::Picture(picture) => {
                    if let Some(segment) = &picture.segment {
                        self.obj()
                            .new_segment(segment.upcast_ref())
                            .map_err(|_| gst::FlowError::Error)?;
                    }
                    if !self.shows_the_hall(&picture) {
                        continue;
                    }
                    self.set_format(&picture.caps)?;
                    let mut buffer = picture.buffer;
                    let camera = lock(&self.shared.settings).camera.clone();
                    if !camera.is_empty() {
                        FrameInfo::new(camera, 0, picture.time).attach(buffer.make_mut());
                    }
                    return Ok(CreateSuccess::NewBuffer(buffer));
                }
                Next::Unreadable(reason) => gst::element_imp_warning!(
                    self,
                    gst::ResourceError::Read,
                    ["A file of the recording is left out: {reason}"]
                ),
                Next::Nothing => (),
                Next::End => return Err(gst::FlowError::Eos),
            }
        }
        Err(gst::FlowError::Flushing)
    }

    /// Whether a recorded picture may be used; says what is new.
    fn shows_the_hall(&self, picture: &Recorded) -> bool {
        let settings = lock(&self.shared.settings).clone();
        let inspected = self.shared.receiver.inspect_recorded(picture, &settings);
        let camera = settings.name(&self.obj());
        if let Some(mistake) = &inspected.mistake {
            announce::no_reference(&self.obj(), &camera, mistake);
        }
        if let Some(condition) = inspected.news {
            let fault = Fault::of(condition);
            announce::status(&self.obj(), &camera, Status::of(condition), fault.as_ref());
        }
        inspected.is_scan
    }

    /// Sets the caps of the pad, if they are others than before.
    fn set_format(&self, caps: &gst::Caps) -> Result<(), gst::FlowError> {
        let pad = self.obj().src_pad().clone();
        if pad.current_caps().as_ref() == Some(caps) {
            return Ok(());
        }
        gst::info!(CAT, imp = self, "format {caps}");
        self.obj()
            .set_caps(caps)
            .map_err(|_| gst::FlowError::NotNegotiated)
    }

    /// Whether a gap can be told: only after caps. A first attempt that may still bring them is waited for; then what follows is
    /// given caps that it takes.
    fn can_tell_gaps(&self) -> bool {
        let pad = self.obj().src_pad().clone();
        if pad.has_current_caps() {
            return true;
        }
        if lock(&self.shared.report).status == Status::Connecting {
            return false;
        }
        placeholder(&pad.peer_query_caps(Some(&pad.pad_template_caps())))
            .is_some_and(|caps| self.set_format(&caps).is_ok())
    }

    /// Tells what follows how the camera is, if that is new. Behind the first picture or gap: streams begin with their formats.
    fn push_health(&self) {
        let pad = self.obj().src_pad().clone();
        if pad.sticky_event::<gst::event::Segment>(0).is_none() {
            return;
        }
        let Some(since) = lock(&self.shared.report).since else {
            return;
        };
        if lock(&self.told).replace(since) == Some(since) {
            return;
        }
        let camera = lock(&self.shared.settings).name(&self.obj());
        let health = lock(&self.shared.report).health(&camera);
        // Refused by an element that is being flushed; it stays on the pad all the same.
        pad.push_event(meta::health_event(0, &health, since));
    }

    /// Tells what follows that there are no pictures, so that an aggregator does not wait for them.
    fn push_gap(&self, start: Duration, length: Duration) {
        let pad = self.obj().src_pad().clone();
        if pad.sticky_event::<gst::event::Segment>(0).is_none() {
            let segment = gst::FormattedSegment::<gst::ClockTime>::new();
            pad.push_event(gst::event::Segment::new(&segment));
        }
        let time = |time: Duration| gst::ClockTime::from_nseconds(time.as_nanos() as u64);
        gst::log!(CAT, imp = self, "no pictures from {start:?} for {length:?}");
        pad.push_event(
            gst::event::Gap::builder(time(start))
                .duration(time(length))
                .build(),
        );
    }

    /// Tells the supervisor, if there is one.
    fn tell(&self, event: Event) {
        if let Some(supervisor) = &*lock(&self.supervisor) {
            supervisor.tell(event);
        }
    }
}

/// Caps that what follows takes, for a camera of which nothing is known yet; `None` if it takes none.
fn placeholder(taken: &gst::Caps) -> Option<gst::Caps> {
    let mut caps = taken.clone();
    caps.truncate();
    let structure = caps.make_mut().structure_mut(0)?;
    let set = |structure: &mut gst::StructureRef, name: &str, value: i32| {
        if structure.has_field(name) {
            structure.fixate_field_nearest_int(name, value);
        } else {
            structure.set(name, value);
        }
    };
    set(structure, "width", 960);
    set(structure, "height", 540);
    if !structure.has_field("format") {
        structure.set("format", "I420");
    }
    structure.set("framerate", gst::Fraction::new(0, 1));
    caps.fixate();
    Some(caps)
}
