// SPDX-License-Identifier: MIT OR Apache-2.0
//! Publishing with confirms.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::MetadataTopic;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::types::RDKafkaRespErr;

use super::client::{Listener, heard, metadata, settings};
use super::fault::{missing, of_error, silent};
use super::topics::{command, key, of_message};
use crate::{
    Endpoint, Fault, Message, Options, Published, Publisher, Refusal, RefusalReason, selection,
};

/// How long to wait for confirms at a time.
const PAUSE: Duration = Duration::from_millis(100);

/// What became of a message of a batch.
#[derive(Clone)]
enum Fate {
    /// The cluster has not confirmed it.
    Open,
    /// The cluster has it.
    Taken,
    /// It is refused.
    Refused(Refusal),
}

/// A connection that publishes.
pub struct KafkaPublisher {
    endpoint: Endpoint,
    options: Options,
    producer: BaseProducer<Listener>,
    /// The topics that are there.
    topics: BTreeSet<String>,
    /// The number of the first message of the next batch.
    next: usize,
}

impl KafkaPublisher {
    /// Connects.
    pub fn new(endpoint: &Endpoint, options: &Options) -> Result<Self, Fault> {
        let mut settings = settings(endpoint, options)?;
        let largest = options.largest.clamp(1000, 1_000_000_000);
        settings
            .set("message.max.bytes", largest.to_string())
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("linger.ms", "5");
        let producer: BaseProducer<Listener> = settings
            .create_with_context(Listener::default())
            .map_err(|error| of_error(endpoint, "connecting", &error, ""))?;
        metadata(endpoint, producer.client(), None, options, || {
            producer.poll(Duration::ZERO);
        })?;
        Ok(Self {
            endpoint: endpoint.clone(),
            options: options.clone(),
            producer,
            topics: BTreeSet::new(),
            next: 0,
        })
    }

    /// Makes sure that a topic is there. A cluster that makes topics by itself does so now.
    fn look_up(&mut self, topic: &str) -> Result<(), Fault> {
        if self.topics.contains(topic) {
            return Ok(());
        }
        let begin = Instant::now();
        loop {
            let client = self.producer.client();
            let found = metadata(&self.endpoint, client, Some(topic), &self.options, || {
                self.producer.poll(Duration::ZERO);
            })?;
            let error = found.topics().first().and_then(MetadataTopic::error);
            match error {
                None => break,
                Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
                    if begin.elapsed() < self.options.patience =>
                {
                    self.producer.poll(PAUSE);
                }
                Some(_) => {
                    let command = command(&self.endpoint, topic);
                    return Err(missing(&self.endpoint, topic, &command));
                }
            }
        }
        self.topics.insert(topic.to_owned());
        Ok(())
    }

    /// Gives the client one message, as soon as it has room for it.
    fn send(&mut self, message: &Message, number: usize) -> Result<Fate, Fault> {
        if let Err(refusal) = selection::is_event(message, "Kafka", &self.options) {
            return Ok(Fate::Refused(refusal));
        }
        let recorded = self.options.recorded;
        let topic = of_message(&self.endpoint, &message.envelope, recorded);
        self.look_up(&topic)?;
        let begin = Instant::now();
        let mut record = BaseRecord::with_opaque_to(&topic, number)
            .key(key(message, recorded))
            .payload(&message.event[..]);
        loop {
            let (error, back) = match self.producer.send(record) {
                Ok(()) => return Ok(Fate::Open),
                Err(failed) => failed,
            };
            match error.rdkafka_error_code() {
                Some(RDKafkaErrorCode::QueueFull) if begin.elapsed() < self.options.patience => {
                    self.producer.poll(PAUSE);
                    record = back;
                }
                Some(RDKafkaErrorCode::MessageSizeTooLarge) => {
                    return Ok(Fate::Refused(too_large(message)));
                }
                _ => return Err(self.fault("publishing", &error)),
            }
        }
    }

    /// Takes what became of the messages of a batch since it was last asked.
    fn take(&self, batch: &[Message], fates: &mut [Fate]) -> Result<usize, Fault> {
        let delivered = self.producer.context().delivered();
        let count = delivered.len();
        for (number, result) in delivered {
            // What belongs to an earlier batch was given up with it.
            let Some(place) = number.checked_sub(self.next) else {
                continue;
            };
            let (Some(fate), Some(message)) = (fates.get_mut(place), batch.get(place)) else {
                continue;
            };
            *fate = match result {
                Ok(()) => Fate::Taken,
                Err(error) => match error.rdkafka_error_code() {
                    Some(RDKafkaErrorCode::MessageSizeTooLarge) => {
                        Fate::Refused(too_large(message))
                    }
                    _ => return Err(self.fault("publishing", &error)),
                },
            };
        }
        Ok(count)
    }

    /// Sends a batch and waits until the cluster has confirmed all of it.
    fn deliver(&mut self, batch: &[Message], fates: &mut Vec<Fate>) -> Result<(), Fault> {
        for (place, message) in batch.iter().enumerate() {
            let fate = self.send(message, self.next + place)?;
            fates.push(fate);
        }
        let mut progress = Instant::now();
        while fates.iter().any(|fate| matches!(fate, Fate::Open)) {
            self.producer.poll(PAUSE);
            if self.take(batch, fates)? > 0 {
                progress = Instant::now();
            } else if progress.elapsed() > self.options.patience {
                return Err(silent(&self.endpoint, "waiting for confirms"));
            }
        }
        Ok(())
    }

    /// The fault behind an error.
    fn fault(&self, doing: &str, error: &KafkaError) -> Fault {
        of_error(&self.endpoint, doing, error, &heard(self.producer.client()))
    }
}

impl Publisher for KafkaPublisher {
    fn publish(&mut self, batch: &[Message]) -> Published {
        let mut fates = Vec::with_capacity(batch.len());
        let fault = self.deliver(batch, &mut fates).err();
        self.next += batch.len();
        let mut published = Published {
            fault,
            ..Published::default()
        };
        for (place, fate) in fates.into_iter().enumerate() {
            match fate {
                Fate::Open => break,
                Fate::Taken => {}
                Fate::Refused(refusal) => published.refused.push((place, refusal)),
            }
            published.settled += 1;
        }
        published
    }

    fn idle(&mut self) -> Result<(), Fault> {
        self.producer.poll(Duration::ZERO);
        Ok(())
    }
}

/// The refusal of what is larger than the cluster takes.
fn too_large(message: &Message) -> Refusal {
    let sentence = format!(
        "message of {} bytes, more than the cluster takes; see its `message.max.bytes`",
        message.size()
    );
    Refusal::new(RefusalReason::TooLarge, sentence)
}
