// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse doctor`: what this machine has, and what to do about what it lacks.

use std::path::Path;

use clap::Args;
use gst::prelude::*;

use crate::failure::{Failure, Outcome};

/// Say what is installed and what to do about what is missing.
#[derive(Args)]
pub struct Arguments {}

/// Elements that our pipelines use, with what brings them.
const ELEMENTS: [(&str, &str); 13] = [
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
    ("locomodel", "run scripts/build.sh, then '. scripts/env.sh'"),
    (
        "platereader",
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

/// The second plate reader, which the shipped pipelines use where it is.
const PPOCR: &str = "models/trt/platereader-ppocr";

pub fn run(_: &Arguments) -> Outcome {
    gst::init().map_err(|error| Failure::new(format!("GStreamer does not start: {error}")))?;
    println!("{}", gst::version_string());
    let mut missing = 0;
    for (name, remedy) in ELEMENTS {
        let found = gst::ElementFactory::find(name);
        if let Some(factory) = found {
            let plugin = factory.plugin();
            let version =
                plugin.map(|plugin| format!("{} {}", plugin.plugin_name(), plugin.version()));
            println!("  ok       {name:<14} {}", version.unwrap_or_default());
        } else {
            missing += 1;
            println!("  MISSING  {name:<14} {remedy}");
        }
    }
    missing += usize::from(!report_onnxruntime());
    report_ppocr(Path::new(PPOCR));
    if missing == 0 {
        println!("Everything is there.");
        return Ok(());
    }
    Err(Failure::new(format!(
        "{missing} of what the pipelines need is missing, see above"
    )))
}

/// Whether ONNX Runtime can be loaded, as `ortinfer` loads it.
fn report_onnxruntime() -> bool {
    match ortinfer::runtime::load(None) {
        Ok((runtime, _)) => {
            println!("  ok       ONNX Runtime   {}", runtime.library.display());
            true
        }
        Err(error) => {
            println!("  MISSING  ONNX Runtime   {error}");
            false
        }
    }
}

/// Whether the second plate reader's network has been brought. Nothing is missing without it: the first reads alone.
fn report_ppocr(folder: &Path) {
    if !folder.is_dir() {
        println!("  unknown  PP-OCR reader  run this in Roundhouse's folder to see {PPOCR}");
    } else if folder.join("model.onnx").is_file() {
        println!("  ok       PP-OCR reader  {PPOCR}");
    } else {
        println!(
            "  without  PP-OCR reader  {PPOCR}/model.onnx: plates are read by models/trt/platereader alone; run scripts/setup.sh"
        );
    }
}
