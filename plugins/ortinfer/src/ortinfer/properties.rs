// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element's properties.

use std::path::PathBuf;
use std::sync::LazyLock;

use gst::glib;
use gst::prelude::*;
use kit::{properties, start_time};

use super::Provider;

/// Old name of [`start_time::NAME`].
const OLD_START_TIME: &str = "start-time";

/// What the user has set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// nvinfer's configuration file.
    pub config_file: Option<PathBuf>,
    /// Whether a missing model is no error.
    pub optional: bool,
    /// Execution provider of ONNX Runtime.
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
    /// How far the crops of a secondary network reach beyond an object's box, share of the box's height.
    pub crop_margin: f64,
    /// The library of ONNX Runtime.
    pub library: Option<PathBuf>,
    /// Camera of a single stream.
    pub camera: String,
    /// UTC of stream time 0 of a single stream that is not live, as the user wrote it.
    pub utc_start_time: String,
    /// Whether that came by the old name of the property.
    pub used_old_start_time: bool,
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
            utc_start_time: String::from(start_time::DEFAULT),
            used_old_start_time: false,
        }
    }
}

impl Settings {
    /// Sets the property `name`.
    pub fn set(&mut self, name: &str, value: &glib::Value) {
        let text_or = |default: String| value.get().ok().flatten().unwrap_or(default);
        match name {
            "config-file-path" => self.config_file = properties::path(value),
            "optional" => properties::assign(&mut self.optional, value),
            "provider" => properties::assign(&mut self.provider, value),
            "threads" => properties::assign(&mut self.threads, value),
            "interval" => properties::assign(&mut self.interval, value),
            "batch-size" => properties::assign(&mut self.batch_size, value),
            "unique-id" => properties::assign(&mut self.unique_id, value),
            "max-rate" => properties::assign(&mut self.max_rate, value),
            "crop-margin" => properties::assign(&mut self.crop_margin, value),
            "onnxruntime-library" => self.library = properties::path(value),
            "camera" => self.camera = text_or(Self::default().camera),
            start_time::NAME => self.utc_start_time = text_or(Self::default().utc_start_time),
            OLD_START_TIME => {
                self.utc_start_time = text_or(Self::default().utc_start_time);
                self.used_old_start_time = true;
            }
            _ => unimplemented!("{name}"),
        }
    }

    /// The value of the property `name`.
    pub fn get(&self, name: &str) -> glib::Value {
        match name {
            "config-file-path" => properties::path_value(self.config_file.as_deref()),
            "optional" => self.optional.to_value(),
            "provider" => self.provider.to_value(),
            "threads" => self.threads.to_value(),
            "interval" => self.interval.to_value(),
            "batch-size" => self.batch_size.to_value(),
            "unique-id" => self.unique_id.to_value(),
            "max-rate" => self.max_rate.to_value(),
            "crop-margin" => self.crop_margin.to_value(),
            "onnxruntime-library" => properties::path_value(self.library.as_deref()),
            "camera" => self.camera.to_value(),
            start_time::NAME | OLD_START_TIME => self.utc_start_time.to_value(),
            _ => unimplemented!("{name}"),
        }
    }
}

/// The properties, with the defaults of [`Settings`].
pub static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
    let defaults = Settings::default();
    vec![
                glib::ParamSpecString::builder("config-file-path")
                    .nick("Configuration file")
                    .blurb("nvinfer configuration file of the network (key file form, not YAML)")
                    .mutable_ready()
                    .build(),
                glib::ParamSpecBoolean::builder("optional")
                    .nick("Optional")
                    .blurb("If the model file is missing, post a warning and pass all frames through without inference, instead of an error")
                    .default_value(defaults.optional)
                    .mutable_ready()
                    .build(),
                glib::ParamSpecEnum::builder_with_default("provider", defaults.provider)
                    .nick("Provider")
                    .blurb("Execution provider of ONNX Runtime that runs the network")
                    .mutable_ready()
                    .build(),
                glib::ParamSpecUInt::builder("threads")
                    .nick("Threads")
                    .blurb("Number of CPU threads that one run of the network uses (0 = one per core, without affinity)")
                    .maximum(1024)
                    .default_value(defaults.threads)
                    .mutable_ready()
                    .build(),
                glib::ParamSpecInt::builder("interval")
                    .nick("Interval")
                    .blurb("Buffers passed through without inference between two that are inferred (-1 = interval of the configuration file)")
                    .minimum(-1)
                    .default_value(defaults.interval)
                    .mutable_ready()
                    .build(),
                glib::ParamSpecUInt::builder("batch-size")
                    .nick("Batch size")
                    .blurb("Maximum number of frames or objects per run of the network (0 = batch-size of the configuration file)")
                    .maximum(1024)
                    .default_value(defaults.batch_size)
                    .mutable_ready()
                    .build(),
                glib::ParamSpecUInt::builder("unique-id")
                    .nick("Unique id")
                    .blurb("Component id written into detections (0 = gie-unique-id of the configuration file)")
                    .default_value(defaults.unique_id)
                    .mutable_ready()
                    .build(),
                glib::ParamSpecDouble::builder("max-rate")
                    .nick("Maximum rate")
                    .blurb(
                        "Secondary mode: maximum inferences per object and second (0 = no limit); in between, the last results of a classifier are \
                         repeated",
                    )
                    .minimum(0.0)
                    .maximum(1000.0)
                    .default_value(defaults.max_rate)
                    .mutable_ready()
                    .build(),
                glib::ParamSpecDouble::builder("crop-margin")
                    .nick("Crop margin")
                    .blurb(
                        "Secondary mode: margin added to an object's box before it is cropped, as a share of the box's height on the left \
                         and right, half of that above and below (0 = the box itself, as nvinfer does)",
                    )
                    .minimum(0.0)
                    .maximum(1.0)
                    .default_value(defaults.crop_margin)
                    .mutable_ready()
                    .build(),
                glib::ParamSpecString::builder("onnxruntime-library")
                    .nick("ONNX Runtime library")
                    .blurb(
                        "Path of libonnxruntime.so (not set = environment variable ORT_DYLIB_PATH, then the cache of scripts/setup.sh, then the \
                         system); a process loads the library once, for all its elements",
                    )
                    .mutable_ready()
                    .build(),
                glib::ParamSpecString::builder("camera")
                    .nick("Camera")
                    .blurb("Camera id that is given to the frames of a single stream that carry none")
                    .default_value(defaults.camera.as_str())
                    .mutable_ready()
                    .build(),
        start_time::property(),
        glib::ParamSpecString::builder(OLD_START_TIME)
            .nick("Start time (deprecated)")
            .blurb("Old name of utc-start-time; will be removed in the next release")
            .default_value(defaults.utc_start_time.as_str())
            .mutable_ready()
            .deprecated()
            .build(),
        properties::stats(
            "frames, inferred, skipped, boxes; for a secondary network objects (inferred) and rested (not inferred again yet); \
             inference-time and preprocess-time in nanoseconds; frames that could not be inferred, by reason: \
             errors-unreadable, errors-format, errors-size, errors-undescribed, errors-inference",
        ),
    ]
});
