// SPDX-License-Identifier: MIT OR Apache-2.0
//! The properties of the spool: where messages wait on the disk.

use std::path::PathBuf;

use bus::SpoolSettings;
use gst::glib;
use gst::prelude::*;
use kit::properties;

/// Most bytes of a spool, unless it is said otherwise.
const MOST_BYTES: u64 = 1 << 30;
/// Bytes that are left free on the disk, unless it is said otherwise.
const MIN_FREE: u64 = 1 << 30;

/// What happens when a spool is full.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, glib::Enum)]
#[enum_type(name = "RoundhouseBusSinkOnFull")]
pub enum OnFull {
    /// The oldest messages give way.
    #[default]
    #[enum_value(
        name = "Drop the oldest messages, a file of them at once",
        nick = "drop-oldest"
    )]
    DropOldest,
    /// New messages are refused.
    #[enum_value(name = "Refuse new messages", nick = "reject")]
    Reject,
    /// The stream waits.
    #[enum_value(name = "Wait until there is room", nick = "block")]
    Block,
}

/// The values of the properties.
#[derive(Debug, Clone)]
pub struct Spool {
    folder: Option<PathBuf>,
    most_bytes: u64,
    min_free_bytes: u64,
    on_full: OnFull,
}

impl Default for Spool {
    fn default() -> Self {
        Self {
            folder: None,
            most_bytes: MOST_BYTES,
            min_free_bytes: MIN_FREE,
            on_full: OnFull::default(),
        }
    }
}

impl Spool {
    /// Sets the property `name`; whether it is one of these.
    pub fn set(&mut self, name: &str, value: &glib::Value) -> bool {
        match name {
            "spool" => self.folder = properties::path(value),
            "spool-max-bytes" => properties::assign(&mut self.most_bytes, value),
            "spool-min-free-bytes" => properties::assign(&mut self.min_free_bytes, value),
            "on-full" => properties::assign(&mut self.on_full, value),
            _ => return false,
        }
        true
    }

    /// The value of the property `name`, if it is one of these.
    pub fn get(&self, name: &str) -> Option<glib::Value> {
        Some(match name {
            "spool" => properties::path_value(self.folder.as_deref()),
            "spool-max-bytes" => self.most_bytes.to_value(),
            "spool-min-free-bytes" => self.min_free_bytes.to_value(),
            "on-full" => self.on_full.to_value(),
            _ => return None,
        })
    }

    /// What the bus is told; `None` without a folder.
    pub fn settings(&self) -> Option<SpoolSettings> {
        Some(SpoolSettings {
            folder: self.folder.clone()?,
            most_bytes: self.most_bytes,
            min_free_bytes: self.min_free_bytes,
            on_full: match self.on_full {
                OnFull::DropOldest => bus::OnFull::DropOldest,
                OnFull::Reject => bus::OnFull::Reject,
                OnFull::Block => bus::OnFull::Block,
            },
        })
    }

    /// The specifications of these properties.
    pub fn properties() -> Vec<glib::ParamSpec> {
        let bytes = |name, nick, blurb, default| {
            let builder = glib::ParamSpecUInt64::builder(name).nick(nick).blurb(blurb);
            builder.default_value(default).mutable_ready().build()
        };
        vec![
            glib::ParamSpecString::builder("spool")
                .nick("Spool")
                .blurb("Path of a folder in which messages wait on the disk, over outages and restarts; null: they wait in memory")
                .mutable_ready()
                .build(),
            bytes("spool-max-bytes", "Maximum size of the spool", "Bytes that the spool may take", MOST_BYTES),
            bytes("spool-min-free-bytes", "Minimum free space", "Bytes that the spool leaves free on the disk", MIN_FREE),
            glib::ParamSpecEnum::builder_with_default("on-full", OnFull::default())
                .nick("On full")
                .blurb("What happens when the spool is full")
                .mutable_ready()
                .build(),
        ]
    }
}
