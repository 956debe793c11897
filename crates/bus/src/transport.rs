// SPDX-License-Identifier: MIT OR Apache-2.0
//! What every transport does: publish in order and say what is settled, receive in order and be told what is done with.

use std::time::Duration;

use crate::{Fault, Kind, Message, Refusal};

/// What a connection is to do, whatever its transport.
#[derive(Debug, Clone)]
pub struct Options {
    /// Longest wait for an answer of the peer: to a connection, to a message.
    pub patience: Duration,
    /// Largest message, bytes; a larger one is refused, on either side.
    pub largest: usize,
    /// How many messages may wait in the connection itself: for a subscriber of a publishing socket, in a broker's queue of frames.
    pub queue: usize,
    /// Which facility is subscribed to; `None`: all.
    pub facility: Option<String>,
    /// Which flows are subscribed to; empty: all.
    pub flows: Vec<String>,
    /// Which kinds are subscribed to; empty: all.
    pub kinds: Vec<Kind>,
    /// Subscribers of one group share the messages; each group gets all of them.
    pub group: String,
    /// Whether only fresh messages count: what cannot be delivered at once gives way to newer ones. Else all count.
    pub live: bool,
    /// Whether a recording is published, or may be: all its messages keep one order, whatever they are about. Else those of a camera do.
    pub recorded: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(10),
            largest: 64 << 20,
            queue: 64,
            facility: None,
            flows: Vec::new(),
            kinds: Vec::new(),
            group: "roundhouse".to_owned(),
            live: false,
            recorded: false,
        }
    }
}

/// What became of a batch.
#[derive(Debug, Default)]
pub struct Published {
    /// How many messages, counted from the first, are settled: the peer has them, or they are refused. The rest must be published
    /// again, by another connection.
    pub settled: usize,
    /// Which of the settled ones were refused, by their place in the batch.
    pub refused: Vec<(usize, Refusal)>,
    /// How many messages the connection itself dropped since it was last asked, because a peer of a live connection is too slow.
    pub dropped: u64,
    /// Why the connection is of no use any more.
    pub fault: Option<Fault>,
}

/// One connection that sends. It is thrown away at its first fault.
pub trait Publisher: Send {
    /// Publishes a batch in order, and returns when all of it is settled or the connection is of no use.
    fn publish(&mut self, batch: &[Message]) -> Published;

    /// Looks after the connection while there is nothing to publish; called at least once a second.
    ///
    /// # Errors
    /// The connection is of no use any more.
    fn idle(&mut self) -> Result<(), Fault> {
        Ok(())
    }
}

/// What a subscriber got.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all that arrives are messages, and a box would cost each an allocation"
)]
pub enum Received {
    /// A message.
    Message(Message),
    /// Something that is no message for us. It counts as done with.
    Refused(Refusal),
    /// Nothing, for as long as one was willing to wait.
    Nothing,
}

/// One connection that receives. It is thrown away at its first fault.
pub trait Subscriber: Send {
    /// The next message; waits for it no longer than `wait`.
    ///
    /// # Errors
    /// The connection is of no use any more.
    fn receive(&mut self, wait: Duration) -> Result<Received, Fault>;

    /// Everything received so far is done with: the peer need not keep it.
    ///
    /// # Errors
    /// The connection is of no use any more.
    fn acknowledge(&mut self) -> Result<(), Fault> {
        Ok(())
    }
}
