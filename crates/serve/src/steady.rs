// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether the clock says what is old. One that jumped a year ahead would have everything deleted.

use std::time::{Duration, Instant};

use messages::Timestamp;

/// A clock that gains so much between two looks has jumped, ns.
const JUMP_NS: i64 = 3_600_000_000_000;
/// For so long one that has jumped is not believed: whoever sets it right is faster.
const DOUBT: Duration = Duration::from_hours(24);

/// A clock that is looked at now and then.
#[derive(Default)]
pub struct Steadiness {
    seen: Option<(Instant, Timestamp)>,
    believed_from: Option<Instant>,
}

impl Steadiness {
    /// Whether the clock, which says `clock` at `now`, has not jumped ahead lately.
    pub fn look(&mut self, now: Instant, clock: Timestamp) -> bool {
        if let Some((before, said)) = self.seen.replace((now, clock)) {
            let passed = i64::try_from(now.duration_since(before).as_nanos());
            if clock.since(said).saturating_sub(passed.unwrap_or(i64::MAX)) > JUMP_NS {
                eprintln!(
                    "roundhouse: the clock has jumped from {said} to {clock}: for a day no event is taken for old"
                );
                self.believed_from = Some(now + DOUBT);
            }
        }
        self.believed_from.is_none_or(|from| now >= from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_jumps_ahead_is_not_believed_for_a_day() {
        let begin = Instant::now();
        let hours = |hours| begin + Duration::from_hours(hours);
        let clock = |hours: i64| Timestamp::from_nanos(hours * 3_600_000_000_000);
        let mut steadiness = Steadiness::default();
        assert!(steadiness.look(hours(0), clock(0)));
        assert!(steadiness.look(hours(1), clock(1)));
        assert!(!steadiness.look(hours(2), clock(9000)), "it jumps");
        assert!(!steadiness.look(hours(3), clock(3)), "it is set right");
        assert!(!steadiness.look(hours(25), clock(25)));
        assert!(steadiness.look(hours(26), clock(26)));
        assert!(steadiness.look(hours(27), clock(20)), "back is no harm");
    }
}
