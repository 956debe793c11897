// SPDX-License-Identifier: MIT OR Apache-2.0
//! Properties of `platereader`.

use std::path::PathBuf;
use std::sync::LazyLock;

use gst::glib;
use gst::prelude::*;
use kit::properties;

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
    /// Numbers below this confidence are not reported.
    pub min_confidence: f64,
    /// Outputs about plates lower than this are ignored, pixels of the frame.
    pub min_height: f64,
    /// How long the readings of a plate are kept after it was last seen.
    pub evidence_window: gst::ClockTime,
    /// Folder for the last crops.
    pub debug_crops: Option<PathBuf>,
    /// How many crops are kept.
    pub debug_crops_count: u32,
    /// Whether results become display text of the objects of a `DeepStream` batch.
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
        match name {
            "facility" => self.facility = properties::path(value),
            "readers" => self.readers = properties::text(value),
            "schemes" => self.schemes = properties::text(value),
            "flow" => self.flow = properties::text(value),
            "min-confidence" => properties::assign(&mut self.min_confidence, value),
            "min-height" => properties::assign(&mut self.min_height, value),
            "evidence-window" => {
                let nanos = value.get().unwrap_or_default();
                self.evidence_window = gst::ClockTime::from_nseconds(nanos);
            }
            "debug-crops" => self.debug_crops = properties::path(value),
            "debug-crops-count" => properties::assign(&mut self.debug_crops_count, value),
            "display-text" => properties::assign(&mut self.display_text, value),
            _ => unimplemented!("{name}"),
        }
    }

    /// The value of the property `name`.
    pub fn get(&self, name: &str) -> glib::Value {
        match name {
            "facility" => properties::path_value(self.facility.as_deref()),
            "readers" => self.readers.to_value(),
            "schemes" => self.schemes.to_value(),
            "flow" => self.flow.to_value(),
            "min-confidence" => self.min_confidence.to_value(),
            "min-height" => self.min_height.to_value(),
            "evidence-window" => self.evidence_window.nseconds().to_value(),
            "debug-crops" => properties::path_value(self.debug_crops.as_deref()),
            "debug-crops-count" => self.debug_crops_count.to_value(),
            "display-text" => self.display_text.to_value(),
            _ => unimplemented!("{name}"),
        }
    }
}

/// The properties, with the defaults of [`Settings`].
pub static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
    let default = Settings::default();
    vec![
        properties::facility("tracks, cameras and how locomotives are numbered"),
        glib::ParamSpecString::builder("readers")
            .nick("Reader configurations")
            .blurb(
                "nvinfer configuration files, separated by semicolons, of the networks that read plates before this element; they \
                 give each network's id and labels. The outputs of several networks are added up. The label of a classifier \
                 (network-type=1) is taken as the whole text",
            )
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("schemes")
            .nick("Schemes")
            .blurb("Names of numbering schemes, separated by semicolons, instead of those of the facility")
            .mutable_ready()
            .build(),
        properties::flow(&default.flow),
        properties::min_confidence(default.min_confidence, "Numbers"),
        properties::min_height(default.min_height, "Outputs on plates"),
        glib::ParamSpecUInt64::builder("evidence-window")
            .nick("Evidence window")
            .blurb("How long the readings of a plate are kept after it was last seen, nanoseconds")
            .default_value(default.evidence_window.nseconds())
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("debug-crops")
            .nick("Crop folder")
            .blurb("Folder into which the last plate crops are written as PNG files, with their readings in readings.csv; not set: none")
            .mutable_ready()
            .build(),
        glib::ParamSpecUInt::builder("debug-crops-count")
            .nick("Crop count")
            .blurb("How many crops are kept in debug-crops")
            .minimum(1)
            .maximum(100_000)
            .default_value(default.debug_crops_count)
            .mutable_ready()
            .build(),
        properties::display_text(default.display_text, "the number"),
        properties::stats(
            "frames, looks (new network outputs), small, errors-tensor, unread, doubtful, reports, off-track, unknown-camera, \
             invalid",
        ),
    ]
});
