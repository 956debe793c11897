// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an outbox and an inbox count.

use std::time::Duration;

use crate::RefusalReason;

counters::counters! {
    /// Messages that were refused, by reason.
    pub struct Refused {
        /// Larger than the limit.
        refused_too_large,
        /// No CloudEvents JSON document.
        refused_no_event,
        /// Of a type or version that is not known.
        refused_unknown_type,
        /// Of a flow that is not accepted.
        refused_foreign_flow,
        /// Of more or fewer parts than the transport asks for.
        refused_wrong_parts,
        /// A picture of another size than is said of it, or one that cannot be decoded.
        refused_bad_picture,
        /// The broker knew nobody to give it to.
        refused_unroutable,
        /// What its `dataref` names is not there any more.
        refused_expired,
        /// The broker refused it.
        refused_rejected,
        /// The spool was full.
        refused_full,
    }
}

impl Refused {
    /// Counts one more.
    pub(crate) fn count(&mut self, reason: RefusalReason) {
        let counter = match reason {
            RefusalReason::TooLarge => &mut self.refused_too_large,
            RefusalReason::NoEvent => &mut self.refused_no_event,
            RefusalReason::UnknownType => &mut self.refused_unknown_type,
            RefusalReason::ForeignFlow => &mut self.refused_foreign_flow,
            RefusalReason::WrongParts => &mut self.refused_wrong_parts,
            RefusalReason::BadPicture => &mut self.refused_bad_picture,
            RefusalReason::Unroutable => &mut self.refused_unroutable,
            RefusalReason::Expired => &mut self.refused_expired,
            RefusalReason::Rejected => &mut self.refused_rejected,
            RefusalReason::Full => &mut self.refused_full,
        };
        *counter += 1;
    }

    /// All of them.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.iter().map(|(_, count)| count).sum()
    }
}

counters::counters! {
    /// What an outbox counts beside refusals.
    pub struct OutboxCounters {
        /// Messages that were taken.
        offered,
        /// Messages that were given to a connection; one that is sent again counts again.
        sent,
        /// Messages that the peer has.
        settled,
        /// Messages that were given to another connection because the first one was lost before it settled them.
        resent,
        /// Messages that gave way to newer ones, because the queue was full.
        dropped,
        /// Messages that a live connection dropped for one of its peers, because that one is too slow.
        dropped_slow_peer,
    }
}

counters::counters! {
    /// What an inbox counts beside refusals.
    pub struct InboxCounters {
        /// Messages that arrived, without those that were refused.
        received,
        /// Messages that had arrived before, and were left out.
        duplicates,
        /// Messages that are missing in the sequence of their sender; not known of topics with partitions.
        missing,
        /// Messages of a live inbox that gave way to newer ones, because nobody took them in time.
        dropped,
    }
}

/// How things stand with the connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkStats {
    /// Whether there is a connection.
    pub connected: bool,
    /// How many connections there were after the first one.
    pub reconnects: u64,
    /// Why there is none, or was none the last time.
    pub last_fault: Option<String>,
}

/// How things stand with an outbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutboxStats {
    /// What was counted.
    pub counters: OutboxCounters,
    /// What was refused.
    pub refused: Refused,
    /// The connection.
    pub link: LinkStats,
    /// Messages that are not settled yet, in memory or in the spool.
    pub waiting: u64,
    /// The bytes of those in memory.
    pub waiting_bytes: u64,
    /// The spool; `None` without one.
    pub spool: Option<SpoolStats>,
}

/// How things stand with a spool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpoolStats {
    /// Bytes on the disk.
    pub bytes: u64,
    /// How long the oldest message has waited, to a second.
    pub oldest: Option<Duration>,
    /// Messages that were damaged on the disk, as far as that is known.
    pub damaged: u64,
    /// Why messages are kept in memory only, if they are.
    pub fault: Option<String>,
}

/// How things stand with an inbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InboxStats {
    /// What was counted.
    pub counters: InboxCounters,
    /// What was refused.
    pub refused: Refused,
    /// The connection.
    pub link: LinkStats,
    /// Messages that nobody has taken yet.
    pub waiting: u64,
    /// Their bytes.
    pub waiting_bytes: u64,
}
