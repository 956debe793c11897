// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sums over all instants.

use std::collections::{BTreeMap, BTreeSet};

use messages::Timestamp;

use super::assignment::assign;
use super::instant::{Matching, span};
use super::result::{CUT_OFF, MOVING_SPEED, Metrics};
use super::truth::{TrueLocomotive, Truth};

/// Largest squared normalised error that counts.
const NEES_CUT: f64 = 100.0;

/// What is known about one true locomotive over time.
#[derive(Debug, Default)]
struct Story {
    /// Required during the warm-up.
    early: bool,
    required_since: Option<Timestamp>,
    found: Option<Timestamp>,
    /// The estimate last matched to it.
    estimate: Option<String>,
    /// When it left, and when its estimate was gone; the last is the only one that may still change.
    departures: Vec<(Timestamp, Option<Timestamp>)>,
    present: bool,
}

impl Story {
    /// It is there at `time`. If it had left, its absence is over at the latest now, whether that was noticed or not.
    fn come_back(&mut self, time: Timestamp) {
        if let Some((_, gone @ None)) = self.departures.last_mut() {
            *gone = Some(time);
        }
        self.present = true;
    }
}

#[derive(Debug, Default)]
pub(crate) struct Tally {
    instants: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    exact: u64,
    set_exact: u64,
    required: u64,
    matched: u64,
    missed: u64,
    false_: u64,
    distance: f64,
    still: Vec<f64>,
    moving: Vec<f64>,
    nees: f64,
    inside: u64,
    oriented: u64,
    merged: u64,
    switches: u64,
    plates: (u64, u64),
    models: (u64, u64),
    /// Estimates that count, instants times locomotives.
    claims: u64,
    together: BTreeMap<(String, String), u64>,
    stories: BTreeMap<String, Story>,
}

impl Tally {
    /// An instant that is not scored: only who is there is noted.
    pub(crate) fn warm_up(&mut self, truth: &Truth) {
        for locomotive in &truth.locomotives {
            let story = self.stories.entry(locomotive.id.clone()).or_default();
            story.early |= locomotive.inside;
            story.come_back(truth.time);
        }
        self.note_leaving(truth);
    }

    /// Counts one instant.
    pub(crate) fn add(&mut self, truth: &Truth, matching: &Matching) {
        self.instants += 1;
        self.first = self.first.or(Some(truth.time));
        self.last = Some(truth.time);
        let (mut required, mut found, mut optional) = (0, 0, 0);
        for (index, locomotive) in truth.locomotives.iter().enumerate() {
            let pair = matching.estimates[index];
            self.follow(truth.time, locomotive, pair.map(|pair| pair.0.id.as_str()));
            if !locomotive.inside {
                optional += u64::from(pair.is_some());
                continue;
            }
            required += 1;
            self.merged += u64::from(matching.merged[index]);
            if let Some((estimate, d)) = pair {
                found += 1;
                self.distance += d;
                self.score(locomotive, estimate);
            }
        }
        let claims = matching.all.len() as u64 - optional;
        let (missed, false_) = (required - found, claims - found);
        self.required += required;
        self.matched += found;
        self.missed += missed;
        self.false_ += false_;
        self.claims += claims;
        self.exact += u64::from(claims == required);
        self.set_exact += u64::from(missed == 0 && false_ == 0);
        self.note_leaving(truth);
        self.note_gone(truth, matching);
    }

    /// Errors and attributes of one matched locomotive.
    fn score(&mut self, locomotive: &TrueLocomotive, estimate: &messages::LocomotiveState) {
        let (truth, guess) = (locomotive.span(), span(estimate));
        let (low, high) = if estimate.head.s <= estimate.tail.s {
            (estimate.head, estimate.tail)
        } else {
            (estimate.tail, estimate.head)
        };
        for (error, sigma) in [
            ((truth.0 - guess.0).abs(), low.sigma),
            ((truth.1 - guess.1).abs(), high.sigma),
        ] {
            if locomotive.velocity.abs() > MOVING_SPEED {
                &mut self.moving
            } else {
                &mut self.still
            }
            .push(error);
            self.nees += (error / sigma.max(1e-3)).powi(2).min(NEES_CUT);
            self.inside += u64::from(error <= 2.0 * sigma);
        }
        self.oriented +=
            u64::from((locomotive.head <= locomotive.tail) == (estimate.head.s <= estimate.tail.s));
        if let Some(plate) = &estimate.plate {
            self.plates.0 += 1;
            self.plates.1 += u64::from(locomotive.plate.as_deref() == Some(&plate.text));
        }
        if let Some(model) = &estimate.model {
            self.models.0 += 1;
            self.models.1 += u64::from(locomotive.model.as_deref() == Some(&model.name));
        }
        *self
            .together
            .entry((locomotive.id.clone(), estimate.id.clone()))
            .or_default() += 1;
    }

    /// Identity, first sight.
    fn follow(&mut self, time: Timestamp, locomotive: &TrueLocomotive, estimate: Option<&str>) {
        let story = self.stories.entry(locomotive.id.clone()).or_default();
        story.come_back(time);
        if locomotive.inside && story.required_since.is_none() {
            story.required_since = Some(time);
        }
        let Some(estimate) = estimate else { return };
        if story.required_since.is_some() && story.found.is_none() {
            story.found = Some(time);
        }
        let switched = story
            .estimate
            .as_deref()
            .is_some_and(|before| before != estimate);
        self.switches += u64::from(switched && locomotive.inside);
        if story.estimate.as_deref() != Some(estimate) {
            story.estimate = Some(estimate.to_owned());
        }
    }

    /// Notes which locomotives left the hall, and which are still shown.
    fn note_leaving(&mut self, truth: &Truth) {
        let here: BTreeSet<&str> = truth
            .locomotives
            .iter()
            .map(|locomotive| locomotive.id.as_str())
            .collect();
        for (id, story) in &mut self.stories {
            if story.present && !here.contains(id.as_str()) {
                story.present = false;
                story.departures.push((truth.time, None));
            }
        }
    }

    /// Notes which estimates of locomotives that left are gone: no longer said, or said of another locomotive.
    fn note_gone(&mut self, truth: &Truth, matching: &Matching) {
        let named: BTreeSet<&str> = matching
            .all
            .iter()
            .map(|estimate| estimate.id.as_str())
            .collect();
        let elsewhere: BTreeSet<&str> = matching
            .estimates
            .iter()
            .flatten()
            .map(|pair| pair.0.id.as_str())
            .collect();
        for story in self.stories.values_mut() {
            let Some((_, gone @ None)) = story.departures.last_mut() else {
                continue;
            };
            let there = story
                .estimate
                .as_deref()
                .is_some_and(|id| named.contains(id) && !elsewhere.contains(id));
            if !there {
                *gone = Some(truth.time);
            }
        }
    }

    /// The metrics of all instants.
    pub(crate) fn finish(mut self) -> Metrics {
        let instants = self.instants as f64;
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let per_instant = |sum: f64| (self.instants > 0).then(|| sum / instants);
        let half = CUT_OFF / 2.0;
        let gospa = self.distance + half * (self.missed + self.false_) as f64;
        let ends = 2 * self.matched;
        let hours = match (self.first, self.last) {
            (Some(first), Some(last)) => last.seconds_since(first) / 3600.0,
            _ => 0.0,
        };
        let count_exact = share(self.exact, self.instants);
        let errors = self.still.iter().chain(&self.moving).sum::<f64>();
        let mut metrics = Metrics {
            instants: self.instants,
            count_exact_share: count_exact,
            end_mae_m: (ends > 0).then(|| errors / ends as f64),
            gospa_m: (self.required > 0).then(|| gospa / self.required as f64),
            id_switches: self.switches,
            gospa: per_instant(gospa),
            localisation: per_instant(self.distance),
            missed: per_instant(half * self.missed as f64),
            false_: per_instant(half * self.false_ as f64),
            count_exact,
            set_exact: share(self.set_exact, self.instants),
            id_switches_per_hour: (hours > 0.0).then(|| self.switches as f64 / hours),
            idf1: self.idf1(),
            mota: (self.required > 0).then(|| {
                1.0 - (self.missed + self.false_ + self.switches) as f64 / self.required as f64
            }),
            nees: (ends > 0).then(|| self.nees / ends as f64),
            inside_2sigma: share(self.inside, ends),
            orientation: share(self.oriented, self.matched),
            merged: share(self.merged, self.required),
            plate_coverage: share(self.plates.0, self.matched),
            plate_accuracy: share(self.plates.1, self.plates.0),
            model_coverage: share(self.models.0, self.matched),
            model_accuracy: share(self.models.1, self.models.0),
            ..Metrics::default()
        };
        (metrics.mae_still, metrics.p95_still) = mean_and_p95(&mut self.still);
        (metrics.mae_moving, metrics.p95_moving) = mean_and_p95(&mut self.moving);
        self.delays(&mut metrics);
        metrics
    }

    /// How late arrivals and departures were seen.
    fn delays(&self, metrics: &mut Metrics) {
        let since = |from: Option<Timestamp>, to: Option<Timestamp>| match (from, to) {
            (Some(from), Some(to)) => Some(to.seconds_since(from)),
            _ => None,
        };
        let required = || {
            self.stories
                .values()
                .filter(|story| story.required_since.is_some())
        };
        let mut found: Vec<f64> = required()
            .filter_map(|story| since(story.required_since, story.found))
            .collect();
        found.sort_by(f64::total_cmp);
        metrics.delay_p50 = quantile(&found, 0.5);
        metrics.delay_p90 = quantile(&found, 0.9);
        metrics.never_found = self
            .stories
            .iter()
            .filter(|(_, story)| story.required_since.is_some() && story.found.is_none())
            .map(|(id, _)| id.clone())
            .collect();
        metrics.never = metrics.never_found.len() as u64;
        let arrived = required().filter(|story| !story.early);
        metrics.arrival_delay_s_max =
            worst(arrived.map(|story| since(story.required_since, story.found)));
        let departures = self.stories.values().flat_map(|story| &story.departures);
        let scored = departures.filter(|(left, _)| Some(*left) >= self.first);
        metrics.departure_delay_s_max = worst(scored.map(|(left, gone)| since(Some(*left), *gone)));
    }

    /// Identities are assigned once for the whole run.
    fn idf1(&self) -> Option<f64> {
        let index = |names: BTreeSet<&String>| -> BTreeMap<String, usize> {
            names
                .into_iter()
                .enumerate()
                .map(|(index, name)| (name.clone(), index))
                .collect()
        };
        let locomotives = index(self.together.keys().map(|pair| &pair.0).collect());
        let names = index(self.together.keys().map(|pair| &pair.1).collect());
        let columns = names.len().max(locomotives.len());
        let mut table = vec![0.0; locomotives.len() * columns];
        for ((locomotive, name), count) in &self.together {
            table[locomotives[locomotive] * columns + names[name]] = *count as f64;
        }
        let kept: f64 = assign(locomotives.len(), columns, |row, column| {
            -table[row * columns + column]
        })
        .into_iter()
        .enumerate()
        .map(|(row, column)| table[row * columns + column])
        .sum();
        let all = self.required + self.claims;
        (all > 0).then(|| 2.0 * kept / all as f64)
    }
}

/// The longest of some delays; `None` if one never ends. 0 if there are none.
fn worst(delays: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    delays
        .into_iter()
        .try_fold(0.0, |worst: f64, delay| delay.map(|delay| worst.max(delay)))
}

/// Mean and 95 % quantile.
fn mean_and_p95(errors: &mut [f64]) -> (Option<f64>, Option<f64>) {
    errors.sort_by(f64::total_cmp);
    let mean = (!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64);
    (mean, quantile(errors, 0.95))
}

/// Nearest-rank quantile of sorted values.
fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let rank = (q * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}
