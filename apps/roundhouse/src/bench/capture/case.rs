// SPDX-License-Identifier: MIT OR Apache-2.0
//! One way of capture in this process: what it costs.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use gst::prelude::*;
use serde::{Deserialize, Serialize};

use crate::bench::child::{output_of, this_program};
use crate::bench::{probes, usage};
use crate::failure::{Failure, Outcome};

/// Every camera must have given so many frames before anything is measured.
const WARM_UP_FRAMES: u64 = 5;
/// Longest wait for that.
const PATIENCE: Duration = Duration::from_mins(2);
/// How often memory is read.
const MEMORY_INTERVAL: Duration = Duration::from_secs(10);

/// What captures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Way {
    /// `rtspsrc`, depayloader, parser and decoder, as they stood in texts before `camerasrc`.
    Bare,
    /// `camerasrc` without health checks.
    Camerasrc,
    /// `fallbacksrc` of gst-plugins-rs.
    Peer,
}

impl Way {
    /// Its word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Camerasrc => "camerasrc",
            Self::Peer => "peer",
        }
    }

    /// Its name in the table.
    pub fn title(self) -> &'static str {
        match self {
            Self::Bare => "`rtspsrc ! rtph264depay ! h264parse ! avdec_h264`",
            Self::Camerasrc => "`camerasrc` without health checks",
            Self::Peer => "`fallbacksrc`",
        }
    }

    /// The elements of one camera.
    fn elements(self, uri: &str, index: usize) -> String {
        match self {
            Self::Bare => format!(
                "rtspsrc location={uri} protocols=tcp latency=200 ! rtph264depay ! h264parse ! avdec_h264 max-threads=1"
            ),
            Self::Camerasrc => format!("camerasrc uri={uri} camera=K{index} checks=false"),
            Self::Peer => format!("fallbacksrc uri={uri} enable-audio=false"),
        }
    }
}

/// What is captured, how, and for how long.
#[derive(Debug, Clone, Args)]
pub struct Case {
    #[arg(long)]
    pub way: Way,
    /// Whether `framemux` makes packets of all cameras, one a second.
    #[arg(long)]
    pub aggregate: bool,
    /// How long it is measured once all cameras deliver.
    #[arg(long)]
    pub seconds: f64,
    /// Plugin file with `fallbacksrc`.
    #[arg(long)]
    pub peer: Option<PathBuf>,
    /// The cameras.
    pub uris: Vec<String>,
}

impl Case {
    /// Plays the case in a process of its own.
    pub fn measured(&self) -> Outcome<Measured> {
        let mut command = this_program("capture-case")?;
        command.args(["--way", self.way.name()]);
        command.args(["--seconds", &self.seconds.to_string()]);
        if self.aggregate {
            command.arg("--aggregate");
        }
        if let Some(peer) = &self.peer {
            command.arg("--peer").arg(peer);
        }
        command.args(&self.uris);
        let output = output_of(&mut command)?;
        serde_json::from_str(&output).map_err(|error| {
            Failure::new(format!(
                "{}: nothing was measured: {error}",
                self.way.title()
            ))
        })
    }
}

/// What was measured.
#[derive(Debug, Serialize, Deserialize)]
pub struct Measured {
    /// Frames of all cameras.
    pub frames: u64,
    /// Frames of the camera that gave the fewest.
    pub fewest: u64,
    /// CPU time, seconds.
    pub cpu_s: f64,
    /// Seconds since the cameras delivered, and resident memory, megabytes.
    pub memory: Vec<(f64, f64)>,
}

impl Measured {
    /// How long it was measured, seconds.
    pub fn seconds(&self) -> f64 {
        self.memory.last().map_or(f64::NAN, |(time, _)| *time)
    }

    /// CPU time in a second, ms.
    pub fn cpu_ms(&self) -> f64 {
        self.cpu_s * 1e3 / self.seconds()
    }
}

/// Plays a case in this process; prints what was measured as JSON.
pub fn run_here(case: &Case) -> Outcome {
    println!("{}", serde_json::json!(play(case)?));
    Ok(())
}

/// Plays the case.
fn play(case: &Case) -> Outcome<Measured> {
    gst::init().map_err(|error| Failure::new(format!("GStreamer does not start: {error}")))?;
    let failed =
        |reason: &dyn std::fmt::Display| Failure::new(format!("{}: {reason}", case.way.title()));
    if let Some(path) = &case.peer {
        let plugin = gst::Plugin::load_file(path).map_err(|error| failed(&error))?;
        gst::Registry::get()
            .add_plugin(&plugin)
            .map_err(|error| failed(&error))?;
    }
    let pipeline = gst::parse::launch(&description(case)).map_err(|error| failed(&error))?;
    let pipeline = pipeline
        .downcast::<gst::Pipeline>()
        .map_err(|_| failed(&"no pipeline"))?;
    let counters = counters(&pipeline, case.uris.len());
    pipeline
        .set_state(gst::State::Playing)
        .map_err(|error| failed(&error))?;
    let measured = measure(case, &pipeline, &counters);
    // Whether it stops well is not what is measured.
    let _ = pipeline.set_state(gst::State::Null);
    measured.map_err(|error| failed(&error))
}

/// The pipeline of the case; the pads whose buffers are counted belong to elements called `end0`, `end1`, ...
fn description(case: &Case) -> String {
    let cameras = case.uris.iter().enumerate().map(|(index, uri)| {
        let elements = case.way.elements(uri, index);
        let end = if case.aggregate {
            format!("identity name=end{index} silent=true ! mux.sink_{index}")
        } else {
            format!("fakesink name=end{index} sync=false async=false")
        };
        format!("{elements} ! {end} ")
    });
    let aggregator = if case.aggregate {
        "framemux name=mux interval=1000000000 ! fakesink sync=false async=false "
    } else {
        ""
    };
    std::iter::once(aggregator.to_owned())
        .chain(cameras)
        .collect()
}

/// Counters of the frames of each camera.
fn counters(pipeline: &gst::Pipeline, cameras: usize) -> Vec<Arc<AtomicU64>> {
    let pad = |index| {
        let end = pipeline.by_name(&format!("end{index}"))?;
        end.static_pad("sink")
    };
    let pads = (0..cameras).filter_map(pad);
    pads.map(|pad| probes::count(&pad)).collect()
}

/// Waits until all cameras deliver, then measures.
fn measure(
    case: &Case,
    pipeline: &gst::Pipeline,
    counters: &[Arc<AtomicU64>],
) -> Outcome<Measured> {
    let counts = || -> Vec<u64> {
        let loaded = counters.iter().map(|count| count.load(Ordering::Relaxed));
        loaded.collect()
    };
    let start = Instant::now();
    while let Some(index) = counts().iter().position(|count| *count < WARM_UP_FRAMES) {
        if start.elapsed() > PATIENCE {
            return Err(Failure::new(format!(
                "camera {} gave too few frames in {} s",
                case.uris[index],
                PATIENCE.as_secs()
            )));
        }
        wait(pipeline, Duration::from_millis(100))?;
    }
    let (start, before) = (Instant::now(), counts());
    let (cpu, _) = usage::of_this_process()?;
    let mut memory = vec![(0.0, usage::resident_mb(std::process::id())?)];
    let length = Duration::from_secs_f64(case.seconds);
    while start.elapsed() < length {
        wait(
            pipeline,
            MEMORY_INTERVAL.min(length.saturating_sub(start.elapsed())),
        )?;
        memory.push((
            start.elapsed().as_secs_f64(),
            usage::resident_mb(std::process::id())?,
        ));
    }
    let (cpu_after, _) = usage::of_this_process()?;
    let after = counts();
    let frames = || {
        before
            .iter()
            .zip(&after)
            .map(|(before, after)| after - before)
    };
    Ok(Measured {
        frames: frames().sum(),
        fewest: frames().min().unwrap_or_default(),
        cpu_s: cpu_after - cpu,
        memory,
    })
}

/// Lets time pass; latencies that change are distributed anew, and an error ends the case.
fn wait(pipeline: &gst::Pipeline, time: Duration) -> Outcome {
    let Some(bus) = pipeline.bus() else {
        return Ok(());
    };
    let end = Instant::now() + time;
    loop {
        let rest = end.saturating_duration_since(Instant::now());
        let rest = gst::ClockTime::from_nseconds(rest.as_nanos() as u64);
        let Some(message) = bus.timed_pop(rest) else {
            return Ok(());
        };
        match message.view() {
            gst::MessageView::Error(error) => {
                return Err(Failure::new(error.error().message().to_owned()));
            }
            // A pipeline that refuses goes on with the old one.
            gst::MessageView::Latency(_) => drop(pipeline.recalculate_latency()),
            _ => (),
        }
    }
}
