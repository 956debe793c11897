// SPDX-License-Identifier: MIT OR Apache-2.0
//! Properties of `platereader`.

use std::path::PathBuf;
use std::sync::LazyLock;

use gst::glib;
use gst::prelude::*;

/// What the user can set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Path of `facility.toml`.
    pub facility: Option<PathBuf>,
    /// Configuration files of the networks, separated by semicolons.
    pub readers: String,
    /// Names of schemes, separated by semicolons; empty for those of the facility.
    pub schemes: String,
    /// Flow name on the reports.
    pub flow: String,
    /// Readings below this confidence are not reported.
    pub min_confidence: f64,
    /// Plates lower than this are not read, pixels of the frame.
    pub min_height: f64,
    /// How long the looks at a plate are kept that is not seen any more.
    pub evidence_window: gst::ClockTime,
    /// Folder for the last crops.
    pub debug_crops: Option<PathBuf>,
    /// How many crops are kept.
    pub debug_crops_count: u32,
    /// Whether results are written at the objects of a batch of `DeepStream`.
    pub display_text: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            facility: None,
            readers: String::new(),
            schemes: String::new(),
            flow: "prod".to_owned(),
            min_confidence: 0.3,
            min_height: 10.0,
            evidence_window: gst::ClockTime::from_seconds(30),
            debug_crops: None,
            debug_crops_count: 200,
            display_text: true,
        }
    }
}

impl Settings {
    /// Sets the property `name`.
    pub fn set(&mut self, name: &str, value: &glib::Value) {
        let text = || {
            value
                .get::<Option<String>>()
                .ok()
                .flatten()
                .unwrap_or_default()
        };
        let path = || {
            Some(text())
                .filter(|path| !path.is_empty())
                .map(PathBuf::from)
        };
        match name {
            "facility" => self.facility = path(),
            "readers" => self.readers = text(),
            "schemes" => self.schemes = text(),
            "flow" => self.flow = text(),
            "display-text" => self.display_text = value.get().unwrap_or(self.display_text),
            "min-confidence" => self.min_confidence = value.get().unwrap_or(self.min_confidence),
            "min-height" => self.min_height = value.get().unwrap_or(self.min_height),
            "evidence-window" => {
                let nanos = value.get().unwrap_or_default();
                self.evidence_window = gst::ClockTime::from_nseconds(nanos);
            }
            "debug-crops" => self.debug_crops = path(),
            "debug-crops-count" => {
                self.debug_crops_count = value.get().unwrap_or(self.debug_crops_count);
            }
            _ => (),
        }
    }

    /// The value of the property `name`, if it is one of these.
    pub fn get(&self, name: &str) -> Option<glib::Value> {
        let path = |path: &Option<PathBuf>| {
            path.as_ref()
                .map(|path| path.display().to_string())
                .to_value()
        };
        Some(match name {
            "facility" => path(&self.facility),
            "readers" => self.readers.to_value(),
            "schemes" => self.schemes.to_value(),
            "flow" => self.flow.to_value(),
            "display-text" => self.display_text.to_value(),
            "min-confidence" => self.min_confidence.to_value(),
            "min-height" => self.min_height.to_value(),
            "evidence-window" => self.evidence_window.nseconds().to_value(),
            "debug-crops" => path(&self.debug_crops),
            "debug-crops-count" => self.debug_crops_count.to_value(),
            _ => return None,
        })
    }
}

/// The properties, with the defaults of [`Settings`].
pub static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
    let default = Settings::default();
    vec![
        glib::ParamSpecString::builder("facility")
            .nick("Facility")
            .blurb("Path of facility.toml, which says where tracks and cameras are and how locomotives are numbered")
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("readers")
            .nick("Readers")
            .blurb(
                "Configuration files of the networks that have looked at the plates, separated by semicolons; they say id and \
                 labels. What several say is added up. A classifier (network-type=1) says whole texts as labels",
            )
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("schemes")
            .nick("Schemes")
            .blurb("Names of numbering schemes, separated by semicolons, instead of those of the facility")
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("flow")
            .nick("Flow")
            .blurb("Flow name on the reports, such as prod or dev")
            .default_value(Some(default.flow.as_str()))
            .mutable_ready()
            .build(),
        glib::ParamSpecDouble::builder("min-confidence")
            .nick("Least confidence")
            .blurb("Readings below this probability are not reported")
            .minimum(0.0)
            .maximum(1.0)
            .default_value(default.min_confidence)
            .mutable_ready()
            .build(),
        glib::ParamSpecDouble::builder("min-height")
            .nick("Least height")
            .blurb("Plates lower than this are not read, pixels of the frame")
            .minimum(0.0)
            .maximum(10_000.0)
            .default_value(default.min_height)
            .mutable_ready()
            .build(),
        glib::ParamSpecUInt64::builder("evidence-window")
            .nick("Evidence window")
            .blurb("How long the looks at a plate count after it was last seen, nanoseconds")
            .default_value(default.evidence_window.nseconds())
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("debug-crops")
            .nick("Folder of crops")
            .blurb("Folder that keeps the last crops as PNG files and their readings in readings.csv; not set: none")
            .mutable_ready()
            .build(),
        glib::ParamSpecUInt::builder("debug-crops-count")
            .nick("Number of crops")
            .blurb("How many crops the folder keeps")
            .minimum(1)
            .maximum(100_000)
            .default_value(default.debug_crops_count)
            .mutable_ready()
            .build(),
        glib::ParamSpecBoolean::builder("display-text")
            .nick("Display text")
            .blurb("Write the number at the objects of a DeepStream batch, for nvdsosd")
            .default_value(default.display_text)
            .mutable_ready()
            .build(),
        glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
            .nick("Statistics")
            .blurb("Counters since the start: frames, looks, reports, and what was dropped, by reason")
            .read_only()
            .build(),
    ]
});
