// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a peer on `ZeroMQ` sends.

use std::io::{self, sink};
use std::sync::LazyLock;

use bus::zmq::read_parts;
use bus::zmtp::{Arrived, Limits, Reader, shake_hands};
use bus::{Endpoint, Options, SocketType};
use bytes::Bytes;

/// Limits that small inputs exceed.
const LIMITS: Limits = Limits {
    bytes: 4096,
    parts: 8,
};

/// The sockets that messages are given to: of ours, and of imagezmq.
static RECEIVERS: LazyLock<Vec<Endpoint>> = LazyLock::new(|| {
    [
        "zmq+sub://host:1",
        "zmq+rep://host:1",
        "imagezmq+rep://host:1",
    ]
    .iter()
    .filter_map(|address| Endpoint::parse(address).ok())
    .collect()
});

/// An input that comes in pieces of one byte.
struct Slow<'a>(&'a [u8]);

impl io::Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = buffer.len().min(1);
        self.0.read(&mut buffer[..size])
    }
}

/// Everything that a peer sends, from its greeting on. However it is cut, it means the same, and the limits hold.
///
/// # Panics
/// If they do not.
pub fn peer(data: &[u8]) {
    let whole = conversation(data);
    assert_eq!(conversation(Slow(data)), whole, "cut in other places");
    for arrived in whole {
        let Arrived::Message(parts) = arrived else {
            continue;
        };
        let bytes: usize = parts.iter().map(Bytes::len).sum();
        assert!(parts.len() <= LIMITS.parts && bytes <= LIMITS.bytes);
        for receiver in RECEIVERS.iter() {
            drop(format!(
                "{:?}",
                read_parts(receiver, &Options::default(), &parts)
            ));
        }
    }
}

/// What a peer that sends these bytes says after the handshake.
fn conversation(input: impl io::Read) -> Vec<Arrived> {
    let mut reader = Reader::new(input, LIMITS);
    match shake_hands(&mut reader, &mut sink(), SocketType::Rep) {
        Ok(_) => std::iter::from_fn(|| reader.read().ok()).collect(),
        Err(error) => {
            drop(error.to_string());
            Vec::new()
        }
    }
}
