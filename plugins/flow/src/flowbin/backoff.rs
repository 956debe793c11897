// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long to wait before the next start.

use std::time::Duration;

use retry::chance;

/// Delays that double, up to a limit; forgotten after a run that lasted longer than the limit.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Delay after one more failure of a run that lasted `ran`, between `first` and `limit`, times 0.75 to 1.25, so that
    /// flows that failed together do not come back together.
    pub fn next(&mut self, ran: Duration, first: Duration, limit: Duration) -> Duration {
        if ran > limit {
            self.failures = 0;
        }
        let limit = limit.max(first);
        let delay = first
            .saturating_mul(1 << self.failures.min(30))
            .min(limit)
            .mul_f64(0.75 + 0.5 * chance());
        self.failures = self.failures.saturating_add(1);
        delay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_to_the_limit_and_is_forgotten_after_a_good_run() {
        let (first, limit) = (Duration::from_secs(1), Duration::from_secs(8));
        let mut backoff = Backoff::default();
        for expected in [1.0, 2.0, 4.0, 8.0, 8.0] {
            let delay = backoff.next(Duration::ZERO, first, limit).as_secs_f64();
            assert!(
                (0.75 * expected..1.25 * expected).contains(&delay),
                "{delay}"
            );
        }
        let delay = backoff.next(Duration::from_secs(9), first, limit);
        assert!(delay < Duration::from_millis(1250), "{delay:?}");
    }
}
