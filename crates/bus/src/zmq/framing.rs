// SPDX-License-Identifier: MIT OR Apache-2.0
//! What messages look like on a socket: ours as topic and document, pictures as imagezmq has them.

use bytes::Bytes;

use crate::{Message, Received, Refusal};

/// How messages become parts, and parts messages.
pub trait Framing: Send + Sync {
    /// The parts of one message.
    ///
    /// # Errors
    /// It cannot travel so.
    fn parts(&self, message: &Message) -> Result<Vec<Bytes>, Refusal>;

    /// What the parts of one arrival are; nothing where they were not subscribed to.
    fn read(&self, parts: &[Bytes]) -> Vec<Received>;

    /// How many messages one request may hold.
    fn most_in_request(&self) -> usize;

    /// How many parts an arrival may have.
    fn most_parts(&self) -> usize;

    /// What is subscribed to: beginnings of first parts.
    fn subscriptions(&self) -> Vec<Bytes>;
}
