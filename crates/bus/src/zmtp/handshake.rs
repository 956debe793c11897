// SPDX-License-Identifier: MIT OR Apache-2.0
//! How two peers come to speak: each greets, then says the type of its socket.

use std::io::{self, Read, Write};

use super::command::Command;
use super::frame::{Arrived, Encoded, ReadError, Reader};
use super::greeting::{GREETING_SIZE, Greeting, GreetingError, VERSION_SIZE};
use crate::SocketType;

/// Whom we speak with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Whether it knows pings, and subscriptions as commands: version 3.1.
    pub is_modern: bool,
}

/// Why we do not come to speak.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// Its greeting is of no use.
    #[error("{0}")]
    Greeting(#[from] GreetingError),
    /// The stream ended or failed, or what came is no frame.
    #[error("{0}")]
    Read(#[from] ReadError),
    /// A message or another command before its time.
    #[error("the peer began to speak before it had said what it is")]
    OutOfTurn,
    /// It refuses us.
    #[error("the peer refuses: {0}")]
    Refused(String),
    /// Its socket does not fit ours.
    #[error("the peer is a {theirs} socket, and a {} needs {}", name(*.ours), fitting(*.ours).join(" or "))]
    Unfitting {
        /// The type of our socket.
        ours: SocketType,
        /// The type of its socket.
        theirs: String,
    },
}

impl From<io::Error> for HandshakeError {
    fn from(error: io::Error) -> Self {
        Self::Read(ReadError::Io(error))
    }
}

/// The name of a socket type in the protocol.
const fn name(socket: SocketType) -> &'static str {
    match socket {
        SocketType::Pub => "PUB",
        SocketType::Sub => "SUB",
        SocketType::Push => "PUSH",
        SocketType::Pull => "PULL",
        SocketType::Req => "REQ",
        SocketType::Rep => "REP",
    }
}

/// Which sockets a socket of this type speaks with.
const fn fitting(socket: SocketType) -> &'static [&'static str] {
    match socket {
        SocketType::Pub => &["SUB", "XSUB"],
        SocketType::Sub => &["PUB", "XPUB"],
        SocketType::Push => &["PULL"],
        SocketType::Pull => &["PUSH"],
        SocketType::Req => &["REP", "ROUTER"],
        SocketType::Rep => &["REQ", "DEALER"],
    }
}

/// Greets the peer of `reader` and takes its greeting. `output` is the other direction of the same stream.
///
/// # Errors
/// The peer is none, or none that fits.
pub fn shake_hands<R: Read>(
    reader: &mut Reader<R>,
    output: &mut impl Write,
    socket: SocketType,
) -> Result<Peer, HandshakeError> {
    output.write_all(&Greeting::ours())?;
    let mut greeting = [0; GREETING_SIZE];
    let (begin, rest) = greeting.split_at_mut(VERSION_SIZE);
    reader.read_exact(begin)?;
    let mut version = [0; VERSION_SIZE];
    version.copy_from_slice(begin);
    Greeting::check_version(version)?;
    reader.read_exact(rest)?;
    let greeting = Greeting::read(&greeting)?;
    let ready = Command::Ready {
        socket_type: name(socket).to_owned(),
    };
    output.write_all(&Encoded::command(&ready).pieces().concat())?;
    match reader.read()? {
        Arrived::Command(Command::Ready { socket_type })
            if fitting(socket).contains(&socket_type.as_str()) =>
        {
            Ok(Peer {
                is_modern: greeting.minor > 0,
            })
        }
        Arrived::Command(Command::Ready { socket_type }) => Err(HandshakeError::Unfitting {
            ours: socket,
            theirs: socket_type,
        }),
        Arrived::Command(Command::Error(reason)) => Err(HandshakeError::Refused(reason)),
        _ => Err(HandshakeError::OutOfTurn),
    }
}

/// Says to a peer why it is refused; whether it hears it is its own affair.
pub fn refuse(output: &mut impl Write, error: &HandshakeError) {
    let command = Command::Error(error.to_string());
    let _ = output.write_all(&Encoded::command(&command).pieces().concat());
}
