// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse bench`: what the pipeline costs, against its unavoidable parts and a plain Python program; what a report costs the
//! fusion, against another framework; what live cameras cost, against the elements that `camerasrc` replaces; what the bus and the server cost.
//!
//! Every stage of the pipeline plays in a process of its own, so that CPU time and memory are its own.

mod beside;
mod bus;
mod capture;
mod child;
mod flows;
mod fusion;
mod limit;
mod packet;
mod pairs;
mod percentiles;
mod probes;
mod python;
mod ratio;
mod serve;
mod simulation;
mod stage;
mod usage;
mod verdict;

use std::path::PathBuf;
use std::process::Command;

use clap::{Args, Subcommand};

use crate::failure::{Failure, Outcome};
use child::{output_of, this_program};
use stage::Stage;
use usage::Usage;

/// Total CPU time against decoding plus ONNX Runtime, at most.
const MOST_OVERHEAD: f64 = 1.25;
/// CPU share of our elements besides preprocessing, at most.
const MOST_OWN_SHARE: f64 = 0.02;
/// Peak memory, megabytes, at most.
const MOST_MEMORY_MB: f64 = 600.0;

/// Measure what the pipeline and the fusion cost on this computer.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The whole pipeline on recorded clips: speed, memory, and CPU time compared with decoding and inference alone and with a Python program.
    Pipeline(PipelineArguments),
    /// The fusion on a simulated scenario: CPU time per report and accuracy, and Stone Soup on the same reports.
    Fusion(fusion::Arguments),
    /// How far a failing dev flow slows prod down, behind flowbin and behind queues, and what entering a flow costs.
    ///
    /// Takes ten minutes on an otherwise idle computer. How it is measured: docs/benchmarks.md.
    Flows(flows::FlowsArguments),
    Capture(capture::CaptureArguments),
    Bus(bus::BusArguments),
    Serve(serve::ServeArguments),
    /// One part of `bus` in this process; prints what was measured.
    #[command(hide = true)]
    BusPart(BusPartArguments),
    /// One way of `capture` in this process; prints what was measured as JSON.
    #[command(hide = true)]
    CaptureCase(capture::Case),
    /// One case of `flows` in this process; prints what was measured as JSON.
    #[command(hide = true)]
    FlowCase(flows::CaseArguments),
    /// One entry of `flows` in this process; prints its cost as JSON.
    #[command(hide = true)]
    FlowEntry(flows::EntryArguments),
    /// One stage in this process; prints its usage as JSON. `pipeline` runs these.
    #[command(hide = true)]
    Stage(StageArguments),
}

#[derive(Args)]
struct BusPartArguments {
    #[command(subcommand)]
    part: bus::Part,
}

#[derive(Args)]
struct PipelineArguments {
    /// Pipeline to measure; it must have the variables clips and states.
    #[arg(long, default_value = "pipelines/hall.gst")]
    file: PathBuf,
    /// Folder with the clips C1.mp4, C2.mp4, … and facility.toml.
    #[arg(long, default_value = "tests/data/demo")]
    clips: PathBuf,
    /// Folder of the detector, with `config_infer.txt` and `model.onnx`.
    #[arg(long, default_value = "models/trt/locodetector")]
    model: PathBuf,
    /// Python interpreter with numpy, opencv-python-headless and onnxruntime, for the comparison; without it there is none.
    #[arg(long, value_name = "PYTHON")]
    python: Option<PathBuf>,
    /// Python program to compare with.
    #[arg(long, default_value = "benches/python_peer.py")]
    peer: PathBuf,
}

#[derive(Args)]
struct StageArguments {
    stage: Stage,
    #[arg(long)]
    file: PathBuf,
    #[arg(long)]
    clips: PathBuf,
    #[arg(long)]
    model: PathBuf,
    /// How many tensors ONNX Runtime is given.
    #[arg(long, default_value_t = 0)]
    frames: u64,
}

/// Runs one of the benchmarks, or the part of one that a process of its own measures.
pub fn run(arguments: &Arguments) -> Outcome {
    match &arguments.what {
        What::Pipeline(arguments) => bench_pipeline(arguments),
        What::Fusion(arguments) => fusion::run(arguments),
        What::Flows(arguments) => flows::run(arguments),
        What::FlowCase(arguments) => flows::run_here(arguments),
        What::FlowEntry(arguments) => flows::run_entry_here(arguments),
        What::Bus(arguments) => bus::run(arguments),
        What::Serve(arguments) => serve::run(arguments),
        What::BusPart(arguments) => bus::run_here(&arguments.part),
        What::Capture(arguments) => capture::run(arguments),
        What::CaptureCase(case) => capture::run_here(case),
        What::Stage(arguments) => {
            let usage = match arguments.stage {
                Stage::Decode => stage::decode(&arguments.clips),
                Stage::Inference => {
                    stage::inference(&arguments.model.join("config_infer.txt"), arguments.frames)
                }
                Stage::Pipeline => stage::pipeline(&arguments.file, &arguments.clips),
            }?;
            println!("{}", serde_json::json!(usage));
            Ok(())
        }
    }
}

/// Measures the pipeline, its unavoidable parts and the Python peer.
fn bench_pipeline(arguments: &PipelineArguments) -> Outcome {
    let stage = |stage: Stage, frames: u64| {
        eprintln!("bench: {}", stage.about());
        run_stage(stage, arguments, frames)
    };
    let pipeline = stage(Stage::Pipeline, 0)?;
    let decode = stage(Stage::Decode, 0)?;
    let inference = stage(Stage::Inference, pipeline.frames)?;
    // What was measured so far is printed also when the peer does not run.
    let peer = run_peer(arguments);
    let measured = peer.as_ref().ok().and_then(Option::as_ref);
    print_table(&pipeline, &decode, &inference, measured);
    peer.map(drop)
}

/// Runs one stage in a process of its own.
fn run_stage(stage: Stage, arguments: &PipelineArguments, frames: u64) -> Outcome<Usage> {
    let mut command = this_program("stage")?;
    command.args([stage.name(), "--frames", &frames.to_string()]);
    command.arg("--file").arg(&arguments.file);
    command.arg("--clips").arg(&arguments.clips);
    command.arg("--model").arg(&arguments.model);
    let output = output_of(&mut command)?;
    serde_json::from_str(&output).map_err(|error| {
        Failure::new(format!(
            "the stage '{}' printed no usage: {error}",
            stage.name()
        ))
    })
}

/// The Python peer on the same clips and model; `None` where no Python with its packages is at hand.
fn run_peer(arguments: &PipelineArguments) -> Outcome<Option<Peer>> {
    let Some(python) = &arguments.python else {
        eprintln!("bench: no Python peer: name an interpreter with its packages by --python");
        return Ok(None);
    };
    eprintln!("bench: the Python peer");
    let mut command = Command::new(python);
    command
        .arg(&arguments.peer)
        .arg(&arguments.clips)
        .arg(arguments.model.join("model.onnx"));
    let output = output_of(&mut command)?;
    serde_json::from_str(&output).map(Some).map_err(|error| {
        Failure::new(format!(
            "{}: its output is no JSON: {error}",
            arguments.peer.display()
        ))
    })
}

/// What `benches/python_peer.py` prints.
#[derive(serde::Deserialize)]
struct Peer {
    frames: u64,
    cpu_s: f64,
    wall_s: f64,
}

/// Prints what each part took, and the ratios with their limits.
fn print_table(pipeline: &Usage, decode: &Usage, inference: &Usage, peer: Option<&Peer>) {
    let unavoidable = decode.cpu_s + inference.cpu_s;
    println!("| what | frames | CPU s | wall s | frames per CPU s |");
    println!("|---|--:|--:|--:|--:|");
    let row = |name: &str, frames: u64, cpu: f64, wall: f64| {
        println!(
            "| {name} | {frames} | {cpu:.1} | {wall:.1} | {:.1} |",
            frames as f64 / cpu
        );
    };
    row(
        "whole pipeline",
        pipeline.frames,
        pipeline.cpu_s,
        pipeline.wall_s,
    );
    row(
        "H.264 decoding alone",
        decode.frames,
        decode.cpu_s,
        decode.wall_s,
    );
    row(
        "ONNX Runtime alone, on ready tensors",
        inference.frames,
        inference.cpu_s,
        inference.wall_s,
    );
    if let Some(peer) = peer {
        row(
            "Python, OpenCV + onnxruntime",
            peer.frames,
            peer.cpu_s,
            peer.wall_s,
        );
    }
    println!();
    println!("| ratio | measured | at most |");
    println!("|---|--:|--:|");
    println!(
        "| pipeline / (decoding + ONNX Runtime), CPU | {:.3} | {MOST_OVERHEAD} |",
        pipeline.cpu_s / unavoidable
    );
    println!(
        "| preprocessing / pipeline, CPU | {:.3} | |",
        pipeline.preprocess_s / pipeline.cpu_s
    );
    println!(
        "| our other elements / pipeline, CPU | {:.4} | {MOST_OWN_SHARE} |",
        pipeline.own_s / pipeline.cpu_s
    );
    println!(
        "| wall time / length of the footage | {:.3} | 1 |",
        pipeline.wall_s / pipeline.footage_s
    );
    println!(
        "| peak memory, MB | {:.0} | {MOST_MEMORY_MB:.0} |",
        pipeline.peak_mb
    );
    if let Some(peer) = peer {
        let ours = pipeline.frames as f64 / pipeline.cpu_s;
        println!(
            "| frames per CPU second, ours / Python's | {:.2} | |",
            ours / (peer.frames as f64 / peer.cpu_s)
        );
    }
}
