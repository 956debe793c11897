// SPDX-License-Identifier: MIT OR Apache-2.0
//! Messages for tests, and connections as those who use the crate handle them: thrown away at the first fault, with what is not settled
//! sent again.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bytes::Bytes;
use roundhouse_bus::{
    Endpoint, Message, Options, Publisher, Received, Refusal, Stamp, Subscriber, publisher,
    subscriber,
};

/// Ten times what any test waits for a broker.
pub const HANG: Duration = Duration::from_mins(5);
/// How long a broker may be silent before its connection is thrown away.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Options with a group.
pub fn options(group: &str) -> Options {
    Options {
        group: group.to_owned(),
        patience: PATIENCE,
        ..Options::default()
    }
}

/// Options for one flow.
pub fn of_flow(group: &str, flow: &str) -> Options {
    Options {
        flows: vec![flow.to_owned()],
        ..options(group)
    }
}

/// An event of `kind` about `about`.
pub fn event(kind: &str, flow: &str, about: &str, sequence: u64) -> Message {
    with_payload(kind, flow, about, sequence, Bytes::new())
}

/// An event with a payload.
pub fn with_payload(kind: &str, flow: &str, about: &str, sequence: u64, payload: Bytes) -> Message {
    let document = format!(
        r#"{{"specversion":"1.0","type":"com.roundhouse.{kind}.v1","source":"/hall-a/test/1","id":"1-{sequence}","subject":"camera/{about}","flow":"{flow}","data":{{}}}}"#
    );
    let stamp = Stamp {
        sender: "sender".to_owned(),
        sequence,
    };
    Message::new(&document, payload, stamp).unwrap()
}

/// Position reports `first..=last` of one flow.
pub fn reports(flow: &str, first: u64, last: u64) -> Vec<Message> {
    (first..=last)
        .map(|sequence| event("position-report", flow, "C1", sequence))
        .collect()
}

/// Reports of which each third one belongs to dev.
pub fn mixed(count: u64) -> Vec<Message> {
    (1..=count)
        .map(|sequence| {
            let flow = if sequence % 3 == 0 { "dev" } else { "prod" };
            event("position-report", flow, "C1", sequence)
        })
        .collect()
}

/// Connects a publisher.
pub fn publishing(address: &str, options: &Options) -> Box<dyn Publisher> {
    publisher(&Endpoint::parse(address).unwrap(), options).unwrap()
}

/// Connects a subscriber.
pub fn subscribing(address: &str, options: &Options) -> Box<dyn Subscriber> {
    subscriber(&Endpoint::parse(address).unwrap(), options).unwrap()
}

/// Publishes everything in batches, on a connection that must not fail, and says what was refused.
pub fn publish(publisher: &mut dyn Publisher, messages: &[Message]) -> Vec<Refusal> {
    let mut refused = Vec::new();
    for batch in messages.chunks(200) {
        let published = publisher.publish(batch);
        assert!(published.fault.is_none(), "{:?}", published.fault);
        assert_eq!(published.settled, batch.len());
        refused.extend(published.refused.into_iter().map(|(_, refusal)| refusal));
    }
    refused
}

/// Receives `count` messages on a connection that must not fail.
pub fn receive(subscriber: &mut dyn Subscriber, count: usize) -> Vec<Message> {
    let begin = Instant::now();
    let mut messages = Vec::new();
    while messages.len() < count {
        assert!(begin.elapsed() < HANG, "{} of {count}", messages.len());
        match subscriber.receive(Duration::from_millis(200)).unwrap() {
            Received::Message(message) => messages.push(message),
            Received::Refused(refusal) => panic!("refused: {refusal}"),
            Received::Nothing => subscriber.acknowledge().unwrap(),
        }
        if messages.len() % 100 == 0 {
            subscriber.acknowledge().unwrap();
        }
    }
    subscriber.acknowledge().unwrap();
    messages
}

/// Whether nothing more arrives for a moment: a fence, sent after everything else, shows that nothing else is under way.
pub fn nothing_but(subscriber: &mut dyn Subscriber, fence: u64) -> Vec<Message> {
    let begin = Instant::now();
    let mut messages = Vec::new();
    loop {
        assert!(begin.elapsed() < HANG, "the fence does not arrive");
        if let Received::Message(message) = subscriber.receive(Duration::from_millis(200)).unwrap()
        {
            if sequence(&message) == fence {
                return messages;
            }
            messages.push(message);
        }
        subscriber.acknowledge().unwrap();
    }
}

/// The number of a message.
pub fn sequence(message: &Message) -> u64 {
    message.stamp.as_ref().unwrap().sequence
}

/// The numbers of messages.
pub fn sequences(messages: &[Message]) -> Vec<u64> {
    messages.iter().map(sequence).collect()
}

/// Publishes everything over as many connections as it takes, and tells of each that ends or is not made; says how many there were.
pub fn publish_over_faults(
    address: &str,
    options: &Options,
    messages: &[Message],
    mut ended: impl FnMut(),
) -> usize {
    let begin = Instant::now();
    let (mut settled, mut connections) = (0, 0);
    while settled < messages.len() {
        assert!(begin.elapsed() < HANG, "{settled} settled");
        let Ok(mut publisher) = publisher(&Endpoint::parse(address).unwrap(), options) else {
            ended();
            std::thread::sleep(Duration::from_millis(100));
            continue;
        };
        connections += 1;
        while settled < messages.len() {
            let end = messages.len().min(settled + 100);
            let published = publisher.publish(&messages[settled..end]);
            assert!(published.refused.is_empty(), "{:?}", published.refused);
            settled += published.settled;
            if published.fault.is_some() {
                ended();
                break;
            }
        }
    }
    connections
}

/// What a receiver saw that keeps the numbers of what it has seen.
#[derive(Default)]
pub struct History {
    pub seen: BTreeSet<u64>,
    pub duplicates: usize,
    pub inversions: usize,
    newest: u64,
}

impl History {
    /// Takes a message.
    fn take(&mut self, sequence: u64) {
        if !self.seen.insert(sequence) {
            self.duplicates += 1;
        } else if sequence < self.newest {
            self.inversions += 1;
        }
        self.newest = self.newest.max(sequence);
    }
}

/// Receives until `done`, over as many connections as it takes; asks after every message.
pub fn receive_over_faults(
    address: &str,
    options: &Options,
    mut done: impl FnMut(&History) -> bool,
) -> History {
    let begin = Instant::now();
    let mut history = History::default();
    loop {
        assert!(begin.elapsed() < HANG, "{} seen", history.seen.len());
        let Ok(mut subscriber) = subscriber(&Endpoint::parse(address).unwrap(), options) else {
            std::thread::sleep(Duration::from_millis(100));
            continue;
        };
        loop {
            assert!(begin.elapsed() < HANG, "{} seen", history.seen.len());
            let mut pause = history.seen.len() % 50 == 0;
            match subscriber.receive(Duration::from_millis(50)) {
                Ok(Received::Message(message)) => history.take(sequence(&message)),
                Ok(Received::Refused(refusal)) => panic!("refused: {refusal}"),
                Ok(Received::Nothing) => pause = true,
                Err(_) => break,
            }
            if done(&history) {
                subscriber.acknowledge().ok();
                return history;
            }
            if pause && subscriber.acknowledge().is_err() {
                break;
            }
        }
    }
}
