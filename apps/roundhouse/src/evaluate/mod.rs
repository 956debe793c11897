// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse evaluate`: how near the states are to the truth.

mod bands;
mod identity;
mod line;
mod picture;
mod table;

use std::path::{Path, PathBuf};

use clap::Args;
use estimation::metrics::{Case, Instant, Metrics, cases, compare, read_truth, score};
use facility::Facility;
use serde_json::json;

use crate::failure::{Failure, Outcome};
use crate::lines::read_states;
use identity::{Identity, View};

/// Measure how accurate facility states are, against the truth.
///
/// Every instant of the truth after a warm-up of 30 s is compared with the last state of exactly that time. What each
/// figure means: docs/metrics.md.
#[derive(Args)]
pub struct Arguments {
    /// Truth: what really stood where, one instant per line.
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
    /// States as `fsefuse` writes them, one per line; `-` is standard input. Of a folder, as `jsonlsink` fills it, all files *.jsonl.
    #[arg(long, value_name = "FILE")]
    states: PathBuf,
    /// Print all figures as one JSON object.
    #[arg(long, conflicts_with = "summary")]
    json: bool,
    /// Print a short summary as one JSON object with this name for the scenario.
    #[arg(long, value_name = "SCENARIO")]
    summary: Option<String>,
    /// Draw truth, estimates and errors on each track over time into this SVG file.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// List this many of the longest single errors: locomotives that were missed, and estimates where none stood.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    cases: usize,
    /// What each camera can see (`visible.jsonl`); adds for each locomotive how soon its number is known after a camera could read it.
    #[arg(long, value_name = "FILE")]
    visible: Option<PathBuf>,
    /// Facility file, for the doors in the picture; only with --svg.
    #[arg(long, value_name = "FILE")]
    facility: Option<PathBuf>,
}

/// Compares the states with the truth and prints the figures.
pub fn run(arguments: &Arguments) -> Outcome {
    if arguments.facility.is_some() && arguments.svg.is_none() {
        return Err(Failure::new(
            "--facility only adds the doors to the picture, and no figure depends on it: leave it out, or name the \
             picture with --svg FILE",
        ));
    }
    let text = std::fs::read_to_string(&arguments.truth)
        .map_err(|error| Failure::file(&arguments.truth, &error))?;
    let truth = read_truth(&text)
        .map_err(|error| Failure::new(format!("{}: {error}", arguments.truth.display())))?;
    let states: Vec<_> = read_states(&arguments.states)?
        .into_iter()
        .map(|state| (state.time, state.state))
        .collect();
    let instants = compare(&truth, &states);
    let metrics = score(&instants);
    let identity = arguments
        .visible
        .as_ref()
        .map(|path| read_views(path).map(|views| Identity::new(&views, &instants)))
        .transpose()?;
    if metrics.instants == 0 && identity.is_none() {
        return Err(Failure::new(format!(
            "{}: it ends within the warm-up of 30 s, nothing can be scored",
            arguments.truth.display()
        )));
    }
    if let Some(path) = &arguments.svg {
        write_picture(arguments, path, &instants, &metrics)?;
    }
    if let Some(scenario) = &arguments.summary {
        println!("{}", summary(scenario, &metrics));
    } else if arguments.json {
        let mut figures = json!(metrics);
        if let Some(identity) = &identity {
            figures["identity"] = json!(identity);
        }
        if arguments.cases > 0 {
            figures["cases"] = json!(worst_cases(&instants, arguments.cases));
        }
        println!("{figures}");
    } else {
        table::print(&metrics);
        identity.iter().for_each(Identity::print);
        table::print_cases(&worst_cases(&instants, arguments.cases));
    }
    Ok(())
}

/// The longest cases, `most` at most.
fn worst_cases(instants: &[Instant], most: usize) -> Vec<Case> {
    let mut all = cases(instants);
    all.truncate(most);
    all
}

/// Reads what each camera can see.
fn read_views(path: &Path) -> Outcome<Vec<View>> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, &error))?;
    let view = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| {
            Failure::new(format!(
                "{}:{}: {error}; a line says t, camera and plates with id and height",
                path.display(),
                number + 1
            ))
        })
    };
    text.lines().enumerate().map(view).collect()
}

/// The short summary.
fn summary(scenario: &str, metrics: &Metrics) -> serde_json::Value {
    json!({
        "scenario": scenario,
        "count_exact_share": metrics.count_exact_share,
        "end_mae_m": metrics.end_mae_m,
        "gospa_m": metrics.gospa_m,
        "id_switches": metrics.id_switches,
        "arrival_delay_s_max": metrics.arrival_delay_s_max,
        "departure_delay_s_max": metrics.departure_delay_s_max,
    })
}

/// Writes the picture of the tracks over time.
fn write_picture(
    arguments: &Arguments,
    path: &Path,
    instants: &[Instant],
    metrics: &Metrics,
) -> Outcome {
    let facility = arguments
        .facility
        .as_ref()
        .map(|path| Facility::load(path).map_err(|errors| Failure::new(errors.to_string())))
        .transpose()?;
    let title = facility.as_ref().map_or_else(
        || arguments.truth.display().to_string(),
        |facility| facility.name.clone(),
    );
    let number = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.2}"));
    let figures = format!(
        "number exact {} of the time, GOSPA per locomotive {} m, error of ends at rest {} m, in motion {} m, {} identity switches, {} never found",
        number(metrics.count_exact_share),
        number(metrics.gospa_m),
        number(metrics.mae_still),
        number(metrics.mae_moving),
        metrics.id_switches,
        metrics.never
    );
    let svg = picture::draw(&title, &figures, instants, facility.as_ref());
    std::fs::write(path, svg).map_err(|error| Failure::file(path, &error))
}
