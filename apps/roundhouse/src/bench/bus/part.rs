// SPDX-License-Identifier: MIT OR Apache-2.0
//! What processes of their own do: each does one thing, and prints a number.

use std::convert::Infallible;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bus::{
    Draft, Endpoint, Fault, Message, Options, Outbox, OutboxSettings, Received, SpoolLog,
    SpoolSettings, Stamp, Subscriber, subscriber,
};
use bytes::Bytes;
use clap::Subcommand;

use super::entry;
use crate::failure::{Failure, Outcome};

/// How many messages an outbox sends at once.
const BATCH: usize = 256;
/// How many bytes it sends at once.
const BATCH_BYTES: usize = 4 << 20;
/// Longest wait for a peer.
const PATIENCE: Duration = Duration::from_mins(1);
/// So long a receiver that has all messages goes on, so that their sender gets its receipts.
const LINGER: Duration = Duration::from_millis(500);
/// Time between attempts to connect.
const RETRY: Duration = Duration::from_millis(20);
/// A document as small as one can be.
const DOCUMENT: &str = r#"{"specversion":"1.0","type":"com.roundhouse.tick.v1","source":"/hall/rate/1","id":"1-1","time":"2026-03-01T06:00:03Z","data":{}}"#;

/// What is done.
#[derive(Subcommand)]
pub enum Part {
    /// Sends so many messages with payloads of this size.
    Push {
        address: String,
        count: usize,
        payload: usize,
    },
    /// Receives so many messages; prints how many a second.
    Pull { address: String, count: usize },
    /// Sends so many messages with payloads of this size each second, as if they were live frames, until it is killed.
    Publish {
        address: String,
        rate: f64,
        payload: usize,
    },
    /// Receives until it is killed or its peer has gone; prints 1 when the first message is there.
    Subscribe { address: String },
    /// Hands documents to `bussink`, then to `fakesink`; prints how long one holds the stream up, µs.
    Documents { address: String },
    /// The same with packets of eight frames that go as JPEG into a store.
    Pictures { address: String, facility: PathBuf },
    /// Keeps so many groups of so many records of this size in a spool; prints how many records a second.
    Spool {
        folder: PathBuf,
        groups: u64,
        group: u64,
        size: usize,
    },
}

/// Does it, and prints what was measured, each number on a line.
pub fn run(part: &Part) -> Outcome {
    for number in measured(part)? {
        println!("{number}");
    }
    Ok(())
}

/// Does it; what was measured.
fn measured(part: &Part) -> Outcome<Vec<f64>> {
    match part {
        Part::Push {
            address,
            count,
            payload,
        } => push(address, *count, *payload).map(|()| Vec::new()),
        Part::Pull { address, count } => Ok(vec![pull(address, *count)?]),
        Part::Publish {
            address,
            rate,
            payload,
        } => match publish(address, *rate, *payload)? {},
        Part::Subscribe { address } => subscribe(address).map(|()| Vec::new()),
        Part::Documents { address } => Ok(entry::documents(address)?.to_vec()),
        Part::Pictures { address, facility } => Ok(entry::pictures(address, facility)?.to_vec()),
        Part::Spool {
            folder,
            groups,
            group,
            size,
        } => Ok(vec![spool(folder, *groups, *group, *size)?]),
    }
}

/// An address.
fn endpoint(address: &str) -> Outcome<Endpoint> {
    Endpoint::parse(address).map_err(|error| Failure::new(error.to_string()))
}

/// What a connection is to do: nothing is dropped.
fn patient() -> Options {
    Options {
        patience: PATIENCE,
        ..Options::default()
    }
}

/// A message with a payload of this size.
fn message(payload: usize) -> Outcome<Message> {
    let stamp = Stamp {
        sender: "rate".to_owned(),
        sequence: 1,
    };
    Message::new(DOCUMENT, vec![7; payload].into(), stamp).map_err(failure)
}

/// The sentence of an error.
fn failure(error: impl std::fmt::Display) -> Failure {
    Failure::new(error.to_string())
}

/// Sends messages, each with a payload of its own, as frames have it, and as `bussink` does: one thread offers, another one sends.
fn push(address: &str, count: usize, payload: usize) -> Outcome {
    let settings = OutboxSettings {
        endpoint: endpoint(address)?,
        options: patient(),
        queue: 2 * BATCH,
        queue_bytes: 2 * BATCH_BYTES,
        spool: None,
        image_store: None,
        sender: "rate".to_owned(),
    };
    let outbox = Outbox::start(settings, Box::new(|_| ())).map_err(failure)?;
    let draft = Draft::read(DOCUMENT).map_err(failure)?;
    let body = Bytes::from(vec![7; payload]);
    for _ in 0..count {
        let _ = outbox.wait_for_room();
        let body = Bytes::copy_from_slice(&body);
        outbox.offer_draft(&draft, body).map_err(failure)?;
    }
    if outbox.drain(PATIENCE) {
        Ok(())
    } else {
        Err(Failure::new(format!("{address}: nobody took all messages")))
    }
}

/// How many messages a second come, from the first to the last.
fn pull(address: &str, count: usize) -> Outcome<f64> {
    let mut source = subscriber(&endpoint(address)?, &patient()).map_err(failure)?;
    next(&mut *source)?;
    let begin = Instant::now();
    for _ in 1..count {
        next(&mut *source)?;
    }
    let seconds = begin.elapsed().as_secs_f64();
    source.acknowledge().map_err(failure)?;
    // A peer that has gone needs no receipt any more.
    let _ = source.receive(LINGER);
    Ok((count - 1) as f64 / seconds)
}

/// A connection, as soon as the peer is there.
fn opened<T>(open: impl Fn() -> Result<T, Fault>) -> Outcome<T> {
    let begin = Instant::now();
    loop {
        match open() {
            Ok(connection) => return Ok(connection),
            Err(fault) if begin.elapsed() > PATIENCE => return Err(failure(fault)),
            // Its process has just been started.
            Err(_) => std::thread::sleep(RETRY),
        }
    }
}

/// The next message. Before it waits for one, the peer is told that all others are done with.
fn next(source: &mut dyn Subscriber) -> Outcome<Message> {
    let mut received = source.receive(Duration::ZERO).map_err(failure)?;
    if matches!(received, Received::Nothing) {
        source.acknowledge().map_err(failure)?;
        received = source.receive(PATIENCE).map_err(failure)?;
    }
    match received {
        Received::Message(message) => Ok(message),
        Received::Refused(refusal) => Err(failure(refusal)),
        Received::Nothing => Err(Failure::new("no message came")),
    }
}

/// Offers live messages at a steady rate.
fn publish(address: &str, rate: f64, payload: usize) -> Outcome<Infallible> {
    let settings = OutboxSettings {
        endpoint: endpoint(address)?,
        options: Options {
            live: true,
            ..Options::default()
        },
        queue: BATCH,
        queue_bytes: usize::MAX,
        spool: None,
        image_store: None,
        sender: "rate".to_owned(),
    };
    let outbox = Outbox::start(settings, Box::new(|_| ())).map_err(failure)?;
    let pause = Duration::from_secs_f64(1.0 / rate);
    loop {
        outbox
            .offer(DOCUMENT, vec![7; payload].into())
            .map_err(failure)?;
        std::thread::sleep(pause);
    }
}

/// Receives, and says so once.
fn subscribe(address: &str) -> Outcome {
    let endpoint = endpoint(address)?;
    let mut source = opened(|| subscriber(&endpoint, &patient()))?;
    next(&mut *source)?;
    println!("1");
    while next(&mut *source).is_ok() {}
    Ok(())
}

/// How many records a second are on the disk, a group at a time.
fn spool(folder: &std::path::Path, groups: u64, group: u64, size: usize) -> Outcome<f64> {
    let settings = SpoolSettings {
        folder: folder.to_owned(),
        most_bytes: 1 << 40,
        min_free_bytes: 0,
        on_full: bus::OnFull::Reject,
    };
    let mut log = SpoolLog::open(settings, "rate").map_err(failure)?;
    let bare = message(0)?;
    let message = message(size.saturating_sub(bare.size()))?;
    let begin = Instant::now();
    for first in (0..groups).map(|done| done * group + 1) {
        for sequence in first..first + group {
            let kept = log.append(&message, sequence);
            kept.map_err(|reason| Failure::new(format!("{}: {reason:?}", folder.display())))?;
        }
        if let Some(sync) = log.sync() {
            sync.run().map_err(failure)?;
            log.synced(&sync);
        }
    }
    Ok((groups * group) as f64 / begin.elapsed().as_secs_f64())
}
