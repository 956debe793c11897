// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which framing an address asks for.

use bytes::Bytes;

use super::events::Events;
use super::framing::Framing;
use super::pictures::Pictures;
use crate::{Endpoint, Options, Received, SocketType, Transport};

/// The socket and the framing of an address; `None` if it is none of `ZeroMQ`.
pub fn of(endpoint: &Endpoint, options: &Options) -> Option<(SocketType, Box<dyn Framing>)> {
    match endpoint.transport {
        Transport::Zmq(socket) => Some((socket, Box::new(Events::new(socket, options)))),
        Transport::ImageZmq(socket) => Some((socket, Box::new(Pictures::new(options)))),
        _ => None,
    }
}

/// What a socket of this address makes of the parts of a message; nothing if it is no address of `ZeroMQ`.
#[must_use]
pub fn read_parts(endpoint: &Endpoint, options: &Options, parts: &[Bytes]) -> Vec<Received> {
    of(endpoint, options).map_or_else(Vec::new, |(_, framing)| framing.read(parts))
}
