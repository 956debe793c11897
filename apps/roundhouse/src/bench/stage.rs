// SPDX-License-Identifier: MIT OR Apache-2.0
//! The stages that are measured: the whole pipeline, and each of its unavoidable parts alone.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::ValueEnum;
use gst::prelude::*;
use ortinfer::config::Config;
use ortinfer::network::{Network, Provider};
use pipeline_text::Variables;

use super::probes;
use super::usage::{Usage, of_this_process};
use crate::failure::{Failure, Outcome};
use crate::run::{load, play};

/// Frames that the pipeline's eight cameras bring at a time.
const BATCH: usize = 8;

/// A stage, by the name that the command line gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// H.264 decoding of all clips.
    Decode,
    /// ONNX Runtime on ready tensors.
    Inference,
    /// The whole pipeline.
    Pipeline,
}

impl Stage {
    /// Its word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Inference => "inference",
            Self::Pipeline => "pipeline",
        }
    }

    /// What is measured, for the progress line.
    pub fn about(self) -> &'static str {
        match self {
            Self::Decode => "H.264 decoding alone",
            Self::Inference => "ONNX Runtime alone, on ready tensors",
            Self::Pipeline => "the whole pipeline",
        }
    }
}

/// Decodes every clip of `clips`, with the decoder that `pipelines/hall.gst` uses.
pub fn decode(clips: &Path) -> Outcome<Usage> {
    gst::init().map_err(|error| Failure::new(format!("GStreamer does not start: {error}")))?;
    let description: Vec<String> = clip_files(clips)?
        .iter()
        .map(|clip| {
            format!("filesrc location=\"{clip}\" ! qtdemux ! h264parse ! avdec_h264 max-threads=1 ! fakesink sync=false")
        })
        .collect();
    let element = gst::parse::launch(&description.join(" "))
        .map_err(|error| Failure::new(format!("the clips cannot be decoded: {error}")))?;
    let pipeline = element
        .downcast::<gst::Pipeline>()
        .map_err(|_| Failure::new("the clips cannot be decoded: there is none"))?;
    let counters: Vec<Arc<AtomicU64>> = pipeline
        .iterate_sinks()
        .into_iter()
        .flatten()
        .filter_map(|sink| sink.static_pad("sink"))
        .map(|pad| probes::count(&pad))
        .collect();
    let start = Instant::now();
    play(&pipeline, true)?;
    let frames = counters
        .iter()
        .map(|counter| counter.load(Ordering::Relaxed))
        .sum();
    usage(frames, start)
}

/// Runs the network of `config` on `frames` tensors that are ready, in batches as the pipeline makes them.
pub fn inference(config: &Path, frames: u64) -> Outcome<Usage> {
    let failed =
        |error: &dyn std::fmt::Display| Failure::new(format!("{}: {error}", config.display()));
    let (runtime, _) = ortinfer::runtime::load(None).map_err(|error| failed(&error))?;
    let loaded = Config::load(config).map_err(|error| failed(&error))?;
    let mut network = Network::load(&runtime, &loaded, Provider::Cpu, 0, BATCH)
        .map_err(|error| failed(&error))?;
    let ready = vec![0.4_f32; BATCH * network.input_len()];
    let start = Instant::now();
    for _ in 0..frames.div_ceil(BATCH as u64) {
        network
            .run(&ready, BATCH, |_| ())
            .map_err(|error| failed(&error))?;
    }
    usage(frames, start)
}

/// Plays `file` on `clips` as fast as possible.
pub fn pipeline(file: &Path, clips: &Path) -> Outcome<Usage> {
    let pipeline = load(file, &variables(clips))?;
    let element = |factory: &str| {
        pipeline
            .iterate_recurse()
            .into_iter()
            .flatten()
            .find(|element| {
                element
                    .factory()
                    .is_some_and(|found| found.name() == factory)
            })
            .ok_or_else(|| Failure::new(format!("{}: there is no {factory} in it", file.display())))
    };
    let (ortinfer, locoposition) = (element("ortinfer")?, element("locoposition")?);
    let (framemux, fsefuse) = (element("framemux")?, element("fsefuse")?);
    let positions = probes::measure(&locoposition);
    let threads = [
        format!("{}:src", framemux.name()),
        format!("{}:src", fsefuse.name()),
    ];

    // The threads are gone when the pipeline stops: their time is read as the end passes the last pad.
    let footage = Arc::new(AtomicU64::new(0));
    let thread_time = Arc::new(AtomicU64::new(0));
    if let Some(pad) = fsefuse.static_pad("src") {
        let (footage, thread_time) = (footage.clone(), thread_time.clone());
        pad.add_probe(
            gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM,
            move |_, info| {
                if let Some(time) = info.buffer().and_then(|buffer| buffer.pts()) {
                    footage.fetch_max(time.nseconds(), Ordering::Relaxed);
                } else if info
                    .event()
                    .is_some_and(|event| event.type_() == gst::EventType::Eos)
                {
                    let seconds: f64 = threads.iter().map(|name| probes::threads_named(name)).sum();
                    thread_time.store((seconds * 1e9) as u64, Ordering::Relaxed);
                }
                gst::PadProbeReturn::Ok
            },
        );
    }
    let start = Instant::now();
    play(&pipeline, true)?;
    let stats = ortinfer.property::<gst::Structure>("stats");
    let count = |field: &str| stats.get::<u64>(field).unwrap_or_default();
    let mut usage = usage(count("inferred"), start)?;
    usage.preprocess_s = count("preprocess-time") as f64 * 1e-9;
    usage.own_s =
        (positions.load(Ordering::Relaxed) + thread_time.load(Ordering::Relaxed)) as f64 * 1e-9;
    usage.footage_s = footage.load(Ordering::Relaxed) as f64 * 1e-9;
    Ok(usage)
}

/// What this process has used since `start`.
fn usage(frames: u64, start: Instant) -> Outcome<Usage> {
    let (cpu_s, peak_mb) = of_this_process()?;
    Ok(Usage {
        frames,
        cpu_s,
        wall_s: start.elapsed().as_secs_f64(),
        peak_mb,
        ..Usage::default()
    })
}

/// The clips of a scenario, in the order of their names.
pub fn clip_files(folder: &Path) -> Outcome<Vec<String>> {
    let entries = std::fs::read_dir(folder).map_err(|error| Failure::file(folder, &error))?;
    let mut clips: Vec<String> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "mp4"))
        .map(|path| path.display().to_string())
        .collect();
    clips.sort();
    if clips.is_empty() {
        return Err(Failure::new(format!(
            "{}: there is no clip in it, give a folder with C1.mp4, C2.mp4, …",
            folder.display()
        )));
    }
    Ok(clips)
}

/// The variables of a pipeline that plays `clips` and throws the states away.
fn variables(clips: &Path) -> Variables {
    Variables::from([
        ("clips".to_owned(), clips.display().to_string()),
        ("states".to_owned(), "/dev/null".to_owned()),
    ])
}
