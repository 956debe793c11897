// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse scenario ablation`: what each part of the fusion's model is worth.

use clap::Args;
use estimation::fse::Ablation;
use scenarios::{DURATION, Kind};

use super::trials::{Run, mean, trials};
use crate::failure::Outcome;

/// Kinds that show most of what a part is worth.
const KINDS: [Kind; 7] = [
    Kind::Nominal,
    Kind::Dropout,
    Kind::Occlude,
    Kind::Delay,
    Kind::Coupled,
    Kind::Ghost,
    Kind::Blind,
];

/// Switch off one part of the fusion after the other and print how much accuracy that costs.
#[derive(Args)]
pub struct Arguments {
    /// Kinds, separated by commas; default: nominal, dropout, occlude, delay, coupled, ghost and blind.
    #[arg(long, value_delimiter = ',')]
    kinds: Vec<Kind>,
    /// Number of seeds per kind.
    #[arg(long, default_value_t = 3)]
    seeds: u64,
    /// First seed.
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Length of a scenario in seconds.
    #[arg(long, default_value_t = DURATION)]
    duration: f64,
}

/// Runs the scenarios with each part left out and prints the table.
pub fn run(arguments: &Arguments) -> Outcome {
    let kinds: &[Kind] = if arguments.kinds.is_empty() {
        &KINDS
    } else {
        &arguments.kinds
    };
    let seeds = arguments.first..arguments.first.saturating_add(arguments.seeds);
    let (mut names, mut models) = (vec!["(all in)"], vec![Ablation::default()]);
    for (name, ablation) in Ablation::EACH {
        names.push(name);
        models.push(ablation);
    }
    let runs = trials(kinds, &seeds, arguments.duration, &models)?;
    println!(
        "| without | GOSPA per locomotive, m | count exact | moving error, m | switches/h | inside 2σ | hurts most |"
    );
    println!("|---|--:|--:|--:|--:|--:|---|");
    for (name, of_model) in names.iter().zip(&runs) {
        let all: Vec<&Run> = of_model.iter().collect();
        println!(
            "| {name} | {:.2} | {:.2} | {:.2} | {:.0} | {:.2} | {} |",
            mean(&all, |m| m.gospa_m),
            mean(&all, |m| m.count_exact),
            mean(&all, |m| m.mae_moving),
            mean(&all, |m| m.id_switches_per_hour),
            mean(&all, |m| m.inside_2sigma),
            hurts_most(kinds, of_model, runs.first().map_or(&[], Vec::as_slice)),
        );
    }
    Ok(())
}

/// The kind whose GOSPA grew most, with the figure before and after.
fn hurts_most(kinds: &[Kind], ablation: &[Run], all_in: &[Run]) -> String {
    let gospa = |runs: &[Run], kind: Kind| {
        let runs: Vec<&Run> = runs.iter().filter(|run| run.kind == kind.name()).collect();
        mean(&runs, |m| m.gospa_m)
    };
    kinds
        .iter()
        .map(|&kind| (kind, gospa(all_in, kind), gospa(ablation, kind)))
        .filter(|(_, before, after)| after - before > 0.01)
        .max_by(|a, b| (a.2 - a.1).total_cmp(&(b.2 - b.1)))
        .map_or_else(String::new, |(kind, before, after)| {
            format!("{kind}: {before:.2} → {after:.2}")
        })
}
