// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `ortinfer`: runs a neural network on frames with ONNX Runtime.
//!
//! It does on any machine what `nvinfer` does on a GPU server, and reads the same configuration file. A detector attaches
//! boxes to the frames; in secondary mode a network infers the objects that another one found. Frames are not changed.
//!
//! # Example pipeline
//!
//! ```sh
//! . scripts/env.sh
//! gst-launch-1.0 filesrc location=tests/data/demo/C1.mp4 ! qtdemux ! h264parse ! avdec_h264 \
//!   ! ortinfer camera=C1 utc-start-time=2026-03-01T06:00:00Z config-file-path=models/trt/locodetector/config_infer.txt \
//!   ! fakesink silent=false -v
//! ```
//!
//! Since: 0.1

use gst::glib;
use gst::prelude::*;

use crate::network;

mod clock;
mod convert;
mod failures;
mod frames;
mod history;
mod imp;
mod inference;
mod plan;
mod properties;
mod result;
mod state;
mod stats;
mod warnings;

glib::wrapper! {
    /// Runs a neural network on frames and attaches what it finds.
    pub struct OrtInfer(ObjectSubclass<imp::OrtInfer>)
        @extends gst_base::BaseTransform, gst::Element, gst::Object;
}

/// Execution provider of ONNX Runtime; see [`network::Provider`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "RoundhouseOrtInferProvider")]
pub enum Provider {
    /// The best one that the library has and that starts.
    #[default]
    #[enum_value(name = "TensorRT if it starts, else CUDA, else the CPU", nick = "auto")]
    Auto,
    /// The CPU.
    #[enum_value(name = "The CPU", nick = "cpu")]
    Cpu,
    /// CUDA.
    #[enum_value(name = "An NVIDIA GPU through CUDA", nick = "cuda")]
    Cuda,
    /// TensorRT.
    #[enum_value(
        name = "An NVIDIA GPU through TensorRT; the engine is kept beside the model",
        nick = "tensorrt"
    )]
    TensorRt,
}

impl From<Provider> for network::Provider {
    fn from(provider: Provider) -> Self {
        match provider {
            Provider::Auto => Self::Auto,
            Provider::Cpu => Self::Cpu,
            Provider::Cuda => Self::Cuda,
            Provider::TensorRt => Self::TensorRt,
        }
    }
}

/// Registers the element with `plugin`.
///
/// # Errors
/// When the type cannot be registered.
pub fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    Provider::static_type().mark_as_plugin_api(gst::PluginAPIFlags::empty());
    gst::Element::register(
        Some(plugin),
        "ortinfer",
        gst::Rank::NONE,
        OrtInfer::static_type(),
    )
}
