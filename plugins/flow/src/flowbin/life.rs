// SPDX-License-Identifier: MIT OR Apache-2.0
//! The life of a content: made, joined with the stream, fed by a worker, ended.

use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gst::prelude::*;
use gst::subclass::prelude::*;

use super::content::{self, Content};
use super::entry::{Entry, Item};
use super::imp::{CAT, Counters, FlowBin, lock};
use super::niceness;
use super::settings::Settings;
use super::supervisor::{Command, Supervisor};
use super::{OnError, Status};

/// How long a stop waits for what does not let go.
pub(super) const PATIENCE: Duration = Duration::from_millis(900);

impl FlowBin {
    /// A copy of the settings.
    pub(super) fn settings(&self) -> Settings {
        lock(&self.settings).clone()
    }

    pub(super) fn make(&self) -> Result<Arc<Content>, String> {
        let bin = content::parse(&self.settings())?;
        let generation = self.generations.fetch_add(1, Ordering::Relaxed) + 1;
        bin.set_locked_state(true);
        let (entry, exit) = (self.make_entry(), self.make_exit(generation));
        Content::new(generation, bin, entry, exit).map(Arc::new)
    }

    pub(super) fn make_entry(&self) -> gst::Pad {
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

    pub(super) fn make_exit(&self, generation: u64) -> gst::Pad {
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
    pub(super) fn adopt(&self, content: &Content) -> Result<(), String> {
        self.obj()
            .add(&content.bin)
            .map_err(|error| error.to_string())?;
        content.link()?;
        if content.has_sinks() {
            self.obj().set_element_flags(gst::ElementFlags::SINK);
        }
        Ok(())
    }

    pub(super) fn open_source(&self) {
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
    pub(super) fn prepare(&self, target: gst::State) -> Result<(), gst::StateChangeError> {
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
            Err(reason) => {
                *lock(&self.unplayable) = Some(reason);
                Ok(())
            }
        }
    }

    pub(super) fn start(&self) -> Result<(), gst::StateChangeError> {
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
    pub(super) fn begin(&self) {
        if let Some(content) = self.current() {
            self.entry.feed(content.generation);
            self.play(&content);
        } else {
            // The text was bad: try again, as after any failure.
            let reason = lock(&self.unplayable).take().unwrap_or_default();
            self.fail(0, reason);
        }
    }

    /// Brings a content that is fed to the state of this bin, and starts its worker.
    pub(super) fn play(&self, content: &Arc<Content>) {
        if let Err(reason) = self.bring_up(content) {
            self.fail(content.generation, reason);
            return;
        }
        *lock(&self.status) = Status::Running;
        self.announce("started", None, None);
        self.work(content);
    }

    pub(super) fn bring_up(&self, content: &Content) -> Result<(), String> {
        if let Some(base) = self.obj().base_time() {
            content.bin.set_base_time(base);
        }
        content.bin.set_start_time(self.obj().start_time());
        let target = *lock(&self.target);
        let nice = lock(&self.settings).nice;
        niceness::run(nice, || content.bin.set_state(target))?
            .map(drop)
            .map_err(|_| "the content does not start".to_owned())
    }

    pub(super) fn follow(&self, target: gst::State) {
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

    pub(super) fn work(&self, content: &Arc<Content>) {
        let (entry, content, counters) =
            (self.entry.clone(), content.clone(), self.counters.clone());
        let commands = lock(&self.commands).clone();
        let settings = self.settings();
        let forward = settings.on_error == OnError::Forward;
        let generation = content.generation;
        let spawned = std::thread::Builder::new()
            .name(format!("{}:{generation}", self.obj().name()))
            .spawn(move || {
                niceness::lower(settings.nice);
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

    pub(super) fn stop(&self) {
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
    pub(super) fn leave(&self, limit: Duration) {
        let content = lock(&self.current).take();
        if let Some(content) = content {
            self.entry.abandon(content.generation);
            self.retire(content, limit);
        }
    }

    /// Takes a content away and ends it on a thread of its own, because it may never let go.
    pub(super) fn retire(&self, content: Arc<Content>, limit: Duration) {
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
