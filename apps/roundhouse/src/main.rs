// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line of Roundhouse: plays pipelines, shows and judges what they see, and says what is missing.

mod alerts;
mod bench;
mod bus;
mod cameras;
mod check;
mod clock;
mod doctor;
mod duration;
mod evaluate;
mod expand;
mod failure;
mod flow_files;
mod lines;
mod list;
mod metrics;
mod read_plate;
mod replay;
mod report;
mod run;
mod scenario;
mod serve;
mod settings;
mod simulate_cameras;
mod watch;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Sees with ordinary cameras which locomotive stands where in a repair hall.
#[derive(Parser)]
#[command(version, propagate_version = true, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Arguments),
    List(list::Arguments),
    Check(check::Arguments),
    Expand(expand::Arguments),
    Cameras(cameras::Arguments),
    Watch(watch::Arguments),
    Bus(bus::Arguments),
    Serve(serve::Arguments),
    Alerts(alerts::Arguments),
    Report(report::Arguments),
    Replay(replay::Arguments),
    ReadPlate(read_plate::Arguments),
    Evaluate(evaluate::Arguments),
    Scenario(scenario::Arguments),
    SimulateCameras(simulate_cameras::Arguments),
    Doctor(doctor::Arguments),
    Bench(bench::Arguments),
}

/// Runs the command that the arguments name.
fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Expand(arguments) => expand::run(&arguments),
        Command::Cameras(arguments) => cameras::run(&arguments),
        Command::Watch(arguments) => watch::run(&arguments),
        Command::Bus(arguments) => bus::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Alerts(arguments) => alerts::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::ReadPlate(arguments) => read_plate::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Evaluate(arguments) => evaluate::run(&arguments),
        Command::Scenario(arguments) => scenario::run(&arguments),
        Command::SimulateCameras(arguments) => simulate_cameras::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("roundhouse: {}", kit::mask_passwords(&failure.to_string()));
            ExitCode::FAILURE
        }
    }
}
