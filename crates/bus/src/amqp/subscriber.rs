// SPDX-License-Identifier: MIT OR Apache-2.0
//! Receiving with acknowledgements.

use std::time::Duration;

use bytes::Bytes;
use futures_lite::StreamExt;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Consumer};

use super::fault::of_error;
use super::link::Link;
use super::publisher::EVENT_HEADER;
use super::topology::Topology;
use crate::{
    Endpoint, Fault, FaultKind, Message, Options, Received, Refusal, Subscriber, runtime, selection,
};

/// How many messages the broker sends ahead of acknowledgements.
const PREFETCH: u16 = 256;

/// A connection that receives.
pub struct AmqpSubscriber {
    link: Link,
    topology: Topology,
    consumer: Consumer,
    options: Options,
    /// The newest message that was received and is not acknowledged.
    newest: Option<u64>,
}

impl AmqpSubscriber {
    /// Connects, declares the queue of this group and listens to it.
    pub fn new(endpoint: &Endpoint, options: &Options) -> Result<Self, Fault> {
        // Of fresh messages, those that wait here count as waiting.
        let usual = if options.live {
            u16::try_from(options.queue)
                .unwrap_or(PREFETCH)
                .clamp(1, PREFETCH)
        } else {
            PREFETCH
        };
        let prefetch = endpoint
            .number("prefetch", usual)
            .map_err(|error| endpoint.local(error))?;
        let topology = Topology::of(endpoint, options)?;
        let link = Link::open(endpoint, options)?;
        if topology.declared {
            topology.declare_queue(&link)?;
        }
        let quality = link.channel.basic_qos(prefetch, BasicQosOptions::default());
        link.answer("limiting what is sent ahead", quality)?;
        let queue = topology.queue.clone();
        let doing = format!("listening to queue '{queue}'");
        let consumer = link.channel.basic_consume(
            queue,
            ShortString::default(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        );
        let consumer = link.answer(&doing, consumer)?;
        Ok(Self {
            link,
            topology,
            consumer,
            options: options.clone(),
            newest: None,
        })
    }

    /// Takes a delivery. What cannot be read goes to the dead letters.
    fn take(&mut self, delivery: Delivery) -> Result<Received, Fault> {
        let tag = delivery.delivery_tag;
        match message(delivery, &self.options) {
            Ok(message) => {
                self.newest = Some(tag);
                Ok(Received::Message(message))
            }
            Err(refusal) => {
                let channel = &self.link.channel;
                let rejected = channel.basic_reject(tag, BasicRejectOptions { requeue: false });
                self.link.answer("rejecting a message", rejected)?;
                Ok(Received::Refused(refusal))
            }
        }
    }
}

impl Subscriber for AmqpSubscriber {
    fn receive(&mut self, wait: Duration) -> Result<Received, Fault> {
        let endpoint = &self.link.endpoint;
        let doing = "receiving";
        match runtime::wait(wait, self.consumer.next())? {
            None => self.link.alive().map(|()| Received::Nothing),
            Some(Some(Ok(delivery))) => self.take(delivery),
            Some(Some(Err(error))) => Err(of_error(endpoint, doing, &error)),
            Some(None) => {
                self.link.alive()?;
                let queue = &self.topology.queue;
                let sentence = format!("{endpoint}: the queue '{queue}' was deleted");
                Err(Fault::new(FaultKind::Missing, sentence))
            }
        }
    }

    fn acknowledge(&mut self) -> Result<(), Fault> {
        let Some(tag) = self.newest.take() else {
            return Ok(());
        };
        let channel = &self.link.channel;
        let acknowledged = channel.basic_ack(tag, BasicAckOptions { multiple: true });
        self.link.answer("acknowledging", acknowledged)
    }
}

/// The message in a delivery.
fn message(delivery: Delivery, options: &Options) -> Result<Message, Refusal> {
    let body = Bytes::from(delivery.data);
    match event(&delivery.properties) {
        Some(event) => selection::read(event, body, options),
        None => selection::read(body, Bytes::new(), options),
    }
}

/// The event that travels in the headers, beside its payload.
fn event(properties: &BasicProperties) -> Option<Bytes> {
    let headers = properties.headers().as_ref()?;
    match headers.inner().get(EVENT_HEADER)? {
        AMQPValue::LongString(event) => Some(Bytes::copy_from_slice(event.as_bytes())),
        _ => None,
    }
}
