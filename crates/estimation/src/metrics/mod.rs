// SPDX-License-Identifier: MIT OR Apache-2.0
//! A run compared with the truth: the fixed definitions of the metrics.
//!
//! At every truth instant after the warm-up, estimates and true locomotives of each track are assigned to each other so that the
//! sum of min(d, c) is least; d is the mean error of both ends, c the [`CUT_OFF`]. Machines that straddle a gate are *optional*:
//! they take their estimate out of the account and count for nothing else.

mod assignment;
mod cases;
mod difference;
mod instant;
mod tally;
mod truth;

use std::collections::BTreeMap;

use messages::{FacilityState, Timestamp};
use serde::Serialize;

pub use cases::{Case, Fault, cases};
pub use difference::{Difference, Disagreement, Interval, Moved, Seen, Side, Total};
pub use instant::Matching;
pub use truth::{TrueLocomotive, Truth, TruthError, read_truth};

use instant::match_instant;
use tally::Tally;

/// A pair farther apart than this is none, metres.
pub const CUT_OFF: f64 = 6.0;
/// Instants before this much time since the first one are not scored, seconds.
pub const WARM_UP: f64 = 30.0;
/// A machine faster than this moves, m/s.
pub const MOVING_SPEED: f64 = 0.05;

/// The result. Shares lie in [0, 1]; `None` (null in JSON) where there is nothing to measure, or where a delay never ends.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Metrics {
    /// Instants scored.
    pub instants: u64,
    /// Share of instants at which the number of locomotives is right.
    pub count_exact_share: Option<f64>,
    /// Mean absolute error over all matched ends, metres.
    pub end_mae_m: Option<f64>,
    /// GOSPA (p = 1, α = 2) per true locomotive, metres.
    pub gospa_m: Option<f64>,
    /// Number of identity switches.
    pub id_switches: u64,
    /// GOSPA per instant, metres.
    pub gospa: Option<f64>,
    /// Its part from places, metres per instant.
    pub localisation: Option<f64>,
    /// Its part from missed machines, metres per instant.
    pub missed: Option<f64>,
    /// Its part from false machines, metres per instant.
    #[serde(rename = "false")]
    pub false_: Option<f64>,
    /// The same as `count_exact_share`, by its long name.
    pub count_exact: Option<f64>,
    /// Share of instants with nothing missed and nothing false.
    pub set_exact: Option<f64>,
    /// Mean absolute error of ends at rest, metres.
    pub mae_still: Option<f64>,
    /// Mean absolute error of ends in motion, metres.
    pub mae_moving: Option<f64>,
    /// 95 % quantile of the error of ends at rest, metres.
    pub p95_still: Option<f64>,
    /// 95 % quantile of the error of ends in motion, metres.
    pub p95_moving: Option<f64>,
    /// Identity switches per hour.
    pub id_switches_per_hour: Option<f64>,
    /// Share of identities kept (IDF1).
    pub idf1: Option<f64>,
    /// Multiple object tracking accuracy (CLEAR MOT).
    pub mota: Option<f64>,
    /// Mean of (error/σ)² per end, each cut at 100; right: 1.
    pub nees: Option<f64>,
    /// Share of ends with an error of at most 2σ; right: 0.954.
    pub inside_2sigma: Option<f64>,
    /// Share of matched machines whose head is the right end.
    pub orientation: Option<f64>,
    /// Share of true machines swallowed with another one by one estimate.
    pub merged: Option<f64>,
    /// Median time until a machine is found, seconds.
    pub delay_p50: Option<f64>,
    /// 90 % quantile of the same, seconds.
    pub delay_p90: Option<f64>,
    /// Machines that were never found.
    pub never: u64,
    /// Their names.
    pub never_found: Vec<String>,
    /// Longest time until a machine that came during the run was found, seconds.
    pub arrival_delay_s_max: Option<f64>,
    /// Longest time until a machine that left was gone, seconds.
    pub departure_delay_s_max: Option<f64>,
    /// Share of matched machines with a running number.
    pub plate_coverage: Option<f64>,
    /// Share of those whose number is right.
    pub plate_accuracy: Option<f64>,
    /// Share of matched machines with a model.
    pub model_coverage: Option<f64>,
    /// Share of those whose model is right.
    pub model_accuracy: Option<f64>,
}

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

/// All instants of `truth` in their order, each beside the last of `states` (time and content, in the order in which they were
/// said) with exactly its time; none counts as an empty hall.
pub fn compare<'a>(
    truth: &'a [Truth],
    states: &'a [(Timestamp, FacilityState)],
) -> Vec<Instant<'a>> {
    let mut truth: Vec<&Truth> = truth.iter().collect();
    truth.sort_by_key(|truth| truth.time);
    let by_time: BTreeMap<Timestamp, &FacilityState> =
        states.iter().map(|(time, state)| (*time, state)).collect();
    let start = truth.first().map(|truth| truth.time).unwrap_or_default();
    truth
        .into_iter()
        .map(|truth| Instant {
            truth,
            matching: match_instant(truth, by_time.get(&truth.time).copied()),
            scored: truth.time.seconds_since(start) >= WARM_UP,
        })
        .collect()
}

/// Scores what [`compare`] found.
pub fn score(instants: &[Instant]) -> Metrics {
    let mut tally = Tally::default();
    for instant in instants {
        if instant.scored {
            tally.add(instant.truth, &instant.matching);
        } else {
            tally.warm_up(instant.truth);
        }
    }
    tally.finish()
}

/// Scores `states` (time and content, in the order in which they were said) against `truth`.
///
/// Scored at a truth instant is the last state with exactly that time; none counts as an empty hall.
pub fn evaluate(truth: &[Truth], states: &[(Timestamp, FacilityState)]) -> Metrics {
    score(&compare(truth, states))
}
