// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse bench flows`: what a dev flow costs prod, and what entering a flow costs.
//!
//! Every case plays in a process of its own, so that no case leaves something to the next; the cases take turns.

mod case;
mod entry;
mod table;

use std::time::Instant;

use clap::Args;

use super::child::{output_of, this_program};
use super::usage;
use crate::failure::{Failure, Outcome};
pub use case::Case;
use case::{Footage, Measured, Trouble, Wiring};
pub use entry::EntryArguments;
use table::{Compared, Pair};

/// How far a failing dev flow slows prod down, behind flowbin and behind queues, and what entering a flow costs.
///
/// Takes ten minutes on an otherwise idle computer. How it is measured: docs/benchmarks.md.
#[derive(Args)]
pub struct FlowsArguments {
    #[command(flatten)]
    footage: Footage,
    /// Runs of each case.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
}

/// Arguments of a single case.
#[derive(Args)]
pub struct CaseArguments {
    #[command(flatten)]
    case: Case,
    #[command(flatten)]
    footage: Footage,
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

/// Runs one case in a process of its own.
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
