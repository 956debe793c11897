// SPDX-License-Identifier: MIT OR Apache-2.0
//! Messages in memory that are not sent yet.

use std::collections::VecDeque;

use crate::Message;

/// Most messages that are published at once.
pub const BATCH: usize = 256;
/// Most bytes that are published at once, if it is more than one message.
const BATCH_BYTES: usize = 4 << 20;

/// A bounded queue. What is being sent counts, but cannot give way.
#[derive(Debug)]
pub struct Queue {
    most: usize,
    most_bytes: usize,
    waiting: VecDeque<Message>,
    waiting_bytes: usize,
    /// How many of those that wait, counted from the first, were given to a connection that was lost.
    tried: usize,
    sending: usize,
    sending_bytes: usize,
}

/// Messages to publish.
pub struct Batch {
    /// They.
    pub messages: Vec<Message>,
    /// How many of them are published again.
    pub again: usize,
}

impl Queue {
    /// An empty queue of so many messages, at least one, and so many bytes.
    pub fn new(most: usize, most_bytes: usize) -> Self {
        Self {
            most: most.max(1),
            most_bytes,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            tried: 0,
            sending: 0,
            sending_bytes: 0,
        }
    }

    /// How many messages are not settled.
    pub fn len(&self) -> usize {
        self.waiting.len() + self.sending
    }

    /// How many bytes they have.
    pub fn bytes(&self) -> usize {
        self.waiting_bytes + self.sending_bytes
    }

    /// Whether another message fits.
    pub fn has_room(&self) -> bool {
        self.len() < self.most && self.bytes() < self.most_bytes
    }

    /// Appends a message; how many older ones gave way to it.
    pub fn push(&mut self, message: Message) -> u64 {
        let before = self.waiting.len();
        while !self.has_room() && self.remove_first() {}
        let dropped = before - self.waiting.len();
        self.waiting_bytes += message.size();
        self.waiting.push_back(message);
        dropped as u64
    }

    /// Whether messages were taken out and not given back.
    pub fn is_sending(&self) -> bool {
        self.sending > 0
    }

    /// The oldest message that is not being sent.
    pub fn first(&self) -> Option<&Message> {
        self.waiting.front()
    }

    /// Removes it; whether there was one.
    pub fn remove_first(&mut self) -> bool {
        let Some(oldest) = self.waiting.pop_front() else {
            return false;
        };
        self.waiting_bytes -= oldest.size();
        self.tried = self.tried.saturating_sub(1);
        true
    }

    /// Takes the oldest messages out; [`Self::give_back`] comes next. `None`: there is none.
    pub fn take(&mut self) -> Option<Batch> {
        let mut bytes = 0;
        let fits = |message: &&Message| {
            bytes += message.size();
            bytes <= BATCH_BYTES
        };
        let count = self.waiting.iter().take(BATCH).take_while(fits).count();
        let count = count.max(1).min(self.waiting.len());
        let messages: Vec<Message> = self.waiting.drain(..count).collect();
        let again = self.tried.min(count);
        self.tried -= again;
        self.sending = count;
        self.sending_bytes = messages.iter().map(Message::size).sum();
        self.waiting_bytes -= self.sending_bytes;
        (count > 0).then_some(Batch { messages, again })
    }

    /// Takes back those that are not settled: they are the next ones.
    pub fn give_back(&mut self, unsettled: Vec<Message>) {
        (self.sending, self.sending_bytes) = (0, 0);
        self.tried += unsettled.len();
        for message in unsettled.into_iter().rev() {
            self.waiting_bytes += message.size();
            self.waiting.push_front(message);
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::Stamp;

    fn message(sequence: u64, payload: usize) -> Message {
        let document =
            r#"{"specversion":"1.0","type":"com.roundhouse.tick.v1","source":"/h/t/1","id":"1"}"#;
        let sender = "s".to_owned();
        let payload = Bytes::from(vec![0; payload]);
        Message::new(document, payload, Stamp { sender, sequence }).unwrap()
    }

    fn sequences(messages: &[Message]) -> Vec<u64> {
        let sequence = |message: &Message| message.stamp.as_ref().unwrap().sequence;
        messages.iter().map(sequence).collect()
    }

    #[test]
    fn the_oldest_gives_way_but_not_what_is_being_sent() {
        let mut queue = Queue::new(2, usize::MAX);
        assert_eq!((1..=3).map(|n| queue.push(message(n, 0))).sum::<u64>(), 1);
        let batch = queue.take().unwrap();
        assert_eq!(sequences(&batch.messages), [2, 3]);
        assert!(!queue.has_room());
        assert_eq!(queue.push(message(4, 0)) + queue.push(message(5, 0)), 1);
        queue.give_back(batch.messages);
        let batch = queue.take().unwrap();
        assert_eq!(
            (sequences(&batch.messages), batch.again),
            (vec![2, 3, 5], 2)
        );
    }

    #[test]
    fn a_large_message_goes_alone() {
        let mut queue = Queue::new(9, 64);
        assert_eq!(queue.push(message(1, BATCH_BYTES)), 0);
        assert_eq!(queue.push(message(2, BATCH_BYTES)), 1);
        assert_eq!(sequences(&queue.take().unwrap().messages), [2]);
        queue.give_back(Vec::new());
        assert_eq!((queue.len(), queue.bytes()), (0, 0));
        assert!(queue.take().is_none());
    }
}
