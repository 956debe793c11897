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
    /// Path of `facility.toml`.
    pub facility: Option<PathBuf>,
    /// Time between states, nanoseconds of UTC.
    pub interval: u64,
    /// Whether a state is also written when the set of locomotives changes.
    pub on_change: bool,
    /// Flow name on the states.
    pub flow: String,
    /// Flows whose reports are used; empty: all.
    pub inputs: Vec<String>,
    /// Reorder window, nanoseconds; negative: follow the delays of the cameras.
    pub window: i64,
    /// Path of the file that everything fed is written to.
    pub record: Option<PathBuf>,
    /// Path of the file in which the fusion outlives its process.
    pub state_file: Option<PathBuf>,
    /// The oldest state file that live input accepts, nanoseconds.
    pub state_max_age: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            facility: None,
            interval: 1_000_000_000,
            on_change: true,
            flow: "prod".to_owned(),
            inputs: Vec::new(),
            window: -1,
            record: None,
            state_file: None,
            state_max_age: 3_600_000_000_000,
        }
    }
}

impl Settings {
    /// Whether reports of `flow` are used.
    pub fn wants(&self, flow: &str) -> bool {
        self.inputs.is_empty() || self.inputs.iter().any(|wanted| wanted == flow)
    }

    /// Reorder window, seconds; `None`: follow the delays of the cameras.
    pub fn window_seconds(&self) -> Option<f64> {
        (self.window >= 0).then_some(self.window as f64 * 1e-9)
    }

    /// The oldest state file that live input accepts, seconds.
    pub fn state_max_age_seconds(&self) -> f64 {
        self.state_max_age as f64 * 1e-9
    }

    /// Sets the property `name`.
    pub fn set(&mut self, name: &str, value: &glib::Value) {
        match name {
            "facility" => self.facility = properties::path(value),
            "interval" => properties::assign(&mut self.interval, value),
            "on-change" => properties::assign(&mut self.on_change, value),
            "flow" => self.flow = properties::text(value),
            "inputs" => self.inputs = properties::list(&properties::text(value)),
            "window" => properties::assign(&mut self.window, value),
            "record" => self.record = properties::path(value),
            "state-file" => self.state_file = properties::path(value),
            "state-max-age" => properties::assign(&mut self.state_max_age, value),
            _ => unimplemented!("property {name}"),
        }
    }

    /// The value of the property `name`.
    pub fn get(&self, name: &str) -> glib::Value {
        match name {
            "facility" => properties::path_value(self.facility.as_deref()),
            "interval" => self.interval.to_value(),
            "on-change" => self.on_change.to_value(),
            "flow" => self.flow.to_value(),
            "inputs" => self.inputs.join(",").to_value(),
            "window" => self.window.to_value(),
            "record" => properties::path_value(self.record.as_deref()),
            "state-file" => properties::path_value(self.state_file.as_deref()),
            "state-max-age" => self.state_max_age.to_value(),
            _ => unimplemented!("property {name}"),
        }
    }
}

/// The properties, with the defaults of [`Settings`].
pub static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
    let default = Settings::default();
    vec![
        properties::facility("tracks, cameras and locomotive models"),
        glib::ParamSpecUInt64::builder("interval")
            .nick("State interval")
            .blurb("Time between two states in nanoseconds; states lie on whole multiples of it in UTC")
            .minimum(1_000_000)
            .maximum(86_400_000_000_000)
            .default_value(default.interval)
            .mutable_ready()
            .build(),
        glib::ParamSpecBoolean::builder("on-change")
            .nick("State on change")
            .blurb("Also output a state whenever a locomotive appears or disappears")
            .default_value(default.on_change)
            .mutable_ready()
            .build(),
        properties::flow(&default.flow),
        glib::ParamSpecString::builder("inputs")
            .nick("Input flows")
            .blurb("Comma-separated names of the flows whose reports are used; empty: all flows")
            .default_value(Some(""))
            .mutable_ready()
            .build(),
        glib::ParamSpecInt64::builder("window")
            .nick("Reorder window")
            .blurb(
                "How long a report waits for earlier ones of slower cameras, nanoseconds; \
                 -1: as long as the measured delays of the cameras demand",
            )
            .minimum(-1)
            .maximum(60_000_000_000)
            .default_value(default.window)
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("record")
            .nick("Recording")
            .blurb(
                "Path of a file to which all input of the fusion is written as JSON Lines, behind what it holds; \
                 'roundhouse replay' reads it",
            )
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("state-file")
            .nick("State file")
            .blurb(
                "Path of a file from which the fusion is restored at the start and to which it is saved every 10 s, \
                 for every new locomotive and at the end; null: none",
            )
            .mutable_ready()
            .build(),
        glib::ParamSpecUInt64::builder("state-max-age")
            .nick("Maximum age of the state file")
            .blurb("Age above which live input ignores a state file, nanoseconds")
            .maximum(86_400_000_000_000)
            .default_value(default.state_max_age)
            .mutable_ready()
            .build(),
        properties::stats(
            "batches, fed, states, bad-documents, discarded-cameras, unwanted, dropped, flushed, save-errors, and every counter of the fusion itself",
        ),
    ]
});
