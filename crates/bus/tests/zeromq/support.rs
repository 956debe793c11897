// SPDX-License-Identifier: MIT OR Apache-2.0
//! What tests of sockets share.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::Bytes;
use roundhouse_bus::zmq::{ZmqPublisher, ZmqSubscriber};
use roundhouse_bus::{Endpoint, Fault, Message, Options, Publisher, Received, Stamp, Subscriber};

/// After so long a test hangs.
pub const HANG: Duration = Duration::from_mins(5);

/// The message of this number: an event of this flow, with a payload of this size.
pub fn message(sequence: u64, flow: &str, payload: usize) -> Message {
    let document = format!(
        r#"{{"specversion":"1.0","type":"com.roundhouse.tick.v1","source":"/hall/test/1","id":"1-{sequence}","time":"2026-03-01T06:00:03Z","flow":"{flow}","data":{{}}}}"#
    );
    let stamp = Stamp {
        sender: "test".to_owned(),
        sequence,
    };
    Message::new(&document, Bytes::from(vec![sequence as u8; payload]), stamp).unwrap()
}

/// Messages with these numbers.
pub fn messages(numbers: std::ops::Range<u64>, payload: usize) -> Vec<Message> {
    numbers
        .map(|number| message(number, "prod", payload))
        .collect()
}

/// Options of tests in which no peer dies without a word: however busy the machine, none is taken for dead.
pub fn options() -> Options {
    Options {
        patience: HANG,
        ..Options::default()
    }
}

/// Options of tests that wait until a peer is taken for dead; one that lives has so long to shake hands and to answer.
pub fn hurry() -> Options {
    Options {
        patience: Duration::from_secs(5),
        ..Options::default()
    }
}

/// Opens a socket that sends.
pub fn publisher(address: &str, options: &Options) -> Result<ZmqPublisher, Fault> {
    ZmqPublisher::new(&Endpoint::parse(address).unwrap(), options)
}

/// Opens a socket that receives.
pub fn subscriber(address: &str, options: &Options) -> Result<ZmqSubscriber, Fault> {
    ZmqSubscriber::new(&Endpoint::parse(address).unwrap(), options)
}

/// The number of a message.
pub fn number(message: &Message) -> u64 {
    message.stamp.as_ref().map_or(0, |stamp| stamp.sequence)
}

/// The next thing that is received, which must come.
pub fn next(subscriber: &mut dyn Subscriber) -> Received {
    subscriber.receive(HANG).unwrap()
}

/// The next message, which must come.
pub fn next_message(subscriber: &mut dyn Subscriber) -> Message {
    match next(subscriber) {
        Received::Message(message) => message,
        other => panic!("{other:?} instead of a message"),
    }
}

/// The numbers of the next `count` messages.
pub fn numbers(subscriber: &mut dyn Subscriber, count: usize) -> Vec<u64> {
    (0..count)
        .map(|_| number(&next_message(subscriber)))
        .collect()
}

/// Publishes a batch, all of which is settled.
pub fn publish(publisher: &mut dyn Publisher, batch: &[Message]) {
    let published = publisher.publish(batch);
    assert_eq!(published.settled, batch.len(), "{published:?}");
    assert!(published.fault.is_none(), "{published:?}");
}

/// Pushes a batch in a thread of its own; [`settled`] waits for it.
pub fn pushing(mut push: ZmqPublisher, batch: Vec<Message>) -> JoinHandle<ZmqPublisher> {
    std::thread::spawn(move || {
        publish(&mut push, &batch);
        push
    })
}

/// Says that everything received is done with, until what is being pushed is settled. Nothing else arrives meanwhile.
pub fn settled(
    sending: JoinHandle<ZmqPublisher>,
    pulls: &mut [&mut ZmqSubscriber],
) -> ZmqPublisher {
    until("what was pushed is settled", || {
        for pull in &mut *pulls {
            pull.acknowledge().unwrap();
            let received = pull.receive(Duration::ZERO).unwrap();
            assert!(matches!(received, Received::Nothing), "{received:?}");
        }
        sending.is_finished()
    });
    sending.join().unwrap()
}

/// The next `count` messages, each of which is done with as soon as no other one waits.
pub fn gather(pull: &mut ZmqSubscriber, count: usize) -> Vec<Message> {
    let mut got = Vec::new();
    until("the messages arrive", || {
        match pull.receive(Duration::from_millis(5)).unwrap() {
            Received::Message(message) => got.push(message),
            Received::Nothing => pull.acknowledge().unwrap(),
            Received::Refused(refusal) => panic!("{refusal:?}"),
        }
        got.len() == count
    });
    got
}

/// Waits until something is true.
pub fn until(what: &str, mut is_true: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_true() {
        assert!(begin.elapsed() < HANG, "never: {what}");
        std::thread::yield_now();
    }
}
