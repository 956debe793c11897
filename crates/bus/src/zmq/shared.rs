// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the threads of a socket share: its links, what waits to be sent, what has arrived.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::framing::Framing;
use super::outgoing::Outgoing;
use super::receipt::Unconfirmed;
use super::subscriptions::Subscriptions;
use crate::refusal::fits;
use crate::zmtp::{Command, Encoded, Limits};
use crate::{Fault, Message, Options, Received, Refusal, SocketType};

/// A request holds at most so many bytes, or one message.
pub const REQUEST_BYTES: usize = 1 << 20;
/// What a message may have beside document and payload: topic, envelope, header.
const OVERHEAD: usize = 64 << 10;
/// How many answers to pings may wait; more of them say nothing new.
const MOST_CONTROL: usize = 16;

/// A socket as its threads see it.
pub struct Shared {
    /// The address, for sentences.
    pub address: String,
    /// The type of the socket.
    pub socket: SocketType,
    /// Whether others connect to us: then no link is the only one.
    pub binds: bool,
    /// How messages look.
    pub framing: Box<dyn Framing>,
    /// What is asked of it.
    pub options: Options,
    state: Mutex<State>,
    /// Something happened that who uses the socket may wait for.
    pub changed: Condvar,
    /// There is room in the inbox.
    pub room: Condvar,
}

/// What changes.
#[derive(Default)]
pub struct State {
    /// The links by number, in the order in which they came to be.
    pub links: BTreeMap<u64, Link>,
    /// How many peers have not said yet what they are.
    pub greeting: usize,
    /// What has arrived.
    pub inbox: VecDeque<Arrival>,
    /// What a link that was lost had not written yet.
    pub returned: Vec<Outgoing>,
    /// What waited at a link that was lost while its writer was writing. It is returned behind what the writer could not write.
    pub stranded: BTreeMap<u64, VecDeque<Outgoing>>,
    /// Which messages of the batch are still to be written or, where the peer can do that, confirmed.
    pub unsettled: BTreeSet<usize>,
    /// How many messages were dropped since the last report.
    pub dropped: u64,
    /// Why the socket is of no use any more.
    pub ended: Option<Fault>,
    /// Whether the socket is being closed.
    pub is_closing: bool,
    last_link: u64,
}

/// One peer.
pub struct Link {
    /// Its connection.
    pub stream: Arc<TcpStream>,
    /// Commands for it, which go before messages.
    pub control: VecDeque<Encoded>,
    /// The newest receipt for it.
    pub receipt: Option<Encoded>,
    /// Messages for it.
    pub outbox: VecDeque<Outgoing>,
    /// What it has not confirmed yet, if it can do that.
    pub unconfirmed: Option<Unconfirmed>,
    /// Whether something is being written.
    pub is_writing: bool,
    /// What it wants, if it subscribes.
    pub wanted: Subscriptions,
    /// Wakes its writer.
    pub wake: Arc<Condvar>,
}

/// What a peer waits for.
#[derive(Debug)]
pub enum Answer {
    /// The answer to a request, with the way back.
    Reply(Vec<Bytes>),
    /// The receipt that it asked for by a ping with this context.
    Receipt(Bytes),
}

/// What one message of a peer turned out to be.
#[derive(Debug)]
pub struct Arrival {
    /// The link that it came by.
    pub link: u64,
    /// What its sender is answered when it and all before it is done with.
    pub answer: Option<Answer>,
    /// What it holds.
    pub items: VecDeque<Received>,
}

impl Shared {
    /// A socket without links.
    pub fn new(
        address: String,
        socket: SocketType,
        binds: bool,
        framing: Box<dyn Framing>,
        options: &Options,
    ) -> Self {
        Self {
            address,
            socket,
            binds,
            framing,
            options: options.clone(),
            state: Mutex::default(),
            changed: Condvar::new(),
            room: Condvar::new(),
        }
    }

    /// The state, which nobody else changes meanwhile.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The limits of what peers send.
    pub fn limits(&self) -> Limits {
        let (bytes, parts) = match self.socket {
            // Subscriptions and answers.
            SocketType::Pub | SocketType::Push | SocketType::Req => (OVERHEAD, 16),
            SocketType::Sub | SocketType::Pull => {
                let bytes = self.options.largest.saturating_add(OVERHEAD);
                (bytes, self.framing.most_parts())
            }
            SocketType::Rep => {
                let several = self.framing.most_in_request() > 1;
                let least = if several { REQUEST_BYTES } else { 0 };
                let bytes = self.options.largest.max(least).saturating_add(OVERHEAD);
                (bytes, self.framing.most_parts())
            }
        };
        Limits { bytes, parts }
    }

    /// The parts of a message that may be sent.
    pub fn parts(&self, message: &Message) -> Result<Vec<Bytes>, Refusal> {
        fits(message.size(), self.options.largest)?;
        self.framing.parts(message)
    }

    /// Takes what was lost with a link out of it. `fault` is that of the socket if this was its only link.
    pub fn lose(&self, id: u64, fault: Fault) {
        let mut state = self.lock();
        if let Some(link) = state.links.remove(&id) {
            let _ = link.stream.shutdown(Shutdown::Both);
            link.wake.notify_all();
            if let Some(unconfirmed) = link.unconfirmed {
                let messages = unconfirmed.into_messages().chain(link.outbox);
                self.take_back(&mut state, messages);
            } else if link.is_writing {
                state.stranded.insert(id, link.outbox);
            } else {
                self.take_back(&mut state, link.outbox);
            }
            if !self.binds && state.ended.is_none() {
                state.ended = Some(fault);
            }
        }
        drop(state);
        self.changed.notify_all();
        self.room.notify_all();
    }

    /// What is done with messages that a lost link has not delivered: pushed ones go to another peer, published ones are dropped.
    pub fn take_back(&self, state: &mut State, messages: impl IntoIterator<Item = Outgoing>) {
        match self.socket {
            SocketType::Push => state.returned.extend(messages),
            SocketType::Pub => state.dropped += messages.into_iter().count() as u64,
            _ => {}
        }
    }

    /// Waits for a change, at the latest until `deadline`; `false` when that has passed.
    pub fn wait<'a>(
        &self,
        state: MutexGuard<'a, State>,
        deadline: Option<Instant>,
    ) -> (MutexGuard<'a, State>, bool) {
        wait(&self.changed, state, deadline)
    }
}

/// Waits at `condition`, at the latest until `deadline`; `false` when that has passed.
pub fn wait<'a>(
    condition: &Condvar,
    state: MutexGuard<'a, State>,
    deadline: Option<Instant>,
) -> (MutexGuard<'a, State>, bool) {
    let Some(deadline) = deadline else {
        let state = condition.wait(state);
        return (state.unwrap_or_else(PoisonError::into_inner), true);
    };
    let left = deadline.saturating_duration_since(Instant::now());
    if left == Duration::ZERO {
        return (state, false);
    }
    let waited = condition.wait_timeout(state, left);
    (waited.unwrap_or_else(PoisonError::into_inner).0, true)
}

impl State {
    /// Adds a link and returns its number.
    pub fn add(
        &mut self,
        stream: Arc<TcpStream>,
        control: VecDeque<Encoded>,
        unconfirmed: Option<Unconfirmed>,
    ) -> (u64, Arc<Condvar>) {
        self.last_link += 1;
        let wake = Arc::new(Condvar::new());
        let link = Link {
            stream,
            control,
            receipt: None,
            outbox: VecDeque::new(),
            unconfirmed,
            is_writing: false,
            wanted: Subscriptions::default(),
            wake: wake.clone(),
        };
        self.links.insert(self.last_link, link);
        (self.last_link, wake)
    }

    /// Whether everything that was to be sent is written.
    pub fn is_drained(&self) -> bool {
        let mut links = self.links.values();
        links.all(|link| link.outbox.is_empty() && link.receipt.is_none() && !link.is_writing)
    }
}

impl Link {
    /// Sends a message.
    pub fn send(&mut self, outgoing: Outgoing) {
        self.outbox.push_back(outgoing);
        self.wake.notify_one();
    }

    /// Sends a receipt; one that still waits is out of date.
    pub fn confirm(&mut self, context: Bytes) {
        self.receipt = Some(Encoded::command(&Command::Pong(context)));
        self.wake.notify_one();
    }

    /// Sends a command, unless many wait already.
    pub fn command(&mut self, command: Encoded) {
        if self.control.len() < MOST_CONTROL {
            self.control.push_back(command);
            self.wake.notify_one();
        }
    }
}
