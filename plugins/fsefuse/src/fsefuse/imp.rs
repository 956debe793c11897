// SPDX-License-Identifier: MIT OR Apache-2.0
//! Implementation of `fsefuse`.
//!
//! The sink pads' threads read buffers and hand what they find to the [`Inbox`]; one task on the source pad takes it from
//! there, feeds the fusion and pushes the states. Locks, in this order: `settings`, `feed`, the inbox's own. None is held
//! while something is pushed, posted or queried.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use estimation::fse::{Fusion, FusionConfig};
use facility::Facility;
use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use messages::{Data, Event, Timestamp};

use super::inbox::{self, Delivery, Inbox, Refusal, Work};
use super::settings::{PROPERTIES, Settings};
use crate::feed::Feed;
use crate::input::{Found, Input, Unreadable};
use crate::merge::Merging;
use crate::timebase::running_time;

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "fsefuse",
        gst::DebugColorFlags::empty(),
        Some("Facility state fusion"),
    )
});

/// First part of the ids of what is made from files.
const FIRST_EPOCH: u64 = 1;

/// What one run, from READY to READY, works with.
struct Run {
    facility: Arc<Facility>,
    settings: Settings,
    feed: Feed,
    /// First part of the states' ids: 1, or the start time in seconds if the inputs are live.
    epoch: u64,
    live: bool,
    /// UTC of running time 0, if the inputs are not live.
    zero: Option<Timestamp>,
    /// Stream start, caps and segment have been sent.
    announced: bool,
}

/// A sink pad's stream, shared by the pad's functions.
type SharedInput = Arc<Mutex<Input>>;

/// The element's state.
pub struct FseFuse {
    src_pad: gst::Pad,
    settings: Mutex<Settings>,
    run: Mutex<Option<Run>>,
    inbox: Inbox,
    /// The sink pads by the number that orders them.
    pads: Mutex<BTreeMap<u32, gst::Pad>>,
    next_number: AtomicU32,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[glib::object_subclass]
impl ObjectSubclass for FseFuse {
    const NAME: &'static str = "RoundhouseFseFuse";
    type Type = super::FseFuse;
    type ParentType = gst::Element;

    fn with_class(class: &Self::Class) -> Self {
        let templ = class.pad_template("src");
        let src_pad = templ
            .as_ref()
            .map_or_else(
                || gst::Pad::builder(gst::PadDirection::Src),
                gst::Pad::builder_from_template,
            )
            .name("src")
            .activatemode_function(|pad, parent, mode, active| {
                Self::catch_panic_pad_function(
                    parent,
                    || Err(gst::loggable_error!(CAT, "Panic activating the source pad")),
                    |this| this.activate_src(pad, mode, active),
                )
            })
            .event_function(|pad, parent, event| {
                Self::catch_panic_pad_function(parent, || false, |this| this.src_event(pad, event))
            })
            .query_function(|pad, parent, query| {
                Self::catch_panic_pad_function(parent, || false, |this| this.src_query(pad, query))
            })
            .build();
        Self {
            src_pad,
            settings: Mutex::default(),
            run: Mutex::default(),
            inbox: Inbox::default(),
            pads: Mutex::default(),
            next_number: AtomicU32::new(0),
        }
    }
}

impl ObjectImpl for FseFuse {
    fn constructed(&self) {
        self.parent_constructed();
        if let Err(error) = self.obj().add_pad(&self.src_pad) {
            gst::error!(CAT, imp = self, "{error}");
        }
    }

    fn properties() -> &'static [glib::ParamSpec] {
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        lock(&self.settings).set(pspec.name(), value);
        gst::info!(CAT, imp = self, "{} = {value:?}", pspec.name());
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match lock(&self.settings).get(pspec.name()) {
            Some(value) => value,
            None => self.stats().to_value(),
        }
    }
}

impl GstObjectImpl for FseFuse {}

impl ElementImpl for FseFuse {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Facility state fusion",
                "Filter/Analyzer/Video",
                "Fuses the reports of any number of inputs (frames and packets behind locoposition, documents of reportconvert) \
                 into the state of the facility: which locomotive stands where, one JSON document per buffer, at every interval \
                 and on every change. Exact and repeatable on files; never waits for a silent input when live",
                env!("CARGO_PKG_AUTHORS"),
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let mut sink_caps = meta::frame_caps();
            sink_caps.merge(gst::Caps::new_empty_simple(meta::REPORT_CAPS));
            let src_caps = gst::Caps::new_empty_simple(meta::STATE_CAPS);
            [
                gst::PadTemplate::new(
                    "sink_%u",
                    gst::PadDirection::Sink,
                    gst::PadPresence::Request,
                    &sink_caps,
                ),
                gst::PadTemplate::new(
                    "src",
                    gst::PadDirection::Src,
                    gst::PadPresence::Always,
                    &src_caps,
                ),
            ]
            .into_iter()
            .filter_map(Result::ok)
            .collect()
        });
        &TEMPLATES
    }

    fn request_new_pad(
        &self,
        templ: &gst::PadTemplate,
        name: Option<&str>,
        _caps: Option<&gst::Caps>,
    ) -> Option<gst::Pad> {
        // The number orders the inputs; a name that was asked for does not change it.
        let number = self.next_number.fetch_add(1, Ordering::Relaxed);
        let name = name.map_or_else(|| self.free_name(number), str::to_owned);
        let input = SharedInput::default();
        let pad = Self::sink_pad(templ, &name, number, &input);
        self.inbox.add(number);
        lock(&self.pads).insert(number, pad.clone());
        let activated = pad.set_active(true);
        if let Err(error) = activated.and_then(|()| self.obj().add_pad(&pad)) {
            gst::error!(CAT, imp = self, "{error}");
            lock(&self.pads).remove(&number);
            self.inbox.remove(number);
            return None;
        }
        Some(pad)
    }

    fn release_pad(&self, pad: &gst::Pad) {
        let number = {
            let mut pads = lock(&self.pads);
            let number = pads
                .iter()
                .find(|(_, known)| *known == pad)
                .map(|(number, _)| *number);
            number.inspect(|number| {
                pads.remove(number);
            })
        };
        let Some(number) = number else {
            return;
        };
        self.inbox.remove(number);
        // Fails only if the pad is gone already, which is what is wanted.
        let _ = pad.set_active(false);
        let _ = self.obj().remove_pad(pad);
    }

    fn change_state(
        &self,
        transition: gst::StateChange,
    ) -> Result<gst::StateChangeSuccess, gst::StateChangeError> {
        match transition {
            gst::StateChange::ReadyToPaused => self.start().map_err(|message| {
                self.post_error_message(message);
                gst::StateChangeError
            })?,
            gst::StateChange::PausedToPlaying => {
                self.decide_if_live();
                self.inbox.set_clock(self.obj().clock());
            }
            gst::StateChange::PlayingToPaused => self.inbox.set_clock(None),
            gst::StateChange::PausedToReady => self.inbox.stop(),
            _ => (),
        }
        let success = self.parent_change_state(transition)?;
        if transition == gst::StateChange::PausedToReady {
            *lock(&self.run) = None;
        }
        Ok(success)
    }
}

impl FseFuse {
    /// A sink pad's name that is not taken, `sink_<number>` if possible.
    fn free_name(&self, number: u32) -> String {
        let mut names = (number..).map(|number| format!("sink_{number}"));
        names
            .find(|name| self.obj().static_pad(name).is_none())
            .unwrap_or_default()
    }

    fn sink_pad(
        templ: &gst::PadTemplate,
        name: &str,
        number: u32,
        input: &SharedInput,
    ) -> gst::Pad {
        let (chain_input, event_input) = (input.clone(), input.clone());
        gst::Pad::builder_from_template(templ)
            .name(name)
            .chain_function(move |pad, parent, buffer| {
                Self::catch_panic_pad_function(
                    parent,
                    || Err(gst::FlowError::Error),
                    |this| this.chain(pad, number, &chain_input, &buffer),
                )
            })
            .event_function(move |pad, parent, event| {
                Self::catch_panic_pad_function(
                    parent,
                    || false,
                    |this| this.sink_event(pad, number, &event_input, event),
                )
            })
            .build()
    }

    /// Reads the facility, opens the record.
    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let settings = lock(&self.settings).clone();
        let Some(path) = &settings.facility else {
            return Err(gst::error_msg!(
                gst::ResourceError::NotFound,
                ("Property 'facility' is not set; set it to the path of facility.toml")
            ));
        };
        if settings.flow.is_empty() {
            return Err(gst::error_msg!(
                gst::ResourceError::Settings,
                ("Property 'flow' is empty; give the flow a name, such as prod")
            ));
        }
        let facility = Facility::load(path)
            .map_err(|errors| gst::error_msg!(gst::ResourceError::Settings, ("{errors}")))?;
        let facility = Arc::new(facility);
        let fusion = fusion(&facility, &settings, FIRST_EPOCH);
        let mut feed = Feed::new(fusion, &facility.name, &settings.flow, FIRST_EPOCH);
        if let Some(path) = &settings.record {
            feed.record(path).map_err(|error| {
                gst::error_msg!(
                    gst::ResourceError::OpenWrite,
                    (
                        "Property 'record': cannot create {}: {error}",
                        path.display()
                    )
                )
            })?;
        }
        self.inbox
            .start(i64::try_from(settings.interval).unwrap_or(i64::MAX));
        *lock(&self.run) = Some(Run {
            facility,
            feed,
            settings,
            epoch: FIRST_EPOCH,
            live: false,
            zero: None,
            announced: false,
        });
        Ok(())
    }

    // ------------------------------------------------------------------ sink pads

    fn chain(
        &self,
        pad: &gst::Pad,
        number: u32,
        input: &SharedInput,
        buffer: &gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        if self.inbox.merging().is_none() {
            self.decide();
        }
        let (found, zero) = {
            let mut input = lock(input);
            (input.read(buffer), input.zero())
        };
        match found {
            Ok(found) => self.deliver(pad, number, found, zero),
            Err(Unreadable::NoCaps) => Err(gst::FlowError::NotNegotiated),
            Err(Unreadable::Batch(problem)) => {
                gst::element_imp_error!(
                    self,
                    gst::StreamError::Format,
                    ("Pad {}: {problem}", pad.name())
                );
                Err(gst::FlowError::Error)
            }
        }
    }

    /// Hands over what a pad brought.
    fn deliver(
        &self,
        pad: &gst::Pad,
        number: u32,
        found: Found,
        zero: Option<Timestamp>,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        for problem in &found.problems {
            self.refuse(pad, problem);
        }
        let (events, unwanted) = self.wanted(found.events);
        self.inbox.count(|counters| counters.unwanted += unwanted);
        let delivery = Delivery {
            events,
            reached: found.reached,
            zero,
        };
        match self.inbox.accept(number, delivery) {
            Ok(()) => Ok(gst::FlowSuccess::Ok),
            Err(Refusal::Flushing) => Err(gst::FlowError::Flushing),
            Err(Refusal::Downstream(error)) => Err(error),
        }
    }

    /// The events of the flows that are wanted, and how many others there were.
    fn wanted(&self, mut events: Vec<(Timestamp, Event)>) -> (Vec<(Timestamp, Event)>, u64) {
        let all = events.len();
        let settings = lock(&self.settings);
        events.retain(|(_, event)| {
            settings.wants(&event.flow) && !matches!(event.data, Data::State(_))
        });
        let unwanted = (all - events.len()) as u64;
        (events, unwanted)
    }

    /// Counts a refused document and says so: the first, the second, the fourth, the eighth ... time.
    fn refuse(&self, pad: &gst::Pad, problem: &str) {
        self.inbox.count(|counters| counters.bad_documents += 1);
        let refused = self.inbox.counters().bad_documents;
        gst::warning!(CAT, obj = pad, "refused: {problem}");
        if refused.is_power_of_two() {
            gst::element_imp_warning!(
                self,
                gst::StreamError::Decode,
                (
                    "Pad {}: {problem}; refused {refused} so far, the others are used",
                    pad.name()
                )
            );
        }
    }

    fn sink_event(
        &self,
        pad: &gst::Pad,
        number: u32,
        input: &SharedInput,
        event: gst::Event,
    ) -> bool {
        use gst::EventView;
        gst::log!(CAT, obj = pad, "{event:?}");
        match event.view() {
            EventView::Caps(caps) => lock(input).set_caps(caps.caps()),
            EventView::Segment(segment) => lock(input).set_segment(segment.segment()),
            EventView::StreamStart(_) => self.inbox.set_closed(number, false),
            EventView::Gap(gap) => {
                let (reached, zero) = {
                    let input = lock(input);
                    (input.read_gap(gap), input.zero())
                };
                let found = Found {
                    reached,
                    ..Found::default()
                };
                return self.deliver(pad, number, found, zero).is_ok();
            }
            EventView::Eos(_) => {
                let found = lock(input).finish();
                let delivered = self.deliver(pad, number, found, None).is_ok();
                self.inbox.set_closed(number, true);
                return delivered;
            }
            EventView::FlushStart(_) if self.inbox.flush_start(number) => {
                self.begin_seek(event);
            }
            EventView::FlushStop(_) => {
                lock(input).flush();
                if self.inbox.flush_stop(number) {
                    self.end_seek(event);
                }
            }
            // Everything else describes one input and says nothing about the states.
            _ => (),
        }
        true
    }

    // ------------------------------------------------------------------ live or not

    /// Asks all inputs whether they are live; one that is makes the whole element live. The first data decides.
    fn decide(&self) {
        let live = self.is_live();
        gst::info!(
            CAT,
            imp = self,
            "{}",
            if live { "live" } else { "not live" }
        );
        if let Some(run) = lock(&self.run).as_mut() {
            if live && self.inbox.merging().is_none() {
                run.go_live();
            }
            self.inbox
                .decide(if live { Merging::Eager } else { Merging::Exact });
        }
    }

    /// A pipeline of cameras that all are dead plays, too.
    fn decide_if_live(&self) {
        if self.inbox.merging().is_none() && self.is_live() {
            self.decide();
        }
    }

    fn is_live(&self) -> bool {
        let pads: Vec<gst::Pad> = lock(&self.pads).values().cloned().collect();
        pads.iter()
            .any(|pad| meta::input_is_live(pad) == Some(true))
    }

    // ------------------------------------------------------------------ source pad

    fn activate_src(
        &self,
        pad: &gst::Pad,
        mode: gst::PadMode,
        active: bool,
    ) -> Result<(), gst::LoggableError> {
        if mode != gst::PadMode::Push {
            return Err(gst::loggable_error!(CAT, "Only push mode is possible"));
        }
        if active {
            self.start_task().map_err(Into::into)
        } else {
            self.inbox.stop();
            pad.stop_task().map_err(Into::into)
        }
    }

    fn start_task(&self) -> Result<(), glib::BoolError> {
        let element = self.obj().downgrade();
        self.src_pad.start_task(move || {
            if let Some(element) = element.upgrade() {
                element.imp().work();
            }
        })
    }

    /// One turn of the fusing thread.
    fn work(&self) {
        match self.inbox.next() {
            Work::Step(step) => {
                let states = self.take(step);
                self.push_states(states);
            }
            Work::Finish => {
                let states = lock(&self.run).as_mut().map(|run| run.feed.finish());
                self.push_states(states.unwrap_or_default());
                self.announce();
                gst::debug!(CAT, imp = self, "end of all inputs");
                self.src_pad.push_event(gst::event::Eos::new());
                self.inbox.set_downstream(gst::FlowError::Eos);
            }
            // Fails only if the task is gone already.
            Work::Stop => drop(self.src_pad.pause_task()),
        }
    }

    /// Feeds one step to the fusion: the states that are due.
    fn take(&self, step: crate::merge::Step) -> Vec<Event> {
        let taken = match lock(&self.run).as_mut() {
            Some(run) => {
                run.zero = run.zero.or(step.zero).or(Some(step.arrival));
                run.feed.take(step)
            }
            None => Ok(Vec::new()),
        };
        taken.unwrap_or_else(|error| {
            gst::element_imp_error!(
                self,
                gst::ResourceError::Write,
                ("Property 'record': cannot write: {error}")
            );
            self.inbox.set_downstream(gst::FlowError::Error);
            Vec::new()
        })
    }

    fn push_states(&self, states: Vec<Event>) {
        for state in states {
            self.announce();
            let buffer = self.state_buffer(state);
            if let Err(error) = self.src_pad.push(buffer) {
                self.downstream_failed(error);
                return;
            }
            self.inbox.count(|counters| counters.states += 1);
        }
    }

    fn downstream_failed(&self, error: gst::FlowError) {
        gst::debug!(CAT, imp = self, "downstream: {error}");
        if !matches!(error, gst::FlowError::Flushing | gst::FlowError::Eos) {
            gst::element_imp_error!(
                self,
                gst::StreamError::Failed,
                ("States cannot be pushed: {error}"),
                ["The element behind pad src answered {error:?}"]
            );
        }
        self.inbox.set_downstream(error);
    }

    /// Sends what comes before the first buffer.
    fn announce(&self) {
        let stream = match lock(&self.run).as_mut() {
            Some(run) if !run.announced => {
                run.announced = true;
                source(&run.facility, &run.settings)
            }
            _ => return,
        };
        let start = gst::event::StreamStart::builder(&stream)
            .group_id(gst::GroupId::next())
            .build();
        let caps = gst::Caps::new_empty_simple(meta::STATE_CAPS);
        let segment = gst::FormattedSegment::<gst::ClockTime>::new();
        self.src_pad.push_event(start);
        self.src_pad.push_event(gst::event::Caps::new(&caps));
        self.src_pad.push_event(gst::event::Segment::new(&segment));
    }

    fn state_buffer(&self, mut state: Event) -> gst::Buffer {
        let (live, zero) = lock(&self.run)
            .as_ref()
            .map_or((false, None), |run| (run.live, run.zero));
        let pts = if live {
            let now = inbox::now();
            state.recorded = Some(now);
            let zero = self
                .obj()
                .current_running_time()
                .map(|running| now.saturating_sub(running.nseconds() as i64));
            zero.map(|zero| running_time(state.time, zero))
        } else {
            zero.map(|zero| running_time(state.time, zero))
        };
        let mut buffer = gst::Buffer::from_slice(state.to_json() + "\n");
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(pts);
        }
        buffer
    }

    fn src_query(&self, pad: &gst::Pad, query: &mut gst::QueryRef) -> bool {
        if let gst::QueryViewMut::Latency(latency) = query.view_mut() {
            // A state is stamped with the instant it is made at: it waits for nobody.
            let live = match self.inbox.merging() {
                Some(merging) => merging == Merging::Eager,
                None => self.is_live(),
            };
            latency.set(live, gst::ClockTime::ZERO, gst::ClockTime::NONE);
            return true;
        }
        gst::Pad::query_default(pad, Some(&*self.obj()), query)
    }

    fn src_event(&self, pad: &gst::Pad, event: gst::Event) -> bool {
        match event.view() {
            gst::EventView::Seek(seek) if seek.get().1.contains(gst::SeekFlags::FLUSH) => {
                self.seek(&event)
            }
            _ => gst::Pad::event_default(pad, Some(&*self.obj()), event),
        }
    }

    // ------------------------------------------------------------------ flushing seeks

    /// Seeks all inputs. Live inputs cannot be sought.
    fn seek(&self, event: &gst::Event) -> bool {
        if self.inbox.merging() == Some(Merging::Eager) {
            return false;
        }
        let pads = lock(&self.pads).clone();
        self.inbox.expect_flush(pads.keys().copied());
        let mut done = false;
        for (number, pad) in &pads {
            if pad.push_event(event.clone()) {
                done = true;
            } else if self.inbox.expect_no_flush(*number) {
                self.end_seek(
                    gst::event::FlushStop::builder(true)
                        .seqnum(event.seqnum())
                        .build(),
                );
            }
        }
        done
    }

    /// The first input is flushed: nothing from before the seek may come out any more.
    fn begin_seek(&self, flush_start: gst::Event) {
        self.src_pad.push_event(flush_start);
        if let Err(error) = self.src_pad.stop_task() {
            gst::warning!(CAT, imp = self, "{error}");
        }
    }

    /// The last input is flushed: the fusion begins a new history.
    fn end_seek(&self, flush_stop: gst::Event) {
        if let Some(run) = lock(&self.run).as_mut() {
            run.begin_again();
        }
        self.src_pad.push_event(flush_stop);
        if let Err(error) = self.start_task() {
            gst::element_imp_error!(
                self,
                gst::CoreError::Thread,
                ("Cannot go on after a seek: {error}")
            );
        }
    }

    // ------------------------------------------------------------------ statistics

    fn stats(&self) -> gst::Structure {
        let counters = self.inbox.counters();
        let fusion = lock(&self.run)
            .as_ref()
            .map(|run| run.feed.counters())
            .unwrap_or_default();
        gst::Structure::builder("fsefuse-stats")
            .field("steps", counters.steps)
            .field("events", counters.events)
            .field("states", counters.states)
            .field("bad-documents", counters.bad_documents)
            .field("unwanted", counters.unwanted)
            .field("dropped", counters.dropped)
            .field("flushed", counters.flushed)
            .field("scans", fusion.scans)
            .field("late", fusion.late)
            .field("duplicate", fusion.duplicate)
            .field("clock-ahead", fusion.clock_ahead)
            .field("unknown-camera", fusion.unknown_camera)
            .field("unknown-track", fusion.unknown_track)
            .field("bad-end", fusion.bad_end)
            .field("far-place", fusion.far_place)
            .field("expired-readings", fusion.expired_readings)
            .field("unused", fusion.unused)
            .field("gaps", fusion.gaps)
            .build()
    }
}

impl Run {
    /// The inputs are live: ids must not repeat those of an earlier run.
    fn go_live(&mut self) {
        self.live = true;
        self.epoch = u64::try_from(inbox::now().nanos() / 1_000_000_000).unwrap_or(FIRST_EPOCH);
        self.feed.begin_again(
            fusion(&self.facility, &self.settings, self.epoch),
            self.epoch,
        );
    }

    /// A new history, with ids of its own.
    fn begin_again(&mut self) {
        self.epoch += 1;
        self.feed.begin_again(
            fusion(&self.facility, &self.settings, self.epoch),
            self.epoch,
        );
        (self.zero, self.announced) = (None, false);
    }
}

fn fusion(facility: &Arc<Facility>, settings: &Settings, epoch: u64) -> Fusion {
    let config = FusionConfig {
        interval_ns: settings.interval as i64,
        on_change: settings.on_change,
        flow: settings.flow.clone(),
        source: source(facility, settings),
        epoch,
        window: settings.window_seconds(),
        ..FusionConfig::default()
    };
    Fusion::new(facility.clone(), config)
}

/// Who the states come from.
fn source(facility: &Facility, settings: &Settings) -> String {
    format!("/{}/fsefuse/{}", facility.name, settings.flow)
}
