// SPDX-License-Identifier: MIT OR Apache-2.0
//! Properties of `locoposition`.

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
    /// `gie-unique-id` of the detector whose detections are read.
    pub component: u32,
    /// Flow name on the reports.
    pub flow: String,
    /// Whether results become display text of the objects of a `DeepStream` batch.
    pub display_text: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            facility: None,
            component: 1,
            flow: "prod".to_owned(),
            display_text: true,
        }
    }
}

impl Settings {
    /// Sets the property `name`.
    pub fn set(&mut self, name: &str, value: &glib::Value) {
        match name {
            "facility" => self.facility = properties::path(value),
            "component" => properties::assign(&mut self.component, value),
            "flow" => self.flow = properties::text(value),
            "display-text" => properties::assign(&mut self.display_text, value),
            _ => unimplemented!("{name}"),
        }
    }

    /// The value of the property `name`.
    pub fn get(&self, name: &str) -> glib::Value {
        match name {
            "facility" => properties::path_value(self.facility.as_deref()),
            "component" => self.component.to_value(),
            "flow" => self.flow.to_value(),
            "display-text" => self.display_text.to_value(),
            _ => unimplemented!("{name}"),
        }
    }
}

/// The properties, with the defaults of [`Settings`].
pub static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
    let default = Settings::default();
    vec![
        properties::facility("tracks and cameras"),
        glib::ParamSpecUInt::builder("component")
            .nick("Component")
            .blurb("gie-unique-id of the detector whose detections are read; its labels are head and tail, and may be plate and body")
            .default_value(default.component)
            .mutable_ready()
            .build(),
        properties::flow(&default.flow),
        properties::display_text(default.display_text, "track and metre"),
        properties::stats(
            "buffers, frames, looks (frames that the detector has inferred), reports, ends, unknown-camera, unknown-label \
             (detections), unknown-labels (frames), wrong-aspect, discarded-cameras, invalid, and detections that gave no end by reason: unusable, masked, off-track, cut, nested, duplicate",
        ),
    ]
});
