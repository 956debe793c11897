// SPDX-License-Identifier: MIT OR Apache-2.0
//! Receiving with acknowledgements.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use rumqttc::{Event, Incoming, Publish, QoS, SubscribeFilter, SubscribeReasonCode};

use super::fault::{lost, silent};
use super::link::{Link, Who};
use super::publisher::made_up;
use super::topics::Topics;
use crate::{
    Endpoint, Fault, FaultKind, Options, Received, Subscriber, escaped, runtime, selection,
};

/// A connection that receives.
pub struct MqttSubscriber {
    link: Link,
    options: Options,
    /// What came before the broker had confirmed the subscription.
    early: VecDeque<Publish>,
    /// What is to be acknowledged.
    unacknowledged: Vec<Publish>,
}

impl MqttSubscriber {
    /// Connects and subscribes.
    ///
    /// A subscriber that counts on every message has a session, known by its group and by what it asks for; one of fresh messages
    /// has none.
    pub fn new(endpoint: &Endpoint, options: &Options) -> Result<Self, Fault> {
        let named = endpoint.parameters.get("client");
        let usual = || escaped(&selection::name(options));
        let client = match named {
            _ if options.live => made_up(&options.group),
            Some(name) => name.clone(),
            None => usual(),
        };
        let who = Who {
            client,
            session: !options.live,
            status: None,
        };
        let topics = Topics::of(endpoint)?.subscribed(options);
        let mut subscriber = Self {
            link: Link::open(endpoint, options, &who)?,
            options: options.clone(),
            early: VecDeque::new(),
            unacknowledged: Vec::new(),
        };
        // A session with a name of ours has just this subscription. To renew it would bring the retained messages before older ones.
        if !subscriber.link.remembered || named.is_some() {
            subscriber.subscribe(&topics)?;
        }
        Ok(subscriber)
    }

    /// Subscribes, and waits until the broker confirms it.
    fn subscribe(&mut self, topics: &[String]) -> Result<(), Fault> {
        let quality = if self.options.live {
            QoS::AtMostOnce
        } else {
            QoS::AtLeastOnce
        };
        let filters: Vec<_> = topics
            .iter()
            .map(|topic| SubscribeFilter::new(topic.clone(), quality))
            .collect();
        let endpoint = self.link.endpoint.clone();
        let asked = self.link.client.try_subscribe_many(filters);
        asked.map_err(|_| lost(&endpoint))?;
        let confirmed = runtime::wait(self.options.patience, async {
            loop {
                match self.link.next().await? {
                    Event::Incoming(Incoming::SubAck(confirm)) => return Ok(confirm.return_codes),
                    Event::Incoming(Incoming::Publish(message)) => self.early.push_back(message),
                    _ => {}
                }
            }
        })?;
        let codes = confirmed.ok_or_else(|| silent(&endpoint, "subscribing"))??;
        let denied = codes
            .iter()
            .position(|code| *code == SubscribeReasonCode::Failure);
        let Some(place) = denied else {
            return Ok(());
        };
        let topic = topics.get(place).map(String::as_str).unwrap_or_default();
        let sentence = format!(
            "{endpoint}: the broker does not allow to subscribe to '{topic}'; check what the user may read"
        );
        Err(Fault::new(FaultKind::Denied, sentence))
    }

    /// Takes a message.
    fn take(&mut self, message: Publish) -> Received {
        let read = selection::read(message.payload.clone(), Bytes::new(), &self.options);
        if message.qos != QoS::AtMostOnce {
            self.unacknowledged.push(message);
        }
        read.map_or_else(Received::Refused, Received::Message)
    }
}

impl Subscriber for MqttSubscriber {
    fn receive(&mut self, wait: Duration) -> Result<Received, Fault> {
        if let Some(message) = self.early.pop_front() {
            return Ok(self.take(message));
        }
        let link = &mut self.link;
        let came = runtime::wait(wait, async {
            loop {
                if let Event::Incoming(Incoming::Publish(message)) = link.next().await? {
                    return Ok(message);
                }
            }
        })?;
        match came {
            Some(message) => Ok(self.take(message?)),
            None => Ok(Received::Nothing),
        }
    }

    fn acknowledge(&mut self) -> Result<(), Fault> {
        for message in std::mem::take(&mut self.unacknowledged) {
            let given = self.link.client.try_ack(&message);
            given.map_err(|_| lost(&self.link.endpoint))?;
        }
        Ok(())
    }
}

impl Drop for MqttSubscriber {
    fn drop(&mut self) {
        self.link.client.try_disconnect().ok();
    }
}
