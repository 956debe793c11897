// SPDX-License-Identifier: MIT OR Apache-2.0
//! Implementation of `locoposition`.
//!
//! Locks, in this order: `settings`, `estimator`, `view`. None is held while a message is posted or a query sent.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use facility::Facility;
use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::BaseTransformMode;
use gst_base::subclass::prelude::*;

use meta::{Packet, View};

use super::estimator::Estimator;
use super::settings::{PROPERTIES, Settings};

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "locoposition",
        gst::DebugColorFlags::empty(),
        Some("Locomotive position estimation"),
    )
});

/// The element's state.
#[derive(Default)]
pub struct LocoPosition {
    settings: Mutex<Settings>,
    /// From start to stop.
    estimator: Mutex<Option<Estimator>>,
    view: Mutex<View>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
        match lock(&self.settings).get(pspec.name()) {
            Some(value) => value,
            None => self.stats().to_value(),
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
                "Turns the boxes that a detector found on frames or packets into places of locomotive ends on tracks, metres \
                 with their errors, one report per camera frame; frames pass unchanged but for the report that rides on them",
                env!("CARGO_PKG_AUTHORS"),
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let caps = meta::frame_caps();
            let pad = |name, direction| {
                gst::PadTemplate::new(name, direction, gst::PadPresence::Always, &caps)
            };
            [
                pad("sink", gst::PadDirection::Sink),
                pad("src", gst::PadDirection::Src),
            ]
            .into_iter()
            .filter_map(Result::ok)
            .collect()
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
        let Some(path) = &settings.facility else {
            return Err(gst::error_msg!(
                gst::ResourceError::NotFound,
                ("Property 'facility' is not set; set it to the path of facility.toml")
            ));
        };
        if settings.flow.is_empty() {
            return Err(gst::error_msg!(
                gst::ResourceError::Settings,
                ("Property 'flow' is empty; give the flow a name, such as prod")
            ));
        }
        let facility = Facility::load(path)
            .map_err(|errors| gst::error_msg!(gst::ResourceError::Settings, ("{errors}")))?;
        for warning in &facility.warnings {
            gst::warning!(CAT, imp = self, "{}:{warning}", path.display());
        }
        let mut view = View::new(
            facility
                .cameras
                .iter()
                .map(|camera| (camera.source, camera.id.as_str())),
            vec![settings.component],
        );
        view.set_display_text(settings.display_text);
        *lock(&self.view) = view;
        *lock(&self.estimator) = Some(Estimator::new(facility, settings.component, &settings.flow));
        Ok(())
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        *lock(&self.estimator) = None;
        Ok(())
    }

    fn transform_ip(
        &self,
        buffer: &mut gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        self.decide_epoch();
        let mut warnings = Vec::new();
        let mut outcome = Ok(());
        if let Some(estimator) = lock(&self.estimator).as_mut() {
            outcome = lock(&self.view)
                .update_frames(buffer, |frame| warnings.extend(estimator.look(frame)));
            warnings.extend(estimator.passed(Packet::of(buffer).is_some()));
        }
        self.warn(warnings);
        outcome.map_err(|error| {
            gst::element_imp_error!(self, gst::StreamError::Format, ("{error}"));
            gst::FlowError::Error
        })?;
        Ok(gst::FlowSuccess::Ok)
    }

    fn sink_event(&self, event: gst::Event) -> bool {
        if event.type_() == gst::EventType::Eos {
            let warning = lock(&self.estimator).as_ref().and_then(Estimator::ended);
            self.warn(warning);
        }
        self.parent_sink_event(event)
    }
}

impl LocoPosition {
    fn warn(&self, warnings: impl IntoIterator<Item = String>) {
        for warning in warnings {
            gst::element_imp_warning!(self, gst::ResourceError::Settings, ("{warning}"));
        }
    }

    /// Before the first frame: live input makes ids that no earlier run has made.
    fn decide_epoch(&self) {
        if !lock(&self.estimator)
            .as_ref()
            .is_some_and(|estimator| estimator.envelope.needs_epoch())
        {
            return;
        }
        let live = meta::input_is_live(self.obj().sink_pad()) == Some(true);
        if live {
            let base = kit::clock::utc_base(&*self.obj());
            lock(&self.view).set_base(base);
        }
        if let Some(estimator) = lock(&self.estimator).as_mut() {
            estimator.envelope.set_live(live);
        }
    }

    fn stats(&self) -> gst::Structure {
        let counters = lock(&self.estimator)
            .as_ref()
            .map_or_else(Vec::new, Estimator::counters);
        let mut stats = gst::Structure::builder("locoposition-stats");
        for (name, count) in counters.into_iter().chain(lock(&self.view).counters()) {
            stats = stats.field(name, count);
        }
        stats.build()
    }
}
