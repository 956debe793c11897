// SPDX-License-Identifier: MIT OR Apache-2.0
//! Implementation of `platereader`.
//!
//! Locks, never two at once: `settings`, `state`. None is held while a message is posted or a query sent.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use facility::{Facility, FacilityErrors};
use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::BaseTransformMode;
use gst_base::subclass::prelude::*;
use gst_video::VideoInfo;
use kit::{Envelope, Places};
use meta::{Packet, SlotStatus, View};
use plates::Numbering;

use super::crops::Crops;
use super::reader::{Reader, Reading, Rules};
use super::settings::{PROPERTIES, Settings};
use crate::networks::Network;

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "platereader",
        gst::DebugColorFlags::empty(),
        Some("Running numbers"),
    )
});

/// From start to stop.
struct State {
    reader: Reader,
    view: View,
    crops: Option<Crops>,
    /// Format of a single stream.
    info: Option<VideoInfo>,
}

/// The element's state.
#[derive(Default)]
pub struct PlateReader {
    settings: Mutex<Settings>,
    state: Mutex<Option<State>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
        let known = lock(&self.settings).get(pspec.name());
        known.unwrap_or_else(|| self.stats().to_value())
    }
}

impl GstObjectImpl for PlateReader {}

impl ElementImpl for PlateReader {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Running numbers of locomotives",
                "Filter/Analyzer/Video",
                "Turns what networks say of plates on frames or packets into running numbers that the site's schemes allow, votes \
                 over frames, and reports each with its track and metre; it runs no network itself",
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

impl BaseTransformImpl for PlateReader {
    const MODE: BaseTransformMode = BaseTransformMode::AlwaysInPlace;
    const PASSTHROUGH_ON_SAME_CAPS: bool = false;
    const TRANSFORM_IP_ON_PASSTHROUGH: bool = false;

    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let settings = lock(&self.settings).clone();
        let (state, warnings) = load(&settings)
            .map_err(|problem| gst::error_msg!(gst::ResourceError::Settings, ("{problem}")))?;
        for warning in warnings {
            gst::warning!(CAT, imp = self, "{warning}");
        }
        *lock(&self.state) = Some(state);
        Ok(())
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        *lock(&self.state) = None;
        Ok(())
    }

    fn set_caps(&self, caps: &gst::Caps, _out: &gst::Caps) -> Result<(), gst::LoggableError> {
        if let Some(state) = lock(&self.state).as_mut() {
            // A packet says the format of each frame itself; pictures on a GPU cannot be cropped here.
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
            state.reader.forget();
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
        if let Some(state) = lock(&self.state).as_mut() {
            let mut readings = Vec::new();
            let State { reader, view, .. } = state;
            outcome = view.update_frames(buffer, |frame| {
                let read = reader.read(frame);
                warnings.extend(read.warnings);
                readings.push(read.readings);
            });
            warnings.extend(keep_crops(state, buffer, &readings));
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

impl PlateReader {
    /// Before the first frame: live input makes ids that no earlier run has made.
    fn decide_epoch(&self) {
        let needs = lock(&self.state)
            .as_ref()
            .is_some_and(|state| state.reader.envelope.needs_epoch());
        if !needs {
            return;
        }
        let live = meta::input_is_live(self.obj().sink_pad()) == Some(true);
        let base = live.then(|| kit::clock::utc_base(&*self.obj()));
        if let Some(state) = lock(&self.state).as_mut() {
            if let Some(base) = base {
                state.view.set_base(base);
            }
            state.reader.envelope.set_live(live);
        }
    }

    fn stats(&self) -> gst::Structure {
        let counters = lock(&self.state).as_ref().map_or_else(Vec::new, |state| {
            let mut counters = state.reader.counters();
            counters.extend(state.view.counters());
            counters
        });
        let mut stats = gst::Structure::builder("platereader-stats");
        for (name, count) in counters {
            stats = stats.field(name, count);
        }
        stats.build()
    }
}

/// Keeps the crops of the fresh frames in `buffer`, whose `readings` come in their order; why it cannot, once: it stops then.
fn keep_crops(
    state: &mut State,
    buffer: &gst::BufferRef,
    readings: &[Vec<Reading>],
) -> Option<String> {
    let crops = state.crops.as_mut()?;
    let mut result = Ok(());
    if let Some(packet) = Packet::of(buffer) {
        let fresh = packet
            .slots
            .iter()
            .filter(|slot| slot.status == SlotStatus::Fresh && slot.frame.is_some());
        for (slot, readings) in fresh.zip(readings) {
            if let (Some(frame), Some(info), false) =
                (&slot.frame, &slot.video_info, readings.is_empty())
            {
                result = result.and(crops.keep(frame, info, readings));
            }
        }
    } else if let (Some(info), Some(readings)) = (&state.info, readings.first())
        && !readings.is_empty()
    {
        result = crops.keep(&buffer.to_owned(), info, readings);
    }
    let error = result.err()?;
    state.crops = None;
    Some(format!(
        "debug-crops: {error}; no more crops are kept. Make room, or name a folder that can be written"
    ))
}

/// What `settings` name, and what is odd about it.
fn load(settings: &Settings) -> Result<(State, Vec<String>), String> {
    let Some(path) = &settings.facility else {
        return Err(
            "Property 'facility' is not set; set it to the path of facility.toml".to_owned(),
        );
    };
    if settings.flow.is_empty() {
        return Err("Property 'flow' is empty; give the flow a name, such as prod".to_owned());
    }
    let networks = Network::load_all(&settings.readers).map_err(|error| error.to_string())?;
    if networks.is_empty() {
        return Err(
            "Property 'readers' is not set; name the configuration files of the networks that read plates, such as \
             models/trt/platereader/config_infer.txt"
                .to_owned(),
        );
    }
    let facility = Facility::load(path).map_err(|errors| errors.to_string())?;
    let numbering = numbering(settings, &facility, path).map_err(|errors| errors.to_string())?;
    let crops = settings
        .debug_crops
        .as_ref()
        .map(|folder| {
            Crops::new(folder, settings.debug_crops_count as usize)
                .map_err(|error| format!("debug-crops={}: {error}", folder.display()))
        })
        .transpose()?;
    let warnings = facility
        .warnings
        .iter()
        .map(|warning| format!("{}:{warning}", path.display()))
        .collect();
    let envelope = Envelope::new(&facility.name, "platereader", &settings.flow);
    let cameras = facility
        .cameras
        .iter()
        .map(|camera| (camera.source, camera.id.as_str()));
    let components = networks.iter().map(|network| network.component).collect();
    let mut view = View::new(cameras, components);
    view.set_display_text(settings.display_text);
    let rules = Rules {
        networks,
        numbering,
        min_confidence: settings.min_confidence,
        min_height: settings.min_height,
        window: i64::try_from(settings.evidence_window.nseconds()).unwrap_or(i64::MAX),
    };
    let state = State {
        view,
        reader: Reader::new(rules, Places::new(facility), envelope),
        crops,
        info: None,
    };
    Ok((state, warnings))
}

/// The numbers that there are: the facility's, with the schemes of the property if it names any.
fn numbering(
    settings: &Settings,
    facility: &Facility,
    path: &std::path::Path,
) -> Result<Numbering, FacilityErrors> {
    let names: Vec<_> = settings
        .schemes
        .split(';')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    let folder = path.parent().unwrap_or(std::path::Path::new(""));
    let file = path.display().to_string();
    Numbering::of_schemes(&names, facility.numbering.as_ref(), &file, folder)
}
