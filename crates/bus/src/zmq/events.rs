// SPDX-License-Identifier: MIT OR Apache-2.0
//! Our own messages on a socket: topic, document and, if there is one, payload.

use bytes::Bytes;

use super::filter::Filter;
use super::framing::Framing;
use crate::refusal::fits;
use crate::{Message, Options, Received, Refusal, RefusalReason, SocketType, topic};

/// How many messages one request holds at most.
const MOST_IN_REQUEST: usize = 256;
/// Topic, document, payload.
const PARTS: usize = 3;

/// The framing of events: a message is two or three parts; a request is any number of messages of three parts each.
pub struct Events {
    filter: Filter,
    in_requests: bool,
    largest: usize,
}

impl Events {
    /// For a socket of this type.
    pub fn new(socket: SocketType, options: &Options) -> Self {
        Self {
            filter: Filter::new(options),
            in_requests: matches!(socket, SocketType::Req | SocketType::Rep),
            largest: options.largest,
        }
    }

    /// What one message is.
    fn read_one(&self, parts: &[Bytes]) -> Vec<Received> {
        // The topic is not believed: the document says what it is.
        let (event, payload) = match parts {
            [_, event] => (event.clone(), Bytes::new()),
            [_, event, payload] => (event.clone(), payload.clone()),
            _ => {
                let sentence = format!(
                    "a message of {} parts, expected topic, document and, if there is one, payload",
                    parts.len()
                );
                return vec![Received::Refused(Refusal::new(
                    RefusalReason::WrongParts,
                    sentence,
                ))];
            }
        };
        if let Err(refusal) = fits(event.len() + payload.len(), self.largest) {
            return vec![Received::Refused(refusal)];
        }
        match Message::read(event, payload) {
            Ok(message) => match self.filter.rejects(&message.envelope) {
                Some(instead) => instead,
                None => vec![Received::Message(message)],
            },
            Err(refusal) => vec![Received::Refused(refusal)],
        }
    }
}

impl Framing for Events {
    fn parts(&self, message: &Message) -> Result<Vec<Bytes>, Refusal> {
        let topic = Bytes::from(topic(&message.envelope, '.'));
        let mut parts = vec![topic, message.event.clone()];
        if self.in_requests || !message.payload.is_empty() {
            parts.push(message.payload.clone());
        }
        Ok(parts)
    }

    fn read(&self, parts: &[Bytes]) -> Vec<Received> {
        if self.in_requests && !parts.is_empty() {
            parts
                .chunks(PARTS)
                .flat_map(|parts| self.read_one(parts))
                .collect()
        } else {
            self.read_one(parts)
        }
    }

    fn most_in_request(&self) -> usize {
        MOST_IN_REQUEST
    }

    fn most_parts(&self) -> usize {
        if self.in_requests {
            // Before the messages stands the way back, of which most have one part.
            MOST_IN_REQUEST * PARTS + 16
        } else {
            PARTS
        }
    }

    fn subscriptions(&self) -> Vec<Bytes> {
        self.filter.topics()
    }
}
