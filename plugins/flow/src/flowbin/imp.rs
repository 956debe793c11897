// SPDX-License-Identifier: MIT OR Apache-2.0
//! Implementation of `flowbin`.
//!
//! The stream's thread puts packets into the [`Entry`]; a worker thread per content takes them out and pushes them in; the
//! [`Supervisor`]'s thread makes, restarts and replaces contents. A content that does not let go is left to a thread of its
//! own. No lock is held while something is pushed, posted, queried or changes state.

use std::sync::atomic::AtomicU64;
use std::sync::mpsc::Sender;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;

use super::content::Content;
use super::entry::Entry;
use super::latency::Latency;
use super::life::PATIENCE;
use super::niceness;
use super::settings::{PROPERTIES, Settings};
use super::supervisor::{Command, Supervisor};
use super::{OnError, Status};

pub(super) static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "flowbin",
        gst::DebugColorFlags::empty(),
        Some("A flow of its own"),
    )
});

#[derive(Default)]
pub(super) struct Counters {
    pub(super) out: u64,
    pub(super) restarts: u64,
    pub(super) reloads: u64,
    pub(super) latency: Latency,
    pub(super) last_error: Option<String>,
    /// Batches of `DeepStream` that could not be taken.
    pub(super) unreadable: u64,
    /// User metas of batches that cannot be copied.
    pub(super) lost_metas: u64,
}

/// The element's state.
pub struct FlowBin {
    pub(super) sink_pad: gst::Pad,
    pub(super) src_pad: Mutex<Option<gst::Pad>>,
    pub(super) settings: Mutex<Settings>,
    pub(super) entry: Arc<Entry>,
    /// What plays.
    pub(super) current: Mutex<Option<Arc<Content>>>,
    /// What a reload brings up, and the first error in it.
    pub(super) candidate: Mutex<Option<(Arc<Content>, Option<String>)>>,
    pub(super) counters: Arc<Mutex<Counters>>,
    pub(super) supervisor: Mutex<Option<Supervisor>>,
    pub(super) commands: Mutex<Option<Sender<Command>>>,
    pub(super) status: Mutex<Status>,
    /// Why there is no first content.
    pub(super) unplayable: Mutex<Option<String>>,
    /// The state that contents are brought to.
    pub(super) target: Mutex<gst::State>,
    pub(super) generations: AtomicU64,
}

/// A lock that a panic elsewhere does not spoil.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
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
            unplayable: Mutex::default(),
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
            _ => {
                niceness::prepare(lock(&self.settings).nice, &message);
                self.parent_handle_message(message);
            }
        }
    }
}

impl FlowBin {
    pub(super) fn stats(&self) -> gst::Structure {
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
