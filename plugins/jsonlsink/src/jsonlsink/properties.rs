// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the user can set.

use std::path::PathBuf;
use std::sync::LazyLock;

use gst::glib;
use gst::prelude::*;
use jsonl::Limits;
use kit::properties;

/// `fsync-interval` that leaves the time to the system.
const NEVER: u64 = u64::MAX;

/// The values of the properties.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Path of the folder.
    pub location: Option<PathBuf>,
    /// Bytes after which a file is not continued.
    pub max_file_size: u64,
    /// So many files are kept.
    pub max_files: u32,
    /// Files older than this are removed, nanoseconds.
    pub max_age: u64,
    /// Time between two writes to the disk itself, nanoseconds.
    pub fsync_interval: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            location: None,
            max_file_size: 64 << 20,
            max_files: 200,
            max_age: 0,
            fsync_interval: 10_000_000_000,
        }
    }
}

impl Settings {
    /// Sets the property `name`.
    pub fn set(&mut self, name: &str, value: &glib::Value) {
        match name {
            "location" => self.location = properties::path(value),
            "max-file-size" => properties::assign(&mut self.max_file_size, value),
            "max-files" => properties::assign(&mut self.max_files, value),
            "max-age" => properties::assign(&mut self.max_age, value),
            "fsync-interval" => properties::assign(&mut self.fsync_interval, value),
            _ => unimplemented!("property {name}"),
        }
    }

    /// The value of the property `name`.
    pub fn get(&self, name: &str) -> glib::Value {
        match name {
            "location" => properties::path_value(self.location.as_deref()),
            "max-file-size" => self.max_file_size.to_value(),
            "max-files" => self.max_files.to_value(),
            "max-age" => self.max_age.to_value(),
            "fsync-interval" => self.fsync_interval.to_value(),
            _ => unimplemented!("property {name}"),
        }
    }

    /// When files are rotated, removed and forced to the disk.
    pub fn limits(&self) -> Limits {
        Limits {
            file_size: self.max_file_size,
            files: self.max_files,
            age: self.max_age,
            sync_interval: Some(self.fsync_interval).filter(|interval| *interval != NEVER),
        }
    }
}

/// A number of 64 bits that can be changed in READY.
fn number(name: &str, nick: &str, blurb: &str, least: u64, default: u64) -> glib::ParamSpec {
    glib::ParamSpecUInt64::builder(name)
        .nick(nick)
        .blurb(blurb)
        .minimum(least)
        .default_value(default)
        .mutable_ready()
        .build()
}

/// The properties, with the defaults of [`Settings`].
pub static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
    let default = Settings::default();
    vec![
        glib::ParamSpecString::builder("location")
            .nick("Folder")
            .blurb("Path of the folder for the files; made if it is missing")
            .mutable_ready()
            .build(),
        number(
            "max-file-size",
            "Maximum file size",
            "Size in bytes at which the next file is begun; each day of UTC begins a file, too",
            1,
            default.max_file_size,
        ),
        glib::ParamSpecUInt::builder("max-files")
            .nick("Maximum number of files")
            .blurb("Number of files that are kept; the oldest are removed; 0: all are kept")
            .default_value(default.max_files)
            .mutable_ready()
            .build(),
        number(
            "max-age",
            "Maximum age",
            "Age, counted from the begin of a file, above which it is removed when the next one is begun, ns; 0: never",
            0,
            default.max_age,
        ),
        number(
            "fsync-interval",
            "Interval of fsync",
            "Time between two calls of fsync, ns: a power failure loses at most the documents of this time; 0: after each document; maximum: never",
            0,
            default.fsync_interval,
        ),
        properties::stats("documents, lost, refused, files, removed, kept, repaired"),
    ]
});
