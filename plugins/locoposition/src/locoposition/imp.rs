// SPDX-License-Identifier: MIT OR Apache-2.0
//! Implementation of `locoposition`.
//!
//! Locks: `settings` and `state`, never both at once. None is held while a message is posted or a query sent.

use std::sync::{LazyLock, Mutex};

use estimation::lpe::Dropped;
use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::subclass::BaseTransformMode;
use gst_base::subclass::prelude::*;
use kit::{Envelope, facility, lock};
use meta::{Packet, View};

use super::estimator::{Estimator, Notices};
use super::properties::{PROPERTIES, Settings};
use super::stats::Counters;

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "locoposition",
        gst::DebugColorFlags::empty(),
        Some("Locomotive position estimation"),
    )
});

/// What the streaming thread works with, from start to stop.
struct State {
    estimator: Estimator,
    view: View,
}

impl kit::Reports for State {
    fn envelope(&mut self) -> &mut Envelope {
        &mut self.estimator.envelope
    }

    fn view(&mut self) -> &mut View {
        &mut self.view
    }
}

/// The element's instance.
#[derive(Default)]
pub struct LocoPosition {
    settings: Mutex<Settings>,
    state: Mutex<Option<State>>,
}

#[glib::object_subclass]
impl ObjectSubclass for LocoPosition {
    const NAME: &'static str = "RoundhouseLocoPosition";
    type Type = super::LocoPosition;
    type ParentType = gst_base::BaseTransform;
}

impl ObjectImpl for LocoPosition {
    fn properties() -> &'static [glib::ParamSpec] {
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        lock(&self.settings).set(pspec.name(), value);
        gst::info!(CAT, imp = self, "{} = {value:?}", pspec.name());
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "stats" => self.stats().to_value(),
            name => lock(&self.settings).get(name),
        }
    }
}

impl GstObjectImpl for LocoPosition {}

impl ElementImpl for LocoPosition {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Locomotive position estimation",
                "Filter/Analyzer/Video",
                "Estimates from detected heads and tails on which track, and at which metre of it, the ends of locomotives stand, \
                 and attaches one report to every camera frame; pixels and detections are not changed",
                env!("CARGO_PKG_AUTHORS"),
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let caps = meta::frame_caps();
            kit::pads::always(&caps, &caps)
        });
        &TEMPLATES
    }
}

impl BaseTransformImpl for LocoPosition {
    const MODE: BaseTransformMode = BaseTransformMode::AlwaysInPlace;
    const PASSTHROUGH_ON_SAME_CAPS: bool = false;
    const TRANSFORM_IP_ON_PASSTHROUGH: bool = false;

    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let settings = lock(&self.settings).clone();
        facility::check_flow(&settings.flow)?;
        let facility = facility::load(&*self.obj(), *CAT, settings.facility.as_deref())?;
        let view = facility::view(&facility, vec![settings.component], settings.display_text);
        let estimator = Estimator::new(facility, settings.component, &settings.flow);
        *lock(&self.state) = Some(State { estimator, view });
        Ok(())
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        *lock(&self.state) = None;
        Ok(())
    }

    fn transform_ip(
        &self,
        buffer: &mut gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        kit::decide_epoch(&*self.obj(), &self.state);
        let mut notices = Notices::default();
        let mut result = Ok(());
        if let Some(State { estimator, view }) = lock(&self.state).as_mut() {
            result = view.update_frames(buffer, |frame| {
                let outcome = estimator.estimate(frame, &mut notices);
                gst::log!(
                    CAT,
                    imp = self,
                    "camera {} frame {}: {outcome}",
                    frame.camera,
                    frame.sequence
                );
            });
            let undetected = estimator.passed(Packet::of(buffer).is_some());
            notices.warnings.extend(undetected);
        }
        self.tell(notices);
        result.map_err(|error| {
            gst::element_imp_error!(self, gst::StreamError::Format, ("{error}"));
            gst::FlowError::Error
        })?;
        Ok(gst::FlowSuccess::Ok)
    }

    fn sink_event(&self, event: gst::Event) -> bool {
        if event.type_() == gst::EventType::Eos {
            let notices = lock(&self.state)
                .as_mut()
                .map(|state| state.estimator.ended());
            self.tell(notices.unwrap_or_default());
        }
        self.parent_sink_event(event)
    }
}

impl LocoPosition {
    /// Posts `notices` on the bus.
    fn tell(&self, notices: Notices) {
        for warning in notices.warnings {
            gst::element_imp_warning!(self, gst::ResourceError::Settings, ("{warning}"));
        }
        for change in notices.changes {
            change.post(&*self.obj(), "frames");
        }
    }

    /// The value of the property `stats`; all counters are zero while the element is stopped.
    fn stats(&self) -> gst::Structure {
        let name = "locoposition-stats";
        if let Some(state) = lock(&self.state).as_ref() {
            let counters = state.estimator.counters();
            return kit::stats::structure(name, counters.chain(state.view.counters()));
        }
        let counters = Counters::default().iter().chain(Dropped::default().iter());
        kit::stats::structure(name, counters.chain(View::default().counters()))
    }
}
