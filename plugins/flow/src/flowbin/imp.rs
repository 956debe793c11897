// SPDX-License-Identifier: MIT OR Apache-2.0
//! Translates between GStreamer and the [`Flow`].

use std::sync::{Arc, LazyLock, Mutex};

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use kit::lock;

use super::debug::CAT;
use super::flow::{Command, Flow};
use super::lifecycle::PATIENCE;
use super::niceness;
use super::properties::{OnError, PROPERTIES};
use super::supervisor::Supervisor;

/// The element's private part.
pub struct FlowBin {
    /// Shared with the supervisor and the workers.
    flow: Arc<Flow>,
    /// From PAUSED to READY.
    supervisor: Mutex<Option<Supervisor>>,
}

#[glib::object_subclass]
impl ObjectSubclass for FlowBin {
    const NAME: &'static str = "RoundhouseFlowBin";
    type Type = super::FlowBin;
    type ParentType = gst::Bin;

    fn with_class(class: &Self::Class) -> Self {
        let builder = |name, direction| {
            let template = class.pad_template(name);
            template.as_ref().map_or_else(
                || gst::Pad::builder(direction),
                gst::Pad::builder_from_template,
            )
        };
        let sink_pad = builder("sink", gst::PadDirection::Sink)
            .name("sink")
            .chain_function(|_, parent, buffer| {
                Self::catch_panic_pad_function(
                    parent,
                    || Ok(gst::FlowSuccess::Ok),
                    |this| this.flow.push(buffer),
                )
            })
            .event_function(|_, parent, event| {
                Self::catch_panic_pad_function(parent, || false, |this| this.flow.push_event(event))
            })
            .build();
        let src_pad = builder("src", gst::PadDirection::Src)
            .name("src")
            .query_function(|pad, parent, query| {
                Self::catch_panic_pad_function(
                    parent,
                    || false,
                    |this| this.flow.query_output(pad, query),
                )
            })
            .event_function(|_, parent, event| {
                Self::catch_panic_pad_function(
                    parent,
                    || false,
                    |this| this.flow.push_inner_event(event),
                )
            })
            .build();
        Self {
            flow: Arc::new(Flow::new(sink_pad, src_pad)),
            supervisor: Mutex::default(),
        }
    }
}

impl ObjectImpl for FlowBin {
    fn constructed(&self) {
        self.parent_constructed();
        self.flow.set_element(self.obj().upcast_ref());
        // Whether this bin is an end of the pipeline must not change while inner bins come and go.
        self.obj()
            .set_suppressed_flags(gst::ElementFlags::SINK | gst::ElementFlags::SOURCE);
        if let Err(error) = self.obj().add_pad(&self.flow.sink_pad) {
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
                        let element = arguments.first()?.get::<super::FlowBin>().ok()?;
                        Some(element.imp().flow.tell(Command::Reload).to_value())
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
        lock(&self.flow.settings).set(pspec.name(), value);
        gst::info!(CAT, imp = self, "{} = {value:?}", pspec.name());
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "status" => lock(&self.flow.state).status.to_value(),
            "stats" => self.flow.statistics().to_value(),
            name => lock(&self.flow.settings).get(name),
        }
    }
}

impl GstObjectImpl for FlowBin {}

impl ElementImpl for FlowBin {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Flow bin",
                "Generic/Bin",
                "Runs a pipeline description as one element: errors, panics, stalls and an unexpected end inside are contained and \
                 followed by a restart, upstream is never blocked (unless leaky=no), and the description can be replaced while \
                 the pipeline plays",
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
            gst::StateChange::ReadyToPaused => {
                self.prepare(gst::State::Paused)?;
                self.start_supervisor()?;
            }
            // A sender that waits for room lets go of the pad before it is closed.
            gst::StateChange::PausedToReady => self.flow.input_queue.set_flushing(true),
            _ => (),
        }
        let success = self.parent_change_state(transition)?;
        match transition {
            gst::StateChange::ReadyToPaused => self.flow.begin(),
            gst::StateChange::PausedToPlaying => self.flow.follow(gst::State::Playing),
            gst::StateChange::PlayingToPaused => self.flow.follow(gst::State::Paused),
            gst::StateChange::PausedToReady => self.stop_supervisor(),
            gst::StateChange::ReadyToNull => self.flow.leave(PATIENCE),
            _ => (),
        }
        Ok(success)
    }
}

impl BinImpl for FlowBin {
    fn handle_message(&self, message: gst::Message) {
        match message.view() {
            gst::MessageView::Error(error)
                if lock(&self.flow.settings).on_error != OnError::Forward =>
            {
                let from = message.src().map(gst::Object::name).unwrap_or_default();
                let text = kit::error_text(&error.error(), error.debug().as_deref());
                let reason = format!("{from}: {text}");
                gst::warning!(CAT, imp = self, "{reason}");
                self.flow.find_failed_bin(message.src(), reason);
            }
            gst::MessageView::Eos(_) => self.flow.inner_eos(message.src()),
            _ => {
                niceness::prepare(lock(&self.flow.settings).nice, &message);
                self.parent_handle_message(message);
            }
        }
    }
}

impl FlowBin {
    /// Makes the first inner bin; posts an error if there is none and errors are forwarded.
    fn prepare(&self, target: gst::State) -> Result<(), gst::StateChangeError> {
        self.flow.prepare(target).map_err(|reason| {
            gst::element_imp_error!(self, gst::ResourceError::Settings, ("{reason}"));
            gst::StateChangeError
        })
    }

    /// Starts the thread that watches over the inner bin.
    fn start_supervisor(&self) -> Result<(), gst::StateChangeError> {
        let supervisor = Supervisor::start(&self.flow).map_err(|error| {
            gst::element_imp_error!(
                self,
                gst::CoreError::Thread,
                ("There is no thread to watch over the flow: {error}")
            );
            gst::StateChangeError
        })?;
        *lock(&self.supervisor) = Some(supervisor);
        Ok(())
    }

    /// Ends that thread and the inner bin.
    fn stop_supervisor(&self) {
        let supervisor = lock(&self.supervisor).take();
        if let Some(supervisor) = supervisor {
            supervisor.stop(&self.flow);
        }
    }
}
