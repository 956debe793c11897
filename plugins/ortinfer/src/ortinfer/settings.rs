// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element's properties.

use std::path::PathBuf;

use messages::Timestamp;

use super::Provider;

/// What the user has set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// nvinfer's configuration file.
    pub config_file: Option<PathBuf>,
    /// Whether a missing model is no error.
    pub optional: bool,
    /// Who does the work.
    pub provider: Provider,
    /// Threads of one run on the CPU, 0 for one per core.
    pub threads: u32,
    /// Instead of the file's `interval`; -1 leaves it.
    pub interval: i32,
    /// Instead of the file's `batch-size`; 0 leaves it.
    pub batch_size: u32,
    /// Instead of the file's `gie-unique-id`; 0 leaves it.
    pub unique_id: u32,
    /// Inferences of a secondary network per object and second; 0 for any number.
    pub max_rate: f64,
    /// How far a secondary network sees beyond its object's box, share of the box's height.
    pub crop_margin: f64,
    /// The library of ONNX Runtime.
    pub library: Option<PathBuf>,
    /// Camera of a single stream.
    pub camera: String,
    /// UTC of stream time 0 of a single stream that is not live, as the user wrote it.
    pub start_time: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            config_file: None,
            optional: false,
            provider: Provider::default(),
            threads: 0,
            interval: -1,
            batch_size: 0,
            unique_id: 0,
            max_rate: 0.0,
            crop_margin: 0.0,
            library: None,
            camera: String::from("C1"),
            start_time: String::from("1970-01-01T00:00:00Z"),
        }
    }
}

impl Settings {
    /// UTC of stream time 0, or a sentence for the user.
    pub fn start_time(&self) -> Result<Timestamp, String> {
        self.start_time.parse().map_err(|error| {
            format!("Property start-time: {error}. Give UTC or a zone offset, or leave it out.")
        })
    }
}
