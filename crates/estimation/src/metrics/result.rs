// SPDX-License-Identifier: MIT OR Apache-2.0
//! The figures of a run, and the two limits that define them.

use serde::Serialize;

/// A pair farther apart than this is none, metres.
pub const CUT_OFF: f64 = 6.0;
/// A locomotive faster than this moves, m/s.
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
    /// Its part from missed locomotives, metres per instant.
    pub missed: Option<f64>,
    /// Its part from false locomotives, metres per instant.
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
    /// Share of matched locomotives whose head is the right end.
    pub orientation: Option<f64>,
    /// Share of true locomotives swallowed with another one by one estimate.
    pub merged: Option<f64>,
    /// Median time until a locomotive is found, seconds.
    pub delay_p50: Option<f64>,
    /// 90 % quantile of the same, seconds.
    pub delay_p90: Option<f64>,
    /// Locomotives that were never found.
    pub never: u64,
    /// Their names.
    pub never_found: Vec<String>,
    /// Longest time until a locomotive that came during the run was found, seconds.
    pub arrival_delay_s_max: Option<f64>,
    /// Longest time until a locomotive that left was gone, seconds.
    pub departure_delay_s_max: Option<f64>,
    /// Share of matched locomotives with a running number.
    pub plate_coverage: Option<f64>,
    /// Share of those whose number is right.
    pub plate_accuracy: Option<f64>,
    /// Share of matched locomotives with a model.
    pub model_coverage: Option<f64>,
    /// Share of those whose model is right.
    pub model_accuracy: Option<f64>,
}
