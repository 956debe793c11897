// SPDX-License-Identifier: MIT OR Apache-2.0
//! The thread that reads from one peer.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::net::TcpStream;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::pulse::Pulse;
use super::receipt::asks_for_receipt;
use super::shared::{Answer, Arrival, Shared};
use crate::zmtp::{Arrived, Command, Encoded, Excess, ReadError, Reader};
use crate::{Fault, FaultKind, Received, Refusal, RefusalReason, SocketType};

/// So many messages are handed over at once.
const BATCH: usize = 64;

/// The bytes that a peer sends.
pub struct Input {
    stream: Arc<TcpStream>,
    /// Until when they must have come.
    deadline: Option<Instant>,
    pulse: Arc<Pulse>,
}

impl Input {
    /// Of a peer that must have introduced itself by `deadline`.
    pub fn new(stream: Arc<TcpStream>, deadline: Instant, pulse: Arc<Pulse>) -> Self {
        Self {
            stream,
            deadline: Some(deadline),
            pulse,
        }
    }

    /// The peer has introduced itself.
    pub fn forget_deadline(&mut self) {
        self.deadline = None;
    }

    /// Whether there is still a writer, who sends pings.
    fn is_asked(&self) -> bool {
        Arc::strong_count(&self.pulse) > 1
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(deadline) = self.deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.stream.set_read_timeout(Some(left))?;
            return (&*self.stream).read(buffer);
        }
        loop {
            let read = (&*self.stream).read(buffer);
            match &read {
                Ok(_) => self.pulse.hear(),
                Err(error)
                    if error.kind() == io::ErrorKind::WouldBlock
                        && self.is_asked()
                        && !self.pulse.is_asked_enough() =>
                {
                    continue;
                }
                Err(_) => {}
            }
            return read;
        }
    }
}

/// Reads from the link `id` until it ends.
pub fn read(shared: &Shared, id: u64, mut reader: Reader<Input>) {
    let mut batch = Vec::new();
    let fault = loop {
        let taken = match reader.read() {
            Ok(arrived) => take(shared, id, arrived, &mut batch),
            Err(error) => Err(fault(shared, &error)),
        };
        if (taken.is_err() || !reader.has_more() || batch.len() >= BATCH)
            && !deliver(shared, id, &mut batch)
        {
            return;
        }
        if let Err(fault) = taken {
            break fault;
        }
    };
    shared.lose(id, fault);
}

/// Hands over what has arrived, and waits for room; `false` if the link is lost meanwhile.
fn deliver(shared: &Shared, id: u64, batch: &mut Vec<Arrival>) -> bool {
    if batch.is_empty() {
        return true;
    }
    let mut state = shared.lock();
    for arrival in batch.drain(..) {
        while state.inbox.len() >= shared.options.queue.max(1) {
            if state.is_closing {
                return false;
            }
            shared.changed.notify_all();
            state = shared
                .room
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.inbox.push_back(arrival);
    }
    let is_linked = state.links.contains_key(&id);
    drop(state);
    shared.changed.notify_all();
    is_linked
}

/// Does what a message or command asks for; puts into `batch` what is to be handed over.
fn take(shared: &Shared, id: u64, arrived: Arrived, batch: &mut Vec<Arrival>) -> Result<(), Fault> {
    match arrived {
        Arrived::Command(Command::Ping(context)) => {
            if shared.socket == SocketType::Pull && asks_for_receipt(&context) {
                batch.push(Arrival {
                    link: id,
                    answer: Some(Answer::Receipt(context)),
                    items: VecDeque::new(),
                });
            } else if let Some(link) = shared.lock().links.get_mut(&id) {
                link.command(Encoded::command(&Command::Pong(context)));
            }
            Ok(())
        }
        Arrived::Command(Command::Pong(context)) => {
            confirm(shared, id, &context);
            Ok(())
        }
        Arrived::Command(Command::Subscribe(topic)) => subscribe(shared, id, topic),
        Arrived::Command(Command::Cancel(topic)) => {
            cancel(shared, id, &topic);
            Ok(())
        }
        Arrived::Command(Command::Error(reason)) => Err(broken(shared, &reason)),
        Arrived::Command(_) => Ok(()),
        Arrived::Message(parts) => match shared.socket {
            SocketType::Pub => old_subscription(shared, id, &parts),
            SocketType::Push => Ok(()),
            _ => {
                let items = |parts: &[Bytes]| shared.framing.read(parts);
                batch.push(arrival(shared.socket, id, parts, items));
                Ok(())
            }
        },
        Arrived::Excess(excess) => {
            let (refusal, parts) = refusal(shared, excess);
            if !matches!(shared.socket, SocketType::Pub | SocketType::Push) {
                let items = |_: &[Bytes]| vec![Received::Refused(refusal)];
                batch.push(arrival(shared.socket, id, parts, items));
            }
            Ok(())
        }
    }
}

/// Takes a receipt of the peer.
fn confirm(shared: &Shared, id: u64, context: &Bytes) {
    let mut guard = shared.lock();
    let state = &mut *guard;
    let link = state.links.get_mut(&id);
    let Some((link, unconfirmed)) =
        link.and_then(|link| Some((&link.wake, link.unconfirmed.as_mut()?)))
    else {
        return;
    };
    unconfirmed.confirm(context, &mut state.unsettled);
    if unconfirmed.is_to_ask() {
        link.notify_one();
    }
    drop(guard);
    shared.changed.notify_all();
}

/// What arrived with these parts. Before the messages of a request stands the way back, which ends with an empty part.
fn arrival(
    socket: SocketType,
    link: u64,
    mut parts: Vec<Bytes>,
    items: impl FnOnce(&[Bytes]) -> Vec<Received>,
) -> Arrival {
    let end = match socket {
        SocketType::Rep | SocketType::Req => parts.iter().position(Bytes::is_empty),
        _ => None,
    };
    let messages = end.map_or(0, |end| end + 1);
    let items = match socket {
        // That there is an answer says all.
        SocketType::Req => Vec::new(),
        SocketType::Rep if end.is_none() => vec![Received::Refused(Refusal::new(
            RefusalReason::WrongParts,
            "a request without the empty part that ends the way back",
        ))],
        _ => items(&parts[messages..]),
    };
    parts.truncate(messages);
    Arrival {
        link,
        answer: end.map(|_| Answer::Reply(parts)),
        items: items.into(),
    }
}

/// Why a message beyond the limits is refused, and its first parts.
fn refusal(shared: &Shared, excess: Excess) -> (Refusal, Vec<Bytes>) {
    let limits = shared.limits();
    match excess {
        Excess::Bytes(parts) => {
            let sentence = format!("a message of more than {} bytes", limits.bytes);
            (Refusal::new(RefusalReason::TooLarge, sentence), parts)
        }
        Excess::Parts(parts) => {
            let sentence = format!("a message of more than {} parts", limits.parts);
            (Refusal::new(RefusalReason::WrongParts, sentence), parts)
        }
    }
}

/// Notes what a subscriber wants.
fn subscribe(shared: &Shared, id: u64, topic: Bytes) -> Result<(), Fault> {
    let mut state = shared.lock();
    let link = state.links.get_mut(&id);
    if link.is_none_or(|link| link.wanted.add(topic)) {
        return Ok(());
    }
    drop(state);
    Err(broken(shared, "the peer has too many subscriptions"))
}

/// Notes what a subscriber does not want any more.
fn cancel(shared: &Shared, id: u64, topic: &Bytes) {
    if let Some(link) = shared.lock().links.get_mut(&id) {
        link.wanted.remove(topic);
    }
}

/// A subscription as a message, as peers of version 3.0 send it.
fn old_subscription(shared: &Shared, id: u64, parts: &[Bytes]) -> Result<(), Fault> {
    let [part] = parts else {
        return Ok(());
    };
    match part.first() {
        Some(1) => subscribe(shared, id, part.slice(1..)),
        Some(0) => {
            cancel(shared, id, &part.slice(1..));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A peer that does not keep to the protocol.
fn broken(shared: &Shared, reason: &str) -> Fault {
    Fault::new(FaultKind::Protocol, format!("{}: {reason}", shared.address))
}

/// What an error of reading says about the peer.
fn fault(shared: &Shared, error: &ReadError) -> Fault {
    let address = &shared.address;
    match error {
        ReadError::Io(error) => match error.kind() {
            io::ErrorKind::UnexpectedEof => Fault::new(
                FaultKind::Lost,
                format!("{address}: the peer closed the connection"),
            ),
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Fault::new(
                FaultKind::Silent,
                format!(
                    "{address}: nothing was heard of the peer for {} s; look whether it and the network still work",
                    shared.options.patience.as_secs_f64()
                ),
            ),
            _ => Fault::new(
                FaultKind::Lost,
                format!("{address}: the connection ended: {error}"),
            ),
        },
        error => broken(shared, &error.to_string()),
    }
}
