// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse bus`: what travels between hosts, from the command line.

mod address;
mod check;
mod publish;
mod setup;
mod tail;

use clap::Subcommand;

use crate::failure::Outcome;

/// Look at the bus between hosts: print what passes, publish documents, check and set up a broker.
///
/// An address is written as for bussink and bussrc, such as `zmq+sub://HOST:PORT`, `amqp://HOST/VHOST`, `kafka://HOST:PORT`, `mqtt://HOST` or `file:///FOLDER`; docs/bus.md explains them.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Tail(tail::Arguments),
    Publish(publish::Arguments),
    Check(check::Arguments),
    Setup(setup::Arguments),
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Outcome {
    match &arguments.command {
        Command::Tail(arguments) => tail::run(arguments),
        Command::Publish(arguments) => publish::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Setup(arguments) => setup::run(arguments),
    }
}
