// SPDX-License-Identifier: MIT OR Apache-2.0
//! Gives each message of a sender its number.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use bytes::Bytes;

use crate::refusal::fits;
use crate::{Draft, Message, Refusal, Stamp};

/// A sender.
#[derive(Debug)]
pub struct Stamper {
    name: String,
    sender: String,
    sequence: u64,
    largest: usize,
}

impl Stamper {
    /// A sender with a name that no other has: `name`, for people, and some digits. Messages have `largest` bytes at most.
    pub fn new(name: &str, largest: usize) -> Self {
        Self {
            name: name.to_owned(),
            sender: unique(name),
            sequence: 0,
            largest,
        }
    }

    /// Goes on as the sender of a spool, after its last message.
    pub fn continue_as(&mut self, sender: &str, sequence: u64) {
        sender.clone_into(&mut self.sender);
        self.sequence = sequence;
    }

    /// Becomes another sender.
    pub fn renew(&mut self) {
        self.sender = unique(&self.name);
    }

    /// Who sends.
    pub fn sender(&self) -> &str {
        &self.sender
    }

    /// The message that has the next number, and the number. It is used up by [`Self::used`].
    ///
    /// # Errors
    /// The message is too large.
    pub fn stamp(&self, draft: &Draft, payload: Bytes) -> Result<(Message, u64), Refusal> {
        let sequence = self.sequence + 1;
        let stamp = Stamp {
            sender: self.sender.clone(),
            sequence,
        };
        let message = draft.stamped(payload, stamp);
        fits(message.size(), self.largest)?;
        Ok((message, sequence))
    }

    /// The last number was used.
    pub fn used(&mut self) {
        self.sequence += 1;
    }
}

/// A name that no other sender has.
fn unique(name: &str) -> String {
    let digits = RandomState::new().build_hasher().finish();
    format!("{name}-{digits:016x}")
}
