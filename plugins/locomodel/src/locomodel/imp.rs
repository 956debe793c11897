// SPDX-License-Identifier: MIT OR Apache-2.0
//! Implementation of `locomodel`.
//!
//! Locks, in this order: `settings`, `reporter`, `view`. None is held while a message is posted or a query sent.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use facility::Facility;
use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::BaseTransformMode;
use gst_base::subclass::prelude::*;
use kit::{Envelope, Places};
use meta::View;

use super::reporter::Reporter;
use super::settings::{PROPERTIES, Settings};
use crate::catalogue::Catalogue;

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "locomodel",
        gst::DebugColorFlags::empty(),
        Some("Models of locomotives"),
    )
});

/// The element's state.
#[derive(Default)]
pub struct LocoModel {
    settings: Mutex<Settings>,
    /// From start to stop.
    reporter: Mutex<Option<Reporter>>,
    view: Mutex<View>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
        let known = lock(&self.settings).get(pspec.name());
        known.unwrap_or_else(|| self.stats().to_value())
    }
}

impl GstObjectImpl for LocoModel {}

impl ElementImpl for LocoModel {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Models of locomotives",
                "Filter/Analyzer/Video",
                "Turns what a classifier says of locomotive ends on frames or packets into reports of the model at a track and metre, \
                 with the probability of every candidate; it runs no network itself",
                env!("CARGO_PKG_AUTHORS"),
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let caps = meta::frame_caps();
            [
                ("sink", gst::PadDirection::Sink),
                ("src", gst::PadDirection::Src),
            ]
            .into_iter()
            .filter_map(|(name, direction)| {
                gst::PadTemplate::new(name, direction, gst::PadPresence::Always, &caps).ok()
            })
            .collect()
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
        let (reporter, view, warnings) = load(&settings)
            .map_err(|problem| gst::error_msg!(gst::ResourceError::Settings, ("{problem}")))?;
        for warning in warnings {
            gst::warning!(CAT, imp = self, "{warning}");
        }
        *lock(&self.view) = view;
        *lock(&self.reporter) = Some(reporter);
        Ok(())
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        *lock(&self.reporter) = None;
        Ok(())
    }

    fn sink_event(&self, event: gst::Event) -> bool {
        if event.type_() == gst::EventType::FlushStop
            && let Some(reporter) = lock(&self.reporter).as_mut()
        {
            reporter.forget();
        }
        self.parent_sink_event(event)
    }

    fn transform_ip(
        &self,
        buffer: &mut gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        self.decide_epoch();
        let mut warnings = Vec::new();
        let mut outcome = Ok(());
        if let Some(reporter) = lock(&self.reporter).as_mut() {
            outcome = lock(&self.view)
                .update_frames(buffer, |frame| warnings.extend(reporter.look(frame)));
        }
        for warning in warnings {
            gst::element_imp_warning!(self, gst::ResourceError::Settings, ("{warning}"));
        }
        outcome.map_err(|error| {
            gst::element_imp_error!(self, gst::StreamError::Format, ("{error}"));
            gst::FlowError::Error
        })?;
        Ok(gst::FlowSuccess::Ok)
    }
}

impl LocoModel {
    /// Before the first frame: live input makes ids that no earlier run has made.
    fn decide_epoch(&self) {
        let needs = lock(&self.reporter)
            .as_ref()
            .is_some_and(|reporter| reporter.envelope.needs_epoch());
        if !needs {
            return;
        }
        let live = meta::input_is_live(self.obj().sink_pad()) == Some(true);
        if live {
            let base = kit::clock::utc_base(&*self.obj());
            lock(&self.view).set_base(base);
        }
        if let Some(reporter) = lock(&self.reporter).as_mut() {
            reporter.envelope.set_live(live);
        }
    }

    fn stats(&self) -> gst::Structure {
        let counters = lock(&self.reporter)
            .as_ref()
            .map_or_else(Vec::new, Reporter::counters);
        let mut stats = gst::Structure::builder("locomodel-stats");
        for (name, count) in counters.into_iter().chain(lock(&self.view).counters()) {
            stats = stats.field(name, count);
        }
        stats.build()
    }
}

/// What `settings` name, and what is odd about it.
fn load(settings: &Settings) -> Result<(Reporter, View, Vec<String>), String> {
    let Some(path) = &settings.facility else {
        return Err(
            "Property 'facility' is not set; set it to the path of facility.toml".to_owned(),
        );
    };
    let Some(classifier) = &settings.classifier else {
        return Err(
            "Property 'classifier' is not set; name the configuration file of the network that judges the ends, such as \
             models/trt/locomodel/config_infer.txt"
                .to_owned(),
        );
    };
    if settings.flow.is_empty() {
        return Err("Property 'flow' is empty; give the flow a name, such as prod".to_owned());
    }
    let catalogue = Catalogue::load(classifier).map_err(|error| error.to_string())?;
    let facility = Facility::load(path).map_err(|errors| errors.to_string())?;
    let mut warnings: Vec<String> = facility
        .warnings
        .iter()
        .map(|warning| format!("{}:{warning}", path.display()))
        .collect();
    let models: Vec<&str> = facility
        .models
        .iter()
        .map(|model| model.name.as_str())
        .collect();
    warnings.extend(catalogue.unknown(&models).into_iter().map(|label| {
        format!(
            "the classifier's label '{label}' is none of the models of {}; its length is unknown",
            path.display()
        )
    }));
    let envelope = Envelope::new(&facility.name, "locomodel", &settings.flow);
    let cameras = facility
        .cameras
        .iter()
        .map(|camera| (camera.source, camera.id.as_str()));
    let mut view = View::new(cameras, vec![catalogue.component()]);
    view.set_display_text(settings.display_text);
    let reporter = Reporter::new(
        catalogue,
        settings.min_confidence,
        settings.min_height,
        Places::new(facility),
        envelope,
    );
    Ok((reporter, view, warnings))
}
