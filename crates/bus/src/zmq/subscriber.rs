// SPDX-License-Identifier: MIT OR Apache-2.0
//! A `ZeroMQ` socket that receives.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::framings::of;
use super::shared::{Arrival, Outgoing};
use super::socket::Socket;
use crate::zmtp::Encoded;
use crate::{Endpoint, Fault, Options, Received, Subscriber};

/// What a request is answered; whoever sent it only looks whether there is an answer.
const ANSWER: Bytes = Bytes::from_static(b"OK");

/// Receives by SUB, PULL or REP.
pub struct ZmqSubscriber {
    socket: Socket,
    /// What has arrived and is not handed on.
    arrivals: VecDeque<Arrival>,
    /// Requests of which everything is handed on, and which are to be answered when that is done with.
    unanswered: Vec<(u64, Vec<Bytes>)>,
    /// Whether something of the request that is being handed on must be done with before it is answered.
    holds_message: bool,
}

impl ZmqSubscriber {
    /// Opens the socket of this address.
    ///
    /// # Errors
    /// It is no address of a receiving `ZeroMQ` socket, nobody answers there, or the port is taken.
    pub fn new(endpoint: &Endpoint, options: &Options) -> Result<Self, Fault> {
        let (socket, framing) = of(endpoint, options).ok_or_else(|| endpoint.not_built())?;
        if socket.sends() {
            return Err(endpoint.not_built());
        }
        Ok(Self {
            socket: Socket::open(endpoint, socket, framing, options)?,
            arrivals: VecDeque::new(),
            unanswered: Vec::new(),
            holds_message: false,
        })
    }

    /// Where it listens, if others connect to it.
    #[must_use]
    pub fn bound(&self) -> Option<SocketAddr> {
        self.socket.bound()
    }

    /// How many peers are there.
    #[must_use]
    pub fn peers(&self) -> usize {
        self.socket.shared.lock().links.len()
    }

    /// The next item that is here already.
    fn next(&mut self) -> Option<Received> {
        while let Some(arrival) = self.arrivals.front_mut() {
            let item = arrival.items.pop_front();
            self.holds_message |= matches!(item, Some(Received::Message(_)));
            if arrival.items.is_empty() {
                self.handed_on();
            }
            if item.is_some() {
                return item;
            }
        }
        None
    }

    /// Notes that everything of the first arrival is handed on.
    fn handed_on(&mut self) {
        let holds_message = std::mem::take(&mut self.holds_message);
        let Some(arrival) = self.arrivals.pop_front() else {
            return;
        };
        let Some(envelope) = arrival.envelope else {
            return;
        };
        if holds_message {
            self.unanswered.push((arrival.link, envelope));
        } else {
            self.answer(arrival.link, envelope);
        }
    }

    /// Answers a request, if its sender is still there.
    fn answer(&self, link: u64, mut envelope: Vec<Bytes>) {
        envelope.push(ANSWER);
        let encoded = Encoded::message(&envelope);
        if let Some(link) = self.socket.shared.lock().links.get_mut(&link) {
            link.send(Outgoing { encoded, job: None });
        }
    }
}

impl Subscriber for ZmqSubscriber {
    fn receive(&mut self, wait: Duration) -> Result<Received, Fault> {
        let deadline = Instant::now() + wait;
        loop {
            if let Some(item) = self.next() {
                return Ok(item);
            }
            let shared = &self.socket.shared;
            let mut state = shared.lock();
            let mut is_in_time = true;
            while is_in_time && state.inbox.is_empty() {
                if let Some(fault) = &state.ended {
                    return Err(fault.clone());
                }
                (state, is_in_time) = shared.wait(state, Some(deadline));
            }
            if state.inbox.is_empty() {
                return Ok(Received::Nothing);
            }
            std::mem::swap(&mut self.arrivals, &mut state.inbox);
            shared.room.notify_all();
        }
    }

    fn acknowledge(&mut self) -> Result<(), Fault> {
        if self.unanswered.is_empty() {
            return Ok(());
        }
        for (link, envelope) in std::mem::take(&mut self.unanswered) {
            self.answer(link, envelope);
        }
        self.socket.shared.lock().ended.clone().map_or(Ok(()), Err)
    }
}
