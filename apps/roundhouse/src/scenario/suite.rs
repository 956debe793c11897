// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse scenario suite`: many scenarios of every kind through the fusion.

use std::path::PathBuf;

use clap::Args;
use estimation::fse::Ablation;
use scenarios::{DURATION, Kind};

use super::demanded::{INSIDE, SWITCHES, WATCHED, demanded};
use super::trials::{Run, mean, trials};
use crate::failure::{Failure, Outcome};

/// Run the fusion on many scenarios of every kind and print its accuracy beside what is required.
#[derive(Args)]
pub struct Arguments {
    /// Kinds, separated by commas; default: all.
    #[arg(long, value_delimiter = ',')]
    kinds: Vec<Kind>,
    /// Number of seeds per kind.
    #[arg(long, default_value_t = 20)]
    seeds: u64,
    /// First seed.
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Length of a scenario in seconds.
    #[arg(long, default_value_t = DURATION)]
    duration: f64,
    /// List this many of the worst scenarios of each kind.
    #[arg(long, default_value_t = 3)]
    worst: usize,
    /// Write the figures of every scenario to this file, one JSON object per line.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Runs the scenarios and prints the tables.
pub fn run(arguments: &Arguments) -> Outcome {
    let kinds: &[Kind] = if arguments.kinds.is_empty() {
        &Kind::ALL
    } else {
        &arguments.kinds
    };
    let seeds = arguments.first..arguments.first.saturating_add(arguments.seeds);
    let runs = trials(kinds, &seeds, arguments.duration, &[Ablation::default()])?;
    let runs: Vec<Run> = runs.into_iter().flatten().collect();
    if let Some(path) = &arguments.json {
        let lines: String = runs
            .iter()
            .map(|run| serde_json::json!(run).to_string() + "\n")
            .collect();
        std::fs::write(path, lines).map_err(|error| Failure::file(path, &error))?;
    }
    print_table(kinds, &runs);
    print_worst(kinds, &runs, arguments.worst);
    Ok(())
}

/// The runs of one kind.
fn of_kind(runs: &[Run], kind: Kind) -> Vec<&Run> {
    runs.iter().filter(|run| run.kind == kind.name()).collect()
}

/// Prints the figures of each kind beside what is demanded of it.
fn print_table(kinds: &[Kind], runs: &[Run]) {
    println!(
        "| kind | GOSPA per locomotive, m | count exact | moving error, m | still error, m | inside 2σ | switches/h | overlooked | missed, s: no, one, both ends in sight | heads right | µs per report | met |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|");
    let mut switches = Vec::new();
    for &kind in kinds {
        let runs = of_kind(runs, kind);
        let demanded = demanded(kind);
        let gospa = mean(&runs, |m| m.gospa_m);
        let exact = mean(&runs, |m| m.count_exact);
        let moving = mean(&runs, |m| m.mae_moving);
        let inside = mean(&runs, |m| m.inside_2sigma);
        let overlooked: usize = runs.iter().map(|run| run.overlooked.len()).sum();
        switches.push(mean(&runs, |m| m.id_switches_per_hour));
        let missed = |ends: usize| -> u64 { runs.iter().map(|run| run.missed[ends]).sum() };
        let time: f64 = runs.iter().map(|run| run.us_per_report).sum::<f64>() / runs.len() as f64;
        let misses: Vec<&str> = [
            (gospa <= demanded.gospa_m, "GOSPA"),
            (exact >= demanded.count_exact, "count"),
            (moving <= demanded.mae_moving, "moving"),
            (inside >= INSIDE.0, "2σ low"),
            (inside <= INSIDE.1 || kind == Kind::Clean, "2σ high"),
            (overlooked == 0, "overlooked"),
        ]
        .into_iter()
        .filter_map(|(met, name)| (!met).then_some(name))
        .collect();
        let met = if misses.is_empty() {
            "yes".to_owned()
        } else {
            format!("no: {}", misses.join(", "))
        };
        println!(
            "| {kind} | {gospa:.3} (≤ {:.2}) | {exact:.3} (≥ {:.2}) | {moving:.2} (≤ {:.2}) | {:.2} | {inside:.3} | {:.1} | {overlooked} | {}, {}, {} | {:.3} | {time:.1} | {met} |",
            demanded.gospa_m,
            demanded.count_exact,
            demanded.mae_moving,
            mean(&runs, |m| m.mae_still),
            mean(&runs, |m| m.id_switches_per_hour),
            missed(0),
            missed(1),
            missed(2),
            mean(&runs, |m| m.orientation),
        );
    }
    let switches = switches.iter().sum::<f64>() / switches.len() as f64;
    println!(
        "\nIdentity switches per hour, mean over the kinds: {switches:.1} (demanded: at most {SWITCHES})."
    );
    println!(
        "Inside 2σ is demanded between {} and {} (clean: at least {}); overlooked are locomotives never found whose ends were both covered by live cameras for {WATCHED:.0} s (demanded: none). Missed: seconds in which a locomotive was missed, by how many of its ends live cameras covered.",
        INSIDE.0, INSIDE.1, INSIDE.0
    );
}

/// Prints the worst scenarios of each kind.
fn print_worst(kinds: &[Kind], runs: &[Run], most: usize) {
    if most == 0 {
        return;
    }
    println!(
        "\n| worst of | seed | GOSPA per locomotive, m | count exact | moving error, m | switches/h | never found, overlooked |"
    );
    println!("|---|--:|--:|--:|--:|--:|---|");
    for &kind in kinds {
        let mut runs = of_kind(runs, kind);
        runs.sort_by(|a, b| {
            let gospa = |run: &Run| run.metrics.gospa_m.unwrap_or(0.0);
            gospa(b).total_cmp(&gospa(a))
        });
        for run in runs.iter().take(most) {
            let number =
                |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.3}"));
            println!(
                "| {kind} | {} | {} | {} | {} | {} | {} {} |",
                run.seed,
                number(run.metrics.gospa_m),
                number(run.metrics.count_exact),
                number(run.metrics.mae_moving),
                number(run.metrics.id_switches_per_hour),
                run.metrics.never,
                run.overlooked.join(" "),
            );
        }
    }
}
