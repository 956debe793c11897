// SPDX-License-Identifier: MIT OR Apache-2.0
//! ZMTP 3.1, the protocol of ZeroMQ, over any stream of bytes: the greeting, the handshake without security (NULL), frames, commands.
//!
//! Nothing that a peer says is believed: sizes and counts are checked before anything is allocated, and what is too large is read
//! past, so that the next message can be taken. Peers that speak 3.0 are spoken to as 3.0 asks.
//!
//! The protocol: <https://rfc.zeromq.org/spec/37/>; what it calls a traffic of commands and messages is here [`Arrived`].

mod command;
mod frame;
mod greeting;
mod handshake;

pub use command::Command;
pub use frame::{Arrived, Encoded, Excess, Limits, ReadError, Reader};
pub use greeting::{GREETING_SIZE, Greeting, GreetingError};
pub use handshake::{HandshakeError, Peer, refuse, shake_hands};
