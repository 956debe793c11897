// SPDX-License-Identifier: MIT OR Apache-2.0
//! Implementation of `locomodel`.
//!
//! Locks: `settings` and `state`, never both at once. None is held while a message is posted or a query sent.

use std::sync::{LazyLock, Mutex};

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::subclass::BaseTransformMode;
use gst_base::subclass::prelude::*;
use kit::{Envelope, LocatedCounters, LocatedReports, Places, facility, lock};
use meta::View;

use super::properties::{PROPERTIES, Settings};
use super::reporter::Reporter;
use super::stats::Counters;
use super::warnings;
use crate::catalogue::Catalogue;

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "locomodel",
        gst::DebugColorFlags::empty(),
        Some("Locomotive model recognition"),
    )
});

/// What the streaming thread works with, from start to stop.
struct State {
    reporter: Reporter,
    view: View,
}

impl kit::Reports for State {
    fn envelope(&mut self) -> &mut Envelope {
        &mut self.reporter.reports.envelope
    }

    fn view(&mut self) -> &mut View {
        &mut self.view
    }
}

/// The element's instance.
#[derive(Default)]
pub struct LocoModel {
    settings: Mutex<Settings>,
    state: Mutex<Option<State>>,
}

#[glib::object_subclass]
impl ObjectSubclass for LocoModel {
    const NAME: &'static str = "RoundhouseLocoModel";
    type Type = super::LocoModel;
    type ParentType = gst_base::BaseTransform;
}

impl ObjectImpl for LocoModel {
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

impl GstObjectImpl for LocoModel {}

impl ElementImpl for LocoModel {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Locomotive model recognition",
                "Filter/Analyzer/Video",
                "Turns classifier output on detected locomotive ends into a locomotive model with its position on the track, and \
                 attaches one report per result to the frame. Needs a classifier before it; runs no network itself",
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

impl BaseTransformImpl for LocoModel {
    const MODE: BaseTransformMode = BaseTransformMode::AlwaysInPlace;
    const PASSTHROUGH_ON_SAME_CAPS: bool = false;
    const TRANSFORM_IP_ON_PASSTHROUGH: bool = false;

    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let settings = lock(&self.settings).clone();
        let state = self.load(&settings)?;
        *lock(&self.state) = Some(state);
        Ok(())
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        *lock(&self.state) = None;
        Ok(())
    }

    fn sink_event(&self, event: gst::Event) -> bool {
        if event.type_() == gst::EventType::FlushStop
            && let Some(state) = lock(&self.state).as_mut()
        {
            state.reporter.flush();
        }
        self.parent_sink_event(event)
    }

    fn transform_ip(
        &self,
        buffer: &mut gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        kit::decide_epoch(&*self.obj(), &self.state);
        let mut warnings = Vec::new();
        let mut result = Ok(());
        if let Some(State { reporter, view }) = lock(&self.state).as_mut() {
            result = view.update_frames(buffer, |frame| {
                let outcomes = reporter.process(frame);
                warnings.extend(outcomes.warnings);
                for (detection, outcome) in outcomes.results {
                    gst::log!(
                        CAT,
                        imp = self,
                        "camera {} frame {} detection {detection}: {outcome}",
                        frame.camera,
                        frame.sequence
                    );
                }
            });
        }
        for warning in warnings {
            gst::element_imp_warning!(self, gst::ResourceError::Settings, ("{warning}"));
        }
        result.map_err(|error| {
            gst::element_imp_error!(self, gst::StreamError::Format, ("{error}"));
            gst::FlowError::Error
        })?;
        Ok(gst::FlowSuccess::Ok)
    }
}

impl LocoModel {
    /// Loads the files that `settings` name.
    fn load(&self, settings: &Settings) -> Result<State, gst::ErrorMessage> {
        facility::check_flow(&settings.flow)?;
        let facility = facility::load(&*self.obj(), *CAT, settings.facility.as_deref())?;
        let Some(classifier) = &settings.classifier else {
            return Err(gst::error_msg!(
                gst::ResourceError::NotFound,
                ("Property 'classifier' is not set; set it to the configuration file of the classifier, such as \
                     models/trt/locomodel/config_infer.txt")
            ));
        };
        let catalogue = Catalogue::load(classifier)
            .map_err(|error| gst::error_msg!(gst::ResourceError::Settings, ("{error}")))?;
        let models = facility.models.iter().map(|model| model.name.as_str());
        for label in catalogue.unknown(&models.collect::<Vec<_>>()) {
            let path = settings
                .facility
                .as_deref()
                .unwrap_or("facility.toml".as_ref());
            gst::warning!(CAT, imp = self, "{}", warnings::unknown_model(label, path));
        }
        let view = facility::view(
            &facility,
            vec![catalogue.component()],
            settings.display_text,
        );
        let envelope = Envelope::new(&facility.name, "locomodel", &settings.flow);
        let reporter = Reporter::new(
            catalogue,
            settings.min_confidence,
            settings.min_height,
            LocatedReports::new(Places::new(facility), envelope),
        );
        Ok(State { reporter, view })
    }

    /// The value of the property `stats`; all counters are zero while the element is stopped.
    fn stats(&self) -> gst::Structure {
        let name = "locomodel-stats";
        if let Some(state) = lock(&self.state).as_ref() {
            let counters = state.reporter.counters();
            return kit::stats::structure(name, counters.chain(state.view.counters()));
        }
        let counters = LocatedCounters::default()
            .iter()
            .chain(Counters::default().iter());
        kit::stats::structure(name, counters.chain(View::default().counters()))
    }
}
