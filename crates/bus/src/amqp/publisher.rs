// SPDX-License-Identifier: MIT OR Apache-2.0
//! Publishing with confirms.

use std::time::Duration;

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{BasicProperties, Confirmation, PublisherConfirm};
use tokio::time::timeout;

use super::fault::{of_error, silent};
use super::link::Link;
use super::topology::{Topology, is_frame};
use crate::refusal::fits;
use crate::{
    Endpoint, Fault, FaultKind, Message, Options, Published, Publisher, Refusal, RefusalReason,
    runtime, topic,
};

/// What the broker is told about the body.
const EVENT: &str = "application/cloudevents+json";
const PAYLOAD: &str = "application/octet-stream";
/// The header that holds the event of a message whose body is its payload.
pub const EVENT_HEADER: &str = "event";
/// Delivery mode of what survives a restart of the broker, and of what need not.
const PERSISTENT: u8 = 2;
const TRANSIENT: u8 = 1;

/// What became of one message of a batch.
enum Fate {
    /// It was sent, and the broker will say whether it has it.
    Sent(PublisherConfirm),
    /// It was not even sent.
    Refused(Refusal),
}

/// A connection that publishes.
pub struct AmqpPublisher {
    link: Link,
    topology: Topology,
    options: Options,
    patience: Duration,
}

impl AmqpPublisher {
    /// Connects.
    pub fn new(endpoint: &Endpoint, options: &Options) -> Result<Self, Fault> {
        let topology = Topology::of(endpoint, options)?;
        let link = Link::open(endpoint, options)?;
        if topology.declared {
            topology.declare_exchanges(&link)?;
        }
        let confirms = link.channel.confirm_select(ConfirmSelectOptions::default());
        link.answer("asking for confirms", confirms)?;
        Ok(Self {
            link,
            topology,
            options: options.clone(),
            patience: options.patience,
        })
    }

    /// Sends a batch, then waits for its confirms.
    async fn deliver(&self, batch: &[Message]) -> Published {
        let mut published = Published::default();
        let mut fates = Vec::with_capacity(batch.len());
        for message in batch {
            match self.send(message).await {
                Ok(fate) => fates.push(fate),
                Err(fault) => {
                    published.fault = Some(fault);
                    break;
                }
            }
        }
        // The client hands a returned message to one of the confirms that came with its own, so the message is found by its name.
        let mut returned = Vec::new();
        for (place, fate) in fates.into_iter().enumerate() {
            let refusal = match fate {
                Fate::Refused(refusal) => Some(refusal),
                Fate::Sent(confirm) => match self.confirmed(confirm, &mut returned).await {
                    Ok(refusal) => refusal,
                    Err(fault) => {
                        published.fault = Some(fault);
                        break;
                    }
                },
            };
            published
                .refused
                .extend(refusal.map(|refusal| (place, refusal)));
            published.settled += 1;
        }
        for name in returned {
            let unroutable = |(place, message): &(usize, &Message)| {
                name_of(message) == name
                    && !published.refused.iter().any(|(other, _)| other == place)
            };
            let mut settled = batch.iter().take(published.settled).enumerate();
            if let Some((place, message)) = settled.find(unroutable) {
                published.refused.push((place, self.unroutable(message)));
            }
        }
        published.refused.sort_by_key(|(place, _)| *place);
        published
    }

    /// Sends one message.
    async fn send(&self, message: &Message) -> Result<Fate, Fault> {
        let (key, properties) = match self.properties(message) {
            Ok(made) => made,
            Err(refusal) => return Ok(Fate::Refused(refusal)),
        };
        let topology = &self.topology;
        let exchange = if is_frame(message.envelope.kind) {
            &topology.frames
        } else {
            &topology.events
        };
        let body = if message.payload.is_empty() {
            &message.event
        } else {
            &message.payload
        };
        let options = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let channel = &self.link.channel;
        let sent = channel.basic_publish(exchange.clone(), key, options, body, properties);
        let doing = "publishing";
        timeout(self.patience, sent)
            .await
            .map_err(|_| silent(&self.link.endpoint, doing))?
            .map(Fate::Sent)
            .map_err(|error| of_error(&self.link.endpoint, doing, &error))
    }

    /// Routing key and properties of a message.
    fn properties(&self, message: &Message) -> Result<(ShortString, BasicProperties), Refusal> {
        fits(message.size(), self.options.largest)?;
        let envelope = &message.envelope;
        let key = short("the topic", topic(envelope, '.'))?;
        let mut headers = FieldTable::default();
        let flow = LongString::from(envelope.flow.as_str());
        headers.insert("flow".into(), AMQPValue::LongString(flow));
        let mut media = EVENT;
        if !message.payload.is_empty() {
            let longest = self.link.longest_header();
            if message.event.len() > longest {
                let sentence = format!(
                    "event of {} bytes beside a payload, the broker's frames hold {longest}",
                    message.event.len()
                );
                return Err(Refusal::new(RefusalReason::TooLarge, sentence));
            }
            let event = LongString::from(message.event.to_vec());
            headers.insert(EVENT_HEADER.into(), AMQPValue::LongString(event));
            media = PAYLOAD;
        }
        let mode = if self.options.live {
            TRANSIENT
        } else {
            PERSISTENT
        };
        let properties = BasicProperties::default()
            .with_content_type(media.into())
            .with_delivery_mode(mode)
            .with_message_id(short("the id", envelope.id.clone())?)
            .with_type(envelope.kind.as_str().into())
            .with_headers(headers);
        Ok((key, properties))
    }

    /// Waits for one confirm, and collects the name of the message that came back with it.
    async fn confirmed(
        &self,
        confirm: PublisherConfirm,
        returned: &mut Vec<(String, String)>,
    ) -> Result<Option<Refusal>, Fault> {
        let doing = "waiting for a confirm";
        let endpoint = &self.link.endpoint;
        let answer = timeout(self.patience, confirm)
            .await
            .map_err(|_| silent(endpoint, doing))?
            .map_err(|error| of_error(endpoint, doing, &error))?;
        let (taken, back) = match answer {
            Confirmation::Ack(back) => (true, back),
            Confirmation::Nack(back) => (false, back),
            Confirmation::NotRequested => (false, None),
        };
        returned.extend(back.map(|back| {
            let id = back.properties.message_id().clone().unwrap_or_default();
            (id.to_string(), back.routing_key.to_string())
        }));
        if taken {
            return Ok(None);
        }
        let sentence = format!(
            "{endpoint}: a queue did not take the message: it is full, or the broker is in trouble"
        );
        if self.options.live {
            return Ok(Some(Refusal::new(RefusalReason::Rejected, sentence)));
        }
        Err(Fault::new(FaultKind::Lost, sentence))
    }

    /// Why a message came back.
    fn unroutable(&self, message: &Message) -> Refusal {
        let sentence = format!(
            "{}: no queue is bound for '{}': nobody has subscribed yet",
            self.link.endpoint,
            topic(&message.envelope, '.')
        );
        Refusal::new(RefusalReason::Unroutable, sentence)
    }
}

impl Publisher for AmqpPublisher {
    fn publish(&mut self, batch: &[Message]) -> Published {
        runtime::complete(self.deliver(batch)).unwrap_or_else(|fault| Published {
            fault: Some(fault),
            ..Published::default()
        })
    }

    fn idle(&mut self) -> Result<(), Fault> {
        self.link.alive()
    }
}

/// By what a message that came back is known.
fn name_of(message: &Message) -> (String, String) {
    (message.envelope.id.clone(), topic(&message.envelope, '.'))
}

/// A text that AMQP bears as a property.
fn short(what: &str, text: String) -> Result<ShortString, Refusal> {
    let length = text.len();
    ShortString::try_new(text).map_err(|_| {
        let sentence = format!("{what} of the event is {length} bytes long, AMQP bears 255");
        Refusal::new(RefusalReason::TooLarge, sentence)
    })
}
