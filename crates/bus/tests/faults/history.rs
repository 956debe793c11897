// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was sent and what arrived, and what a checker says of it. Every message has a number, from 1.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// What happened.
#[derive(Debug, Default)]
pub struct History {
    /// How many messages were offered.
    pub sent: u64,
    /// How many of them the outbox counts as settled.
    pub settled: u64,
    /// The messages that were handed over, each with its time.
    pub delivered: Vec<(u64, Instant)>,
}

/// What a checker says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Messages that were offered.
    pub sent: u64,
    /// Messages that the outbox counts as settled.
    pub settled: u64,
    /// Messages that were handed over, each counted once.
    pub delivered: u64,
    /// Messages that were offered and not handed over.
    pub lost: u64,
    /// Messages that were handed over again.
    pub duplicates: u64,
    /// Messages that came after one of a larger number.
    pub inversions: u64,
    /// Messages that were handed over and never offered.
    pub invented: u64,
    /// The longest time between two messages.
    pub silence: Duration,
}

impl History {
    /// Judges it.
    pub fn judge(&self) -> Verdict {
        let mut seen = BTreeSet::new();
        let (mut duplicates, mut inversions, mut invented, mut largest) = (0, 0, 0, 0);
        for &(number, _) in &self.delivered {
            if !(1..=self.sent).contains(&number) {
                invented += 1;
            } else if !seen.insert(number) {
                duplicates += 1;
            } else if number < largest {
                inversions += 1;
            }
            largest = largest.max(number);
        }
        let silences = self.delivered.windows(2).map(|pair| pair[1].1 - pair[0].1);
        Verdict {
            sent: self.sent,
            settled: self.settled,
            delivered: seen.len() as u64,
            lost: self.sent - seen.len() as u64,
            duplicates,
            inversions,
            invented,
            silence: silences.max().unwrap_or_default(),
        }
    }
}

impl Verdict {
    /// Whether everything that was sent was settled and handed over once and in order.
    pub fn is_perfect(&self) -> bool {
        self.settled == self.sent && self.lost == 0 && self.is_orderly()
    }

    /// Whether nothing was handed over twice, out of order, or out of nowhere.
    pub fn is_orderly(&self) -> bool {
        (self.duplicates, self.inversions, self.invented) == (0, 0, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checker_that_finds_nothing_finds_what_is_wrong() {
        let start = Instant::now();
        let at = |number, millis| (number, start + Duration::from_millis(millis));
        let good = History {
            sent: 3,
            settled: 3,
            delivered: vec![at(1, 0), at(2, 5), at(3, 50)],
        };
        assert!(good.judge().is_perfect());
        assert_eq!(good.judge().silence, Duration::from_millis(45));
        let delivered = vec![at(1, 0), at(3, 1), at(2, 2), at(3, 3), at(9, 4)];
        let bad = History {
            sent: 5,
            settled: 4,
            delivered,
        };
        let verdict = bad.judge();
        let counts = (verdict.delivered, verdict.lost, verdict.duplicates);
        assert_eq!(counts, (3, 2, 1));
        assert_eq!((verdict.inversions, verdict.invented), (1, 1));
        assert!(!verdict.is_perfect() && !verdict.is_orderly());
    }
}
