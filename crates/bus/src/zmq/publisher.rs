// SPDX-License-Identifier: MIT OR Apache-2.0
//! A `ZeroMQ` socket that sends.

use std::net::SocketAddr;

use super::broadcast::broadcast;
use super::distribute::distribute;
use super::framings::of;
use super::request::request;
use super::socket::Socket;
use crate::{Endpoint, Fault, Message, Options, Published, Publisher, SocketType};

/// Sends by PUB, PUSH or REQ.
pub struct ZmqPublisher {
    socket: Socket,
    turn: u64,
}

impl ZmqPublisher {
    /// Opens the socket of this address.
    ///
    /// # Errors
    /// It is no address of a sending `ZeroMQ` socket, nobody answers there, or the port is taken.
    pub fn new(endpoint: &Endpoint, options: &Options) -> Result<Self, Fault> {
        let (socket, framing) = of(endpoint, options).ok_or_else(|| endpoint.not_built())?;
        if !socket.sends() {
            return Err(endpoint.not_built());
        }
        Ok(Self {
            socket: Socket::open(endpoint, socket, framing, options)?,
            turn: 0,
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
}

impl Publisher for ZmqPublisher {
    fn publish(&mut self, batch: &[Message]) -> Published {
        let shared = &self.socket.shared;
        match shared.socket {
            SocketType::Pub => broadcast(shared, batch),
            SocketType::Push => distribute(shared, batch, &mut self.turn),
            _ => request(shared, batch, &mut self.turn),
        }
    }

    fn idle(&mut self) -> Result<(), Fault> {
        self.socket.shared.lock().ended.clone().map_or(Ok(()), Err)
    }
}
