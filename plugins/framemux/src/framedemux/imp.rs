// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element as GStreamer sees it: its class and its virtual methods. The thread of the sink pad alone makes, feeds and
//! removes source pads.

use std::sync::LazyLock;
use std::sync::atomic::Ordering;

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use meta::PACKET_CAPS;

use super::FrameDemuxPad;
use super::state::{CAT, FrameDemux};

#[glib::object_subclass]
impl ObjectSubclass for FrameDemux {
    const NAME: &'static str = "RoundhouseFrameDemux";
    type Type = super::FrameDemux;
    type ParentType = gst::Element;

    fn with_class(class: &Self::Class) -> Self {
        let sink = match class.pad_template("sink") {
            Some(template) => gst::Pad::builder_from_template(&template),
            None => gst::Pad::builder(gst::PadDirection::Sink),
        };
        let sink = sink
            .name("sink")
            .chain_function(|_, parent, buffer| {
                Self::catch_panic_pad_function(
                    parent,
                    || Err(gst::FlowError::Error),
                    |demux| demux.chain(&buffer),
                )
            })
            .event_function(|_, parent, event| {
                Self::catch_panic_pad_function(parent, || false, |demux| demux.sink_event(event))
            })
            .build();
        Self::new(sink)
    }
}

impl ObjectImpl for FrameDemux {
    fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
            vec![
                glib::ParamSpecBoolean::builder("cached")
                    .nick("Cached")
                    .blurb(
                        "Also output frames that an earlier packet held already, at the time of the packet and marked with \
                         the flag GAP",
                    )
                    .mutable_playing()
                    .build(),
                kit::properties::stats(
                    "packets that came in, frames that went out, cameras that have a pad",
                ),
            ]
        });
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        match pspec.name() {
            "cached" => self
                .cached
                .store(value.get().unwrap_or_default(), Ordering::Relaxed),
            _ => unimplemented!(),
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "cached" => self.cached.load(Ordering::Relaxed).to_value(),
            "stats" => self.stats().to_value(),
            _ => unimplemented!(),
        }
    }

    fn constructed(&self) {
        self.parent_constructed();
        if let Err(error) = self.obj().add_pad(&self.sink) {
            gst::error!(CAT, imp = self, "no sink pad: {error}");
        }
    }
}

impl GstObjectImpl for FrameDemux {}

impl ElementImpl for FrameDemux {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Image disaggregator",
                "Demuxer/Video",
                "Splits the packets of framemux: each camera has a source pad for its new frames, with their own timestamps \
                 and formats",
                env!("CARGO_PKG_AUTHORS"),
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let packets = gst::Caps::new_empty_simple(PACKET_CAPS);
            let pictures = gst::Caps::new_empty_simple("video/x-raw");
            [
                gst::PadTemplate::new(
                    "sink",
                    gst::PadDirection::Sink,
                    gst::PadPresence::Always,
                    &packets,
                ),
                gst::PadTemplate::with_gtype(
                    "src_%u",
                    gst::PadDirection::Src,
                    gst::PadPresence::Sometimes,
                    &pictures,
                    FrameDemuxPad::static_type(),
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
        let success = self.parent_change_state(transition)?;
        if transition == gst::StateChange::PausedToReady {
            let state = std::mem::take(&mut *self.state());
            for output in state.outputs.into_values() {
                self.remove(&output.pad);
            }
        }
        Ok(success)
    }
}
