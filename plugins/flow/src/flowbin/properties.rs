// SPDX-License-Identifier: MIT OR Apache-2.0
//! Properties of `flowbin`.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use gst::glib;
use gst::prelude::*;
use kit::properties::{assign, path, path_value, stats, text};

use pipeline_text::Variables;

use super::niceness;

/// What happens to a packet that finds `max-packets` waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "RoundhouseFlowBinLeaky")]
pub enum Leaky {
    /// Upstream is blocked until there is room.
    #[enum_value(name = "Block upstream until there is room", nick = "no")]
    No,
    /// The packet that has waited longest is dropped.
    #[default]
    #[enum_value(name = "Drop the packet that has waited longest", nick = "downstream")]
    Downstream,
}

/// What follows a failure inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "RoundhouseFlowBinOnError")]
pub enum OnError {
    /// The inner bin is made anew after a delay.
    #[default]
    #[enum_value(name = "Restart after a delay", nick = "restart")]
    Restart,
    /// The flow stays off until it is reloaded.
    #[enum_value(name = "Stay off until reloaded", nick = "stop")]
    Stop,
    /// The error leaves the element like that of any other.
    #[enum_value(name = "Post the error on the bus of the pipeline", nick = "forward")]
    Forward,
}

/// How the flow is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "RoundhouseFlowBinStatus")]
pub enum Status {
    /// Failed for good, or not started.
    #[default]
    #[enum_value(name = "Off: not started, ended, or failed for good", nick = "stopped")]
    Stopped,
    /// The inner bin plays.
    #[enum_value(name = "Running", nick = "running")]
    Running,
    /// Failed, waits for its next start.
    #[enum_value(name = "Failed, waiting for the next start", nick = "restarting")]
    Restarting,
}

/// What the user can set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Name put on every element inside that has a property `flow`; empty: their own.
    pub flow: String,
    /// The text as a launch line.
    pub description: Option<String>,
    /// The text as a file.
    pub location: Option<PathBuf>,
    /// Values for the variables of that file.
    pub variables: Option<gst::Structure>,
    /// What follows a failure.
    pub on_error: OnError,
    /// Delay before the first restart, nanoseconds.
    pub restart_delay: u64,
    /// Longest delay before a restart, nanoseconds.
    pub max_restart_delay: u64,
    /// Packets that the input queue holds.
    pub max_packets: u32,
    /// What happens to a packet that finds it full.
    pub leaky: Leaky,
    /// Nothing came out for so long though something went in: a failure. Nanoseconds, 0: never.
    pub stall_timeout: u64,
    /// How much nicer the threads of the inner bin are than the process.
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
        match name {
            "flow" => self.flow = text(value),
            "description" => self.description = Some(text(value)).filter(|text| !text.is_empty()),
            "location" => self.location = path(value),
            "variables" => assign(&mut self.variables, value),
            "on-error" => assign(&mut self.on_error, value),
            "restart-delay" => assign(&mut self.restart_delay, value),
            "max-restart-delay" => assign(&mut self.max_restart_delay, value),
            "max-packets" => assign(&mut self.max_packets, value),
            "leaky" => assign(&mut self.leaky, value),
            "stall-timeout" => assign(&mut self.stall_timeout, value),
            "nice" => assign(&mut self.nice, value),
            _ => unimplemented!("property '{name}'"),
        }
    }

    /// The value of the property `name`.
    pub fn get(&self, name: &str) -> glib::Value {
        match name {
            "flow" => self.flow.to_value(),
            "description" => self.description.to_value(),
            "location" => path_value(self.location.as_deref()),
            "variables" => self.variables.to_value(),
            "on-error" => self.on_error.to_value(),
            "restart-delay" => self.restart_delay.to_value(),
            "max-restart-delay" => self.max_restart_delay.to_value(),
            "max-packets" => self.max_packets.to_value(),
            "leaky" => self.leaky.to_value(),
            "stall-timeout" => self.stall_timeout.to_value(),
            "nice" => self.nice.to_value(),
            _ => unimplemented!("property '{name}'"),
        }
    }
}

/// The properties, with the defaults of [`Settings`].
pub static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
    let default = Settings::default();
    vec![
        glib::ParamSpecString::builder("flow")
            .nick("Flow")
            .blurb("Name of this flow, set on every element inside that has a property 'flow' (empty: they keep their own)")
            .default_value(Some(""))
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("description")
            .nick("Description")
            .blurb("Pipeline description in gst-launch-1.0 syntax, beginning with an unlinked input; used at the next start, restart or reload")
            .mutable_playing()
            .build(),
        glib::ParamSpecString::builder("location")
            .nick("Location")
            .blurb("Path of a text file to use instead of 'description', with comments, ${variables} and include; read at every start, restart and reload")
            .mutable_playing()
            .build(),
        glib::ParamSpecBoxed::builder::<gst::Structure>("variables")
            .nick("Variables")
            .blurb("Values for the ${variables} of the file 'location', which take precedence over the environment, such as variables,clips=(string)/data/day1")
            .mutable_playing()
            .build(),
        glib::ParamSpecEnum::builder_with_default("on-error", default.on_error)
            .nick("On error")
            .blurb("What to do after an error, panic, stall or unexpected end of stream inside")
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt64::builder("restart-delay")
            .nick("Restart delay")
            .blurb("Delay before the first restart, in nanoseconds; doubles with each failure and varies by 25 % at random")
            .default_value(default.restart_delay)
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt64::builder("max-restart-delay")
            .nick("Maximum restart delay")
            .blurb("Maximum delay before a restart, in nanoseconds; a run that lasted longer than this resets the delay to 'restart-delay'")
            .default_value(default.max_restart_delay)
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt::builder("max-packets")
            .nick("Maximum packets")
            .blurb("Maximum number of packets in the input queue")
            .minimum(1)
            .maximum(100_000)
            .default_value(default.max_packets)
            .mutable_playing()
            .build(),
        glib::ParamSpecEnum::builder_with_default("leaky", default.leaky)
            .nick("Leaky")
            .blurb("What to do with a packet that arrives while the input queue holds 'max-packets': block upstream or drop the oldest")
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt64::builder("stall-timeout")
            .nick("Stall timeout")
            .blurb("Time without output, in nanoseconds, after which an inner pipeline that was given packets has failed (0: never)")
            .default_value(default.stall_timeout)
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt::builder("nice")
            .nick("Nice")
            .blurb("Added to the nice value of the process for all threads inside (19: they only use idle processors); used at the next start, restart or reload; Linux only")
            .maximum(niceness::MOST)
            .default_value(default.nice)
            .mutable_playing()
            .build(),
        glib::ParamSpecEnum::builder::<Status>("status")
            .nick("Status")
            .blurb("Whether the flow is running, waiting for its next start, or off")
            .read_only()
            .build(),
        stats("in, dropped, queued, out, restarts, reloads, unreadable, lost-metas, latency-p50, latency-p99 (ns), last-error"),
    ]
});
