// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse doctor`: what this machine has, and what to do about what it lacks.

use std::path::Path;

use clap::Args;
use gst::prelude::*;

use crate::clock::{self, Clock};
use crate::failure::{Failure, Outcome};

/// Check what is installed, and say how to install what is missing.
#[derive(Args)]
pub struct Arguments {}

/// Our elements.
const OURS: [&str; 11] = [
    "framemux",
    "framedemux",
    "ortinfer",
    "locoposition",
    "locomodel",
    "platereader",
    "reportconvert",
    "fsefuse",
    "flowbin",
    "flowcompare",
    "jsonlsink",
];
/// What brings them.
const BUILD: &str = "run scripts/build.sh, then '. scripts/env.sh'";

/// Elements of others that our pipelines use, with what brings them.
const OTHERS: [(&str, &str); 5] = [
    ("uridecodebin", "install gstreamer1.0-plugins-base"),
    ("rtspsrc", "install gstreamer1.0-plugins-good"),
    ("qtdemux", "install gstreamer1.0-plugins-good"),
    ("h264parse", "install gstreamer1.0-plugins-bad"),
    ("avdec_h264", "install gstreamer1.0-libav"),
];

/// The second plate reader, which the shipped pipelines use where it is.
const PPOCR: &str = "models/trt/platereader-ppocr";

/// Prints what is there and what is missing.
pub fn run(_: &Arguments) -> Outcome {
    gst::init().map_err(|error| Failure::new(format!("GStreamer does not start: {error}")))?;
    println!("{}", gst::version_string());
    let mut missing = 0;
    for (name, remedy) in OURS.map(|name| (name, BUILD)).into_iter().chain(OTHERS) {
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
    report_clock();
    report_blacklist();
    report_nvidia();
    if missing == 0 {
        println!("Everything is there that is needed without a GPU.");
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
            // The file that the name leads to has the version in its own.
            let file = std::fs::canonicalize(&runtime.library);
            let file = file.unwrap_or_else(|_| runtime.library.clone());
            println!("  ok       ONNX Runtime   {}", file.display());
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

/// Whether the clock is synchronised. Recordings do not need it; the times of live states are as wrong as the clock.
fn report_clock() {
    match clock::ask() {
        Clock::Synchronised => println!("  ok       clock          a time server sets it"),
        Clock::Alone => println!(
            "  WRONG    clock          no time server sets it, and live states carry its time: timedatectl set-ntp true, or install chrony; \
             give the cameras the same time server"
        ),
        Clock::Unknown(reason) => println!("  unknown  clock          {reason}"),
    }
}

/// Plugins that once failed to load, and that GStreamer does not try again.
fn report_blacklist() {
    for plugin in gst::Registry::get().plugins() {
        if plugin
            .plugin_flags()
            .contains(gst::PluginFlags::BLACKLISTED)
        {
            let name = plugin.filename().map(|file| file.display().to_string());
            println!(
                "  BLACKED  {:<14} {} did not load once: remove ~/.cache/gstreamer-1.0 and look with GST_DEBUG=GST_PLUGIN_LOADING:5",
                plugin.plugin_name(),
                name.unwrap_or_default()
            );
        }
    }
}

/// What of NVIDIA is there. Without it everything runs on the CPU: nothing is missing.
fn report_nvidia() {
    let say = |name: &str, found: Option<String>, remedy: &str| match found {
        Some(version) => println!("  ok       {name:<14} {version}"),
        None => println!("  without  {name:<14} {remedy}"),
    };
    say(
        "CUDA driver",
        nvds::machine::cuda_driver().map(|version| format!("for CUDA {version}")),
        "no GPU is used; with one: install NVIDIA's driver, in docker run with --gpus all",
    );
    say(
        "CUDA runtime",
        nvds::machine::cuda_runtime(),
        "ortinfer provider=cuda needs it; DeepStream's images bring it",
    );
    say(
        "TensorRT",
        nvds::machine::tensorrt(),
        "nvinfer and ortinfer provider=tensorrt need it; DeepStream's images bring it",
    );
    report_deepstream();
    for element in ["nvstreammux", "nvinfer"] {
        say(
            element,
            gst::ElementFactory::find(element).map(|_| String::new()),
            "one of DeepStream's elements; pipelines/deepstream needs them",
        );
    }
}

/// Prints where DeepStream is and which layout its batches have.
fn report_deepstream() {
    match nvds::machine::deepstream() {
        Err(error) => println!("  without  DeepStream     {error}"),
        Ok(found) => {
            let version = found.version.as_deref().unwrap_or("of an unknown version");
            let library = found.library.display();
            let layout = match found.layout {
                Ok(family) => format!("layout of {family}"),
                Err(error) => error.to_string(),
            };
            println!("  ok       DeepStream     {version}, {layout}, {library}");
        }
    }
}
