// SPDX-License-Identifier: MIT OR Apache-2.0
//! How many messages a second go through a `ZeroMQ` socket.
//!
//! ```text
//! zmq-rate zmq+pull://127.0.0.1:5600?bind=1 COUNT
//! zmq-rate zmq+push://127.0.0.1:5600?connect=1 COUNT PAYLOAD
//! ```
//!
//! Who receives prints the rate, from the first message to the last. `tests/peers/pyzmq_rate.py` does the same on pyzmq, and either
//! can be the other's peer.

use std::error::Error;
use std::time::{Duration, Instant};

use bytes::Bytes;
use roundhouse_bus::{
    Endpoint, Message, Options, Publisher, Received, Stamp, Subscriber, publisher, subscriber,
};

/// How many messages are published at once.
const BATCH: usize = 256;
/// Longest wait for a peer.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let options = Options {
        patience: PATIENCE,
        ..Options::default()
    };
    match &arguments[..] {
        [address, count] => {
            let source = subscriber(&Endpoint::parse(address)?, &options)?;
            receive(source, count.parse()?)
        }
        [address, count, payload] => {
            let sink = publisher(&Endpoint::parse(address)?, &options)?;
            send(sink, count.parse()?, payload.parse()?)
        }
        _ => Err("usage: zmq-rate ADDRESS COUNT [PAYLOAD]".into()),
    }
}

/// Sends `count` messages with payloads of this size.
fn send(mut sink: Box<dyn Publisher>, count: usize, payload: usize) -> Result<(), Box<dyn Error>> {
    let document = r#"{"specversion":"1.0","type":"com.roundhouse.tick.v1","source":"/hall/rate/1","id":"1-1","time":"2026-03-01T06:00:03Z","data":{}}"#;
    let stamp = Stamp {
        sender: "rate".to_owned(),
        sequence: 1,
    };
    let message = Message::new(document, vec![7; payload].into(), stamp)?;
    let mut left = count;
    while left > 0 {
        let batch: Vec<Message> = (0..left.min(BATCH))
            .map(|_| Message {
                payload: Bytes::copy_from_slice(&message.payload),
                ..message.clone()
            })
            .collect();
        let published = sink.publish(&batch);
        if let Some(fault) = published.fault {
            return Err(fault.into());
        }
        left -= published.settled;
    }
    Ok(())
}

/// Receives `count` messages and prints how fast they came.
fn receive(mut source: Box<dyn Subscriber>, count: usize) -> Result<(), Box<dyn Error>> {
    let mut begin = None;
    let mut bytes = 0;
    let mut received = 0;
    let mut wait = PATIENCE;
    while received < count {
        match source.receive(wait)? {
            Received::Message(message) => {
                bytes += message.size();
                received += 1;
                begin.get_or_insert_with(Instant::now);
                wait = Duration::ZERO;
            }
            Received::Nothing if wait.is_zero() => {
                source.acknowledge()?;
                wait = PATIENCE;
            }
            other => return Err(format!("{other:?} instead of a message").into()),
        }
    }
    source.acknowledge()?;
    let seconds = begin.map_or(0.0, |begin| begin.elapsed().as_secs_f64());
    println!(
        "{:.0} messages a second, {:.0} MB a second",
        (count - 1) as f64 / seconds,
        bytes as f64 / seconds * 1e-6
    );
    Ok(())
}
