// SPDX-License-Identifier: MIT OR Apache-2.0
//! Receiving in a consumer group.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use rdkafka::{Message as _, Offset, TopicPartitionList};

use super::client::{Listener, heard, metadata, settings};
use super::fault::{missing, of_error};
use super::topics::{command, subscribed};
use crate::{Endpoint, Fault, FaultKind, Options, Received, Subscriber, selection};

/// A connection that receives.
pub struct KafkaSubscriber {
    endpoint: Endpoint,
    options: Options,
    consumer: BaseConsumer<Listener>,
    /// Where to go on in each partition, of what is not committed.
    uncommitted: BTreeMap<(String, i32), i64>,
}

impl KafkaSubscriber {
    /// Connects and joins the group.
    pub fn new(endpoint: &Endpoint, options: &Options) -> Result<Self, Fault> {
        let begin = if options.live { "latest" } else { "earliest" };
        let mut settings = settings(endpoint, options)?;
        settings
            .set("group.id", &options.group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", begin)
            // So soon others take over from one that died.
            .set("session.timeout.ms", "10000")
            .set("heartbeat.interval.ms", "2000")
            // So soon are topics found that match and are new.
            .set("topic.metadata.refresh.interval.ms", "5000");
        let consumer: BaseConsumer<Listener> = settings
            .create_with_context(Listener::default())
            .map_err(|error| of_error(endpoint, "connecting", &error, ""))?;
        metadata(endpoint, consumer.client(), None, options, || {
            consumer.poll(Duration::ZERO);
        })?;
        let topics = subscribed(endpoint, options);
        let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
        consumer
            .subscribe(&topics)
            .map_err(|error| of_error(endpoint, "subscribing", &error, ""))?;
        Ok(Self {
            endpoint: endpoint.clone(),
            options: options.clone(),
            consumer,
            uncommitted: BTreeMap::new(),
        })
    }

    /// The fault behind an error.
    fn fault(&self, doing: &str, error: &KafkaError) -> Fault {
        let heard = heard(self.consumer.client());
        let fault = of_error(&self.endpoint, doing, error, &heard);
        if fault.kind != FaultKind::Missing {
            return fault;
        }
        let topics = subscribed(&self.endpoint, &self.options).join(" ");
        missing(&self.endpoint, &topics, &command(&self.endpoint, &topics))
    }
}

/// Where the group goes on after a message.
fn position(message: &BorrowedMessage) -> ((String, i32), i64) {
    let partition = (message.topic().to_owned(), message.partition());
    (partition, message.offset() + 1)
}

impl Subscriber for KafkaSubscriber {
    fn receive(&mut self, wait: Duration) -> Result<Received, Fault> {
        let message = match self.consumer.poll(wait) {
            None => return Ok(Received::Nothing),
            Some(Ok(message)) => message,
            Some(Err(error)) => return Err(self.fault("receiving", &error)),
        };
        let event = Bytes::copy_from_slice(message.payload().unwrap_or_default());
        let (partition, next) = position(&message);
        let number = partition.1;
        self.uncommitted.insert(partition, next);
        let mut message = match selection::read(event, Bytes::new(), &self.options) {
            Ok(message) => message,
            Err(refusal) => return Ok(Received::Refused(refusal)),
        };
        message.partition = Some(number);
        Ok(Received::Message(message))
    }

    fn acknowledge(&mut self) -> Result<(), Fault> {
        let mut positions = TopicPartitionList::new();
        for ((topic, partition), next) in std::mem::take(&mut self.uncommitted) {
            positions
                .add_partition_offset(&topic, partition, Offset::Offset(next))
                .map_err(|error| self.fault("committing", &error))?;
        }
        if positions.count() == 0 {
            return Ok(());
        }
        match self.consumer.commit(&positions, CommitMode::Sync) {
            Ok(()) | Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::NoOffset)) => Ok(()),
            Err(error) => Err(self.fault("committing", &error)),
        }
    }
}
