// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse evaluate`: how near the states are to the truth.

use std::path::PathBuf;

use clap::Args;
use estimation::metrics::{Metrics, evaluate, read_truth};
use serde_json::json;

use crate::failure::{Failure, Outcome};
use crate::lines::read_states;

/// Compare facility states with the truth.
///
/// Scored is every instant of the truth after a warm-up of 30 s, against the last state with exactly that time.
/// What each figure means: docs/metrics.md.
#[derive(Args)]
pub struct Arguments {
    /// What really stood where, one instant a line.
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
    /// States as `fsefuse` writes them, one a line; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    states: PathBuf,
    /// Print all figures as one JSON object.
    #[arg(long, conflicts_with = "summary")]
    json: bool,
    /// Print the short summary as one JSON object that names this scenario.
    #[arg(long, value_name = "SCENARIO")]
    summary: Option<String>,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let text = std::fs::read_to_string(&arguments.truth)
        .map_err(|error| Failure::file(&arguments.truth, &error))?;
    let truth = read_truth(&text)
        .map_err(|error| Failure::new(format!("{}: {error}", arguments.truth.display())))?;
    let states: Vec<_> = read_states(&arguments.states)?
        .into_iter()
        .map(|state| (state.time, state.state))
        .collect();
    let metrics = evaluate(&truth, &states);
    if metrics.instants == 0 {
        return Err(Failure::new(format!(
            "{}: it ends within the warm-up of 30 s, nothing can be scored",
            arguments.truth.display()
        )));
    }
    if let Some(scenario) = &arguments.summary {
        println!("{}", summary(scenario, &metrics));
    } else if arguments.json {
        println!("{}", json!(metrics));
    } else {
        print_table(&metrics);
    }
    Ok(())
}

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

fn print_table(metrics: &Metrics) {
    let percent =
        |share: Option<f64>| share.map_or("-".into(), |share| format!("{:.1} %", share * 100.0));
    let metres = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.2} m"));
    let plain = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.2}"));
    let seconds =
        |value: Option<f64>| value.map_or("never".into(), |value| format!("{value:.0} s"));
    let rows = [
        ("instants scored", metrics.instants.to_string()),
        (
            "number of locomotives exact",
            percent(metrics.count_exact_share),
        ),
        ("nothing missed, nothing false", percent(metrics.set_exact)),
        ("mean error of an end", metres(metrics.end_mae_m)),
        (
            "  at rest (95 %)",
            format!(
                "{} ({})",
                metres(metrics.mae_still),
                metres(metrics.p95_still)
            ),
        ),
        (
            "  in motion (95 %)",
            format!(
                "{} ({})",
                metres(metrics.mae_moving),
                metres(metrics.p95_moving)
            ),
        ),
        ("GOSPA per locomotive", metres(metrics.gospa_m)),
        ("  from places, missed, false", {
            let parts = [metrics.localisation, metrics.missed, metrics.false_];
            parts.map(metres).join(", ")
        }),
        ("identity switches", metrics.id_switches.to_string()),
        (
            "MOTA, IDF1",
            format!("{}, {}", plain(metrics.mota), plain(metrics.idf1)),
        ),
        (
            "errors within 2 sigma (right: 95.4 %)",
            percent(metrics.inside_2sigma),
        ),
        ("NEES (right: 1.00)", plain(metrics.nees)),
        ("head is the right end", percent(metrics.orientation)),
        ("swallowed by another", percent(metrics.merged)),
        (
            "slowest arrival noticed after",
            seconds(metrics.arrival_delay_s_max),
        ),
        (
            "slowest departure noticed after",
            seconds(metrics.departure_delay_s_max),
        ),
    ];
    for (name, value) in rows {
        println!("{name:<40} {value:>20}");
    }
}
