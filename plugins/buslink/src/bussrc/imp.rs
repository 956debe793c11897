// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `GStreamer` calls: properties, start, buffers, stop.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use bus::{Inbox, InboxSettings};
use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::base_src::CreateSuccess;
use gst_base::subclass::prelude::*;
use kit::lock;

use super::properties::{PROPERTIES, Settings};
use super::stats::{Counters, structure};
use crate::news::teller;
use crate::wire::{Assembly, Item};

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "bussrc",
        gst::DebugColorFlags::empty(),
        Some("Streams of another process"),
    )
});

/// Longest wait for a message before it is looked whether the element is to stop.
const WAIT: Duration = Duration::from_millis(500);

/// The element's state. No lock is taken while another one is held, and nothing is pushed, posted or waited for with one.
#[derive(Default)]
pub struct BusSrc {
    settings: Mutex<Settings>,
    inbox: Mutex<Option<Arc<Inbox>>>,
    assembly: Mutex<Assembly>,
    flushing: Mutex<bool>,
    counters: Mutex<Counters>,
    /// Whether it was said that the sender is not what `is-live` says.
    warned: Mutex<bool>,
}

#[glib::object_subclass]
impl ObjectSubclass for BusSrc {
    const NAME: &'static str = "RoundhouseBusSrc";
    type Type = super::BusSrc;
    type ParentType = gst_base::PushSrc;
}

impl ObjectImpl for BusSrc {
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
        lock(&self.settings).set(pspec.name(), value);
        if pspec.name() == "is-live" {
            let live = lock(&self.settings).is_live;
            self.obj().set_live(live);
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "stats" => {
                let counters = *lock(&self.counters);
                let inbox = lock(&self.inbox).clone();
                let stats = inbox.map(|inbox| inbox.stats()).unwrap_or_default();
                structure(counters, &stats).to_value()
            }
            name => lock(&self.settings).get(name),
        }
    }
}

impl GstObjectImpl for BusSrc {}

impl ElementImpl for BusSrc {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Bus source",
                "Source/Network",
                "Takes frames, packets and documents that bussink sends in another process, by ZeroMQ or through a broker",
                env!("CARGO_PKG_AUTHORS"),
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let (direction, presence) = (gst::PadDirection::Src, gst::PadPresence::Always);
            gst::PadTemplate::new("src", direction, presence, &crate::wire::caps())
                .into_iter()
                .collect()
        });
        &TEMPLATES
    }
}

impl BaseSrcImpl for BusSrc {
    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let settings = lock(&self.settings).clone();
        let wrong =
            |sentence: String| gst::error_msg!(gst::ResourceError::Settings, ("{sentence}"));
        let endpoint = settings.link.endpoint().map_err(wrong)?;
        let options = settings.options().map_err(wrong)?;
        let tell = teller(&*self.obj(), &endpoint);
        let inbox = InboxSettings {
            endpoint,
            options,
            queue: settings.link.max_size_messages as usize,
            queue_bytes: usize::try_from(settings.link.max_size_bytes).unwrap_or(usize::MAX),
            image_store: settings.link.store().map_err(wrong)?,
        };
        let inbox = Inbox::start(&inbox, tell).map_err(|fault| wrong(fault.to_string()))?;
        *lock(&self.assembly) = Assembly::default();
        *lock(&self.counters) = Counters::default();
        *lock(&self.warned) = false;
        *lock(&self.inbox) = Some(Arc::new(inbox));
        Ok(())
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        // Its thread ends without a lock held here.
        let inbox = lock(&self.inbox).take();
        drop(inbox);
        Ok(())
    }

    fn is_seekable(&self) -> bool {
        false
    }

    /// There is nothing to negotiate before the first message, which brings the caps.
    fn negotiate(&self) -> Result<(), gst::LoggableError> {
        Ok(())
    }

    fn unlock(&self) -> Result<(), gst::ErrorMessage> {
        *lock(&self.flushing) = true;
        if let Some(inbox) = lock(&self.inbox).clone() {
            inbox.interrupt();
        }
        Ok(())
    }

    fn unlock_stop(&self) -> Result<(), gst::ErrorMessage> {
        *lock(&self.flushing) = false;
        if let Some(inbox) = lock(&self.inbox).clone() {
            inbox.resume();
        }
        Ok(())
    }
}

impl PushSrcImpl for BusSrc {
    fn create(
        &self,
        _buffer: Option<&mut gst::BufferRef>,
    ) -> Result<CreateSuccess, gst::FlowError> {
        let inbox = lock(&self.inbox).clone().ok_or(gst::FlowError::Flushing)?;
        loop {
            if *lock(&self.flushing) {
                return Err(gst::FlowError::Flushing);
            }
            let item = lock(&self.assembly).next();
            match item {
                Some(Item::Buffer(buffer)) => {
                    return Ok(CreateSuccess::NewBuffer(self.stamped(buffer)));
                }
                Some(Item::End) => {
                    inbox.done();
                    // Live senders come and go.
                    if !self.obj().is_live() {
                        return Err(gst::FlowError::Eos);
                    }
                }
                Some(item) => self.handle(item)?,
                None => {
                    // What was handed over before was taken by whoever is downstream.
                    inbox.done();
                    if let Some(message) = inbox.next(WAIT) {
                        self.take(message);
                    }
                }
            }
        }
    }
}

impl BusSrc {
    /// Takes a message.
    fn take(&self, message: bus::Message) {
        let (taken, incomplete) = {
            let mut assembly = lock(&self.assembly);
            (assembly.take(message), assembly.incomplete())
        };
        let mut counters = lock(&self.counters);
        counters.incomplete = incomplete;
        if let Err(refusal) = taken {
            counters.errors += 1;
            let first = counters.errors.is_power_of_two();
            drop(counters);
            gst::debug!(CAT, imp = self, "refused: {refusal}");
            if first {
                gst::element_imp_warning!(
                    self,
                    gst::StreamError::Decode,
                    ("A message is left out: {refusal}")
                );
            }
        }
    }

    /// Passes on what is no buffer.
    fn handle(&self, item: Item) -> Result<(), gst::FlowError> {
        match item {
            Item::Caps(caps) => {
                gst::info!(CAT, imp = self, "caps {caps}");
                self.obj()
                    .set_caps(&caps)
                    .map_err(|_| gst::FlowError::NotNegotiated)?;
            }
            Item::Gap(position) => {
                if !self.obj().is_live() {
                    let gap = gst::event::Gap::builder(position).build();
                    self.push(gap);
                }
            }
            Item::Event(event) => self.push(event),
            Item::Live(live) => self.compare_liveness(live),
            Item::Buffer(_) | Item::End => (),
        }
        Ok(())
    }

    /// Pushes an event behind what was put out.
    fn push(&self, event: gst::Event) {
        // Whoever does not take it has no use for it.
        let _ = self.obj().src_pad().push_event(event);
    }

    /// Says once if the sender is not what the property `is-live` says.
    fn compare_liveness(&self, live: bool) {
        if live == self.obj().is_live() || std::mem::replace(&mut *lock(&self.warned), true) {
            return;
        }
        let sentence = if live {
            "The sender is live, so nothing waits for this element: set is-live=true"
        } else {
            "The sender plays files: set is-live=false, or messages may be dropped and times are those of arrival"
        };
        gst::element_imp_warning!(self, gst::StreamError::Failed, ("{sentence}"));
    }

    /// Live: a buffer is stamped with its arrival. Recorded: it keeps the sender's running time.
    fn stamped(&self, mut buffer: gst::Buffer) -> gst::Buffer {
        lock(&self.counters).buffers += 1;
        let obj = self.obj();
        if obj.is_live() {
            let now = obj.current_running_time();
            buffer.make_mut().set_pts(now);
        }
        buffer
    }
}
