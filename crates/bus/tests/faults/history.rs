// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was sent and what arrived, and what a checker says of it. Every message has a number, from 1.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Numbers from here on are those of fences, which are sent behind all messages and are no part of the history.
pub const FENCE: u64 = 1_000_000_000;

/// What happened.
#[derive(Debug, Default)]
pub struct History {
    /// How many messages were offered.
    pub sent: u64,
    /// How many of them the outbox counts as settled.
    pub settled: u64,
    /// How many of them the outbox says that it refused, dropped or found damaged.
    pub given_up: u64,
    /// The messages that were handed over, each with its time.
    pub delivered: Vec<(u64, Instant)>,
    /// Whether a fence arrived, so that nothing is under way any more.
    pub is_fenced: bool,
    /// How many messages the inbox left out because they had arrived before.
    pub again: u64,
    /// How many messages the inbox says are missing.
    pub missing: u64,
}

/// What a checker says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Messages that were offered.
    pub sent: u64,
    /// Messages that the outbox counts as settled.
    pub settled: u64,
    /// Messages that the outbox says that it refused, dropped or found damaged.
    pub given_up: u64,
    /// Messages that were handed over, each counted once.
    pub delivered: u64,
    /// Messages that were offered and not handed over.
    pub lost: u64,
    /// Messages that the inbox says are missing.
    pub missing: u64,
    /// Messages that arrived again and were left out by the inbox.
    pub again: u64,
    /// Messages that were handed over again.
    pub duplicates: u64,
    /// Messages that came after one of a larger number, and had not come before.
    pub inversions: u64,
    /// Messages that were handed over and never offered.
    pub invented: u64,
    /// The longest time between two messages.
    pub silence: Duration,
}

impl History {
    /// Notes that a message was handed over.
    pub fn take(&mut self, number: u64, now: Instant) {
        if number >= FENCE {
            self.is_fenced = true;
        } else {
            self.delivered.push((number, now));
        }
    }

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
            given_up: self.given_up,
            delivered: seen.len() as u64,
            lost: self.sent - seen.len() as u64,
            missing: self.missing,
            again: self.again,
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
        self.is_whole() && self.is_orderly()
    }

    /// Whether everything that was sent was settled and handed over, in order, and some of it perhaps again.
    pub fn is_whole(&self) -> bool {
        (self.settled, self.lost) == (self.sent, 0) && (self.inversions, self.invented) == (0, 0)
    }

    /// Whether nothing was handed over twice, out of order, or out of nowhere.
    pub fn is_orderly(&self) -> bool {
        (self.duplicates, self.inversions, self.invented) == (0, 0, 0)
    }

    /// Whether what was lost was counted, where it was given up and where it did not arrive, and the rest is in order. What is missing
    /// may be a fence, too.
    pub fn is_announced(&self) -> bool {
        let is_counted = self.lost <= self.missing && self.settled + self.given_up == self.sent;
        self.is_orderly() && is_counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checker_that_finds_nothing_finds_what_is_wrong() {
        let start = Instant::now();
        let history = |settled, numbers: &[(u64, u64)]| {
            let mut history = History {
                sent: 5,
                settled,
                ..History::default()
            };
            for (number, millis) in numbers {
                history.take(*number, start + Duration::from_millis(*millis));
            }
            history
        };
        let good = history(
            5,
            &[(1, 0), (2, 5), (3, 50), (4, 50), (5, 50), (FENCE, 200)],
        );
        assert!(good.is_fenced && good.judge().is_perfect() && good.judge().is_announced());
        assert_eq!(good.judge().silence, Duration::from_millis(45));
        let verdict = history(4, &[(1, 0), (3, 1), (2, 2), (3, 3), (9, 4)]).judge();
        let counts = (verdict.delivered, verdict.lost, verdict.duplicates);
        assert_eq!(counts, (3, 2, 1));
        assert_eq!((verdict.inversions, verdict.invented), (1, 1));
        assert!(!verdict.is_perfect() && !verdict.is_orderly() && !verdict.is_announced());
        let again = history(5, &[(1, 0), (2, 0), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1)]);
        assert!(again.judge().is_whole() && !again.judge().is_perfect());
        let mut lossy = history(4, &[(1, 0), (4, 1), (5, 2)]);
        (lossy.given_up, lossy.missing) = (1, 2);
        assert!(lossy.judge().is_announced());
    }
}
