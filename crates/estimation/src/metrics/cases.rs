// SPDX-License-Identifier: MIT OR Apache-2.0
//! The single cases behind the figures: which locomotive was missed, and which estimate was none, from when to when.

use std::collections::BTreeMap;

use messages::Timestamp;
use serde::Serialize;

use super::instant::{Instant, span};

/// What was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// A locomotive that stood in the hall was not in the state.
    Missed,
    /// The state showed a locomotive where none was.
    False,
}

/// One stretch of time in which one locomotive was missed, or one estimate was false.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Case {
    /// What was wrong.
    pub fault: Fault,
    /// The locomotive of the truth that was missed, or the estimate that was false.
    pub id: String,
    /// Its track.
    pub track: String,
    /// The first wrong instant.
    pub from: Timestamp,
    /// The last wrong instant.
    pub until: Timestamp,
    /// Number of wrong instants.
    pub instants: u64,
    /// Low and high end at the first wrong instant, metres.
    pub span: (f64, f64),
}

/// All cases of the scored instants, the longest first. Instants that follow each other are one case.
pub fn cases(instants: &[Instant]) -> Vec<Case> {
    let mut open: BTreeMap<(Fault, String), Case> = BTreeMap::new();
    let mut closed: Vec<Case> = Vec::new();
    for instant in instants.iter().filter(|instant| instant.scored) {
        let now = wrong(instant);
        let over: Vec<(Fault, String)> = open
            .keys()
            .filter(|(fault, id)| {
                !now.iter()
                    .any(|case| case.fault == *fault && case.id == *id)
            })
            .cloned()
            .collect();
        closed.extend(over.iter().filter_map(|key| open.remove(key)));
        for case in now {
            open.entry((case.fault, case.id.clone()))
                .and_modify(|known| {
                    known.until = case.until;
                    known.instants += 1;
                })
                .or_insert(case);
        }
    }
    closed.extend(open.into_values());
    closed.sort_by(|a, b| {
        b.instants
            .cmp(&a.instants)
            .then_with(|| (a.from, &a.id).cmp(&(b.from, &b.id)))
    });
    closed
}

/// What is wrong at one instant.
fn wrong(instant: &Instant) -> Vec<Case> {
    let time = instant.truth.time;
    let case = |fault, id: &str, track: &str, span| Case {
        fault,
        id: id.to_owned(),
        track: track.to_owned(),
        from: time,
        until: time,
        instants: 1,
        span,
    };
    let locomotives = instant.truth.locomotives.iter();
    let missed = locomotives
        .zip(&instant.matching.estimates)
        .filter(|(locomotive, estimate)| locomotive.inside && estimate.is_none())
        .map(|(locomotive, _)| {
            case(
                Fault::Missed,
                &locomotive.id,
                &locomotive.track,
                locomotive.span(),
            )
        });
    let false_ = instant
        .matching
        .false_estimates()
        .map(|estimate| case(Fault::False, &estimate.id, &estimate.track, span(estimate)));
    missed.chain(false_).collect()
}
