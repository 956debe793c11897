// SPDX-License-Identifier: MIT OR Apache-2.0
//! Commands: what peers say beside their messages.

use bytes::Bytes;

/// What a peer commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The end of the handshake: the type of the peer's socket.
    Ready {
        /// Such as `PUB`.
        socket_type: String,
    },
    /// The peer refuses us, and why.
    Error(String),
    /// The peer wants what begins with this.
    Subscribe(Bytes),
    /// The peer does not want any more what begins with this.
    Cancel(Bytes),
    /// The peer asks whether we are there; the answer repeats its context.
    Ping(Bytes),
    /// The peer is there; the context of the ping that it answers.
    Pong(Bytes),
    /// Something of a later version.
    Unknown,
}

/// A command that is cut off or contradicts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the peer sent a broken command")]
pub struct Broken;

/// Longest context of a ping, as the protocol has it.
const CONTEXT: usize = 16;

impl Command {
    /// Reads the body of a command frame.
    pub(super) fn read(body: &Bytes) -> Result<Self, Broken> {
        let (&length, rest) = body.split_first().ok_or(Broken)?;
        let name = rest.get(..usize::from(length)).ok_or(Broken)?;
        let data = body.slice(1 + usize::from(length)..);
        Ok(match name {
            b"READY" => Self::Ready {
                socket_type: socket_type(&data)?,
            },
            b"ERROR" => {
                let (&length, rest) = data.split_first().ok_or(Broken)?;
                let reason = rest.get(..usize::from(length)).ok_or(Broken)?;
                Self::Error(String::from_utf8_lossy(reason).escape_debug().to_string())
            }
            b"SUBSCRIBE" => Self::Subscribe(data),
            b"CANCEL" => Self::Cancel(data),
            // Two bytes say how long the peer would wait for the next ping.
            b"PING" if (2..=2 + CONTEXT).contains(&data.len()) => Self::Ping(data.slice(2..)),
            b"PING" => return Err(Broken),
            b"PONG" => Self::Pong(data),
            _ => Self::Unknown,
        })
    }

    /// Writes the body of a command frame.
    pub(super) fn body(&self) -> Vec<u8> {
        let (name, data): (&str, Vec<u8>) = match self {
            Self::Ready { socket_type } => ("READY", property("Socket-Type", socket_type)),
            Self::Error(reason) => {
                let reason = &reason.as_bytes()[..reason.len().min(255)];
                ("ERROR", [&[reason.len() as u8], reason].concat())
            }
            Self::Subscribe(topic) => ("SUBSCRIBE", topic.to_vec()),
            Self::Cancel(topic) => ("CANCEL", topic.to_vec()),
            Self::Ping(context) => ("PING", [&[0, 0], &context[..]].concat()),
            Self::Pong(context) => ("PONG", context.to_vec()),
            Self::Unknown => ("PONG", Vec::new()),
        };
        [&[name.len() as u8], name.as_bytes(), &data].concat()
    }
}

/// One property of a socket.
fn property(name: &str, value: &str) -> Vec<u8> {
    let mut bytes = vec![name.len() as u8];
    bytes.extend(name.as_bytes());
    bytes.extend((value.len() as u32).to_be_bytes());
    bytes.extend(value.as_bytes());
    bytes
}

/// The type of a socket among its properties; empty if it is not there.
fn socket_type(mut data: &[u8]) -> Result<String, Broken> {
    let mut found = String::new();
    while let Some((&length, rest)) = data.split_first() {
        let (name, rest) = rest.split_at_checked(usize::from(length)).ok_or(Broken)?;
        let (size, rest) = rest.split_first_chunk().ok_or(Broken)?;
        let size = usize::try_from(u32::from_be_bytes(*size)).map_err(|_| Broken)?;
        let (value, rest) = rest.split_at_checked(size).ok_or(Broken)?;
        if name.eq_ignore_ascii_case(b"Socket-Type") {
            found = String::from_utf8_lossy(value).escape_debug().to_string();
        }
        data = rest;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for command in [
            Command::Ready {
                socket_type: "PUSH".to_owned(),
            },
            Command::Error("no such socket".to_owned()),
            Command::Subscribe(Bytes::from_static(b"depot.")),
            Command::Cancel(Bytes::new()),
            Command::Ping(Bytes::from_static(b"who")),
            Command::Pong(Bytes::from_static(b"who")),
        ] {
            assert_eq!(Command::read(&command.body().into()), Ok(command));
        }
    }

    #[test]
    fn the_ready_of_pyzmq_is_read() {
        let body = b"\x05READY\x0bSocket-Type\0\0\0\x03REQ\x08Identity\0\0\0\0";
        let ready = Command::read(&Bytes::from_static(body));
        let socket_type = "REQ".to_owned();
        assert_eq!(ready, Ok(Command::Ready { socket_type }));
    }

    #[test]
    fn what_is_cut_off_is_broken() {
        let whole = b"\x05READY\x0bSocket-Type\0\0\0\x03REQ";
        for end in (0..whole.len()).filter(|end| *end != 6) {
            let cut = Bytes::copy_from_slice(&whole[..end]);
            assert_eq!(Command::read(&cut), Err(Broken), "{end}");
        }
    }
}
