// SPDX-License-Identifier: MIT OR Apache-2.0
//! What users should hear of: each state of things once, not each message.

use std::time::{Duration, Instant};

use crate::{Fault, Refusal, RefusalReason};

/// So long is said nothing more of what goes on and on.
const SPARING: Duration = Duration::from_mins(1);

/// Something that users should hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// There is a connection.
    Connected,
    /// There is none. Said once for each kind of fault until there is one again.
    Lost(Fault),
    /// The peer is too slow, and the oldest messages give way; so many since it was last said.
    Dropped(u64),
    /// Who takes messages out of the inbox is too slow, and the oldest give way; so many since it was last said.
    Overrun(u64),
    /// A message was refused; so many for this reason since it was last said.
    Refused(Refusal, u64),
    /// The disk of the spool fails: messages are kept in memory only, and are lost if the process ends.
    SpoolFailed(Fault),
    /// So many messages are damaged on the disk, and lost.
    SpoolDamaged(u64),
    /// The spool keeps messages again.
    SpoolRestored,
}

impl News {
    /// What people should read of it; `place` is where messages go or come from.
    #[must_use]
    pub fn sentence(&self, place: &str) -> String {
        match self {
            Self::Connected => format!("Connected to {place}"),
            Self::Lost(fault) => fault.to_string(),
            Self::Dropped(count) => format!(
                "{count} messages were dropped, because {place} does not take them as fast as they come"
            ),
            Self::Overrun(count) => format!(
                "{count} messages from {place} were dropped, because they come faster than they are taken here"
            ),
            Self::Refused(refusal, count) => {
                let reason = refusal.reason.as_str();
                format!("{count} messages were refused ({reason}): {refusal}")
            }
            Self::SpoolFailed(fault) => format!("{fault}; messages are kept in memory only"),
            Self::SpoolDamaged(count) => {
                format!("{count} messages of the spool are damaged and lost")
            }
            Self::SpoolRestored => "Messages are kept on the disk again".to_owned(),
        }
    }
}

/// Whom news are told. It is called without any lock held, by the thread of the connection or by one that offers a message.
pub type Tell = Box<dyn Fn(News) + Send + Sync>;

/// Counts what happens again and again, and says when it is worth a sentence.
#[derive(Debug, Default)]
struct Sparing {
    since: u64,
    said: Option<Instant>,
}

impl Sparing {
    /// Counts so many more; how many there were since it was last said, if it is to be said now.
    fn count(&mut self, more: u64, now: Instant) -> Option<u64> {
        self.since += more;
        let quiet = self
            .said
            .is_none_or(|said| now.saturating_duration_since(said) >= SPARING);
        (quiet && self.since > 0).then(|| {
            self.said = Some(now);
            std::mem::take(&mut self.since)
        })
    }
}

/// What was dropped and refused, said sparingly.
#[derive(Debug, Default)]
pub struct Losses {
    dropped: Sparing,
    damaged: Sparing,
    refused: Vec<(RefusalReason, Sparing)>,
}

impl Losses {
    /// Counts dropped messages.
    pub fn dropped(&mut self, count: u64, now: Instant) -> Option<News> {
        self.dropped.count(count, now).map(News::Dropped)
    }

    /// Counts messages that were dropped because nobody took them.
    pub fn overrun(&mut self, count: u64, now: Instant) -> Option<News> {
        self.dropped.count(count, now).map(News::Overrun)
    }

    /// Counts messages that are damaged on the disk.
    pub fn damaged(&mut self, count: u64, now: Instant) -> Option<News> {
        self.damaged.count(count, now).map(News::SpoolDamaged)
    }

    /// Counts a refused message.
    pub fn refused(&mut self, refusal: &Refusal, now: Instant) -> Option<News> {
        let known = |(reason, _): &(RefusalReason, Sparing)| *reason == refusal.reason;
        let at = self.refused.iter().position(known).unwrap_or_else(|| {
            self.refused.push((refusal.reason, Sparing::default()));
            self.refused.len() - 1
        });
        let count = self.refused[at].1.count(1, now);
        count.map(|count| News::Refused(refusal.clone(), count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_is_said_once_a_minute_with_its_count() {
        let start = Instant::now();
        let mut losses = Losses::default();
        assert_eq!(losses.dropped(0, start), None);
        assert_eq!(losses.dropped(1, start), Some(News::Dropped(1)));
        assert_eq!(losses.dropped(3, start + SPARING / 2), None);
        assert_eq!(losses.dropped(2, start + SPARING), Some(News::Dropped(5)));
    }

    #[test]
    fn what_is_dropped_names_the_side_that_is_slow() {
        let start = Instant::now();
        let told = Losses::default().overrun(2, start);
        let sentence = told.map(|news| news.sentence("zmq+sub://hall:5603"));
        let expected = "2 messages from zmq+sub://hall:5603 were dropped, because they come faster than they are taken here";
        assert_eq!(sentence.as_deref(), Some(expected));
    }

    #[test]
    fn each_reason_is_said_for_itself() {
        let start = Instant::now();
        let mut losses = Losses::default();
        let large = Refusal::new(RefusalReason::TooLarge, "too large");
        let foreign = Refusal::new(RefusalReason::ForeignFlow, "foreign");
        let said = |refusal: &Refusal, count| Some(News::Refused(refusal.clone(), count));
        assert_eq!(losses.refused(&large, start), said(&large, 1));
        assert_eq!(losses.refused(&large, start), None);
        assert_eq!(losses.refused(&foreign, start), said(&foreign, 1));
        assert_eq!(losses.refused(&large, start + SPARING), said(&large, 2));
    }
}
