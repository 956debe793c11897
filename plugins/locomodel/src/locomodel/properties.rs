// SPDX-License-Identifier: MIT OR Apache-2.0
//! Properties of `locomodel`.

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
    /// Configuration file of the classifier.
    pub classifier: Option<PathBuf>,
    /// Flow name on the reports.
    pub flow: String,
    /// Results below this confidence are not reported.
    pub min_confidence: f64,
    /// Results on ends lower than this are ignored, pixels of the frame.
    pub min_height: f64,
    /// Whether results become display text of the objects of a `DeepStream` batch.
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
        match name {
            "facility" => self.facility = properties::path(value),
            "classifier" => self.classifier = properties::path(value),
            "flow" => self.flow = properties::text(value),
            "min-confidence" => properties::assign(&mut self.min_confidence, value),
            "min-height" => properties::assign(&mut self.min_height, value),
            "display-text" => properties::assign(&mut self.display_text, value),
            _ => unimplemented!("{name}"),
        }
    }

    /// The value of the property `name`.
    pub fn get(&self, name: &str) -> glib::Value {
        match name {
            "facility" => properties::path_value(self.facility.as_deref()),
            "classifier" => properties::path_value(self.classifier.as_deref()),
            "flow" => self.flow.to_value(),
            "min-confidence" => self.min_confidence.to_value(),
            "min-height" => self.min_height.to_value(),
            "display-text" => self.display_text.to_value(),
            _ => unimplemented!("{name}"),
        }
    }
}

/// The properties, with the defaults of [`Settings`].
pub static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
    let default = Settings::default();
    vec![
        properties::facility("tracks, cameras and the models of locomotives"),
        glib::ParamSpecString::builder("classifier")
            .nick("Classifier configuration")
            .blurb(
                "nvinfer configuration file of the classifier that runs before this element; it gives the classifier's id and \
                 labels. With output-tensor-meta=1 in it all models are reported with their probabilities, else only the best",
            )
            .mutable_ready()
            .build(),
        properties::flow(&default.flow),
        properties::min_confidence(default.min_confidence, "Results whose best model is"),
        properties::min_height(default.min_height, "Results on ends"),
        properties::display_text(default.display_text, "the model"),
        properties::stats(
            "frames, looks (new classifier results), small, errors-tensor, other, doubtful, reports, off-track, unknown-camera, \
             invalid",
        ),
    ]
});
