// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `ortinfer`: what nvinfer is on a GPU server, anywhere else.

use gst::glib;
use gst::prelude::*;

use crate::network;

mod frames;
mod history;
mod imp;
mod look;
mod settings;
mod stats;

glib::wrapper! {
    /// Looks at frames with a network and writes down what it finds.
    pub struct OrtInfer(ObjectSubclass<imp::OrtInfer>)
        @extends gst_base::BaseTransform, gst::Element, gst::Object;
}

/// Who does the work; see [`network::Provider`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "RoundhouseOrtInferProvider")]
pub enum Provider {
    /// The best that the library has and that starts.
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
