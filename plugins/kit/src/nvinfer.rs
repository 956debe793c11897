// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an element that decodes a network's output needs of the network's nvinfer configuration file.

use std::path::{Path, PathBuf};

use gst::glib;

/// The group of the keys about the network as a whole.
const GROUP: &str = "property";
/// `gie-unique-id` of a network that was not given one.
const DEFAULT_COMPONENT: u32 = 15;
/// `network-type` of a classifier.
const CLASSIFIER: i32 = 1;

/// An nvinfer configuration file.
#[derive(Debug)]
pub struct NetworkConfig {
    keys: glib::KeyFile,
    folder: PathBuf,
}

impl NetworkConfig {
    /// Reads `file`.
    ///
    /// # Errors
    /// It is missing or no key file.
    pub fn load(file: &Path) -> Result<Self, glib::Error> {
        let keys = glib::KeyFile::new();
        keys.load_from_file(file, glib::KeyFileFlags::NONE)?;
        Ok(Self {
            keys,
            folder: file.parent().unwrap_or(Path::new("")).to_owned(),
        })
    }

    /// `gie-unique-id`: the id that the network's results carry.
    #[must_use]
    pub fn component(&self) -> u32 {
        self.keys
            .integer(GROUP, "gie-unique-id")
            .ok()
            .and_then(|id| u32::try_from(id).ok())
            .unwrap_or(DEFAULT_COMPONENT)
    }

    /// Whether the network is a classifier, whose results are labels.
    #[must_use]
    pub fn is_classifier(&self) -> bool {
        self.keys.integer(GROUP, "network-type") == Ok(CLASSIFIER)
    }

    /// Path of the label file.
    ///
    /// # Errors
    /// The key `labelfile-path` is missing.
    pub fn label_file(&self) -> Result<PathBuf, glib::Error> {
        let path = self.keys.string(GROUP, "labelfile-path")?;
        Ok(self.folder.join(path.trim()))
    }
}
