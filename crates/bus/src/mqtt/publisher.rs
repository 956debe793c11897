// SPDX-License-Identifier: MIT OR Apache-2.0
//! Publishing with confirms.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use rumqttc::{Event, Incoming, Outgoing, QoS};
use tokio::time::timeout;

use super::fault::silent;
use super::flat::Flat;
use super::link::{Link, Who};
use super::topics::Topics;
use crate::{
    Endpoint, Fault, Kind, Message, Options, Published, Publisher, Refusal, runtime, selection,
};

/// What the broker keeps for those who come later.
const RETAINED: [Kind; 2] = [Kind::FacilityState, Kind::CameraHealth];

/// A packet to send, and for which message of the batch.
struct Packet {
    place: usize,
    topic: String,
    retained: bool,
    body: Bytes,
}

/// How far a batch has come.
struct Progress {
    /// For which message the packets were that the client has not numbered yet.
    unnumbered: VecDeque<usize>,
    /// For which message the packets were that the broker has not confirmed, by their numbers.
    unconfirmed: BTreeMap<u16, usize>,
    /// How many packets of each message are not confirmed.
    open: Vec<usize>,
}

impl Progress {
    /// How many messages, from the first, are settled.
    fn settled(&self) -> usize {
        self.open.iter().take_while(|open| **open == 0).count()
    }

    /// Takes what happened to a packet.
    fn take(&mut self, event: &Event) {
        match event {
            Event::Outgoing(Outgoing::Publish(number)) => {
                if let Some(place) = self.unnumbered.pop_front() {
                    self.unconfirmed.insert(*number, place);
                }
            }
            Event::Incoming(Incoming::PubAck(confirm)) => {
                if let Some(place) = self.unconfirmed.remove(&confirm.pkid) {
                    self.open[place] -= 1;
                }
            }
            _ => {}
        }
    }
}

/// A connection that publishes.
pub struct MqttPublisher {
    link: Link,
    topics: Topics,
    options: Options,
    /// The topic that says whether this client is there, and what it says when the client leaves in good order.
    status: (String, &'static str),
    flat: Option<Flat>,
}

impl MqttPublisher {
    /// Connects.
    pub fn new(endpoint: &Endpoint, options: &Options) -> Result<Self, Fault> {
        let topics = Topics::of(endpoint)?;
        // A made-up name never comes again, so its status is deleted instead of saying `offline` for ever.
        let (client, last_word) = match endpoint.parameters.get("client") {
            Some(client) => (client.clone(), "offline"),
            None => (made_up(&options.group), ""),
        };
        let status = topics.of_status(options.facility.as_deref(), &client);
        let who = Who {
            client,
            session: false,
            status: Some(status.clone()),
        };
        let on = |parameter: &str, usual: bool| {
            let given = endpoint.parameters.get(parameter);
            given.map_or(usual, |value| value == "1")
        };
        let flat = on("flat", true).then(|| Flat::new(topics.clone(), on("homeassistant", false)));
        let mut publisher = Self {
            link: Link::open(endpoint, options, &who)?,
            topics,
            options: options.clone(),
            status: (status, last_word),
            flat,
        };
        publisher.begin()?;
        Ok(publisher)
    }

    /// Says that this client is there, and asks for the values that the broker keeps.
    fn begin(&mut self) -> Result<(), Fault> {
        let online = Packet {
            place: 0,
            topic: self.status.0.clone(),
            retained: true,
            body: Bytes::from_static(b"online"),
        };
        if self.flat.is_some() {
            let pattern = self.topics.of_tracks();
            // Whether the broker allows it shows in nothing but which tracks are known.
            self.link
                .client
                .try_subscribe(pattern, QoS::AtMostOnce)
                .ok();
        }
        let said = runtime::complete(self.deliver(vec![online], 1))?;
        said.fault.map_or(Ok(()), Err)
    }

    /// The packets of a batch, and which messages are refused.
    fn packets(&mut self, batch: &[Message]) -> (Vec<Packet>, Vec<(usize, Refusal)>) {
        let (mut packets, mut refused) = (Vec::new(), Vec::new());
        for (place, message) in batch.iter().enumerate() {
            if let Err(refusal) = selection::is_event(message, "MQTT", &self.options) {
                refused.push((place, refusal));
                continue;
            }
            let kind = message.envelope.kind;
            let mut push = |topic: String, retained: bool, body: Bytes| {
                packets.push(Packet {
                    place,
                    topic,
                    retained,
                    body,
                });
            };
            push(
                self.topics.of_message(&message.envelope),
                RETAINED.contains(&kind),
                message.event.clone(),
            );
            if let (Kind::FacilityState, Some(flat)) = (kind, &mut self.flat) {
                for (topic, value) in flat.values(message) {
                    push(topic, true, value);
                }
            }
        }
        (packets, refused)
    }

    /// Sends packets and waits until the broker has confirmed them all.
    async fn deliver(&mut self, packets: Vec<Packet>, messages: usize) -> Published {
        let mut progress = Progress {
            unnumbered: VecDeque::new(),
            unconfirmed: BTreeMap::new(),
            open: vec![0; messages],
        };
        for packet in packets {
            progress.open[packet.place] += 1;
            progress.unnumbered.push_back(packet.place);
            let (topic, quality) = (packet.topic, QoS::AtLeastOnce);
            let client = &self.link.client;
            // It fails only if the connection has ended, and then the next event is why.
            let sent = client.try_publish(topic, quality, packet.retained, packet.body);
            sent.ok();
        }
        let mut fault = None;
        while fault.is_none() && progress.settled() < messages {
            match timeout(self.options.patience, self.link.next()).await {
                Ok(Ok(event)) => {
                    progress.take(&event);
                    self.remember(&event);
                }
                Ok(Err(error)) => fault = Some(error),
                Err(_) => fault = Some(silent(&self.link.endpoint, "waiting for confirms")),
            }
        }
        Published {
            settled: progress.settled(),
            fault,
            ..Published::default()
        }
    }

    /// Takes a value that the broker keeps.
    fn remember(&mut self, event: &Event) {
        if let (Event::Incoming(Incoming::Publish(value)), Some(flat)) = (event, &mut self.flat) {
            flat.remember(&value.topic);
        }
    }
}

impl Publisher for MqttPublisher {
    fn publish(&mut self, batch: &[Message]) -> Published {
        let (packets, mut refused) = self.packets(batch);
        let delivered = runtime::complete(self.deliver(packets, batch.len()));
        let mut published = delivered.unwrap_or_else(|fault| Published {
            fault: Some(fault),
            ..Published::default()
        });
        refused.retain(|(place, _)| *place < published.settled);
        published.refused = refused;
        published
    }

    fn idle(&mut self) -> Result<(), Fault> {
        while let Some(event) = self.link.poll()? {
            self.remember(&event);
        }
        Ok(())
    }
}

impl Drop for MqttPublisher {
    fn drop(&mut self) {
        let (topic, word) = &self.status;
        let client = &self.link.client;
        client
            .try_publish(topic, QoS::AtLeastOnce, true, *word)
            .ok();
        client.try_disconnect().ok();
    }
}

/// A client's name that no other has.
pub fn made_up(group: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let begin = std::time::SystemTime::UNIX_EPOCH.elapsed();
    let begin = begin.unwrap_or(Duration::ZERO).as_micros();
    format!("{group}-{begin:x}-{:x}-{number:x}", std::process::id())
}
