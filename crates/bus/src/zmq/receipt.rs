// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a pushing socket learns that its messages have arrived: behind them it sends a ping, and the peer answers when it has read, and
//! a peer of ours when it has dealt with, all that came before.
//!
//! PUSH and PULL have no answers of their own. But whoever speaks ZMTP 3.1 answers pings with their context, in their place in the
//! stream of messages. A subscriber of ours knows our pings by their context and delays the answer; others answer as soon as they
//! have read it.

use std::collections::{BTreeSet, VecDeque};

use bytes::Bytes;

use super::outgoing::Outgoing;
use crate::zmtp::{Command, Encoded};

/// How the context of a ping begins that asks for a receipt; its number follows.
const RECEIPT: &[u8] = b"receipt ";

/// Whether a ping with this context asks for a receipt.
pub fn asks_for_receipt(context: &[u8]) -> bool {
    context.starts_with(RECEIPT)
}

/// The messages that a peer was sent and has not confirmed. One question is under way at a time, and covers all that went before.
#[derive(Debug, Default)]
pub struct Unconfirmed {
    messages: VecDeque<Outgoing>,
    /// The number of the last question.
    number: u64,
    /// How many messages the question under way covers.
    covered: Option<usize>,
}

impl Unconfirmed {
    /// Notes messages that are about to be written.
    pub fn extend(&mut self, messages: &[Outgoing]) {
        self.messages.extend(messages.iter().cloned());
    }

    /// Whether there is something to ask for.
    pub fn is_to_ask(&self) -> bool {
        self.covered.is_none() && !self.messages.is_empty()
    }

    /// The question behind what was noted so far; `None` if there is nothing to ask for yet.
    pub fn ask(&mut self) -> Option<Encoded> {
        if !self.is_to_ask() {
            return None;
        }
        self.covered = Some(self.messages.len());
        self.number += 1;
        Some(Encoded::command(&Command::Ping(self.context())))
    }

    /// Takes the answer with this context: the messages that it confirms are settled.
    pub fn confirm(&mut self, context: &[u8], unsettled: &mut BTreeSet<usize>) {
        if *context != *self.context() {
            return;
        }
        let covered = self.covered.take().unwrap_or(0);
        for message in self.messages.drain(..covered) {
            if let Some(job) = message.job {
                unsettled.remove(&job);
            }
        }
    }

    /// The messages themselves, in order.
    pub fn into_messages(self) -> impl Iterator<Item = Outgoing> {
        self.messages.into_iter()
    }

    /// The context of the last question.
    fn context(&self) -> Bytes {
        [RECEIPT, &self.number.to_be_bytes()].concat().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message in this place of its batch.
    fn message(job: usize) -> Outgoing {
        Outgoing {
            encoded: Encoded::message(&[Bytes::from_static(b"tick")]),
            job: Some(job),
        }
    }

    /// The answer to the question that was asked as the `number`th.
    fn answer(number: u64) -> Vec<u8> {
        [RECEIPT, &number.to_be_bytes()].concat()
    }

    #[test]
    fn an_answer_settles_what_went_before_its_question() {
        let mut unsettled = BTreeSet::from([0, 1, 2]);
        let mut sent = Unconfirmed::default();
        assert!(sent.ask().is_none());
        sent.extend(&[message(0), message(1)]);
        assert!(sent.ask().is_some());
        sent.extend(&[message(2)]);
        assert!(sent.ask().is_none(), "one question at a time");
        sent.confirm(&answer(7), &mut unsettled);
        assert_eq!(unsettled.len(), 3, "that is no answer of this link");
        sent.confirm(&answer(1), &mut unsettled);
        assert_eq!(unsettled, BTreeSet::from([2]));
        sent.confirm(&answer(1), &mut unsettled);
        assert_eq!(unsettled, BTreeSet::from([2]), "an answer counts once");
        assert!(sent.ask().is_some());
        sent.confirm(&answer(2), &mut unsettled);
        assert!(unsettled.is_empty());
    }

    #[test]
    fn what_is_not_confirmed_is_given_back_in_order() {
        let mut sent = Unconfirmed::default();
        sent.extend(&[message(4), message(5)]);
        sent.ask();
        sent.extend(&[message(6)]);
        let jobs: Vec<_> = sent.into_messages().filter_map(|sent| sent.job).collect();
        assert_eq!(jobs, [4, 5, 6]);
    }
}
