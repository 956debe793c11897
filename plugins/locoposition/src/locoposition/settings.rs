// SPDX-License-Identifier: MIT OR Apache-2.0
//! Properties of `locoposition`.

use std::path::PathBuf;
use std::sync::LazyLock;

use gst::glib;
use gst::prelude::*;

/// What the user can set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Path of `facility.toml`.
    pub facility: Option<PathBuf>,
    /// `gie-unique-id` of the detector whose boxes are read.
    pub component: u32,
    /// Flow name on the reports.
    pub flow: String,
    /// Whether results are written at the objects of a batch of `DeepStream`.
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
        let text = || {
            value
                .get::<Option<String>>()
                .ok()
                .flatten()
                .unwrap_or_default()
        };
        match name {
            "facility" => {
                self.facility = Some(text())
                    .filter(|path| !path.is_empty())
                    .map(PathBuf::from);
            }
            "component" => self.component = value.get().unwrap_or(self.component),
            "flow" => self.flow = text(),
            "display-text" => self.display_text = value.get().unwrap_or(self.display_text),
            _ => (),
        }
    }

    /// The value of the property `name`, if it is one of these.
    pub fn get(&self, name: &str) -> Option<glib::Value> {
        Some(match name {
            "facility" => {
                let path = self.facility.as_ref();
                path.map(|path| path.display().to_string()).to_value()
            }
            "component" => self.component.to_value(),
            "flow" => self.flow.to_value(),
            "display-text" => self.display_text.to_value(),
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
            .blurb("Path of facility.toml, which says where tracks and cameras are")
            .mutable_ready()
            .build(),
        glib::ParamSpecUInt::builder("component")
            .nick("Component")
            .blurb("gie-unique-id of the detector whose boxes are read; its labels are head, tail, plate and body")
            .default_value(default.component)
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("flow")
            .nick("Flow")
            .blurb("Flow name on the reports, such as prod or dev")
            .default_value(Some(default.flow.as_str()))
            .mutable_ready()
            .build(),
        glib::ParamSpecBoolean::builder("display-text")
            .nick("Display text")
            .blurb("Write track and metre at the objects of a DeepStream batch, for nvdsosd")
            .default_value(default.display_text)
            .mutable_ready()
            .build(),
        glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
            .nick("Statistics")
            .blurb("Counters since the start: buffers, frames, looks, reports, ends, unknown-camera and what was dropped, by reason")
            .read_only()
            .build(),
    ]
});
