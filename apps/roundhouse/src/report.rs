// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse report`: reports without a server.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use facility::Facility;
use messages::Timestamp;
use serve::reports::{Wanted, names};
use serve::{App, Settings};
use store::Backlog;

use crate::failure::{Failure, Outcome};
use crate::serve::DATA;

/// So many events are derived in one step.
const STEP: usize = 2000;

/// Print a report on a span of time, from the database that `roundhouse serve` fills. The server may be running.
///
/// Days begin and end in the time zone of the facility file (timezone = "Europe/Berlin").
#[derive(Args)]
pub struct Arguments {
    /// occupancy, dwell, moves, turnaround, unidentified, cameras, completeness or flows.
    report: String,
    /// Folder of the database, or its address: `postgres://USER@HOST/DATABASE`.
    #[arg(long, value_name = "FOLDER|URL", default_value = DATA)]
    data: PathBuf,
    /// Facility file, for its time zone and its tracks.
    #[arg(long, value_name = "FILE")]
    facility: Option<PathBuf>,
    /// Name of the facility, if the database has several and no file is given.
    #[arg(long, value_name = "ID")]
    facility_id: Option<String>,
    /// Flow.
    #[arg(long, default_value = "prod")]
    flow: String,
    /// Begin: a day such as 2026-03-01, or a time such as 2026-03-01T06:00:00Z; default: a day before the end.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// End; default: now.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Tell by hour or day; default: by the length of the span.
    #[arg(long, value_name = "hour|day")]
    by: Option<String>,
    /// How it is printed.
    #[arg(long, default_value = "table")]
    format: Format,
}

/// How a report is printed.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Csv,
    Json,
}

/// Prints a report.
pub fn run(arguments: &Arguments) -> Outcome {
    if !names().contains(&arguments.report.as_str()) {
        let known = names().join(", ");
        return Err(Failure::new(format!(
            "there is no report '{}'; known are {known}",
            arguments.report
        )));
    }
    if !store::is_address(&arguments.data) && !arguments.data.is_dir() {
        return Err(Failure::new(format!(
            "{}: there is no such folder; name that of `roundhouse serve` by --data",
            arguments.data.display()
        )));
    }
    let facility = arguments.facility.as_ref().map(|file| Facility::load(file));
    let facility = facility
        .transpose()
        .map_err(|errors| Failure::new(errors.to_string()))?;
    let store =
        store::open_to_read(&arguments.data).map_err(|error| Failure::new(error.to_string()))?;
    while store
        .derive(STEP)
        .map_err(|error| Failure::new(error.to_string()))?
        == Backlog::More
    {}
    let wanted = Wanted {
        facility: arguments.facility_id.clone(),
        flow: Some(arguments.flow.clone()),
        from: arguments.from.clone(),
        to: arguments.to.clone(),
        by: arguments.by.clone(),
    };
    let settings = Settings {
        store: Arc::from(store),
        facilities: facility.into_iter().collect(),
        tokens: None,
        rate: u32::MAX,
        tls: None,
        keep_ns: i64::MAX,
        keep_bytes: u64::MAX,
        clock: Timestamp::now,
    };
    let app = App::new(settings).map_err(|error| Failure::new(error.to_string()))?;
    let report = app
        .report(&arguments.report, &wanted)
        .map_err(Failure::new)?;
    match arguments.format {
        Format::Table => print!("{}", report.to_text()),
        Format::Csv => print!("{}", report.to_csv()),
        Format::Json => {
            let text = serde_json::to_string_pretty(&report)
                .map_err(|error| Failure::new(error.to_string()))?;
            println!("{text}");
        }
    }
    Ok(())
}
