// SPDX-License-Identifier: MIT OR Apache-2.0
//! What GStreamer calls: properties, pads and changes of state.
//!
//! A sink and no `GstAggregator`: an aggregator would hold back the flow that is ahead, and a flow that is judged must not be
//! able to do that to prod. An element and no command: so it works while the flows play, in any pipeline.

use std::io;
use std::sync::{LazyLock, Mutex};

use estimation::metrics::Side;
use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use kit::lock;

use super::comparison::{Comparison, Taken, Verdict};
use super::properties::{PROPERTIES, Settings};

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "flowcompare",
        gst::DebugColorFlags::empty(),
        Some("Comparison of two flows"),
    )
});

/// Names of the pads, and which flow each takes.
const SIDES: [(&str, Side); 2] = [
    ("reference", Side::Reference),
    ("candidate", Side::Candidate),
];

/// The element's state. No lock is taken while another one is held.
pub struct FlowCompare {
    settings: Mutex<Settings>,
    /// The comparison; `None` in READY and below.
    run: Mutex<Option<Comparison>>,
    pads: [gst::Pad; 2],
}

#[glib::object_subclass]
impl ObjectSubclass for FlowCompare {
    const NAME: &'static str = "RoundhouseFlowCompare";
    type Type = super::FlowCompare;
    type ParentType = gst::Element;

    fn with_class(class: &Self::Class) -> Self {
        Self {
            settings: Mutex::default(),
            run: Mutex::default(),
            pads: SIDES
                .map(|(name, side)| Self::sink_pad(class.pad_template(name).as_ref(), name, side)),
        }
    }
}

impl ObjectImpl for FlowCompare {
    fn properties() -> &'static [glib::ParamSpec] {
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        lock(&self.settings).set(pspec.name(), value);
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "summary" => {
                let run = lock(&self.run);
                run.as_ref().map(Comparison::summary).to_value()
            }
            "stats" => {
                let counters = lock(&self.run).as_ref().map(Comparison::counters);
                let counters = counters.unwrap_or_default();
                kit::stats::structure("flowcompare-stats", counters.iter()).to_value()
            }
            name => lock(&self.settings).get(name),
        }
    }

    fn constructed(&self) {
        self.parent_constructed();
        let obj = self.obj();
        obj.set_element_flags(gst::ElementFlags::SINK);
        for pad in &self.pads {
            // A new element has no pad of that name yet.
            let _ = obj.add_pad(pad);
        }
    }
}

impl GstObjectImpl for FlowCompare {}

impl ElementImpl for FlowCompare {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Flow comparison",
                "Sink/Analyzer",
                "Compares the facility states of two flows at every timestamp that both have, and reports how far apart they are",
                env!("CARGO_PKG_AUTHORS"),
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let caps = gst::Caps::new_empty_simple(meta::STATE_CAPS);
            let template = |(name, _): &(&str, Side)| {
                gst::PadTemplate::new(
                    name,
                    gst::PadDirection::Sink,
                    gst::PadPresence::Always,
                    &caps,
                )
            };
            SIDES
                .iter()
                .filter_map(|side| template(side).ok())
                .collect()
        });
        &TEMPLATES
    }

    fn change_state(
        &self,
        transition: gst::StateChange,
    ) -> Result<gst::StateChangeSuccess, gst::StateChangeError> {
        if transition == gst::StateChange::ReadyToPaused {
            self.start().map_err(|message| {
                self.post_error_message(message);
                gst::StateChangeError
            })?;
        }
        let success = self.parent_change_state(transition)?;
        if transition == gst::StateChange::PausedToReady {
            let run = lock(&self.run).take();
            self.warn_of_file(run.map_or(Ok(()), Comparison::close));
        }
        Ok(success)
    }
}

impl FlowCompare {
    /// The sink pad of one flow.
    fn sink_pad(templ: Option<&gst::PadTemplate>, name: &str, side: Side) -> gst::Pad {
        templ
            .map_or_else(
                || gst::Pad::builder(gst::PadDirection::Sink),
                gst::Pad::builder_from_template,
            )
            .name(name)
            .chain_function(move |pad, parent, buffer| {
                Self::catch_panic_pad_function(
                    parent,
                    || Err(gst::FlowError::Error),
                    |this| this.chain(side, pad, &buffer),
                )
            })
            .event_function(move |pad, parent, event| {
                Self::catch_panic_pad_function(
                    parent,
                    || false,
                    |this| this.sink_event(side, pad, event),
                )
            })
            .build()
    }

    /// Begins a comparison, and its file.
    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let settings = lock(&self.settings).clone();
        let location = settings.location.as_deref();
        let comparison = Comparison::new(settings.moved_above, location).map_err(|error| {
            let path = location.unwrap_or_else(|| "".as_ref()).display();
            gst::error_msg!(
                gst::ResourceError::OpenWrite,
                ("Property 'location': {path} cannot be written: {error}")
            )
        })?;
        *lock(&self.run) = Some(comparison);
        Ok(())
    }

    /// Takes one document of one flow. Whatever it is, the flow goes on.
    fn chain(
        &self,
        side: Side,
        pad: &gst::Pad,
        buffer: &gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        // A buffer that cannot be mapped holds no readable document either.
        let document = buffer.map_readable().ok();
        let document = document.as_deref().unwrap_or_default();
        let (taken, written) = match lock(&self.run).as_mut() {
            Some(run) => run.push(side, document),
            None => return Err(gst::FlowError::Flushing),
        };
        match taken {
            Taken::State => gst::trace!(CAT, obj = pad, "took a state"),
            Taken::Ignored => gst::debug!(CAT, obj = pad, "ignored a document that is no state"),
            Taken::Refused(reason) => gst::warning!(CAT, obj = pad, "refused: {reason}"),
        }
        self.warn_of_file(written);
        Ok(gst::FlowSuccess::Ok)
    }

    /// Takes an event of one flow.
    fn sink_event(&self, side: Side, pad: &gst::Pad, event: gst::Event) -> bool {
        if event.type_() == gst::EventType::Eos {
            self.end(side, event.seqnum());
            return true;
        }
        gst::Pad::event_default(pad, Some(&*self.obj()), event)
    }

    /// One flow has ended; after both the verdict is posted, and the end.
    fn end(&self, side: Side, seqnum: gst::Seqnum) {
        let ended = lock(&self.run).as_mut().map(|run| run.end(side));
        let Some((verdict, written)) = ended else {
            return;
        };
        self.warn_of_file(written);
        let Some(Verdict { summary, total }) = verdict else {
            return;
        };
        let obj = self.obj();
        let structure = gst::Structure::builder("roundhouse-comparison")
            .field("summary", &summary)
            .field("total", &total)
            .build();
        let messages = [
            gst::message::Element::builder(structure).src(&*obj).build(),
            gst::message::Eos::builder()
                .src(&*obj)
                .seqnum(seqnum)
                .build(),
        ];
        for message in messages {
            // Fails only without a bus, and then there is nobody to tell.
            let _ = obj.post_message(message);
        }
    }

    /// A disk that is full costs the file of differences, not the flows.
    fn warn_of_file(&self, written: io::Result<()>) {
        if let Err(error) = written {
            gst::element_imp_warning!(
                self,
                gst::ResourceError::Write,
                ("The file of property 'location' is not complete: {error}")
            );
        }
    }
}
