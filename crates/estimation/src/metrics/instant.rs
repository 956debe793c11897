// SPDX-License-Identifier: MIT OR Apache-2.0
//! One instant: which estimate is which locomotive.

use messages::{FacilityState, LocomotiveState, Status};

use super::assignment::assign;
use super::result::CUT_OFF;
use super::truth::{TrueLocomotive, Truth};

/// One instant of the truth beside what was said about it.
#[derive(Debug, Clone)]
pub struct Instant<'a> {
    /// What really stood where.
    pub truth: &'a Truth,
    /// Who is who.
    pub matching: Matching<'a>,
    /// Whether it counts: not in the warm-up.
    pub scored: bool,
}

/// So much dearer is an optional locomotive: ties prefer required ones.
const OPTIONAL_HANDICAP: f64 = 1e-9;

/// Who is who at one instant.
#[derive(Debug, Clone)]
pub struct Matching<'a> {
    /// For every true locomotive, in the truth's order, its estimate and their distance, m.
    pub estimates: Vec<Option<(&'a LocomotiveState, f64)>>,
    /// Every estimate that counts.
    pub all: Vec<&'a LocomotiveState>,
    /// Per true locomotive: swallowed with another one by one estimate.
    pub merged: Vec<bool>,
}

impl<'a> Matching<'a> {
    /// The estimates that are no locomotive's.
    pub fn false_estimates(&self) -> impl Iterator<Item = &'a LocomotiveState> {
        let matched: Vec<&str> = self
            .estimates
            .iter()
            .flatten()
            .map(|pair| pair.0.id.as_str())
            .collect();
        self.all
            .clone()
            .into_iter()
            .filter(move |estimate| !matched.contains(&estimate.id.as_str()))
    }
}

/// Low and high end of an estimate.
pub(crate) fn span(estimate: &LocomotiveState) -> (f64, f64) {
    (
        estimate.head.s.min(estimate.tail.s),
        estimate.head.s.max(estimate.tail.s),
    )
}

/// Mean error of both ends; of an optional locomotive the smaller of the two.
fn distance(truth: &TrueLocomotive, estimate: &LocomotiveState) -> f64 {
    let ((a, b), (c, d)) = (truth.span(), span(estimate));
    let (low, high) = ((a - c).abs(), (b - d).abs());
    if truth.inside {
        f64::midpoint(low, high)
    } else {
        low.min(high)
    }
}

/// Assigns the estimates of one instant to the true locomotives.
pub(crate) fn match_instant<'a>(truth: &Truth, state: Option<&'a FacilityState>) -> Matching<'a> {
    let all: Vec<&LocomotiveState> = state
        .map(|state| {
            state
                .locomotives
                .iter()
                .filter(|l| l.status != Status::Tentative)
                .collect()
        })
        .unwrap_or_default();
    let mut estimates = vec![None; truth.locomotives.len()];
    let mut tracks: Vec<&str> = truth.locomotives.iter().map(|l| l.track.as_str()).collect();
    tracks.sort_unstable();
    tracks.dedup();
    for track in tracks {
        let rows: Vec<usize> = (0..truth.locomotives.len())
            .filter(|&i| truth.locomotives[i].track == track)
            .collect();
        let columns: Vec<&LocomotiveState> =
            all.iter().copied().filter(|l| l.track == track).collect();
        let cost = |row: usize, column: usize| {
            let locomotive = &truth.locomotives[rows[row]];
            let handicap = if locomotive.inside {
                0.0
            } else {
                OPTIONAL_HANDICAP
            };
            columns.get(column).map_or(CUT_OFF, |estimate| {
                (distance(locomotive, estimate) + handicap).min(CUT_OFF)
            })
        };
        // One column per locomotive stands for 'none'.
        for (row, column) in assign(rows.len(), columns.len() + rows.len(), cost)
            .into_iter()
            .enumerate()
        {
            if let Some(estimate) = columns.get(column) {
                let d = distance(&truth.locomotives[rows[row]], estimate);
                if d < CUT_OFF {
                    estimates[rows[row]] = Some((*estimate, d));
                }
            }
        }
    }
    let merged = truth
        .locomotives
        .iter()
        .map(|locomotive| {
            all.iter()
                .any(|estimate| swallows(estimate, locomotive, truth))
        })
        .collect();
    Matching {
        estimates,
        all,
        merged,
    }
}

/// Whether an estimate covers most of this locomotive and most of another one.
fn swallows(estimate: &LocomotiveState, locomotive: &TrueLocomotive, truth: &Truth) -> bool {
    let covers = |locomotive: &TrueLocomotive| {
        let ((a, b), (c, d)) = (locomotive.span(), span(estimate));
        locomotive.track == estimate.track && b.min(d) - a.max(c) > 0.5 * (b - a)
    };
    covers(locomotive)
        && truth
            .locomotives
            .iter()
            .any(|other| other.id != locomotive.id && covers(other))
}
