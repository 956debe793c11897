// SPDX-License-Identifier: MIT OR Apache-2.0
//! Properties of `locomodel`.

use std::path::PathBuf;
use std::sync::LazyLock;

use gst::glib;
use gst::prelude::*;

/// What the user can set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Path of `facility.toml`.
    pub facility: Option<PathBuf>,
    /// Configuration file of the classifier.
    pub classifier: Option<PathBuf>,
    /// Flow name on the reports.
    pub flow: String,
    /// Answers below this confidence are not reported.
    pub min_confidence: f64,
    /// Ends lower than this are not judged, pixels of the frame.
    pub min_height: f64,
    /// Whether results are written at the objects of a batch of `DeepStream`.
    pub display_text: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            facility: None,
            classifier: None,
            flow: "prod".to_owned(),
            min_confidence: 0.6,
            min_height: 40.0,
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
            "classifier" => self.classifier = path(),
            "flow" => self.flow = text(),
            "display-text" => self.display_text = value.get().unwrap_or(self.display_text),
            "min-confidence" => self.min_confidence = value.get().unwrap_or(self.min_confidence),
            "min-height" => self.min_height = value.get().unwrap_or(self.min_height),
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
            "classifier" => path(&self.classifier),
            "flow" => self.flow.to_value(),
            "display-text" => self.display_text.to_value(),
            "min-confidence" => self.min_confidence.to_value(),
            "min-height" => self.min_height.to_value(),
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
            .blurb("Path of facility.toml, which says where tracks and cameras are and which models there are")
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("classifier")
            .nick("Classifier")
            .blurb(
                "Configuration file of the network that has judged the ends; it says id and labels. All probabilities come with \
                 output-tensor-meta=1, else only the best answer is known",
            )
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
            .blurb("Answers whose best model is less probable are not reported: the model is unknown then")
            .minimum(0.0)
            .maximum(1.0)
            .default_value(default.min_confidence)
            .mutable_ready()
            .build(),
        glib::ParamSpecDouble::builder("min-height")
            .nick("Least height")
            .blurb("Ends lower than this are not judged, pixels of the frame")
            .minimum(0.0)
            .maximum(10_000.0)
            .default_value(default.min_height)
            .mutable_ready()
            .build(),
        glib::ParamSpecBoolean::builder("display-text")
            .nick("Display text")
            .blurb("Write the model at the objects of a DeepStream batch, for nvdsosd")
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
