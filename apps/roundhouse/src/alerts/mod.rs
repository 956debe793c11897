// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse alerts`: rules of alerts, from the command line.

mod check;
mod files;
mod replay;
mod test;

use clap::Subcommand;

use crate::failure::Outcome;

pub use files::rules;

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

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Outcome {
    match &arguments.command {
        Command::Check(arguments) => check::run(arguments),
        Command::Test(arguments) => test::run(arguments),
        Command::Replay(arguments) => replay::run(arguments),
    }
}
