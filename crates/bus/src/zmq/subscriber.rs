// SPDX-License-Identifier: MIT OR Apache-2.0
//! A `ZeroMQ` socket that receives.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::framings::of;
use super::outgoing::Outgoing;
use super::shared::{Answer, Arrival};
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
    /// The links that wait for an answer, which they get when everything handed on so far is done with.
    unanswered: Vec<(u64, Answer)>,
    /// Whether something was handed on that is not known to be done with.
    is_handed_on: bool,
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
            is_handed_on: false,
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
            self.is_handed_on |= matches!(item, Some(Received::Message(_)));
            if arrival.items.is_empty() {
                self.end_arrival();
            }
            if item.is_some() {
                return item;
            }
        }
        None
    }

    /// Takes out the first arrival, of which everything is handed on; its sender is answered now or later.
    fn end_arrival(&mut self) {
        let Some(arrival) = self.arrivals.pop_front() else {
            return;
        };
        match arrival.answer {
            Some(answer) if self.is_handed_on => self.unanswered.push((arrival.link, answer)),
            Some(answer) => self.answer(arrival.link, answer),
            None => {}
        }
    }

    /// Answers a peer, if it is still there.
    fn answer(&self, link: u64, answer: Answer) {
        let mut state = self.socket.shared.lock();
        let Some(link) = state.links.get_mut(&link) else {
            return;
        };
        match answer {
            Answer::Reply(mut envelope) => {
                envelope.push(ANSWER);
                let encoded = Encoded::message(&envelope);
                link.send(Outgoing { encoded, job: None });
            }
            Answer::Receipt(context) => link.confirm(context),
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
        self.is_handed_on = false;
        if self.unanswered.is_empty() {
            return Ok(());
        }
        for (link, answer) in std::mem::take(&mut self.unanswered) {
            self.answer(link, answer);
        }
        self.socket.shared.lock().ended.clone().map_or(Ok(()), Err)
    }
}
