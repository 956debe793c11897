// SPDX-License-Identifier: MIT OR Apache-2.0
//! What arrived already, and what is missing in between.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use crate::Message;

/// So many series of messages are remembered; the one that was silent longest is forgotten first.
const SERIES: usize = 4096;
/// So many gaps of a series are remembered; what fills a forgotten one counts as a duplicate.
const GAPS: usize = 1024;

/// What the stamp of a message says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is new, and so many before it are missing.
    New {
        /// How many.
        missing: u64,
    },
    /// It is new, and fills a gap: it was missing, or was sent to another receiver first.
    Late {
        /// Whether it was counted as missing.
        was_missing: bool,
    },
    /// It was there before.
    Duplicate,
}

/// What arrived of each series.
#[derive(Debug, Default)]
pub struct Seen {
    series: BTreeMap<String, Arrived>,
    /// Counts messages, to tell which series was silent longest.
    count: u64,
}

/// What arrived of a series: everything up to the last message, but for the gaps.
#[derive(Debug)]
struct Arrived {
    first: u64,
    last: u64,
    /// In the order of their numbers.
    gaps: VecDeque<Range<u64>>,
    at: u64,
}

impl Arrived {
    /// A series that begins with this number. What is before it may have gone to other receivers, and may come yet.
    fn begin(first: u64) -> Self {
        Self {
            first,
            last: first,
            gaps: std::iter::once(0..first).collect(),
            at: 0,
        }
    }

    /// Takes a number: whether it is new and what was left out before it.
    fn take(&mut self, number: u64) -> Verdict {
        if number > self.last {
            let gap = self.last + 1..number;
            let missing = gap.end - gap.start;
            self.last = number;
            if !gap.is_empty() {
                self.gaps.push_back(gap);
            }
            if self.gaps.len() > GAPS {
                self.gaps.pop_front();
            }
            return Verdict::New { missing };
        }
        let at = self.gaps.partition_point(|gap| gap.end <= number);
        match self.gaps.get(at).cloned() {
            Some(gap) if gap.contains(&number) => {
                self.gaps.remove(at);
                let rest = [number + 1..gap.end, gap.start..number];
                for rest in rest.into_iter().filter(|rest| !rest.is_empty()) {
                    self.gaps.insert(at, rest);
                }
                let was_missing = number > self.first;
                Verdict::Late { was_missing }
            }
            _ => Verdict::Duplicate,
        }
    }
}

impl Seen {
    /// Judges a message by its number. Most messages of a series arrive in order; one that was sent to a receiver that failed may
    /// come here late. What has no stamp is new. Only where all messages of a sender come is what was left out missing.
    pub fn judge(&mut self, message: &Message) -> Verdict {
        let Some(stamp) = &message.stamp else {
            return Verdict::New { missing: 0 };
        };
        self.count += 1;
        let series = message.series();
        if let Some(arrived) = self.series.get_mut(&series) {
            arrived.at = self.count;
            let verdict = arrived.take(stamp.sequence);
            let is_whole = message.partition.is_none();
            return match verdict {
                Verdict::New { .. } if !is_whole => Verdict::New { missing: 0 },
                Verdict::Late { .. } if !is_whole => Verdict::Late { was_missing: false },
                verdict => verdict,
            };
        }
        if self.series.len() >= SERIES {
            let silent = self.series.iter().min_by_key(|(_, arrived)| arrived.at);
            if let Some(silent) = silent.map(|(series, _)| series.clone()) {
                self.series.remove(&silent);
            }
        }
        let arrived = Arrived {
            at: self.count,
            ..Arrived::begin(stamp.sequence)
        };
        self.series.insert(series, arrived);
        Verdict::New { missing: 0 }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::Stamp;

    fn message(sender: &str, sequence: u64) -> Message {
        let stamp = Stamp {
            sender: sender.to_owned(),
            sequence,
        };
        let document =
            r#"{"specversion":"1.0","type":"com.roundhouse.tick.v1","source":"/h/t/1","id":"1"}"#;
        Message::new(document, Bytes::new(), stamp).unwrap()
    }

    #[test]
    fn what_was_there_is_a_duplicate_and_a_gap_is_counted() {
        let mut seen = Seen::default();
        let verdicts = [5, 6, 5, 6, 9].map(|sequence| seen.judge(&message("a", sequence)));
        let new = |missing| Verdict::New { missing };
        let duplicate = Verdict::Duplicate;
        assert_eq!(verdicts, [new(0), new(0), duplicate, duplicate, new(2)]);
        assert_eq!(seen.judge(&message("b", 1)), new(0));
    }

    #[test]
    fn messages_of_a_sender_through_several_partitions_are_in_order_within_each() {
        let mut seen = Seen::default();
        let mut judge = |partition: &str, sequence| {
            seen.judge(&Message {
                partition: Some(partition.into()),
                ..message("a", sequence)
            })
        };
        let new = Verdict::New { missing: 0 };
        assert_eq!([judge("0", 3), judge("0", 7), judge("1", 4)], [new; 3]);
        assert_eq!([judge("0", 7), judge("1", 5)], [Verdict::Duplicate, new]);
    }

    #[test]
    fn what_went_to_a_receiver_that_failed_is_late_but_new() {
        let mut seen = Seen::default();
        let mut judge = |sequence| seen.judge(&message("a", sequence));
        let new = |missing| Verdict::New { missing };
        let late = |was_missing| Verdict::Late { was_missing };
        assert_eq!([judge(4), judge(8)], [new(0), new(3)]);
        assert_eq!([judge(6), judge(6)], [late(true), Verdict::Duplicate]);
        assert_eq!([judge(5), judge(7)], [late(true), late(true)]);
        assert_eq!([judge(3), judge(3)], [late(false), Verdict::Duplicate]);
        assert_eq!([judge(5), judge(9)], [Verdict::Duplicate, new(0)]);
    }

    #[test]
    fn a_gap_that_is_forgotten_is_not_filled() {
        let mut seen = Seen::default();
        let count = 2 * GAPS as u64 + 10;
        for sequence in (0..=count).step_by(2) {
            seen.judge(&message("a", sequence));
        }
        assert_eq!(seen.series["a"].gaps.len(), GAPS);
        assert_eq!(seen.judge(&message("a", 1)), Verdict::Duplicate);
        let late = Verdict::Late { was_missing: true };
        assert_eq!(seen.judge(&message("a", count - 1)), late);
    }

    proptest::proptest! {
        /// Whatever the order, each number is taken once.
        #[test]
        fn each_number_is_new_once(numbers in proptest::collection::vec(0..200_u64, 0..400)) {
            let mut seen = Seen::default();
            let mut taken = std::collections::BTreeSet::new();
            for number in numbers {
                let verdict = seen.judge(&message("a", number));
                proptest::prop_assert_eq!(verdict != Verdict::Duplicate, taken.insert(number));
            }
        }
    }

    #[test]
    fn the_series_that_was_silent_longest_is_forgotten() {
        let mut seen = Seen::default();
        for number in 0..SERIES {
            seen.judge(&message(&number.to_string(), 1));
        }
        assert_eq!(seen.judge(&message("0", 1)), Verdict::Duplicate);
        seen.judge(&message("one more", 1));
        assert_eq!(seen.series.len(), SERIES);
        assert_eq!(seen.judge(&message("0", 1)), Verdict::Duplicate);
        assert_eq!(seen.judge(&message("1", 1)), Verdict::New { missing: 0 });
    }
}
