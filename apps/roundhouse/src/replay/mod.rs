// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse replay`: recorded reports become states.

mod reasons;

use std::fs::File;
use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use estimation::fse::{Fusion, FusionConfig};
use facility::Facility;
use messages::Event;

use crate::duration::parse_duration;
use crate::failure::{Failure, Outcome};
use crate::lines::{Place, is_standard, read_reports};

/// Compute facility states from recorded reports, in the order in which they arrived.
///
/// Reads messages (docs/messages.md), one per line: recorded with `fsefuse record=FILE`, or written by `roundhouse scenario`
/// or another program. Writes a state at every whole multiple of the interval from the first arrival to the last, and
/// whenever a locomotive comes or goes. The same input always gives the same bytes. Lines that are no reports are skipped
/// and listed with file and line, and so are the first reports that the fusion refuses or changes.
#[derive(Args)]
pub struct Arguments {
    /// Facility file.
    #[arg(long, value_name = "FILE")]
    facility: PathBuf,
    /// Reports, one per line; `-` is standard input. Of a folder, all files *.jsonl are read in the order of their names.
    #[arg(long, value_name = "FILE")]
    reports: PathBuf,
    /// File for the states; `-` is standard output.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Time between two states, such as 1s or 500ms.
    #[arg(long, default_value = "1s", value_parser = parse_duration)]
    interval: i64,
    /// Whether to write a state also whenever a locomotive comes or goes.
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set,
          num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    on_change: bool,
    /// How long to wait for reports that arrive out of order, such as 800ms; default: adapts to the delays of the cameras.
    #[arg(long, value_parser = parse_duration)]
    window: Option<i64>,
    /// Flow name to write into the states.
    #[arg(long, default_value = "prod")]
    flow: String,
    /// First part of the ids of the states; take it from the recorded run to get the same ids.
    #[arg(long, default_value_t = 1)]
    epoch: u64,
    /// Do not report how many reports were used or refused.
    #[arg(long)]
    quiet: bool,
}

/// Gives recorded reports to the fusion and writes the states that it makes of them.
pub fn run(arguments: &Arguments) -> Outcome {
    let facility =
        Facility::load(&arguments.facility).map_err(|errors| Failure::new(errors.to_string()))?;
    let config = FusionConfig {
        interval_ns: arguments.interval,
        on_change: arguments.on_change,
        flow: arguments.flow.clone(),
        source: format!("/{}/fsefuse/{}", facility.name, arguments.flow),
        epoch: arguments.epoch,
        window: arguments.window.map(|window| window as f64 * 1e-9),
        ..FusionConfig::default()
    };
    let (events, refused) = read_reports(&arguments.reports)?;
    let mut fusion = Fusion::new(Arc::new(facility), config);
    let written = write_states(&mut fusion, events, arguments)
        .map_err(|error| Failure::file(&arguments.out, &error))?;
    if !arguments.quiet {
        let account = reasons::account(&fusion.counters(), refused);
        eprintln!("{written} states; {account}");
    }
    Ok(())
}

/// Feeds all events and writes what comes out; returns how many states that were.
fn write_states(
    fusion: &mut Fusion,
    events: Vec<(Place, Event)>,
    arguments: &Arguments,
) -> std::io::Result<u64> {
    let mut out: Box<dyn Write> = if is_standard(&arguments.out) {
        Box::new(stdout().lock())
    } else {
        Box::new(BufWriter::new(File::create(&arguments.out)?))
    };
    let mut written = 0;
    let mut write = |states: Vec<Event>| -> std::io::Result<()> {
        for state in states {
            writeln!(out, "{}", state.to_json())?;
            written += 1;
        }
        Ok(())
    };
    for (place, event) in events {
        let (arrival, before) = (event.arrival(), fusion.counters());
        fusion.push(event);
        if !arguments.quiet {
            reasons::name(&arguments.reports, &place, &before, &fusion.counters());
        }
        write(fusion.advance(arrival))?;
    }
    write(fusion.finish())?;
    out.flush()?;
    Ok(written)
}
