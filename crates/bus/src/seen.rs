// SPDX-License-Identifier: MIT OR Apache-2.0
//! What arrived already, and what is missing in between.

use std::collections::BTreeMap;

use crate::Message;

/// So many series of messages are remembered; the one that was silent longest is forgotten first.
const SERIES: usize = 4096;

/// What the stamp of a message says of it.
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

/// The last sequence number of each series.
#[derive(Debug, Default)]
pub struct Seen {
    series: BTreeMap<String, Last>,
    /// Counts messages, to tell which series was silent longest.
    count: u64,
}

/// The last message of a series.
#[derive(Debug)]
struct Last {
    sequence: u64,
    at: u64,
}

impl Seen {
    /// Judges a message. Messages of one series arrive in order, so a number that is not above the last one was there before. What
    /// has no stamp is new. Only where all messages of a sender come is a number between two of them missing.
    pub fn judge(&mut self, message: &Message) -> Verdict {
        let Some(stamp) = &message.stamp else {
            return Verdict::New { missing: 0 };
        };
        self.count += 1;
        let series = message.series();
        if let Some(last) = self.series.get_mut(&series) {
            last.at = self.count;
            if stamp.sequence <= last.sequence {
                return Verdict::Duplicate;
            }
            let missing = match message.partition {
                Some(_) => 0,
                None => stamp.sequence - last.sequence - 1,
            };
            last.sequence = stamp.sequence;
            return Verdict::New { missing };
        }
        if self.series.len() >= SERIES {
            let silent = self.series.iter().min_by_key(|(_, last)| last.at);
            if let Some(silent) = silent.map(|(series, _)| series.clone()) {
                self.series.remove(&silent);
            }
        }
        let last = Last {
            sequence: stamp.sequence,
            at: self.count,
        };
        self.series.insert(series, last);
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
