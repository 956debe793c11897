// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the user can set.

use std::path::PathBuf;
use std::sync::LazyLock;

use gst::glib;
use gst::prelude::*;
use kit::properties;

/// The values of the properties.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Path of the file of differences.
    pub location: Option<PathBuf>,
    /// Mean distance of the ends above which a locomotive counts as moved, metres.
    pub moved_above: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            location: None,
            moved_above: 0.5,
        }
    }
}

impl Settings {
    /// Sets the property `name`.
    pub fn set(&mut self, name: &str, value: &glib::Value) {
        match name {
            "location" => self.location = properties::path(value),
            "moved-above" => properties::assign(&mut self.moved_above, value),
            _ => unimplemented!("property {name}"),
        }
    }

    /// The value of the property `name`.
    pub fn get(&self, name: &str) -> glib::Value {
        match name {
            "location" => properties::path_value(self.location.as_deref()),
            "moved-above" => self.moved_above.to_value(),
            _ => unimplemented!("property {name}"),
        }
    }
}

/// The properties, with the defaults of [`Settings`].
pub static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
    vec![
        glib::ParamSpecString::builder("location")
            .nick("File of differences")
            .blurb("Path of a JSON Lines file for the differences at each timestamp and their total; null: none")
            .mutable_ready()
            .build(),
        glib::ParamSpecDouble::builder("moved-above")
            .nick("Moved above")
            .blurb("Mean distance between the ends of a locomotive in the two flows above which it counts as moved, metres")
            .minimum(0.0)
            .maximum(6.0)
            .default_value(Settings::default().moved_above)
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("summary")
            .nick("Summary")
            .blurb("Text summary of the comparison so far")
            .read_only()
            .build(),
        properties::stats("states, ignored, refused"),
    ]
});
