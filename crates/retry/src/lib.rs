// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long to wait before the next attempt to connect: to a camera, to a broker.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

/// A random number in [0, 1), so that what failed together does not come back together: the seed that the standard library
/// draws for each hash map.
#[must_use]
pub fn chance() -> f64 {
    (RandomState::new().build_hasher().finish() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Wait after the first failure.
pub const FIRST: Duration = Duration::from_millis(500);
/// A connection that was of use for so long was good: the next failure is a first one again.
pub const GOOD_RUN: Duration = Duration::from_secs(10);

/// Waits that double from [`FIRST`] up to a limit.
#[derive(Debug, Default)]
pub struct Retry {
    failures: u32,
}

impl Retry {
    /// The wait after one more failure: at most `limit`, at least `patience`. `chance` in [0, 1) shortens it by up to a
    /// half, so that those that failed together, behind one switch, do not come back in step.
    pub fn next(&mut self, limit: Duration, patience: Duration, chance: f64) -> Duration {
        let wait = FIRST
            .saturating_mul(1 << self.failures.min(20))
            .min(limit)
            .mul_f64(1.0 - 0.5 * chance);
        self.failures = self.failures.saturating_add(1);
        // Those that refuse a password get their time in full, and some more.
        wait.max(patience.mul_f64(1.0 + 0.1 * chance))
    }

    /// The connection was good.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit() {
        let mut retry = Retry::default();
        let limit = Duration::from_secs(5);
        let waits: Vec<f64> = (0..6)
            .map(|_| retry.next(limit, Duration::ZERO, 0.0).as_secs_f64())
            .collect();
        assert_eq!(waits, [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]);
        retry.reset();
        assert_eq!(retry.next(limit, Duration::ZERO, 0.0), FIRST);
    }

    #[test]
    fn chance_shortens_waits_but_not_patience() {
        let mut retry = Retry::default();
        let limit = Duration::from_secs(5);
        let wait = retry.next(limit, Duration::ZERO, 0.999);
        assert!(wait >= FIRST / 2 && wait < FIRST, "{wait:?}");
        let patience = Duration::from_mins(1);
        assert!(retry.next(limit, patience, 0.999) >= patience);
    }

    #[test]
    fn attempts_without_end_are_no_overflow() {
        let mut retry = Retry { failures: u32::MAX };
        let limit = Duration::from_secs(5);
        assert_eq!(retry.next(limit, Duration::ZERO, 0.0), limit);
    }
}
