// SPDX-License-Identifier: MIT OR Apache-2.0
//! What GStreamer calls: properties, pads and changes of state.
//!
//! The sink pads' threads read buffers and hand what they find to the [`InputQueue`] (`sink`); one task on the source pad
//! takes it from there, feeds the fusion and pushes the states (`source`). Locks, in this order: `settings`, `run`, the
//! queue's own. None is held while something is pushed, posted or queried.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use kit::lock;

use super::input_queue::InputQueue;
use super::properties::{PROPERTIES, Settings};
use super::run::Run;
use crate::stats;

/// Debug category.
pub(super) static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "fsefuse",
        gst::DebugColorFlags::empty(),
        Some("Facility state fusion"),
    )
});

/// The element's state.
pub struct FseFuse {
    pub(super) src_pad: gst::Pad,
    pub(super) settings: Mutex<Settings>,
    /// What the element works with; `None` in READY and below.
    pub(super) run: Mutex<Option<Run>>,
    /// What waits for the fusion.
    pub(super) queue: InputQueue,
    /// The sink pads by the number that orders them.
    pub(super) pads: Mutex<BTreeMap<u32, gst::Pad>>,
    /// Number of the next sink pad.
    next_number: AtomicU32,
    /// Whether the last attempt to save the fusion failed.
    pub(super) save_fails: AtomicBool,
}

#[glib::object_subclass]
impl ObjectSubclass for FseFuse {
    const NAME: &'static str = "RoundhouseFseFuse";
    type Type = super::FseFuse;
    type ParentType = gst::Element;

    fn with_class(class: &Self::Class) -> Self {
        Self {
            src_pad: Self::source_pad(class.pad_template("src").as_ref()),
            settings: Mutex::default(),
            run: Mutex::default(),
            queue: InputQueue::default(),
            pads: Mutex::default(),
            next_number: AtomicU32::new(0),
            save_fails: AtomicBool::new(false),
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
        if pspec.name() == "stats" {
            let fusion = lock(&self.run).as_ref().map(Run::counters);
            return stats::structure(self.queue.counters(), fusion.unwrap_or_default()).to_value();
        }
        lock(&self.settings).get(pspec.name())
    }
}

impl GstObjectImpl for FseFuse {}

impl ElementImpl for FseFuse {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Facility state fusion",
                "Filter/Analyzer/Video",
                "Merges the reports of all cameras into the state of the facility: which locomotive stands where. Takes \
                 frames and packets from locoposition, or documents from reportconvert, and outputs one JSON document \
                 per buffer at every interval and on every change. Recordings give the same states on every run; live \
                 inputs are never waited for",
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
        let pad = Self::sink_pad(templ, &name, number);
        self.queue.change(|queue| queue.add(number));
        lock(&self.pads).insert(number, pad.clone());
        let activated = pad.set_active(true);
        if let Err(error) = activated.and_then(|()| self.obj().add_pad(&pad)) {
            gst::error!(CAT, imp = self, "{error}");
            lock(&self.pads).remove(&number);
            self.queue.change(|queue| queue.remove(number));
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
        self.queue.change(|queue| queue.remove(number));
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
                self.queue.set_clock(self.obj().clock());
            }
            gst::StateChange::PlayingToPaused => self.queue.set_clock(None),
            gst::StateChange::PausedToReady => self.queue.stop(),
            _ => (),
        }
        let success = self.parent_change_state(transition)?;
        if transition == gst::StateChange::PausedToReady {
            let run = lock(&self.run).take();
            if let Some(run) = run {
                run.close();
            }
        }
        Ok(success)
    }
}

impl FseFuse {
    /// Reads the facility and begins a run.
    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let settings = lock(&self.settings).clone();
        let facility = kit::facility::load(&*self.obj(), *CAT, settings.facility.as_deref())?;
        kit::facility::check_flow(&settings.flow)?;
        let interval = i64::try_from(settings.interval).unwrap_or(i64::MAX);
        let saver = settings.state_file.clone();
        let saver = saver.map(|path| self.start_saver(path)).transpose()?;
        let run = Run::new(facility, settings, saver)?;
        self.queue.change(|queue| queue.start(interval));
        *lock(&self.run) = Some(run);
        Ok(())
    }
}
