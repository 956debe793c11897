// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the streaming thread works with, loaded from the files that the settings name.

use std::sync::Arc;

use gst_video::VideoInfo;
use kit::discards::DiscardWatch;

use super::clock::StreamClock;
use super::convert::Converters;
use super::history::{History, Rules};
use super::plan::Memory;
use super::properties::Settings;
use super::result::NetworkNames;
use crate::engine::{Engine, Options, StartError};
use crate::network::NetworkError;

/// What the input is, by its caps.
#[derive(Debug, Clone)]
pub enum Input {
    /// A single stream of frames of this format.
    Frames(VideoInfo),
    /// Packets of frames.
    Packets,
}

/// What the streaming thread works with.
#[derive(Debug)]
pub struct State {
    /// The network.
    pub engine: Engine,
    /// Under which names it writes what it found.
    pub names: NetworkNames,
    /// Conversions of formats that are not read as they are.
    pub converters: Converters,
    /// Cameras all of whose frames are discarded.
    pub watch: DiscardWatch,
    /// What a secondary network knows of objects.
    pub memory: Memory,
    /// Buffers that pass between two that are inferred.
    pub interval: u64,
    /// Buffers since the start or the last flush.
    pub buffers: u64,
    /// What the input is, once there are caps.
    pub input: Option<Input>,
    /// Camera of a single stream.
    pub camera: Arc<str>,
    /// Time of a single stream.
    pub clock: StreamClock,
    /// Frames of a single stream that were described here.
    pub described: u64,
}

/// What came of loading.
pub enum Loaded {
    /// The network can infer.
    Ready(Box<State>),
    /// Its file is missing, which the user allows.
    Absent(StartError),
}

/// Loads what `settings` name.
///
/// # Errors
/// A property or file is missing or wrong, or ONNX Runtime cannot be loaded.
pub fn load(settings: &Settings) -> Result<Loaded, gst::ErrorMessage> {
    let wrong = |problem: &dyn std::fmt::Display| {
        gst::error_msg!(gst::LibraryError::Settings, ("{problem}"))
    };
    let Some(file) = &settings.config_file else {
        return Err(wrong(
            &"Property 'config-file-path' is not set; set it to the nvinfer configuration file of the network",
        ));
    };
    let start_time = kit::start_time::parse(&settings.utc_start_time).map_err(|it| wrong(&it))?;
    let options = Options {
        library: settings.library.as_deref(),
        provider: settings.provider.into(),
        threads: settings.threads as usize,
        batch_size: (settings.batch_size > 0).then_some(settings.batch_size as usize),
        component: (settings.unique_id > 0).then_some(settings.unique_id),
    };
    let engine = match Engine::load(file, &options) {
        Ok(engine) => engine,
        Err(problem @ StartError::Network(NetworkError::Missing { .. })) if settings.optional => {
            return Ok(Loaded::Absent(problem));
        }
        Err(problem @ StartError::Runtime(_)) => {
            return Err(gst::error_msg!(gst::LibraryError::Init, ("{problem}")));
        }
        Err(problem) => return Err(wrong(&problem)),
    };
    Ok(Loaded::Ready(Box::new(State {
        interval: u64::try_from(settings.interval).unwrap_or(engine.config.interval.into()),
        memory: Memory {
            history: History::default(),
            rules: Rules {
                reinference: engine.config.reinference,
                max_rate: settings.max_rate,
                component: engine.config.component,
            },
            margin: settings.crop_margin as f32,
        },
        names: NetworkNames {
            component: engine.config.component,
            labels: engine.detector_labels(),
        },
        converters: Converters::default(),
        watch: DiscardWatch::default(),
        engine,
        buffers: 0,
        input: None,
        camera: settings.camera.as_str().into(),
        clock: StreamClock::new(start_time),
        described: 0,
    })))
}

impl State {
    /// Another part of the stream begins: its first frame is inferred, and objects are new.
    pub fn flush(&mut self) {
        self.buffers = 0;
        self.memory.history = History::default();
    }

    /// Counts a buffer; whether it passes because of `interval`.
    pub fn skips_next(&mut self) -> bool {
        let skip = !self.buffers.is_multiple_of(self.interval + 1);
        self.buffers += 1;
        skip
    }
}
