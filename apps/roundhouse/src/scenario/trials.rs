// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scenarios through the fusion, scored, many at a time.

use std::ops::Range;
use std::sync::Arc;

use estimation::fse::{Ablation, Fusion, FusionConfig};
use estimation::metrics::{Case, Fault, Metrics, cases, compare, score};
use indicatif::{ProgressBar, ProgressStyle};
use messages::{Data, Event, FacilityState, Timestamp};
use rayon::prelude::*;
use scenarios::{Kind, START, Scenario, Watched};
use serde::Serialize;

use super::demanded::WATCHED;
use super::made::generate;
use crate::failure::Outcome;

/// One scenario's result.
#[derive(Serialize)]
pub(super) struct Run {
    pub(super) kind: &'static str,
    pub(super) seed: u64,
    /// Locomotives that were watched for long and never found.
    pub(super) overlooked: Vec<String>,
    /// Seconds in which a locomotive was missed, by how many of its ends were in sight: none, one, both.
    pub(super) missed: [u64; 3],
    /// Time of the fusion per report, µs.
    pub(super) us_per_report: f64,
    #[serde(flatten)]
    pub(super) metrics: Metrics,
}

/// Every kind with every seed, once for each model in `models`; in their order.
pub(super) fn trials(
    kinds: &[Kind],
    seeds: &Range<u64>,
    duration: f64,
    models: &[Ablation],
) -> Outcome<Vec<Vec<Run>>> {
    let jobs: Vec<(Ablation, Kind, u64)> = models
        .iter()
        .flat_map(|&ablation| {
            kinds
                .iter()
                .flat_map(move |&kind| seeds.clone().map(move |seed| (ablation, kind, seed)))
        })
        .collect();
    let progress = progress(jobs.len() as u64);
    let runs = jobs
        .into_par_iter()
        .map(|(ablation, kind, seed)| {
            let run = run_one(kind, seed, duration, ablation);
            progress.inc(1);
            run
        })
        .collect::<Outcome<Vec<Run>>>()?;
    progress.finish_and_clear();
    let each = runs.len() / models.len().max(1);
    let mut runs = runs.into_iter();
    Ok(models
        .iter()
        .map(|_| runs.by_ref().take(each).collect())
        .collect())
}

/// The progress line.
fn progress(jobs: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} scenarios, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(jobs).with_style(style)
}

/// Makes one scenario, runs the fusion through it and scores the states.
fn run_one(kind: Kind, seed: u64, duration: f64, ablation: Ablation) -> Outcome<Run> {
    let Scenario {
        facility,
        events,
        truth,
        watched,
        ..
    } = generate(kind, seed, duration)?;
    let count = events.len().max(1);
    let begin = std::time::Instant::now();
    let config = FusionConfig {
        ablation,
        ..FusionConfig::default()
    };
    let states = fuse(Fusion::new(Arc::new(facility), config), events);
    let us_per_report = begin.elapsed().as_secs_f64() * 1e6 / count as f64;
    let instants = compare(&truth, &states);
    let metrics = score(&instants);
    let missed = missed(&cases(&instants), &watched);
    let overlooked = watched
        .into_iter()
        .filter(|locomotive| {
            locomotive.longest >= WATCHED && metrics.never_found.contains(&locomotive.id)
        })
        .map(|locomotive| locomotive.id)
        .collect();
    Ok(Run {
        kind: kind.name(),
        seed,
        overlooked,
        missed,
        us_per_report,
        metrics,
    })
}

/// Seconds in which locomotives were missed, by how many of their ends were in sight.
fn missed(cases: &[Case], watched: &[Watched]) -> [u64; 3] {
    let mut seconds = [0; 3];
    for case in cases.iter().filter(|case| case.fault == Fault::Missed) {
        let second = |time: Timestamp| time.seconds_since(START).round() as usize;
        let ends = watched
            .iter()
            .find(|locomotive| locomotive.id == case.id)
            .and_then(|locomotive| locomotive.ends.get(second(case.from)..=second(case.until)))
            .unwrap_or_default();
        for &count in ends {
            seconds[usize::from(count.min(2))] += 1;
        }
    }
    seconds
}

/// All states that a fusion says.
fn fuse(mut fusion: Fusion, events: Vec<Event>) -> Vec<(Timestamp, FacilityState)> {
    let mut said = Vec::new();
    for event in events {
        let arrival = event.arrival();
        fusion.push(event);
        said.extend(fusion.advance(arrival));
    }
    said.extend(fusion.finish());
    said.into_iter()
        .filter_map(|event| match event.data {
            Data::State(state) => Some((event.time, state)),
            _ => None,
        })
        .collect()
}

/// Mean over those runs that have the figure.
pub(super) fn mean(runs: &[&Run], figure: impl Fn(&Metrics) -> Option<f64>) -> f64 {
    let values: Vec<f64> = runs.iter().filter_map(|run| figure(&run.metrics)).collect();
    values.iter().sum::<f64>() / values.len() as f64
}
