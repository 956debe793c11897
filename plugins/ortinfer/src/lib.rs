// SPDX-License-Identifier: MIT OR Apache-2.0
//! Inference with ONNX Runtime, configured by nvinfer's files.

pub mod classifier;
pub mod cluster;
pub mod config;
pub mod detector;
pub mod engine;
pub mod labels;
pub mod network;
pub mod objects;
mod ortinfer;
pub mod preprocess;
pub mod runtime;

pub use ortinfer::{OrtInfer, Provider};

/// Registers this crate's elements with `plugin`.
///
/// # Errors
/// When a type cannot be registered.
pub fn register(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    ortinfer::register(plugin)
}
