// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long the oldest message of a spool has waited.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Times are kept so far apart.
const APART: Duration = Duration::from_secs(1);

/// When messages were appended, of some of them.
#[derive(Debug, Default)]
pub struct Ages {
    marks: VecDeque<(u64, Instant)>,
}

impl Ages {
    /// Notes that a message was appended.
    pub fn appended(&mut self, sequence: u64, now: Instant) {
        let is_far = |(_, last): &(u64, Instant)| now.saturating_duration_since(*last) >= APART;
        if self.marks.back().is_none_or(is_far) {
            self.marks.push_back((sequence, now));
        }
    }

    /// Notes that a message of a spool that was opened has waited so long.
    pub fn waited(&mut self, sequence: u64, age: Duration, now: Instant) {
        let begin = now.checked_sub(age).unwrap_or(now);
        self.marks.push_front((sequence, begin));
    }

    /// Forgets what is settled; `last` is the last message.
    pub fn settled(&mut self, sequence: u64, last: u64) {
        if sequence >= last {
            self.marks.clear();
        }
        while self
            .marks
            .get(1)
            .is_some_and(|(next, _)| *next <= sequence + 1)
        {
            self.marks.pop_front();
        }
    }

    /// How long the oldest one has waited.
    pub fn oldest(&self, now: Instant) -> Option<Duration> {
        let (_, begin) = self.marks.front()?;
        Some(now.saturating_duration_since(*begin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_that_is_not_settled_counts() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut ages = Ages::default();
        assert_eq!(ages.oldest(start), None);
        for sequence in 1..=5 {
            ages.appended(sequence, at(sequence));
        }
        let oldest = |ages: &Ages| ages.oldest(at(10)).map(|age| age.as_secs());
        assert_eq!(oldest(&ages), Some(9));
        ages.settled(3, 5);
        assert_eq!(oldest(&ages), Some(6));
        ages.settled(5, 5);
        assert_eq!(oldest(&ages), None);
        ages.waited(1, Duration::from_mins(1), at(10));
        assert_eq!(oldest(&ages), Some(60));
    }
}
