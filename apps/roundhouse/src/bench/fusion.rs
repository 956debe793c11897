// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a report costs the fusion, and what Stone Soup needs for the same reports.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use clap::Args;
use estimation::fse::{Fusion, FusionConfig};
use estimation::metrics::{Metrics, evaluate};
use messages::{Data, Event};
use scenarios::{Kind, Scenario};
use serde::Deserialize;

use super::child::output_of;
use super::usage::of_this_thread;
use crate::failure::{Failure, Outcome};
use crate::lines::read_states;
use crate::scenario::{generate, write};

/// The fusion on a simulated scenario: CPU time per report and accuracy, and Stone Soup on the same reports.
#[derive(Args)]
pub struct Arguments {
    /// Kind of scenario (docs/scenarios.md).
    #[arg(long, default_value = "nominal")]
    kind: Kind,
    /// Seed of the scenario.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Length of the scenario, seconds.
    #[arg(long, default_value_t = 120.0)]
    duration: f64,
    /// Python interpreter with Stone Soup, for the comparison (the head of the program --peer says how to install it); without it there is none.
    #[arg(long, value_name = "PYTHON")]
    python: Option<PathBuf>,
    /// Python program to compare with.
    #[arg(long, default_value = "benches/stonesoup_peer.py")]
    peer: PathBuf,
    /// Folder for the scenario and for the states of the program compared with.
    #[arg(long, value_name = "FOLDER", default_value = "out/bench-fusion")]
    out: PathBuf,
}

/// One row of the table.
struct Row {
    name: String,
    reports: u64,
    /// CPU time of a report, µs: mean with the states between, median and 99 % quantile of single ones.
    mean: f64,
    quantiles: Option<(f64, f64)>,
    metrics: Metrics,
}

/// What the peer prints.
#[derive(Deserialize)]
struct Peer {
    reports: u64,
    cpu_s: f64,
    version: String,
}

/// Measures the fusion, and the peer where there is one, and prints their table.
pub fn run(arguments: &Arguments) -> Outcome {
    let scenario = generate(arguments.kind, arguments.seed, arguments.duration)?;
    println!(
        "{} {}: {} locomotives, {} cameras, {} s\n",
        arguments.kind,
        arguments.seed,
        scenario.watched.len(),
        scenario.facility.cameras.len(),
        arguments.duration
    );
    let peer = run_peer(arguments, &scenario);
    let ours = ours(&scenario);
    println!(
        "| fusion | reports | median, µs | p99, µs | mean with states every second, µs | GOSPA per locomotive, m | count exact |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    print(&ours);
    // Ours is printed also when the peer does not run.
    if let Some(row) = peer? {
        print(&row);
        println!("\nStone Soup / ours, CPU: {:.0}", row.mean / ours.mean);
    }
    Ok(())
}

/// Prints one row of the table.
fn print(row: &Row) {
    let (median, p99) = row.quantiles.map_or_else(
        || (String::new(), String::new()),
        |(median, p99)| (format!("{median:.1}"), format!("{p99:.1}")),
    );
    let figure = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.3}"));
    println!(
        "| {} | {} | {median} | {p99} | {:.1} | {} | {} |",
        row.name,
        row.reports,
        row.mean,
        figure(row.metrics.gospa_m),
        figure(row.metrics.count_exact)
    );
}

/// The fusion on all reports of the scenario, twice: as a whole for the mean, one by one for the quantiles.
fn ours(scenario: &Scenario) -> Row {
    let reports = scenario.events.len() as u64;
    let (events, mut fusion) = (scenario.events.clone(), fresh(scenario));
    let mut said = Vec::new();
    let begin = of_this_thread();
    for event in events {
        said.extend(take(&mut fusion, event));
    }
    said.extend(fusion.finish());
    let mean = (of_this_thread() - begin) as f64 * 1e-3 / reports as f64;

    let (events, mut fusion) = (scenario.events.clone(), fresh(scenario));
    let mut each: Vec<f64> = events
        .into_iter()
        .map(|event| time(|| take(&mut fusion, event)))
        .collect();
    let clock = quantile(&mut (0..1000).map(|_| time(|| ())).collect::<Vec<_>>(), 0.5);
    let one = |each: &mut [f64], q| (quantile(each, q) - clock).max(0.0);
    let states: Vec<_> = said
        .into_iter()
        .filter_map(|event| match event.data {
            Data::State(state) => Some((event.time, state)),
            _ => None,
        })
        .collect();
    Row {
        name: "Roundhouse".to_owned(),
        reports,
        mean,
        quantiles: Some((one(&mut each, 0.5), one(&mut each, 0.99))),
        metrics: evaluate(&scenario.truth, &states),
    }
}

/// A fusion that knows nothing yet.
fn fresh(scenario: &Scenario) -> Fusion {
    Fusion::new(Arc::new(scenario.facility.clone()), FusionConfig::default())
}

/// Gives the fusion one report; the states that it puts out.
fn take(fusion: &mut Fusion, event: Event) -> Vec<Event> {
    let arrival = event.arrival();
    fusion.push(event);
    fusion.advance(arrival)
}

/// CPU time of some work and of reading the clock, µs.
fn time<T>(work: impl FnOnce() -> T) -> f64 {
    let begin = of_this_thread();
    std::hint::black_box(work());
    (of_this_thread() - begin) as f64 * 1e-3
}

/// The value that a share `q` of them does not exceed.
fn quantile(values: &mut [f64], q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * q) as usize]
}

/// Stone Soup on the same reports; `None` where no Python with it is named.
fn run_peer(arguments: &Arguments, scenario: &Scenario) -> Outcome<Option<Row>> {
    let Some(python) = &arguments.python else {
        eprintln!("bench: no Stone Soup: name an interpreter that has it by --python");
        return Ok(None);
    };
    write(scenario, &arguments.out)?;
    eprintln!("bench: Stone Soup; it needs some milliseconds a report");
    let states = arguments.out.join("states-stonesoup.jsonl");
    let mut command = Command::new(python);
    command
        .arg(&arguments.peer)
        .arg(arguments.out.join("facility.toml"))
        .arg(arguments.out.join("reports.jsonl"))
        .arg(&states);
    let said = output_of(&mut command)?;
    let peer: Peer = serde_json::from_str(&said).map_err(|error| {
        Failure::new(format!(
            "{}: its output is not what was expected: {error}",
            arguments.peer.display()
        ))
    })?;
    let states: Vec<_> = read_states(&states)?
        .into_iter()
        .map(|state| (state.time, state.state))
        .collect();
    Ok(Some(Row {
        name: format!("Stone Soup {}", peer.version),
        reports: peer.reports,
        mean: peer.cpu_s * 1e6 / peer.reports as f64,
        quantiles: None,
        metrics: evaluate(&scenario.truth, &states),
    }))
}
