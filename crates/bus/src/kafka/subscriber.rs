// SPDX-License-Identifier: MIT OR Apache-2.0
//! Receiving in a consumer group.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use rdkafka::{Message as _, Offset, TopicPartitionList};

use super::client::{Listener, SESSION_TIMEOUT, heard, metadata, settings};
use super::fault::of_error;
use super::topics::{partition, subscribed};
use crate::{Endpoint, Fault, Message, Options, Received, Refusal, Subscriber, selection};

/// After so long a consumer that gives no sign of life is taken for dead, and the others of its group share what it had, ms: the least
/// that a cluster allows unless it is told otherwise, if the address does not say it. It takes them two signs more to do so.
const SESSION: &str = "6000";
/// Time between two signs of life, ms.
const HEARTBEAT: &str = "500";
/// A broker that has nothing new says so after this time at the latest, ms. Some look for what is new only when they are asked.
const NOTHING_NEW: &str = "50";
/// A recording waits for whoever takes it; only after so long without a question the consumer is taken for dead, ms.
const SLOWEST: &str = "3600000";

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
        let session = endpoint.parameters.get(SESSION_TIMEOUT);
        let mut settings = settings(endpoint, options)?;
        settings
            .set("group.id", &options.group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", begin)
            .set(SESSION_TIMEOUT, session.map_or(SESSION, String::as_str))
            .set("heartbeat.interval.ms", HEARTBEAT)
            .set("max.poll.interval.ms", SLOWEST)
            .set("fetch.wait.max.ms", NOTHING_NEW)
            // Whoever keeps a partition goes on with it while others are dealt out.
            .set("partition.assignment.strategy", "cooperative-sticky")
            // So soon are topics found that match and are new.
            .set("topic.metadata.refresh.interval.ms", "5000");
        let consumer: BaseConsumer<Listener> = settings
            .create_with_context(Listener::default())
            .map_err(|error| of_error(endpoint, "connecting", &error, ""))?;
        metadata(endpoint, consumer.client(), None, options, || {
            consumer.poll(Duration::ZERO);
        })?;
        consumer
            .subscribe(&[&subscribed(endpoint, options)])
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
        of_error(&self.endpoint, doing, error, &heard)
    }
}

/// Where the group goes on after a message.
fn position(message: &BorrowedMessage) -> ((String, i32), i64) {
    let partition = (message.topic().to_owned(), message.partition());
    (partition, message.offset() + 1)
}

/// Reads what arrived; nothing if it is of a kind that was not asked for, as a recording has them beside others.
fn read(message: &BorrowedMessage, options: &Options) -> Result<Option<Message>, Refusal> {
    let event = Bytes::copy_from_slice(message.payload().unwrap_or_default());
    let mut read = selection::read(event, Bytes::new(), options)?;
    read.partition = partition(message.topic(), message.partition());
    let is_wanted = options.kinds.is_empty() || options.kinds.contains(&read.envelope.kind);
    Ok(is_wanted.then_some(read))
}

/// Whether a commit failed because the group deals out its partitions anew. What was received and is not committed then comes again,
/// here or elsewhere.
fn is_rebalancing(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(Code::RebalanceInProgress | Code::IllegalGeneration | Code::UnknownMemberId)
    )
}

/// Whether no topic of those that are subscribed to is there.
fn is_unknown(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(Code::UnknownTopic | Code::UnknownTopicOrPartition)
    )
}

impl Subscriber for KafkaSubscriber {
    fn receive(&mut self, wait: Duration) -> Result<Received, Fault> {
        let until = Instant::now() + wait;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let message = match self.consumer.poll(left) {
                None => return Ok(Received::Nothing),
                Some(Ok(message)) => message,
                // Nothing is there yet, or not any more.
                Some(Err(error)) if is_unknown(&error) => continue,
                Some(Err(error)) => return Err(self.fault("receiving", &error)),
            };
            let (partition, next) = position(&message);
            self.uncommitted.insert(partition, next);
            match read(&message, &self.options) {
                Ok(Some(message)) => return Ok(Received::Message(message)),
                Ok(None) => {}
                Err(refusal) => return Ok(Received::Refused(refusal)),
            }
        }
    }

    fn acknowledge(&mut self) -> Result<(), Fault> {
        let uncommitted = std::mem::take(&mut self.uncommitted);
        let fault = |error: KafkaError| self.fault("committing", &error);
        // What was dealt out to others meanwhile is theirs to commit.
        let owned = self.consumer.assignment().map_err(fault)?;
        let mut positions = TopicPartitionList::new();
        for ((topic, partition), next) in uncommitted {
            if owned.find_partition(&topic, partition).is_some() {
                positions
                    .add_partition_offset(&topic, partition, Offset::Offset(next))
                    .map_err(fault)?;
            }
        }
        if positions.count() == 0 {
            return Ok(());
        }
        match self.consumer.commit(&positions, CommitMode::Sync) {
            Ok(()) | Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::NoOffset)) => Ok(()),
            Err(error) if is_rebalancing(&error) => Ok(()),
            Err(error) => Err(fault(error)),
        }
    }
}
