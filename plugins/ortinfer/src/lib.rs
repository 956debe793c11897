// SPDX-License-Identifier: MIT OR Apache-2.0
//! Inference with ONNX Runtime, configured by nvinfer's files.

pub mod classifier;
pub mod cluster;
pub mod config;
pub mod detector;
pub mod labels;
pub mod objects;
pub mod preprocess;

/// Registers this crate's elements with `plugin`.
///
/// # Errors
/// When a type cannot be registered.
pub fn register(_plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    Ok(())
}
