// SPDX-License-Identifier: MIT OR Apache-2.0
//! Implementation of `platereader`.
//!
//! Locks, never two at once: `settings`, `state`. None is held while a message is posted or a query sent.

use std::sync::{LazyLock, Mutex};

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::subclass::BaseTransformMode;
use gst_base::subclass::prelude::*;
use gst_video::VideoInfo;
use kit::{Envelope, LocatedCounters, facility, lock};
use meta::View;

use super::crops::{self, Crops};
use super::properties::{PROPERTIES, Settings};
use super::reader::Reader;
use super::stats::Counters;
use super::{load, warnings};

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "platereader",
        gst::DebugColorFlags::empty(),
        Some("Running number reading"),
    )
});

/// What the streaming thread works with, from start to stop.
struct State {
    reader: Reader,
    view: View,
    crops: Option<Crops>,
    /// Format of a single stream.
    info: Option<VideoInfo>,
}

impl kit::Reports for State {
    fn envelope(&mut self) -> &mut Envelope {
        &mut self.reader.reports.envelope
    }

    fn view(&mut self) -> &mut View {
        &mut self.view
    }
}

/// The element's instance.
#[derive(Default)]
pub struct PlateReader {
    settings: Mutex<Settings>,
    state: Mutex<Option<State>>,
}

#[glib::object_subclass]
impl ObjectSubclass for PlateReader {
    const NAME: &'static str = "RoundhousePlateReader";
    type Type = super::PlateReader;
    type ParentType = gst_base::BaseTransform;
}

impl ObjectImpl for PlateReader {
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

impl GstObjectImpl for PlateReader {}

impl ElementImpl for PlateReader {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Running number reading",
                "Filter/Analyzer/Video",
                "Decodes plate-reader output into running numbers that the site's numbering schemes allow, adds up the output of \
                 several frames, and locates each number on a track. Needs a text recognition network before it; runs no network \
                 itself",
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

impl BaseTransformImpl for PlateReader {
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

    fn set_caps(&self, caps: &gst::Caps, _out: &gst::Caps) -> Result<(), gst::LoggableError> {
        if let Some(state) = lock(&self.state).as_mut() {
            // A packet gives the format of each frame; frames in GPU memory cannot be cropped here.
            let on_gpu = caps
                .features(0)
                .is_some_and(|features| features.contains("memory:NVMM"));
            state.info = VideoInfo::from_caps(caps).ok().filter(|_| !on_gpu);
        }
        Ok(())
    }

    fn sink_event(&self, event: gst::Event) -> bool {
        if event.type_() == gst::EventType::FlushStop
            && let Some(state) = lock(&self.state).as_mut()
        {
            state.reader.flush();
        }
        self.parent_sink_event(event)
    }

    fn transform_ip(
        &self,
        buffer: &mut gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        kit::decide_epoch(&*self.obj(), &self.state);
        let (warnings, result) = lock(&self.state)
            .as_mut()
            .map_or((Vec::new(), Ok(())), |state| self.process(state, buffer));
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

impl PlateReader {
    /// Reads the plates on `buffer` and keeps their crops; warnings are returned, to be posted without a lock.
    fn process(
        &self,
        state: &mut State,
        buffer: &mut gst::BufferRef,
    ) -> (Vec<String>, Result<(), meta::ViewError>) {
        let State {
            reader,
            view,
            crops,
            info,
        } = state;
        let mut warnings = Vec::new();
        let mut readings = Vec::new();
        let result = view.update_frames(buffer, |frame| {
            let outcomes = reader.process(frame);
            warnings.extend(outcomes.warnings);
            for reading in &outcomes.readings {
                gst::log!(
                    CAT,
                    imp = self,
                    "camera {} frame {} detection {}: {reading}",
                    frame.camera,
                    frame.sequence,
                    reading.detection
                );
            }
            readings.push(outcomes.readings);
        });
        if let Some(folder) = crops
            && let Err(error) = crops::keep(folder, buffer, info.as_ref(), &readings)
        {
            *crops = None;
            warnings.push(warnings::crops_stopped(&error));
        }
        (warnings, result)
    }

    /// Loads the files that `settings` name.
    fn load(&self, settings: &Settings) -> Result<State, gst::ErrorMessage> {
        let refuse = |problem: String| gst::error_msg!(gst::ResourceError::Settings, ("{problem}"));
        facility::check_flow(&settings.flow)?;
        let facility = facility::load(&*self.obj(), *CAT, settings.facility.as_deref())?;
        let networks = load::networks(settings).map_err(refuse)?;
        let components = networks.iter().map(|network| network.component).collect();
        let view = facility::view(&facility, components, settings.display_text);
        let reader = load::reader(settings, networks, facility).map_err(refuse)?;
        let crops = settings
            .debug_crops
            .as_ref()
            .map(|folder| {
                Crops::new(folder, settings.debug_crops_count as usize)
                    .map_err(|error| refuse(format!("debug-crops={}: {error}", folder.display())))
            })
            .transpose()?;
        Ok(State {
            reader,
            view,
            crops,
            info: None,
        })
    }

    /// The value of the property `stats`; all counters are zero while the element is stopped.
    fn stats(&self) -> gst::Structure {
        let name = "platereader-stats";
        if let Some(state) = lock(&self.state).as_ref() {
            let counters = state.reader.counters();
            return kit::stats::structure(name, counters.chain(state.view.counters()));
        }
        let counters = LocatedCounters::default()
            .iter()
            .chain(Counters::default().iter());
        kit::stats::structure(name, counters.chain(View::default().counters()))
    }
}
