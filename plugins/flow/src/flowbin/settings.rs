// SPDX-License-Identifier: MIT OR Apache-2.0
//! Properties of `flowbin`.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use gst::glib;
use gst::prelude::*;

use pipeline_text::Variables;

use super::niceness;
use super::{Leaky, OnError, Status};

/// What the user can set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Name put on every element inside that has a property `flow`; empty: their own.
    pub flow: String,
    /// The content as a launch line.
    pub description: Option<String>,
    /// The content as a file.
    pub location: Option<PathBuf>,
    /// Values for the variables of that file.
    pub variables: Option<gst::Structure>,
    /// What follows a failure.
    pub on_error: OnError,
    /// Delay before the first restart, nanoseconds.
    pub restart_delay: u64,
    /// Longest delay before a restart, nanoseconds.
    pub max_restart_delay: u64,
    /// Packets that the entry queue holds.
    pub max_packets: u32,
    /// What becomes of a packet that finds it full.
    pub leaky: Leaky,
    /// Nothing came out for so long though something went in: a failure. Nanoseconds, 0: never.
    pub stall_timeout: u64,
    /// How much nicer the threads of the content are than the process.
    pub nice: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            flow: String::new(),
            description: None,
            location: None,
            variables: None,
            on_error: OnError::default(),
            restart_delay: 1_000_000_000,
            max_restart_delay: 60_000_000_000,
            max_packets: 4,
            leaky: Leaky::default(),
            stall_timeout: 60_000_000_000,
            nice: 0,
        }
    }
}

impl Settings {
    /// The limit of a stall, if there is one.
    pub fn stall_limit(&self) -> Option<Duration> {
        (self.stall_timeout > 0).then(|| Duration::from_nanos(self.stall_timeout))
    }

    /// The variables of the text by name.
    pub fn text_variables(&self) -> Variables {
        let fields = self.variables.iter().flat_map(|fields| fields.iter());
        let as_text = |value: &glib::Value| {
            let text = value.transform::<String>().ok()?;
            text.get::<Option<String>>().ok()?
        };
        fields
            .filter_map(|(name, value)| Some((name.to_string(), as_text(value)?)))
            .collect()
    }

    /// Sets the property `name`.
    pub fn set(&mut self, name: &str, value: &glib::Value) {
        let text = || {
            value
                .get::<Option<String>>()
                .ok()
                .flatten()
                .filter(|text| !text.is_empty())
        };
        match name {
            "flow" => self.flow = text().unwrap_or_default(),
            "description" => self.description = text(),
            "location" => self.location = text().map(PathBuf::from),
            "variables" => self.variables = value.get().unwrap_or_default(),
            "on-error" => self.on_error = value.get().unwrap_or(self.on_error),
            "restart-delay" => self.restart_delay = value.get().unwrap_or(self.restart_delay),
            "max-restart-delay" => {
                self.max_restart_delay = value.get().unwrap_or(self.max_restart_delay);
            }
            "max-packets" => self.max_packets = value.get().unwrap_or(self.max_packets),
            "leaky" => self.leaky = value.get().unwrap_or(self.leaky),
            "stall-timeout" => self.stall_timeout = value.get().unwrap_or(self.stall_timeout),
            "nice" => self.nice = value.get().unwrap_or(self.nice),
            _ => (),
        }
    }

    /// The value of the property `name`, if it is one of these.
    pub fn get(&self, name: &str) -> Option<glib::Value> {
        Some(match name {
            "flow" => self.flow.to_value(),
            "description" => self.description.to_value(),
            "location" => {
                let path = self.location.as_ref();
                path.map(|path| path.display().to_string()).to_value()
            }
            "variables" => self.variables.to_value(),
            "on-error" => self.on_error.to_value(),
            "restart-delay" => self.restart_delay.to_value(),
            "max-restart-delay" => self.max_restart_delay.to_value(),
            "max-packets" => self.max_packets.to_value(),
            "leaky" => self.leaky.to_value(),
            "stall-timeout" => self.stall_timeout.to_value(),
            "nice" => self.nice.to_value(),
            _ => return None,
        })
    }
}

/// The properties, with the defaults of [`Settings`].
pub static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
    let default = Settings::default();
    vec![
        glib::ParamSpecString::builder("flow")
            .nick("Flow")
            .blurb("Name of this flow, set on every element inside that has a property 'flow'; empty: they keep their own")
            .default_value(Some(""))
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("description")
            .nick("Description")
            .blurb("The content, written as for gst-launch-1.0; used at the next start, restart or reload")
            .mutable_playing()
            .build(),
        glib::ParamSpecString::builder("location")
            .nick("Location")
            .blurb("Path of a text file with the content, instead of 'description': comments, ${variables} and include as for roundhouse run; read at every start, restart and reload")
            .mutable_playing()
            .build(),
        glib::ParamSpecBoxed::builder::<gst::Structure>("variables")
            .nick("Variables")
            .blurb("Values for the variables of the file 'location', before those of the environment, such as variables,clips=(string)/data/day1")
            .mutable_playing()
            .build(),
        glib::ParamSpecEnum::builder_with_default("on-error", default.on_error)
            .nick("On error")
            .blurb("What follows an error, panic, stall or unasked end inside")
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt64::builder("restart-delay")
            .nick("Restart delay")
            .blurb("Time before the first restart in nanoseconds; doubles with each failure, times 0.75 to 1.25 at random")
            .default_value(default.restart_delay)
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt64::builder("max-restart-delay")
            .nick("Longest restart delay")
            .blurb("Longest time before a restart in nanoseconds; a run that lasted longer makes the delay short again")
            .default_value(default.max_restart_delay)
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt::builder("max-packets")
            .nick("Packets")
            .blurb("Packets that wait at most at the entry")
            .minimum(1)
            .maximum(100_000)
            .default_value(default.max_packets)
            .mutable_playing()
            .build(),
        glib::ParamSpecEnum::builder_with_default("leaky", default.leaky)
            .nick("Leaky")
            .blurb("What happens when the entry is full")
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt64::builder("stall-timeout")
            .nick("Stall timeout")
            .blurb("A content that was given packets and gave nothing for so long has failed, nanoseconds; 0: never")
            .default_value(default.stall_timeout)
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt::builder("nice")
            .nick("Nice")
            .blurb("Priority of the content's threads: they are so much nicer than the process (nice(1)); 19: they take what the others leave; used at the next start, restart or reload; Linux; Since: 0.1")
            .maximum(niceness::MOST)
            .default_value(default.nice)
            .mutable_playing()
            .build(),
        glib::ParamSpecEnum::builder::<Status>("status")
            .nick("Status")
            .blurb("Whether the content plays, waits for its next start, or is off")
            .read_only()
            .build(),
        glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
            .nick("Statistics")
            .blurb("Since the start: in, out, dropped, restarts, reloads, queued, latency-p50, latency-p99 (ns), last-error")
            .read_only()
            .build(),
    ]
});
