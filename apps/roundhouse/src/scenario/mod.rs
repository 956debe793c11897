// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse scenario`: made halls with truth, and how the fusion fares in them.

mod ablation;
mod demanded;
mod suite;
mod trials;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use scenarios::{DURATION, Kind, Scenario};

use crate::failure::{Failure, Outcome};

/// Make a hall with traffic, cameras and faults, from a seed; or run the fusion through many of them.
///
/// Writes facility.toml, reports.jsonl (for `roundhouse replay`) and truth.jsonl (for `roundhouse evaluate`): six tracks, 20
/// to 40 cameras, 10 to 20 locomotives. What the kinds are: docs/scenarios.md.
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
    /// Run the fusion through many scenarios of every kind and print the figures beside those that are demanded.
    Suite(suite::Arguments),
    /// Leave out one part of the fusion's model after the other, and print what that costs.
    Ablation(ablation::Arguments),
}

#[derive(Args)]
struct MakeArguments {
    /// What goes wrong: clean, nominal, dropout, delay, occlude, label, ghost, coupled, gaps, blind, busy, mixed or rich.
    #[arg(long)]
    kind: Kind,
    /// The same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Length in seconds.
    #[arg(long, default_value_t = DURATION)]
    duration: f64,
    /// Folder for the three files; it is made if it is not there.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

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

/// Writes a scenario's three files into a folder, which is made if it is not there.
pub fn write(scenario: &Scenario, folder: &Path) -> Outcome {
    fs::create_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| Failure::file(&path, &error))
    };
    write("facility.toml", &scenario.facility_toml)?;
    write("reports.jsonl", &scenario.report_lines())?;
    write("truth.jsonl", &scenario.truth_lines())
}

/// Makes a scenario.
pub fn generate(kind: Kind, seed: u64, duration: f64) -> Outcome<Scenario> {
    Scenario::new(kind, seed, duration)
        .map_err(|errors| Failure::new(format!("the made facility of {kind} {seed}: {errors}")))
}
