// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse bench flows`: what a dev flow costs prod, and what entering a flow costs.
//!
//! Every case plays in a process of its own, so that no case leaves something to the next; the cases take turns.

mod case;
mod entry;
mod table;

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::{output_of, usage};
use crate::failure::{Failure, Outcome};
pub use case::Case;
use case::{Trouble, Wiring};
pub use entry::EntryArguments;

#[derive(Args)]
pub struct FlowsArguments {
    #[command(flatten)]
    footage: Footage,
    /// Runs of each case.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
}

/// What every case plays.
#[derive(Args)]
pub struct Footage {
    /// The text of prod; a packet is done when it leaves its locoposition.
    #[arg(long, default_value = "pipelines/flows/prod.gst")]
    prod: PathBuf,
    /// Folder with the clips C1.mp4 to C8.mp4 and facility.toml.
    #[arg(long, default_value = "tests/data/demo")]
    clips: PathBuf,
    /// Footage that each run plays, at its own pace, seconds; the first two are not counted.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(4..=90))]
    seconds: u32,
    /// Time between two packets, ms: longer than this machine needs for one.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    interval: u32,
}

/// Arguments of a single case.
#[derive(Args)]
pub struct CaseArguments {
    #[command(flatten)]
    case: Case,
    #[command(flatten)]
    footage: Footage,
}

/// What prod did in one run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measured {
    /// Packets that prod finished in each second of the footage.
    pub rate: f64,
    /// Time from the fork to the positions: half of the packets at most, ms.
    pub p50: f64,
    /// The same of 99 in 100.
    pub p99: f64,
    /// What ended the run before its time.
    pub ended: Option<String>,
}

/// The runs of a case, each with prod alone shortly before it: a virtual machine is not equally fast all the time.
pub struct Compared {
    pub case: Case,
    pub runs: Vec<Pair>,
}

/// Prod alone, and in the case.
pub struct Pair {
    pub alone: Measured,
    pub beside: Measured,
}

/// Measures every case and prints the tables.
pub fn run(arguments: &FlowsArguments) -> Outcome {
    let mut compared: Vec<Compared> = cases()
        .map(|case| Compared {
            case,
            runs: Vec::new(),
        })
        .collect();
    let (start, before) = (Instant::now(), usage::of_machine()?);
    for turn in 1..=arguments.runs {
        let play = |case: Case| {
            eprintln!("bench: turn {turn} of {}: {}", arguments.runs, case.about());
            run_case(case, arguments)
        };
        for wirings in compared.chunk_by_mut(|one, next| one.case.trouble == next.case.trouble) {
            let alone = play(Case::ALONE)?;
            for Compared { case, runs } in wirings {
                runs.push(Pair {
                    alone: alone.clone(),
                    beside: play(*case)?,
                });
            }
        }
    }
    let (after, wall) = (usage::of_machine()?, start.elapsed().as_secs_f64());
    let (own, busy) = (after.0 - before.0, after.1 - before.1);
    table::print_isolation(&compared);
    table::print_machine(own / wall, (busy - own).max(0.0) / wall);
    println!();
    entry::measure_all(arguments.runs)
}

/// Plays one case in this process; prints what was measured as JSON.
pub fn run_here(arguments: &CaseArguments) -> Outcome {
    let measured = case::play(arguments.case, &arguments.footage)?;
    println!("{}", serde_json::json!(measured));
    Ok(())
}

pub use entry::run_here as run_entry_here;

/// Each trouble in each wiring.
fn cases() -> impl Iterator<Item = Case> {
    let troubles = [Trouble::Sleep, Trouble::Error, Trouble::Allocate];
    let wirings = [Wiring::Flowbin, Wiring::Queue, Wiring::Leaky];
    troubles
        .into_iter()
        .flat_map(move |trouble| wirings.map(|wiring| Case { wiring, trouble }))
}

fn run_case(case: Case, arguments: &FlowsArguments) -> Outcome<Measured> {
    let mut command = this_program("flow-case")?;
    command.args([
        "--wiring",
        case.wiring.name(),
        "--trouble",
        case.trouble.name(),
    ]);
    let footage = &arguments.footage;
    command.arg("--prod").arg(&footage.prod);
    command.arg("--clips").arg(&footage.clips);
    command.args(["--seconds", &footage.seconds.to_string()]);
    command.args(["--interval", &footage.interval.to_string()]);
    let output = output_of(&mut command)?;
    serde_json::from_str(&output)
        .map_err(|error| Failure::new(format!("{}: nothing was measured: {error}", case.about())))
}

/// This program, with a hidden part of `bench` to run.
fn this_program(part: &str) -> Outcome<Command> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::new(format!("this program cannot find itself: {error}")))?;
    let mut command = Command::new(program);
    command.args(["bench", part]);
    Ok(command)
}

/// The value that half of them do not exceed, and the one that 99 in 100 do not.
fn percentiles(mut values: Vec<f64>) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    [50, 99].map(|percent| {
        let rank = (values.len() * percent).div_ceil(100).saturating_sub(1);
        values.get(rank).copied().unwrap_or(f64::NAN)
    })
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let [median, _] = percentiles(values.collect());
    median
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_there() {
        let values = (1..=200).rev().map(f64::from).collect();
        assert_eq!(percentiles(values).map(|value| value as u32), [100, 198]);
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()) as u32, 2);
    }
}
