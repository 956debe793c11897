// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse alerts`: rules of alerts, from the command line.

mod check;
mod replay;
mod test;

use std::path::{Path, PathBuf};

use alerts::Rules;
use clap::Subcommand;
use plan::Site;

use crate::failure::{Failure, Outcome};
use crate::serve::site;

/// Try rules of alerts: check the file, send a test alert to everybody, say what would have been told of a recording.
///
/// `roundhouse serve --alerts FILE` applies them. docs/serve.md explains the file, deploy/alerts.toml is one.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Arguments),
    Test(test::Arguments),
    Replay(replay::Arguments),
}

/// The file of rules and the facilities that they are for.
#[derive(clap::Args)]
struct Files {
    /// File of rules.
    rules: PathBuf,
    /// Facility file; may be given more than once. Tracks and cameras that the rules name must then be there.
    #[arg(long = "facility", value_name = "FILE")]
    facilities: Vec<PathBuf>,
}

impl Files {
    /// Reads them.
    fn read(&self) -> Outcome<(Rules, Vec<Site>)> {
        let sites: Outcome<Vec<Site>> = self
            .facilities
            .iter()
            .map(|file| site::load(file))
            .collect();
        let sites = sites?;
        Ok((rules(&self.rules, &sites)?, sites))
    }
}

/// Reads a file of rules.
pub fn rules(file: &Path, sites: &[Site]) -> Outcome<Rules> {
    Rules::load(file, sites).map_err(|errors| Failure::new(errors.to_string()))
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Outcome {
    match &arguments.command {
        Command::Check(arguments) => check::run(arguments),
        Command::Test(arguments) => test::run(arguments),
        Command::Replay(arguments) => replay::run(arguments),
    }
}
