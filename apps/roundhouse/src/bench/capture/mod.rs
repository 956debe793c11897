// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse bench capture`: what live cameras cost with `camerasrc`, against the elements that it replaces.
//!
//! The cameras are simulated by processes of their own, which are not measured. Every way of capture plays in a process of its own.

mod case;
mod memory;
mod returns;

use std::path::PathBuf;

use clap::Args;

use super::ratio::Ratio;
use super::simulation::Simulation;
use super::verdict::verdict;
use crate::failure::{Failure, Outcome};
use case::Way;
pub use case::{Case, run_here};

/// CPU time against the bare elements, at most.
const MOST_CPU: f64 = 1.05;

/// What live cameras cost with camerasrc, against the bare elements: CPU time, time until a camera is back, memory.
///
/// The cameras are those of `roundhouse simulate-cameras`. Takes 45 minutes on an otherwise idle computer; each part is shortened or
/// left out by its options. Fails if a limit is missed. How it is measured: docs/benchmarks.md.
#[derive(Args)]
pub struct CaptureArguments {
    /// Folder with the clips that the simulated cameras show.
    #[arg(long, default_value = "tests/data/demo")]
    clips: PathBuf,
    /// Cameras whose CPU time is measured.
    #[arg(long, default_value_t = 8)]
    cameras: u32,
    /// Pairs of runs that compare CPU time; below 2 it is not measured.
    #[arg(long, default_value_t = 9)]
    pairs: u32,
    /// Length of each of these runs, seconds.
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// How often a camera goes away and returns; 0: never.
    #[arg(long, default_value_t = 20)]
    returns: u32,
    /// Cameras whose memory is measured, at one picture a second.
    #[arg(long, default_value_t = 64)]
    memory_cameras: u32,
    /// Time for which it is measured, minutes; 0: it is not.
    #[arg(long, default_value_t = 30.0)]
    minutes: f64,
    /// Plugin file with `fallbacksrc`, for the comparison (docs/benchmarks.md says how to build it); without it there is none.
    #[arg(long, value_name = "FILE")]
    peer: Option<PathBuf>,
}

/// Measures all parts and prints their tables.
pub fn run(arguments: &CaptureArguments) -> Outcome {
    let mut missed = Vec::new();
    if arguments.pairs > 1 {
        missed.extend(compare_cpu(arguments)?);
    }
    if arguments.returns > 0 {
        missed.extend(returns::measure(&arguments.clips, arguments.returns)?);
    }
    if arguments.minutes > 0.0 {
        missed.extend(memory::measure(
            &arguments.clips,
            arguments.memory_cameras,
            arguments.minutes * 60.0,
            arguments.peer.as_deref(),
        )?);
    }
    if missed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("missed: {}", missed.join("; "))))
}

/// CPU time of all ways on the same cameras, in turns; the limit, if it is missed.
fn compare_cpu(arguments: &CaptureArguments) -> Outcome<Option<String>> {
    let simulation = Simulation::start(&arguments.clips, arguments.cameras, 5.0, None)?;
    let mut ways = vec![Way::Bare, Way::Camerasrc];
    ways.extend(arguments.peer.is_some().then_some(Way::Peer));
    let mut costs: Vec<Vec<f64>> = vec![Vec::new(); ways.len()];
    let mut frames = vec![0; ways.len()];
    for pair in 0..arguments.pairs {
        let mut order: Vec<usize> = (0..ways.len()).collect();
        if pair % 2 == 1 {
            order.reverse();
        }
        for index in order {
            eprintln!(
                "bench: pair {} of {}: {}",
                pair + 1,
                arguments.pairs,
                ways[index].title()
            );
            let case = Case {
                way: ways[index],
                aggregate: false,
                seconds: f64::from(arguments.seconds),
                peer: arguments.peer.clone(),
                uris: simulation.uris.clone(),
            };
            let measured = case.measured()?;
            frames[index] += measured.frames;
            costs[index].push(measured.cpu_ms());
        }
    }
    println!(
        "{} cameras of 5 pictures a second, {} runs of {} s each:\n",
        arguments.cameras, arguments.pairs, arguments.seconds
    );
    println!("| capture | frames | CPU in a second, ms | / bare, mean | 95 % interval | at most |");
    println!("|---|--:|--:|--:|--:|--:|");
    let mut missed = None;
    for ((way, cost), frames) in ways.iter().zip(&costs).zip(&frames) {
        let mean = cost.iter().sum::<f64>() / cost.len() as f64;
        if *way == Way::Bare {
            println!("| {} | {frames} | {mean:.1} | 1 | | |", way.title());
            continue;
        }
        let ratio = Ratio::of(cost, &costs[0]);
        let limit = if *way == Way::Camerasrc {
            missed = (ratio.low > MOST_CPU)
                .then(|| format!("CPU of camerasrc, {:.3} of the bare elements'", ratio.mean));
            MOST_CPU.to_string()
        } else {
            String::new()
        };
        println!(
            "| {} | {frames} | {mean:.1} | {:.3} | {:.3} to {:.3} | {limit} |",
            way.title(),
            ratio.mean,
            ratio.low,
            ratio.high
        );
    }
    println!(
        "\nThe limit is {} (missed if the whole interval lies above it).\n",
        verdict(missed.is_none())
    );
    Ok(missed)
}
