// SPDX-License-Identifier: MIT OR Apache-2.0
//! A run compared with the truth: the fixed definitions of the metrics.
//!
//! At every truth instant after the warm-up, estimates and true locomotives of each track are assigned to each other so that the
//! sum of min(d, c) is least; d is the mean error of both ends, c the [`CUT_OFF`]. Locomotives that straddle a gate are *optional*:
//! they take their estimate out of the account and count for nothing else.

mod assignment;
mod cases;
mod difference;
mod instant;
mod result;
mod tally;
mod truth;

use std::collections::BTreeMap;

use messages::{FacilityState, Timestamp};

pub use cases::{Case, Fault, cases};
pub use difference::{Difference, Disagreement, Interval, Moved, Seen, Side, Total};
pub use instant::{Instant, Matching};
pub use result::{CUT_OFF, MOVING_SPEED, Metrics};
pub use truth::{TrueLocomotive, Truth, TruthError, read_truth};

use instant::match_instant;
use tally::Tally;

/// Instants before this much time since the first one are not scored, seconds.
pub const WARM_UP: f64 = 30.0;

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
