// SPDX-License-Identifier: MIT OR Apache-2.0
//! Properties of `fsefuse`.

use std::path::PathBuf;
use std::sync::LazyLock;

use gst::glib;
use gst::prelude::*;

/// What the user can set.
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

    /// Sets the property `name`; whether there is one of this name and type.
    pub fn set(&mut self, name: &str, value: &glib::Value) -> bool {
        let text = || {
            value
                .get::<Option<String>>()
                .ok()
                .flatten()
                .unwrap_or_default()
        };
        let path = || {
            Some(text())
                .filter(|text| !text.is_empty())
                .map(PathBuf::from)
        };
        match name {
            "facility" => self.facility = path(),
            "interval" => self.interval = value.get().unwrap_or(self.interval),
            "on-change" => self.on_change = value.get().unwrap_or(self.on_change),
            "flow" => self.flow = text(),
            "inputs" => self.inputs = split(&text()),
            "window" => self.window = value.get().unwrap_or(self.window),
            "record" => self.record = path(),
            _ => return false,
        }
        true
    }

    /// The value of the property `name`, if it is one of these.
    pub fn get(&self, name: &str) -> Option<glib::Value> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        Some(match name {
            "facility" => path(&self.facility).to_value(),
            "interval" => self.interval.to_value(),
            "on-change" => self.on_change.to_value(),
            "flow" => self.flow.to_value(),
            "inputs" => self.inputs.join(",").to_value(),
            "window" => self.window.to_value(),
            "record" => path(&self.record).to_value(),
            _ => return None,
        })
    }
}

fn split(list: &str) -> Vec<String> {
    list.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
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
        glib::ParamSpecUInt64::builder("interval")
            .nick("Interval")
            .blurb("Time between two states in nanoseconds; states lie on whole multiples of it in UTC")
            .minimum(1_000_000)
            .maximum(86_400_000_000_000)
            .default_value(default.interval)
            .mutable_ready()
            .build(),
        glib::ParamSpecBoolean::builder("on-change")
            .nick("On change")
            .blurb("Also write a state whenever the set of locomotives changes")
            .default_value(default.on_change)
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("flow")
            .nick("Flow")
            .blurb("Flow name on the states, such as prod or dev")
            .default_value(Some(default.flow.as_str()))
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("inputs")
            .nick("Inputs")
            .blurb("Comma-separated names of the flows whose reports are used; empty: all flows")
            .default_value(Some(""))
            .mutable_ready()
            .build(),
        glib::ParamSpecInt64::builder("window")
            .nick("Window")
            .blurb("How long a look waits for earlier ones, nanoseconds; -1: as long as the cameras' delays demand")
            .minimum(-1)
            .maximum(60_000_000_000)
            .default_value(default.window)
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("record")
            .nick("Record")
            .blurb("Path of a file that everything fed to the fusion is written to, as JSON Lines for 'roundhouse replay'")
            .mutable_ready()
            .build(),
        glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
            .nick("Statistics")
            .blurb("Counters since the start: steps, events, states, bad-documents, unwanted, dropped, flushed, and the fusion's own")
            .read_only()
            .build(),
    ]
});
