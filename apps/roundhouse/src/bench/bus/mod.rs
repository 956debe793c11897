// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse bench bus`: speed and memory of the bus, against other programs and against its limits.
//!
//! Whatever is measured runs in processes of its own. What is compared runs in turns.

mod age;
mod bussink;
mod chain;
mod clips;
mod entry;
mod part;
mod player;
mod python;
mod spool;
mod stopped;
mod zmq_rate;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum, value_parser};

use crate::bench::limit::{self, Line};
use crate::failure::Outcome;

pub use part::{Part, run as run_here};
use python::Python;

/// How long a subscriber stops, and how long in full.
const STOPPED: [Duration; 2] = [Duration::from_secs(10), Duration::from_mins(1)];

/// Speed and memory of the bus, each with its limit: rates, what it costs a stream, a process, the age of a scan.
///
/// Prints a table and fails if a limit is missed. Ratios are means of pairs of runs in turns, and miss their limit only if the whole
/// 95 % interval does. Takes 15 minutes; other programs on this computer make the rows bussink, spool and age worse. How it is
/// measured, and what was seen: docs/benchmarks.md.
#[derive(Args)]
pub struct BusArguments {
    /// Measure only this row; may be repeated.
    #[arg(long, value_enum, value_name = "ROW")]
    only: Vec<Row>,
    /// Pairs of runs behind each ratio.
    #[arg(long, default_value_t = 9, value_parser = value_parser!(u32).range(2..))]
    pairs: u32,
    /// The subscriber stops for 60 s instead of 10 s.
    #[arg(long)]
    full: bool,
    /// Folder with the clips C1.mp4, C2.mp4, … and facility.toml.
    #[arg(long, value_name = "FOLDER", default_value = "tests/data/demo")]
    clips: PathBuf,
    /// Folder of hall.gst, live.gst and bus/.
    #[arg(long, value_name = "FOLDER", default_value = "pipelines")]
    pipelines: PathBuf,
    /// Folder on the disk that is measured by the row spool.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    disk: PathBuf,
    /// Python interpreter with pyzmq; default: that of `scripts/setup.sh --checks`, else python3.
    #[arg(long, value_name = "PYTHON")]
    python: Option<PathBuf>,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Row {
    /// Messages a second from a PUSH to a PULL socket in another process, of 1 kB and of 100 kB, against pyzmq: at least 1.
    ZmqRate,
    /// How long bussink holds the stream up: a document at most 20 µs, a packet of eight frames that go as JPEG 60 µs.
    Bussink,
    /// Records of 1 kB on the disk, in groups of 100, against a write-ahead log of `SQLite` that is forced to the disk: at least 2.
    Spool,
    /// Memory that a ZeroMQ subscriber costs its publisher which is suspended while frames come: at most 32 MB.
    StoppedSubscriber,
    /// CPU time of cameras, estimator and fusion in three processes, raw frames over ZeroMQ, against one: at most 1.3.
    Chain,
    /// How much older a live scan is when it reaches the fusion of these three processes: at most 60 ms.
    Age,
}

/// Measures the rows and prints their table.
pub fn run(arguments: &BusArguments) -> Outcome {
    limit::judge(&arguments.only, |row| measure(*row, arguments))
}

/// Measures one row.
fn measure(row: Row, arguments: &BusArguments) -> Outcome<Vec<Line>> {
    let BusArguments {
        pairs,
        clips,
        pipelines,
        python,
        ..
    } = arguments;
    let python = python.as_ref();
    match row {
        Row::ZmqRate => zmq_rate::lines(*pairs, &Python::with_pyzmq(python)?),
        Row::Bussink => bussink::lines(&clips.join("facility.toml")),
        Row::Spool => spool::lines(*pairs, &Python::with_sqlite(python), &arguments.disk),
        Row::StoppedSubscriber => stopped::lines(STOPPED[usize::from(arguments.full)]),
        Row::Chain => chain::lines(*pairs, pipelines, clips),
        Row::Age => age::lines(*pairs, pipelines, clips),
    }
}
