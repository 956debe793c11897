// SPDX-License-Identifier: MIT OR Apache-2.0
//! Implementation of `flowbin`.
//!
//! The stream's thread puts packets into the [`Entry`]; a worker thread per content takes them out and pushes them in; the
//! [`Supervisor`]'s thread makes, restarts and replaces contents. A content that does not let go is left to a thread of its
//! own. No lock is held while something is pushed, posted, queried or changes state.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;

use super::content::{self, Content};
use super::entry::{Entry, Item, stickies};
use super::latency::Latency;
use super::settings::{PROPERTIES, Settings};
use super::supervisor::{Command, Supervisor};
use super::{OnError, Status};

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "flowbin",
        gst::DebugColorFlags::empty(),
        Some("A flow of its own"),
    )
});

/// How long a stop waits for what does not let go.
const PATIENCE: Duration = Duration::from_millis(900);
/// How long a replaced content may finish what it has.
const DRAIN: Duration = Duration::from_secs(2);
/// How long a new content may take to be ready.
const READINESS: gst::ClockTime = gst::ClockTime::from_seconds(60);

#[derive(Default)]
struct Counters {
    out: u64,
    restarts: u64,
    reloads: u64,
    latency: Latency,
    last_error: Option<String>,
    /// Batches of `DeepStream` that could not be taken.
    unreadable: u64,
    /// User metas of batches that cannot be copied.
    lost_metas: u64,
}

/// The element's state.
pub struct FlowBin {
    sink_pad: gst::Pad,
    src_pad: Mutex<Option<gst::Pad>>,
    settings: Mutex<Settings>,
    entry: Arc<Entry>,
    /// What plays.
    current: Mutex<Option<Arc<Content>>>,
    /// What a reload brings up, and the first error in it.
    candidate: Mutex<Option<(Arc<Content>, Option<String>)>>,
    counters: Arc<Mutex<Counters>>,
    supervisor: Mutex<Option<Supervisor>>,
    commands: Mutex<Option<Sender<Command>>>,
    status: Mutex<Status>,
    /// The state that contents are brought to.
    target: Mutex<gst::State>,
    generations: AtomicU64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[glib::object_subclass]
impl ObjectSubclass for FlowBin {
    const NAME: &'static str = "RoundhouseFlowBin";
    type Type = super::FlowBin;
    type ParentType = gst::Bin;

    fn with_class(class: &Self::Class) -> Self {
        let templ = class.pad_template("sink");
        let sink_pad = templ
            .as_ref()
            .map_or_else(
                || gst::Pad::builder(gst::PadDirection::Sink),
                gst::Pad::builder_from_template,
            )
            .name("sink")
            .chain_function(|_, parent, buffer| {
                Self::catch_panic_pad_function(
                    parent,
                    || Ok(gst::FlowSuccess::Ok),
                    |this| this.chain(buffer),
                )
            })
            .event_function(|_, parent, event| {
                Self::catch_panic_pad_function(parent, || false, |this| this.sink_event(event))
            })
            .build();
        Self {
            sink_pad,
            src_pad: Mutex::default(),
            settings: Mutex::default(),
            entry: Arc::new(Entry::new()),
            current: Mutex::default(),
            candidate: Mutex::default(),
            counters: Arc::default(),
            supervisor: Mutex::default(),
            commands: Mutex::default(),
            status: Mutex::default(),
            target: Mutex::new(gst::State::Null),
            generations: AtomicU64::new(0),
        }
    }
}

impl ObjectImpl for FlowBin {
    fn constructed(&self) {
        self.parent_constructed();
        // Whether this bin is an end of the pipeline must not change while contents come and go.
        self.obj()
            .set_suppressed_flags(gst::ElementFlags::SINK | gst::ElementFlags::SOURCE);
        if let Err(error) = self.obj().add_pad(&self.sink_pad) {
            gst::error!(CAT, imp = self, "{error}");
        }
    }

    fn signals() -> &'static [glib::subclass::Signal] {
        static SIGNALS: LazyLock<Vec<glib::subclass::Signal>> = LazyLock::new(|| {
            vec![
                glib::subclass::Signal::builder("reload")
                    .action()
                    .return_type::<bool>()
                    .class_handler(|arguments| {
                        let flow = arguments.first()?.get::<super::FlowBin>().ok()?;
                        Some(flow.imp().tell(Command::Reload).to_value())
                    })
                    .build(),
            ]
        });
        &SIGNALS
    }

    fn properties() -> &'static [glib::ParamSpec] {
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        lock(&self.settings).set(pspec.name(), value);
        gst::info!(CAT, imp = self, "{} = {value:?}", pspec.name());
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        if pspec.name() == "status" {
            return lock(&self.status).to_value();
        }
        let value = lock(&self.settings).get(pspec.name());
        value.unwrap_or_else(|| self.stats().to_value())
    }
}

impl GstObjectImpl for FlowBin {}

impl ElementImpl for FlowBin {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "A flow of its own",
                "Generic/Bin",
                "Plays a pipeline text as one element: errors, panics, stalls and unasked ends inside stay inside, it never holds \
                 back the stream, begins anew after a failure, and takes a new text while everything plays",
                env!("CARGO_PKG_AUTHORS"),
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let any = gst::Caps::new_any();
            [
                gst::PadTemplate::new(
                    "sink",
                    gst::PadDirection::Sink,
                    gst::PadPresence::Always,
                    &any,
                ),
                gst::PadTemplate::new(
                    "src",
                    gst::PadDirection::Src,
                    gst::PadPresence::Sometimes,
                    &any,
                ),
            ]
            .into_iter()
            .filter_map(Result::ok)
            .collect()
        });
        &TEMPLATES
    }

    fn change_state(
        &self,
        transition: gst::StateChange,
    ) -> Result<gst::StateChangeSuccess, gst::StateChangeError> {
        match transition {
            gst::StateChange::NullToReady => self.prepare(gst::State::Ready)?,
            gst::StateChange::ReadyToPaused => self.start()?,
            // A sender that waits for room lets go of the pad before it is closed.
            gst::StateChange::PausedToReady => self.entry.set_flushing(true),
            _ => (),
        }
        let success = self.parent_change_state(transition)?;
        match transition {
            gst::StateChange::ReadyToPaused => self.begin(),
            gst::StateChange::PausedToPlaying => self.follow(gst::State::Playing),
            gst::StateChange::PlayingToPaused => self.follow(gst::State::Paused),
            gst::StateChange::PausedToReady => self.stop(),
            gst::StateChange::ReadyToNull => self.leave(PATIENCE),
            _ => (),
        }
        Ok(success)
    }
}

impl BinImpl for FlowBin {
    fn handle_message(&self, message: gst::Message) {
        match message.view() {
            gst::MessageView::Error(error) if self.settings().on_error != OnError::Forward => {
                let from = message.src().map(gst::Object::name).unwrap_or_default();
                let reason = format!("{from}: {}", error.error().message());
                gst::warning!(CAT, imp = self, "{reason} ({:?})", error.debug());
                self.blame(message.src(), reason);
            }
            gst::MessageView::Eos(_) => self.inner_end(message.src()),
            _ => self.parent_handle_message(message),
        }
    }
}

// ---------------------------------------------------------------------- the stream

impl FlowBin {
    fn chain(&self, buffer: gst::Buffer) -> Result<gst::FlowSuccess, gst::FlowError> {
        let (limit, leaky) = {
            let settings = lock(&self.settings);
            (settings.max_packets as usize, settings.leaky)
        };
        match nvds::isolate(buffer) {
            Ok(own) => {
                lock(&self.counters).lost_metas += own.lost;
                self.entry.push(own.buffer, limit, leaky)
            }
            Err(error) => {
                self.unreadable(&error);
                Ok(gst::FlowSuccess::Ok)
            }
        }
    }

    /// A batch of `DeepStream` is left out; says so the first, the second, the fourth, the eighth ... time.
    fn unreadable(&self, error: &nvds::Error) {
        let count = {
            let mut counters = lock(&self.counters);
            counters.unreadable += 1;
            counters.unreadable
        };
        if count.is_power_of_two() {
            self.failed(&format!("{error}; {count} batches left out so far"));
        }
    }

    fn sink_event(&self, event: gst::Event) -> bool {
        gst::log!(CAT, imp = self, "{event:?}");
        match event.type_() {
            gst::EventType::FlushStart => {
                self.entry.set_flushing(true);
                self.feed_now(event);
                true
            }
            gst::EventType::FlushStop => {
                self.feed_now(event);
                if let Some(content) = self.current() {
                    content.note(|progress| {
                        (progress.end_sent, progress.end_seen) = (false, false);
                        (progress.waiting, progress.pushing) = (None, None);
                    });
                }
                self.entry.set_flushing(false);
                true
            }
            gst::EventType::Eos => {
                let taken = self.entry.push_event(event);
                if self.current().is_none() {
                    self.tell(Command::Ended);
                }
                taken
            }
            _ if event.is_serialized() => self.entry.push_event(event),
            _ => {
                self.feed_now(event);
                true
            }
        }
    }

    /// Past the queue.
    fn feed_now(&self, event: gst::Event) {
        if let Some(content) = self.current() {
            content.entry.push_event(event);
        }
    }

    fn current(&self) -> Option<Arc<Content>> {
        lock(&self.current).clone()
    }

    fn source(&self) -> Option<gst::Pad> {
        lock(&self.src_pad).clone()
    }

    /// A packet comes out of the content of number `generation`. What is behind `flowbin` is not the content's business:
    /// it is never told of an error there.
    fn out(&self, generation: u64, buffer: gst::Buffer) {
        let Some(content) = self.current().filter(|it| it.generation == generation) else {
            return;
        };
        let Some(source) = self.source() else {
            return;
        };
        content.note(|progress| {
            (progress.waiting, progress.held_outside) = (None, true);
        });
        Self::introduce(&content, &source);
        let result = source.push(buffer);
        lock(&self.counters).out += 1;
        content.note(|progress| {
            progress.held_outside = false;
            if let Some(since) = &mut progress.pushing {
                *since = Instant::now();
            }
        });
        gst::trace!(CAT, imp = self, "behind: {result:?}");
    }

    /// Before the first thing that comes out of a content: what its stream is.
    fn introduce(content: &Content, source: &gst::Pad) {
        let was_announced = std::mem::replace(&mut content.progress().announced, true);
        if was_announced {
            return;
        }
        for event in content.exit.iter().flat_map(stickies) {
            source.push_event(event);
        }
    }

    fn out_event(&self, generation: u64, event: gst::Event) -> bool {
        let Some(content) = self.current().filter(|it| it.generation == generation) else {
            // It stays on the pad until the content is the current one.
            return true;
        };
        if event.type_() == gst::EventType::Eos {
            self.exit_end(&content, event);
            return true;
        }
        let Some(source) = self.source() else {
            return true;
        };
        content.note(|progress| progress.waiting = None);
        if event.is_sticky() && !content.progress().announced {
            return true;
        }
        Self::introduce(&content, &source);
        source.push_event(event)
    }

    fn exit_end(&self, content: &Content, event: gst::Event) {
        let (draining, asked) = {
            let progress = content.progress();
            (progress.draining, progress.end_sent)
        };
        content.note(|progress| {
            (progress.end_seen, progress.waiting) = (true, None);
        });
        if draining {
            return;
        }
        if !asked {
            self.fail(content.generation, "ended of itself".to_owned());
            return;
        }
        if let Some(source) = self.source() {
            Self::introduce(content, &source);
            source.push_event(event);
        }
    }

    /// All sinks of a content are at their end.
    fn inner_end(&self, source: Option<&gst::Object>) {
        let Some(content) = self.current() else {
            return;
        };
        if source != Some(content.bin.upcast_ref()) {
            return;
        }
        let (draining, asked) = {
            let progress = content.progress();
            (progress.draining, progress.end_sent)
        };
        content.note(|progress| progress.end_seen = true);
        if asked && !draining {
            self.post_end();
        } else if !asked {
            self.fail(content.generation, "ended of itself".to_owned());
        }
    }

    fn post_end(&self) {
        let end = gst::message::Eos::builder().src(&*self.obj()).build();
        // Without a bus nobody waits for the end.
        let _ = self.obj().post_message(end);
    }

    /// What the content asks of the stream in front of it.
    fn ask_upstream(&self, pad: &gst::Pad, query: &mut gst::QueryRef) -> bool {
        match query.type_() {
            gst::QueryType::Latency => {
                if !self.sink_pad.peer_query(query) {
                    return false;
                }
                // A paced file is not live, though what paces it says so.
                let live = meta::input_is_live(&self.sink_pad);
                if let (gst::QueryViewMut::Latency(latency), Some(live)) = (query.view_mut(), live)
                {
                    let (_, least, most) = latency.result();
                    latency.set(live, least, most);
                }
                true
            }
            gst::QueryType::Position
            | gst::QueryType::Duration
            | gst::QueryType::Seeking
            | gst::QueryType::Segment
            | gst::QueryType::Context => self.sink_pad.peer_query(query),
            _ => gst::Pad::query_default(pad, None::<&gst::Object>, query),
        }
    }

    /// What the content asks of the stream behind it.
    fn ask_downstream(&self, pad: &gst::Pad, query: &mut gst::QueryRef) -> bool {
        let forwarded = matches!(
            query.type_(),
            gst::QueryType::Caps | gst::QueryType::AcceptCaps | gst::QueryType::Allocation
        );
        let source = self
            .source()
            .filter(|source| forwarded && source.is_linked());
        match source {
            Some(source) => source.peer_query(query),
            None => gst::Pad::query_default(pad, None::<&gst::Object>, query),
        }
    }

    fn src_query(&self, pad: &gst::Pad, query: &mut gst::QueryRef) -> bool {
        let forwarded = matches!(
            query.type_(),
            gst::QueryType::Latency | gst::QueryType::Position | gst::QueryType::Duration
        );
        let exit = self.current().and_then(|content| content.exit.clone());
        match exit.filter(|_| forwarded) {
            Some(exit) => exit.peer_query(query),
            None => gst::Pad::query_default(pad, Some(&*self.obj()), query),
        }
    }

    fn src_event(&self, event: gst::Event) -> bool {
        let exit = self.current().and_then(|content| content.exit.clone());
        exit.is_some_and(|exit| exit.push_event(event))
    }
}

// ---------------------------------------------------------------------- contents

impl FlowBin {
    /// A copy of the settings.
    pub fn settings(&self) -> Settings {
        lock(&self.settings).clone()
    }

    fn make(&self) -> Result<Arc<Content>, String> {
        let bin = content::parse(&self.settings())?;
        let generation = self.generations.fetch_add(1, Ordering::Relaxed) + 1;
        bin.set_locked_state(true);
        let (entry, exit) = (self.make_entry(), self.make_exit(generation));
        Content::new(generation, bin, entry, exit).map(Arc::new)
    }

    fn make_entry(&self) -> gst::Pad {
        let (asked, sent) = (self.obj().downgrade(), self.obj().downgrade());
        gst::Pad::builder(gst::PadDirection::Src)
            .name("entry")
            .query_function(move |pad, _, query| {
                asked
                    .upgrade()
                    .is_some_and(|flow| flow.imp().ask_upstream(pad, query))
            })
            .event_function(move |_, _, event| {
                // A dev flow's lateness and wishes are no business of the others.
                let passes = event.type_() == gst::EventType::Seek;
                sent.upgrade()
                    .is_some_and(|flow| passes && flow.imp().sink_pad.push_event(event))
            })
            .build()
    }

    fn make_exit(&self, generation: u64) -> gst::Pad {
        let [came, told, asked] = [(); 3].map(|()| self.obj().downgrade());
        gst::Pad::builder(gst::PadDirection::Sink)
            .name("exit")
            .chain_function(move |_, _, buffer| {
                if let Some(flow) = came.upgrade() {
                    flow.imp().out(generation, buffer);
                }
                Ok(gst::FlowSuccess::Ok)
            })
            .event_function(move |_, _, event| {
                told.upgrade()
                    .is_some_and(|flow| flow.imp().out_event(generation, event))
            })
            .query_function(move |pad, _, query| {
                asked
                    .upgrade()
                    .is_some_and(|flow| flow.imp().ask_downstream(pad, query))
            })
            .build()
    }

    /// Adds a content, its state follows later.
    fn adopt(&self, content: &Content) -> Result<(), String> {
        self.obj()
            .add(&content.bin)
            .map_err(|error| error.to_string())?;
        content.link()?;
        if content.has_sinks() {
            self.obj().set_element_flags(gst::ElementFlags::SINK);
        }
        Ok(())
    }

    fn open_source(&self) {
        if self.source().is_some() {
            return;
        }
        let Some(template) = self.obj().pad_template("src") else {
            return;
        };
        let source = gst::Pad::builder_from_template(&template)
            .name("src")
            .query_function(|pad, parent, query| {
                Self::catch_panic_pad_function(parent, || false, |this| this.src_query(pad, query))
            })
            .event_function(|_, parent, event| {
                Self::catch_panic_pad_function(parent, || false, |this| this.src_event(event))
            })
            .build();
        *lock(&self.src_pad) = Some(source.clone());
        let active = *lock(&self.target) > gst::State::Ready;
        if active && let Err(error) = source.set_active(true) {
            gst::error!(CAT, imp = self, "{error}");
        }
        if let Err(error) = self.obj().add_pad(&source) {
            gst::error!(CAT, imp = self, "{error}");
        }
    }

    /// Makes the first content; a bad one is a failure inside unless errors are forwarded.
    fn prepare(&self, target: gst::State) -> Result<(), gst::StateChangeError> {
        *lock(&self.target) = target;
        if self.current().is_some() {
            return Ok(());
        }
        let made = self
            .make()
            .and_then(|content| self.adopt(&content).map(|()| content));
        match made {
            Ok(content) => {
                let open = content.exit.is_some();
                *lock(&self.current) = Some(content);
                if open {
                    self.open_source();
                }
                Ok(())
            }
            Err(reason) if self.settings().on_error == OnError::Forward => {
                gst::element_imp_error!(self, gst::ResourceError::Settings, ("{reason}"));
                Err(gst::StateChangeError)
            }
            Err(_) => Ok(()),
        }
    }

    fn start(&self) -> Result<(), gst::StateChangeError> {
        self.prepare(gst::State::Paused)?;
        *lock(&self.counters) = Counters::default();
        self.entry.open();
        let supervisor = Supervisor::start(self.obj().downgrade(), &self.obj().name());
        let supervisor = supervisor.map_err(|error| {
            gst::element_imp_error!(
                self,
                gst::CoreError::Thread,
                ("The flow cannot be watched over: {error}")
            );
            gst::StateChangeError
        })?;
        *lock(&self.commands) = Some(supervisor.commands());
        *lock(&self.supervisor) = Some(supervisor);
        Ok(())
    }

    /// Pads are active: the first content begins.
    fn begin(&self) {
        match self.current() {
            Some(content) => {
                self.entry.feed(content.generation);
                self.play(&content);
            }
            None => {
                // The text was bad: try again, as after any failure.
                self.tell(Command::Failed(0, String::new()));
            }
        }
    }

    /// Brings a content that is fed to the state of this bin, and starts its worker.
    fn play(&self, content: &Arc<Content>) {
        if let Err(reason) = self.bring_up(content) {
            self.fail(content.generation, reason);
            return;
        }
        *lock(&self.status) = Status::Running;
        self.announce("started", None, None);
        self.work(content);
    }

    fn bring_up(&self, content: &Content) -> Result<(), String> {
        if let Some(base) = self.obj().base_time() {
            content.bin.set_base_time(base);
        }
        content.bin.set_start_time(self.obj().start_time());
        let target = *lock(&self.target);
        content
            .bin
            .set_state(target)
            .map(drop)
            .map_err(|_| "the content does not start".to_owned())
    }

    fn follow(&self, target: gst::State) {
        *lock(&self.target) = target;
        let Some(content) = self.current() else {
            return;
        };
        if let Err(reason) = self.bring_up(&content) {
            self.fail(content.generation, reason);
        }
        // The time of a pause is nobody's stall.
        content.note(|progress| {
            let now = Instant::now();
            progress.waiting = progress.waiting.map(|_| now);
            progress.pushing = progress.pushing.map(|_| now);
        });
    }

    fn work(&self, content: &Arc<Content>) {
        let (entry, content, counters) =
            (self.entry.clone(), content.clone(), self.counters.clone());
        let commands = lock(&self.commands).clone();
        let forward = self.settings().on_error == OnError::Forward;
        let generation = content.generation;
        let spawned = std::thread::Builder::new()
            .name(format!("{}:{generation}", self.obj().name()))
            .spawn(move || {
                let failure = feed(&entry, &content, &counters);
                content.note(|progress| progress.left = true);
                let Some((error, reason)) = failure else {
                    return;
                };
                if forward {
                    entry.refuse(error);
                }
                entry.abandon(generation);
                if let Some(commands) = commands {
                    // Gone when the element stops: then nothing is to be done.
                    let _ = commands.send(Command::Failed(generation, reason));
                }
            });
        if let Err(error) = spawned {
            self.fail(generation, format!("no thread for the content: {error}"));
        }
    }

    fn stop(&self) {
        *lock(&self.target) = gst::State::Ready;
        *lock(&self.commands) = None;
        self.entry.set_flushing(true);
        let supervisor = lock(&self.supervisor).take();
        if let Some(supervisor) = supervisor {
            supervisor.stop(PATIENCE);
        }
        self.leave(PATIENCE);
        *lock(&self.status) = Status::Stopped;
    }

    /// Gives up the content; waits for it to let go at most for `limit`.
    fn leave(&self, limit: Duration) {
        let content = lock(&self.current).take();
        if let Some(content) = content {
            self.entry.abandon(content.generation);
            self.retire(content, limit);
        }
    }

    /// Takes a content away and ends it on a thread of its own, because it may never let go.
    fn retire(&self, content: Arc<Content>, limit: Duration) {
        if let Err(error) = self.obj().remove(&content.bin) {
            gst::warning!(CAT, imp = self, "{error}");
        }
        let (done, ended) = channel();
        let spawned = std::thread::Builder::new()
            .name(format!("{}:end", self.obj().name()))
            .spawn(move || {
                // What does not go to NULL cannot be helped.
                let _ = content.bin.set_state(gst::State::Null);
                let _ = content.entry.set_active(false);
                content.exit.as_ref().map(|exit| exit.set_active(false));
                drop(content);
                let _ = done.send(());
            });
        match spawned {
            Ok(_) => {
                let _ = ended.recv_timeout(limit);
            }
            Err(error) => gst::error!(CAT, imp = self, "a content stays: {error}"),
        }
    }
}

/// A worker's life: what waits goes into the content. Why it failed, if it did.
fn feed(
    entry: &Entry,
    content: &Content,
    counters: &Mutex<Counters>,
) -> Option<(gst::FlowError, String)> {
    for event in entry.stickies() {
        content.entry.push_event(event);
    }
    while let Some(item) = entry.next(content.generation) {
        match item {
            Item::Buffer(buffer) => {
                let start = Instant::now();
                content.note(|progress| {
                    progress.pushing = Some(start);
                    progress.waiting.get_or_insert(start);
                });
                let result = content.entry.push(buffer);
                content.note(|progress| progress.pushing = None);
                lock(counters).latency.add(start.elapsed());
                match result {
                    Ok(_) | Err(gst::FlowError::Flushing) => (),
                    Err(error) => {
                        return Some((error, format!("the content answers a packet with {error}")));
                    }
                }
            }
            Item::Event(event) => {
                if event.type_() == gst::EventType::Eos {
                    content.note(|progress| {
                        progress.end_sent = true;
                        progress.waiting = Some(Instant::now());
                    });
                }
                content.entry.push_event(event);
            }
        }
    }
    if content.progress().draining {
        content.note(|progress| progress.end_sent = true);
        content.entry.push_event(gst::event::Eos::new());
    }
    None
}

// ---------------------------------------------------------------------- failures and reloads, on the supervisor's thread

impl FlowBin {
    fn tell(&self, command: Command) -> bool {
        let commands = lock(&self.commands).clone();
        commands.is_some_and(|commands| commands.send(command).is_ok())
    }

    fn fail(&self, generation: u64, reason: String) {
        self.tell(Command::Failed(generation, reason));
    }

    /// Finds the content that an error comes from.
    fn blame(&self, source: Option<&gst::Object>, reason: String) {
        let is_of = |content: &Content| {
            source.is_some_and(|source| {
                source == content.bin.upcast_ref::<gst::Object>()
                    || source.has_as_ancestor(&content.bin)
            })
        };
        if let Some((candidate, error)) = lock(&self.candidate).as_mut()
            && is_of(candidate)
        {
            error.get_or_insert(reason);
            return;
        }
        if let Some(content) = self.current().filter(|content| is_of(content)) {
            self.fail(content.generation, reason);
        }
    }

    /// The content of this number failed: it goes. How long it ran; `None` if it is not the one that plays.
    pub fn fall(&self, generation: u64, reason: &str) -> Option<Duration> {
        if generation == 0 {
            // The text was bad when the element started; its mistake is in the text still, or is mended by now.
            return self.current().is_none().then_some(Duration::ZERO);
        }
        let content = {
            let mut current = lock(&self.current);
            current.take_if(|content| content.generation == generation)?
        };
        self.entry.abandon(generation);
        self.failed(reason);
        let ran = content.since.elapsed();
        self.retire(content, PATIENCE);
        Some(ran)
    }

    /// Says and notes that something failed.
    pub fn failed(&self, reason: &str) {
        lock(&self.counters).last_error = Some(reason.to_owned());
        self.announce("failed", Some(reason), None);
        gst::element_imp_warning!(
            self,
            gst::LibraryError::Failed,
            ("Flow {}: {reason}; the rest plays on", self.settings().flow)
        );
    }

    /// Makes a new content in place of the one that fell.
    pub fn restart(&self) -> Result<(), String> {
        let content = self.make()?;
        self.adopt(&content)?;
        if content.exit.is_some() {
            self.open_source();
        }
        lock(&self.counters).restarts += 1;
        *lock(&self.current) = Some(content.clone());
        self.entry.feed(content.generation);
        self.play(&content);
        Ok(())
    }

    /// It will be tried again after `delay`.
    pub fn will_restart(&self, delay: Duration, reason: &str) {
        *lock(&self.status) = Status::Restarting;
        self.announce("restarting", Some(reason), Some(delay));
    }

    /// It stays off.
    pub fn stopped(&self, reason: &str) {
        *lock(&self.status) = Status::Stopped;
        self.announce("stopped", Some(reason), None);
    }

    /// The stream's end goes on though there is no content; whether it was time for that.
    pub fn end_without_content(&self) -> bool {
        if !self.entry.has_ended() || self.current().is_some() {
            return false;
        }
        *lock(&self.status) = Status::Stopped;
        match self.source() {
            Some(source) => {
                if source.sticky_event::<gst::event::StreamStart>(0).is_none() {
                    for event in self.entry.stickies() {
                        source.push_event(event);
                    }
                }
                source.push_event(gst::event::Eos::new());
            }
            None => self.post_end(),
        }
        true
    }

    /// Whether the content has stopped giving anything.
    pub fn look_for_stall(&self) {
        if *lock(&self.target) != gst::State::Playing {
            return;
        }
        let Some(limit) = self.settings().stall_limit() else {
            return;
        };
        if let Some(content) = self.current().filter(|content| content.is_stalled(limit)) {
            let reason = format!("stalled: nothing for {:.1} s", limit.as_secs_f64());
            self.fail(content.generation, reason);
        }
    }

    /// Brings up the text as it is now and lets it take over between two packets; whether it did.
    pub fn reload(&self) -> bool {
        if self.entry.has_ended() {
            self.announce("reload-failed", Some("the stream has ended"), None);
            return false;
        }
        let made = self.make().and_then(|new| {
            let result = self.try_out(&new);
            let error = lock(&self.candidate)
                .as_ref()
                .and_then(|(_, error)| error.clone());
            match error.map_or(result, Err) {
                Ok(()) => Ok(new),
                Err(reason) => {
                    *lock(&self.candidate) = None;
                    self.retire(new, PATIENCE);
                    Err(reason)
                }
            }
        });
        match made {
            Ok(new) => {
                self.take_over(&new);
                let error = lock(&self.candidate).take().and_then(|(_, error)| error);
                if let Some(error) = error {
                    self.fail(new.generation, error);
                }
                lock(&self.counters).reloads += 1;
                *lock(&self.status) = Status::Running;
                self.announce("reloaded", None, None);
                true
            }
            Err(reason) => {
                lock(&self.counters).last_error = Some(reason.clone());
                self.announce("reload-failed", Some(&reason), None);
                false
            }
        }
    }

    /// Brings `new` up beside what plays and tells it what the stream is.
    fn try_out(&self, new: &Arc<Content>) -> Result<(), String> {
        *lock(&self.candidate) = Some((new.clone(), None));
        if let Some(old) = self.current() {
            if let Some(sentence) = content::conflict(&old.bin, &new.bin) {
                return Err(sentence);
            }
            if old.exit.is_some() && new.exit.is_none() {
                return Err(
                    "the new content has no open source end, the running one has".to_owned(),
                );
            }
        }
        self.adopt(new)?;
        self.bring_up(new)?;
        let (reached, _, _) = new.bin.state(READINESS);
        reached.map_err(|_| "the new content does not start".to_owned())?;
        for event in self.entry.stickies() {
            let caps = event.type_() == gst::EventType::Caps;
            if !new.entry.push_event(event) && caps {
                return Err("the new content does not take the caps of the stream".to_owned());
            }
        }
        Ok(())
    }

    /// `new` is fed from the next packet on; the old one may finish what it has.
    fn take_over(&self, new: &Arc<Content>) {
        let old = self.current();
        if let Some(old) = &old {
            old.note(|progress| progress.draining = !progress.end_sent);
            self.entry.hold();
            let has_end = old.exit.is_some() || old.has_sinks();
            old.wait_for(DRAIN, |progress| {
                progress.left && (progress.end_seen || !has_end)
            });
        }
        *lock(&self.current) = Some(new.clone());
        if new.exit.is_some() {
            self.open_source();
        }
        self.entry.feed(new.generation);
        self.work(new);
        if let Some(old) = old {
            self.retire(old, PATIENCE);
        }
    }

    fn announce(&self, event: &str, reason: Option<&str>, delay: Option<Duration>) {
        gst::info!(CAT, imp = self, "{event} {reason:?} {delay:?}");
        let mut structure = gst::Structure::builder("roundhouse-flow")
            .field("flow", self.settings().flow)
            .field("event", event);
        if let Some(reason) = reason {
            structure = structure.field("reason", reason);
        }
        if let Some(delay) = delay {
            structure = structure.field("delay", delay.as_nanos() as u64);
        }
        let message = gst::message::Element::builder(structure.build())
            .src(&*self.obj())
            .build();
        // Without a bus nobody wants to know.
        let _ = self.obj().post_message(message);
    }

    fn stats(&self) -> gst::Structure {
        let (arrived, dropped, queued) = self.entry.counts();
        let counters = lock(&self.counters);
        let [p50, p99] = counters.latency.percentiles();
        gst::Structure::builder("flowbin-stats")
            .field("in", arrived)
            .field("out", counters.out)
            .field("dropped", dropped)
            .field("restarts", counters.restarts)
            .field("reloads", counters.reloads)
            .field("queued", queued)
            .field("latency-p50", p50)
            .field("latency-p99", p99)
            .field("unreadable", counters.unreadable)
            .field("lost-metas", counters.lost_metas)
            .field("last-error", counters.last_error.clone())
            .build()
    }
}
