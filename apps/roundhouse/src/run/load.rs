// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a text to elements.

use std::path::Path;

use gst::glib;
use gst::prelude::*;
use pipeline_text::Variables;

use crate::failure::{Failure, Outcome};
use crate::flow_files::with_settings;
use crate::settings::read_pipeline;

/// Makes the pipeline that `file` describes.
pub fn load(file: &Path, variables: &Variables) -> Outcome<gst::Pipeline> {
    let text = read_pipeline(file, variables)?;
    build(file, &with_settings(&text, variables))
}

/// Makes the pipeline of a description that was read from `file`.
pub fn build(file: &Path, description: &str) -> Outcome<gst::Pipeline> {
    gst::init().map_err(|error| Failure::new(format!("GStreamer does not start: {error}")))?;
    let mut context = gst::ParseContext::new();
    let element = gst::parse::launch_full(
        description,
        Some(&mut context),
        gst::ParseFlags::FATAL_ERRORS,
    )
    .map_err(|error| unbuildable(file, &error, &context.missing_elements()))?;
    element.downcast::<gst::Pipeline>().map_err(|_| {
        Failure::new(format!(
            "{}: this is one element, not a pipeline",
            file.display()
        ))
    })
}

/// Why a pipeline cannot be made, with the elements that are missing.
fn unbuildable(file: &Path, error: &glib::Error, missing: &[String]) -> Failure {
    let remedy = if missing.is_empty() {
        String::new()
    } else {
        format!(
            "; not installed: {}. Run scripts/setup.sh and scripts/build.sh, then '. scripts/env.sh', and look at roundhouse doctor",
            missing.join(", ")
        )
    };
    Failure::new(format!("{}: {}{remedy}", file.display(), error.message()))
}
