// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse doctor`: what this machine has, and what to do about what it lacks.

use clap::Args;
use gst::prelude::*;

use crate::failure::{Failure, Outcome};

/// Say what is installed and what to do about what is missing.
#[derive(Args)]
pub struct Arguments {}

/// Elements that our pipelines use, with what brings them.
const ELEMENTS: [(&str, &str); 11] = [
    ("framemux", "run scripts/build.sh, then '. scripts/env.sh'"),
    (
        "framedemux",
        "run scripts/build.sh, then '. scripts/env.sh'",
    ),
    ("ortinfer", "run scripts/build.sh, then '. scripts/env.sh'"),
    (
        "locoposition",
        "run scripts/build.sh, then '. scripts/env.sh'",
    ),
    (
        "reportconvert",
        "run scripts/build.sh, then '. scripts/env.sh'",
    ),
    ("fsefuse", "run scripts/build.sh, then '. scripts/env.sh'"),
    ("uridecodebin", "install gstreamer1.0-plugins-base"),
    ("rtspsrc", "install gstreamer1.0-plugins-good"),
    ("qtdemux", "install gstreamer1.0-plugins-good"),
    ("h264parse", "install gstreamer1.0-plugins-bad"),
    ("avdec_h264", "install gstreamer1.0-libav"),
];

pub fn run(_: &Arguments) -> Outcome {
    gst::init().map_err(|error| Failure::new(format!("GStreamer does not start: {error}")))?;
    println!("{}", gst::version_string());
    let mut missing = 0;
    for (name, remedy) in ELEMENTS {
        match gst::ElementFactory::find(name) {
            Some(factory) => {
                let version = factory
                    .plugin()
                    .map(|plugin| format!("{} {}", plugin.plugin_name(), plugin.version()));
                println!("  ok       {name:<14} {}", version.unwrap_or_default());
            }
            None => {
                missing += 1;
                println!("  MISSING  {name:<14} {remedy}");
            }
        }
    }
    missing += usize::from(!report_onnxruntime());
    if missing == 0 {
        println!("Everything is there.");
        return Ok(());
    }
    Err(Failure::new(format!(
        "{missing} of what the pipelines need is missing, see above"
    )))
}

/// Whether `ortinfer` can load ONNX Runtime, asked of the element itself.
fn report_onnxruntime() -> bool {
    let Ok(element) = gst::ElementFactory::make("ortinfer").build() else {
        return false;
    };
    let version = element.property::<Option<String>>("onnxruntime-version");
    match &version {
        Some(version) => println!("  ok       ONNX Runtime   {version}"),
        None => println!(
            "  MISSING  ONNX Runtime   run scripts/setup.sh, or name the library in ORT_DYLIB_PATH"
        ),
    }
    version.is_some()
}
