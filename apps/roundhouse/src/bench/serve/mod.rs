// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse bench serve`: speed and memory of the server, against another program and against its limits.
//!
//! The server and the peer are processes of their own; this one sends, asks and watches.

mod client;
mod hall;
mod ingest;
mod reports;
mod running;
mod watchers;
mod year;

use std::path::PathBuf;

use clap::{Args, ValueEnum, value_parser};

use crate::bench::limit;
use crate::failure::Outcome;

/// Speed and memory of `roundhouse serve`, each with its limit: taking events in, reports over a year, many who watch.
///
/// Prints a table and fails if a limit is missed. A ratio is the mean of pairs of runs in turns, and misses its limit only if the
/// whole 95 % interval does. Takes a few minutes; other programs on this computer make all rows worse. How it is measured, and what
/// was seen: docs/benchmarks.md.
#[derive(Args)]
pub struct ServeArguments {
    /// Measure only this row; may be repeated.
    #[arg(long, value_enum, value_name = "ROW")]
    only: Vec<Row>,
    /// Pairs of runs behind the ratio.
    #[arg(long, default_value_t = 9, value_parser = value_parser!(u32).range(2..))]
    pairs: u32,
    /// States that are sent in each run.
    #[arg(long, default_value_t = 40_000)]
    states: u64,
    /// Days of the record that is reported on.
    #[arg(long, default_value_t = 365)]
    days: u32,
    /// Folder on the disk that is measured.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    disk: PathBuf,
    #[command(flatten)]
    peer: ingest::Peer,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Row {
    /// States taken in a second while one watches, in batches of 200: at least 10,000, and at least as many as a program of `FastAPI`
    /// and sqlite3 takes that nobody watches.
    Ingest,
    /// The slowest report over a year of twenty places and two flows: at most 300 ms; over a month of it: at most 30 ms.
    Reports,
    /// What 500 who watch one state a second cost the server: at most a quarter of a core and 300 MB.
    Watchers,
}

/// Measures the rows and prints their table.
pub fn run(arguments: &ServeArguments) -> Outcome {
    limit::judge(&arguments.only, |row| match row {
        Row::Ingest => ingest::lines(
            arguments.pairs,
            arguments.states,
            &arguments.disk,
            &arguments.peer,
        ),
        Row::Reports => reports::lines(arguments.days, &arguments.disk),
        Row::Watchers => watchers::lines(&arguments.disk),
    })
}
