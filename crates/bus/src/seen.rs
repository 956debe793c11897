// SPDX-License-Identifier: MIT OR Apache-2.0
//! What arrived already, and what is missing in between.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::Stamp;

/// So many senders are remembered, each as often as it has lanes; the one that was silent longest is forgotten first.
const SENDERS: usize = 4096;

/// What a stamp says of its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is new, and so many before it are missing.
    New {
        /// How many.
        missing: u64,
    },
    /// It was there before.
    Duplicate,
}

/// The last sequence number of each sender.
#[derive(Debug, Default)]
pub struct Seen {
    senders: BTreeMap<String, Last>,
    /// Counts messages, to tell which sender was silent longest.
    count: u64,
}

/// The last message of a sender.
#[derive(Debug)]
struct Last {
    sequence: u64,
    at: u64,
}

impl Seen {
    /// Judges a message. Messages of one sender arrive in order within a lane, so a number that is not above the last one was there
    /// before. What is missing is known only where there is one lane, without a name: else it may be in another one.
    pub fn judge(&mut self, stamp: &Stamp, lane: &str) -> Verdict {
        self.count += 1;
        let sender: Cow<'_, str> = if lane.is_empty() {
            Cow::Borrowed(&stamp.sender)
        } else {
            Cow::Owned(format!("{} {lane}", stamp.sender))
        };
        if let Some(last) = self.senders.get_mut(&*sender) {
            last.at = self.count;
            if stamp.sequence <= last.sequence {
                return Verdict::Duplicate;
            }
            let missing = if lane.is_empty() {
                stamp.sequence - last.sequence - 1
            } else {
                0
            };
            last.sequence = stamp.sequence;
            return Verdict::New { missing };
        }
        if self.senders.len() >= SENDERS {
            let silent = self.senders.iter().min_by_key(|(_, last)| last.at);
            if let Some(sender) = silent.map(|(sender, _)| sender.clone()) {
                self.senders.remove(&sender);
            }
        }
        let last = Last {
            sequence: stamp.sequence,
            at: self.count,
        };
        self.senders.insert(sender.into_owned(), last);
        Verdict::New { missing: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(sender: &str, sequence: u64) -> Stamp {
        Stamp {
            sender: sender.to_owned(),
            sequence,
        }
    }

    #[test]
    fn what_was_there_is_a_duplicate_and_a_gap_is_counted() {
        let mut seen = Seen::default();
        let verdicts = [5, 6, 5, 6, 9].map(|sequence| seen.judge(&stamp("a", sequence), ""));
        let new = |missing| Verdict::New { missing };
        let duplicate = Verdict::Duplicate;
        assert_eq!(verdicts, [new(0), new(0), duplicate, duplicate, new(2)]);
        assert_eq!(seen.judge(&stamp("b", 1), ""), new(0));
    }

    #[test]
    fn each_lane_has_an_order_of_its_own() {
        let mut seen = Seen::default();
        let (new, duplicate) = (Verdict::New { missing: 0 }, Verdict::Duplicate);
        for (sequence, lane, verdict) in [
            (1, "reports 0", new),
            (4, "reports 0", new),
            (2, "reports 1", new),
            (4, "reports 0", duplicate),
            (3, "reports 1", new),
            (2, "reports 1", duplicate),
        ] {
            assert_eq!(seen.judge(&stamp("a", sequence), lane), verdict);
        }
    }

    #[test]
    fn the_sender_that_was_silent_longest_is_forgotten() {
        let mut seen = Seen::default();
        for number in 0..SENDERS {
            seen.judge(&stamp(&number.to_string(), 1), "");
        }
        assert_eq!(seen.judge(&stamp("0", 1), ""), Verdict::Duplicate);
        seen.judge(&stamp("one more", 1), "");
        assert_eq!(seen.senders.len(), SENDERS);
        assert_eq!(seen.judge(&stamp("0", 1), ""), Verdict::Duplicate);
        assert_eq!(seen.judge(&stamp("1", 1), ""), Verdict::New { missing: 0 });
    }
}
