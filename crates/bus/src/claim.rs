// SPDX-License-Identifier: MIT OR Apache-2.0
//! Connections over which pictures travel by reference: the sender puts them into a store, the receiver gets them from there.

use std::time::Duration;

use serde::Deserialize;

use crate::store::{NotGot, Store};
use crate::{Fault, Message, Published, Publisher, Received, Subscriber};

/// Letters of a day in a time.
const DAY: usize = 10;

/// A connection that stores pictures before it sends their events.
pub struct StoringPublisher {
    inner: Box<dyn Publisher>,
    store: Store,
}

impl StoringPublisher {
    /// Stores in `store` and sends by `inner`.
    pub fn new(inner: Box<dyn Publisher>, store: Store) -> Self {
        Self { inner, store }
    }

    /// A message without its picture, which is in the store.
    fn stored(&self, message: &Message) -> Result<Message, Fault> {
        if message.payload.is_empty() {
            return Ok(message.clone());
        }
        let day = day(&message.event);
        let about = &message.envelope.about;
        let reference = self.store.put(&day, about, &message.payload)?;
        Ok(message.by_reference(&reference))
    }
}

impl Publisher for StoringPublisher {
    fn publish(&mut self, batch: &[Message]) -> Published {
        let mut stored = Vec::with_capacity(batch.len());
        let mut fault = None;
        for message in batch {
            match self.stored(message) {
                Ok(message) => stored.push(message),
                Err(failed) => {
                    fault = Some(failed);
                    break;
                }
            }
        }
        if stored.is_empty() {
            return Published {
                fault,
                ..Published::default()
            };
        }
        let mut published = self.inner.publish(&stored);
        published.fault = published.fault.or(fault);
        published
    }

    fn idle(&mut self) -> Result<(), Fault> {
        self.inner.idle()
    }
}

/// A connection that gets the pictures of events that arrive without.
pub struct FetchingSubscriber {
    inner: Box<dyn Subscriber>,
    store: Store,
    largest: usize,
}

impl FetchingSubscriber {
    /// Receives by `inner` and gets pictures of `largest` bytes at most from `store`.
    pub fn new(inner: Box<dyn Subscriber>, store: Store, largest: usize) -> Self {
        Self {
            inner,
            store,
            largest,
        }
    }
}

impl Subscriber for FetchingSubscriber {
    fn receive(&mut self, wait: Duration) -> Result<Received, Fault> {
        let received = self.inner.receive(wait)?;
        let Received::Message(mut message) = received else {
            return Ok(received);
        };
        let reference = message.envelope.dataref.as_deref();
        if let Some(reference) = reference.filter(|_| message.payload.is_empty()) {
            match self.store.get(reference, self.largest) {
                Ok(payload) => message.payload = payload,
                Err(NotGot::Refused(refusal)) => return Ok(Received::Refused(refusal)),
                // The message was not acknowledged: it comes again with another connection.
                Err(NotGot::Fault(fault)) => return Err(fault),
            }
        }
        Ok(Received::Message(message))
    }

    fn acknowledge(&mut self) -> Result<(), Fault> {
        self.inner.acknowledge()
    }
}

/// The day of an event, as its attribute `time` says.
fn day(event: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Time {
        time: String,
    }
    let time = serde_json::from_slice::<Time>(event);
    let day = time
        .ok()
        .and_then(|event| event.time.get(..DAY).map(str::to_owned));
    day.unwrap_or_else(|| "undated".to_owned())
}
