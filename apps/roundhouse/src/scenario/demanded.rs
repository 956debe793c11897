// SPDX-License-Identifier: MIT OR Apache-2.0
//! The figures that the fusion is held to, mean of 20 seeds a kind.

use scenarios::Kind;

/// What is demanded of one kind.
pub struct Demanded {
    /// GOSPA per locomotive, m, at most.
    pub gospa_m: f64,
    /// Share of time with the exact number, at least.
    pub count_exact: f64,
    /// Error of ends in motion, m, at most.
    pub mae_moving: f64,
}

/// Identity switches per hour, mean over the kinds, at most.
pub const SWITCHES: f64 = 12.0;
/// Share of errors inside 2 sigma; the upper bound does not hold for clean sensors.
pub const INSIDE: (f64, f64) = (0.93, 0.995);
/// Nobody who was watched for this long, s, may be overlooked.
pub const WATCHED: f64 = 60.0;

/// What is demanded of `kind`.
pub const fn demanded(kind: Kind) -> Demanded {
    let (gospa_m, count_exact, mae_moving) = match kind {
        Kind::Clean => (0.06, 0.99, 0.20),
        Kind::Nominal => (0.12, 0.99, 0.30),
        Kind::Dropout => (0.15, 0.96, 0.30),
        Kind::Delay => (0.16, 0.98, 0.75),
        Kind::Occlude => (0.16, 0.85, 0.35),
        Kind::Label => (0.13, 0.97, 0.30),
        Kind::Ghost => (0.29, 0.80, 0.35),
        Kind::Coupled => (0.25, 0.80, 0.35),
        Kind::Gaps => (0.34, 0.80, 0.45),
        Kind::Blind => (0.16, 0.95, 0.40),
        Kind::Busy => (0.15, 0.97, 0.30),
        Kind::Mixed => (0.55, 0.60, 0.80),
        Kind::Rich => (0.40, 0.85, 0.75),
    };
    Demanded {
        gospa_m,
        count_exact,
        mae_moving,
    }
}
