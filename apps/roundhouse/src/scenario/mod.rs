// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse scenario`: synthetic halls with truth, and how the fusion fares in them.

mod ablation;
mod demanded;
mod made;
mod suite;
mod trials;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use scenarios::{DURATION, Kind};

use crate::failure::{Failure, Outcome};
pub use made::{generate, write};

/// Simulate a hall with traffic, cameras and faults from a seed, or measure the fusion on many simulated halls.
///
/// Writes facility.toml, reports.jsonl (for `roundhouse replay`) and truth.jsonl (for `roundhouse evaluate`): six tracks, 20
/// to 40 cameras, 10 to 20 locomotives. The kinds of scenario: docs/scenarios.md.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    make: Option<MakeArguments>,
}

#[derive(Subcommand)]
enum What {
    /// Run the fusion on many scenarios of every kind and print its accuracy beside what is required.
    Suite(suite::Arguments),
    /// Switch off one part of the fusion after the other and print how much accuracy that costs.
    Ablation(ablation::Arguments),
}

#[derive(Args)]
struct MakeArguments {
    /// Kind of scenario, by what goes wrong: clean, nominal, dropout, delay, occlude, label, ghost, coupled, gaps, blind, busy, mixed or rich.
    #[arg(long)]
    kind: Kind,
    /// The same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Length in seconds.
    #[arg(long, default_value_t = DURATION)]
    duration: f64,
    /// Folder for the three files; created if it does not exist.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

/// Makes a scenario, or runs many of them.
pub fn run(arguments: &Arguments) -> Outcome {
    match (&arguments.what, &arguments.make) {
        (Some(What::Suite(arguments)), _) => suite::run(arguments),
        (Some(What::Ablation(arguments)), _) => ablation::run(arguments),
        (None, Some(arguments)) => make(arguments),
        (None, None) => Err(Failure::new(
            "say --kind KIND --out FOLDER, 'suite' or 'ablation'",
        )),
    }
}

/// Makes one scenario and writes its files.
fn make(arguments: &MakeArguments) -> Outcome {
    let scenario = generate(arguments.kind, arguments.seed, arguments.duration)?;
    let folder = &arguments.out;
    write(&scenario, folder)?;
    eprintln!(
        "{}: {} cameras, {} reports, {} locomotives",
        folder.display(),
        scenario.facility.cameras.len(),
        scenario.events.len(),
        scenario.watched.len()
    );
    Ok(())
}
