// SPDX-License-Identifier: MIT OR Apache-2.0
//! Implementation of `statetobatch`. Its lock is held neither while a buffer is pushed nor while a batch is locked.

use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use kit::lock;

use super::newest::{Newest, message};
use super::stats::Counters;

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "statetobatch",
        gst::DebugColorFlags::empty(),
        Some("Facility states on batches of DeepStream"),
    )
});

/// What changes while the element plays.
#[derive(Debug, Default)]
struct State {
    newest: Newest,
    counters: Counters,
    /// That buffers bring no frames was said.
    told: bool,
}

/// The element's instance.
pub struct StateToBatch {
    sink_pad: gst::Pad,
    state_pad: gst::Pad,
    src_pad: gst::Pad,
    repeat: AtomicBool,
    state: Mutex<State>,
}

#[glib::object_subclass]
impl ObjectSubclass for StateToBatch {
    const NAME: &'static str = "RoundhouseStateToBatch";
    type Type = super::StateToBatch;
    type ParentType = gst::Element;

    fn with_class(class: &Self::Class) -> Self {
        let builder = |name: &str, direction| {
            class
                .pad_template(name)
                .as_ref()
                .map_or_else(
                    || gst::Pad::builder(direction),
                    gst::Pad::builder_from_template,
                )
                .name(name)
        };
        let failed = || Err(gst::FlowError::Error);
        let proxy = gst::PadFlags::PROXY_CAPS | gst::PadFlags::PROXY_ALLOCATION;
        let sink_pad = builder("sink", gst::PadDirection::Sink)
            .flags(proxy)
            .chain_function(move |_pad, parent, buffer| {
                Self::catch_panic_pad_function(parent, failed, |this| this.take_batch(buffer))
            })
            .iterate_internal_links_function(|_pad, parent| {
                Self::links(parent, |this| vec![this.src_pad.clone()])
            })
            .build();
        let state_pad = builder("state", gst::PadDirection::Sink)
            .chain_function(move |_pad, parent, buffer| {
                Self::catch_panic_pad_function(parent, failed, |this| this.take_state(&buffer))
            })
            // What the stream of states announces, its end included, is no business of the batches.
            .event_function(|_pad, _parent, _event| true)
            .iterate_internal_links_function(|_pad, parent| Self::links(parent, |_| Vec::new()))
            .build();
        let src_pad = builder("src", gst::PadDirection::Src)
            .flags(proxy)
            .iterate_internal_links_function(|_pad, parent| {
                Self::links(parent, |this| vec![this.sink_pad.clone()])
            })
            .build();
        Self {
            sink_pad,
            state_pad,
            src_pad,
            repeat: AtomicBool::new(true),
            state: Mutex::default(),
        }
    }
}

impl ObjectImpl for StateToBatch {
    fn constructed(&self) {
        self.parent_constructed();
        for pad in [&self.sink_pad, &self.state_pad, &self.src_pad] {
            if let Err(error) = self.obj().add_pad(pad) {
                gst::error!(CAT, imp = self, "{error}");
            }
        }
    }

    fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
            let names: Vec<_> = Counters::default().iter().map(|(name, _)| name).collect();
            vec![
                glib::ParamSpecBoolean::builder("repeat")
                    .nick("Repeat")
                    .blurb(
                        "Put the newest state on every batch, because nvmsgconv looks at one in frame-interval frames only; false: on \
                         one batch each",
                    )
                    .default_value(true)
                    .mutable_playing()
                    .build(),
                kit::properties::stats(&names.join(", ")),
            ]
        });
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        match (pspec.name(), value.get()) {
            ("repeat", Ok(repeat)) => self.repeat.store(repeat, Ordering::Relaxed),
            ("repeat", Err(_)) => (),
            (name, _) => unimplemented!("{name}"),
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "repeat" => self.repeat.load(Ordering::Relaxed).to_value(),
            "stats" => {
                let counters = lock(&self.state).counters;
                kit::stats::structure("statetobatch-stats", counters.iter()).to_value()
            }
            name => unimplemented!("{name}"),
        }
    }
}

impl GstObjectImpl for StateToBatch {}

impl ElementImpl for StateToBatch {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "States for DeepStream's messengers",
                "Filter/Metadata",
                "Puts the newest facility state on batches of DeepStream, as a message that nvmsgconv with msg2p-newapi=true writes \
                 into its payload for nvmsgbroker",
                env!("CARGO_PKG_AUTHORS"),
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let batches = gst::Caps::builder("video/x-raw")
                .features(["memory:NVMM"])
                .build();
            let states = gst::Caps::new_empty_simple(meta::STATE_CAPS);
            let mut templates = kit::pads::always(&batches, &batches);
            templates.extend(gst::PadTemplate::new(
                "state",
                gst::PadDirection::Sink,
                gst::PadPresence::Always,
                &states,
            ));
            templates
        });
        &TEMPLATES
    }

    fn change_state(
        &self,
        transition: gst::StateChange,
    ) -> Result<gst::StateChangeSuccess, gst::StateChangeError> {
        if transition == gst::StateChange::ReadyToPaused {
            *lock(&self.state) = State::default();
        }
        self.parent_change_state(transition)
    }
}

impl StateToBatch {
    /// Which pads belong together: batches go through, states end here.
    fn links(
        parent: Option<&gst::Object>,
        pads: impl FnOnce(&Self) -> Vec<gst::Pad>,
    ) -> gst::Iterator<gst::Pad> {
        let none = || gst::Iterator::from_vec(Vec::new());
        Self::catch_panic_pad_function(parent, none, |this| gst::Iterator::from_vec(pads(this)))
    }

    /// Keeps a state for the batches that follow.
    fn take_state(&self, buffer: &gst::Buffer) -> Result<gst::FlowSuccess, gst::FlowError> {
        let bytes = buffer.map_readable().map_err(|error| {
            gst::element_imp_error!(
                self,
                gst::ResourceError::Read,
                ("a state cannot be read: {error}")
            );
            gst::FlowError::Error
        })?;
        let text = message(&bytes);
        let mut state = lock(&self.state);
        state.counters.states += 1;
        let Some(text) = text else {
            state.counters.bad_states += 1;
            gst::warning!(CAT, imp = self, "a document that cannot be a message");
            return Ok(gst::FlowSuccess::Ok);
        };
        if state.newest.take(text) {
            state.counters.superseded += 1;
        }
        Ok(gst::FlowSuccess::Ok)
    }

    /// Puts the newest state on a batch and lets it go on.
    fn take_batch(&self, buffer: gst::Buffer) -> Result<gst::FlowSuccess, gst::FlowError> {
        let next = {
            let mut state = lock(&self.state);
            state.counters.batches += 1;
            state.newest.next(self.repeat.load(Ordering::Relaxed))
        };
        if let Some(text) = next {
            if self.attach(&buffer, &text)? {
                let mut state = lock(&self.state);
                state.counters.messages += 1;
                state.newest.carried(&text);
            } else {
                self.miss();
            }
        }
        self.src_pad.push(buffer)
    }

    /// Counts a buffer on which no message can be put; the first time, says so.
    fn miss(&self) {
        let told = {
            let mut state = lock(&self.state);
            state.counters.without_frames += 1;
            std::mem::replace(&mut state.told, true)
        };
        if !told {
            gst::element_imp_warning!(
                self,
                gst::StreamError::Format,
                ("a buffer has no frames of DeepStream, so no state can be put on it: put statetobatch behind nvstreammux")
            );
        }
    }

    /// Puts a message on the batch of a buffer; whether it has frames.
    fn attach(&self, buffer: &gst::BufferRef, text: &Arc<CStr>) -> Result<bool, gst::FlowError> {
        let failed = |error: nvds::Error| {
            gst::element_imp_error!(self, gst::StreamError::Format, ("{error}"));
            gst::FlowError::Error
        };
        match nvds::Batch::of(buffer).map_err(failed)? {
            Some(batch) => batch.attach_message(text).map_err(failed),
            None => Ok(false),
        }
    }
}
