// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a connection is of no use.

use std::time::Duration;

/// What to do about a peer that answers, but not encrypted.
#[cfg(any(feature = "http", feature = "kafka", feature = "s3", feature = "tls"))]
pub(crate) const NO_TLS: &str = "something that does not speak TLS answers there; check host and port, or leave out the 's' of the scheme";

/// What is the matter with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Nobody answers at this address.
    Unreachable,
    /// User or password are wrong, or may not do this.
    Denied,
    /// A virtual host, exchange, queue or topic is not there.
    Missing,
    /// The certificate of the peer is not known.
    Certificate,
    /// The peer speaks another protocol, or is a socket that does not fit.
    Protocol,
    /// No answer in time.
    Silent,
    /// The connection ended.
    Lost,
    /// Something of this machine: a folder, a file, memory.
    Local,
}

impl FaultKind {
    /// What an error of the network means, and what to do.
    #[cfg(any(feature = "amqp", feature = "mqtt"))]
    pub(crate) fn of_io(error: &std::io::Error) -> (Self, &'static str) {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof => (Self::Lost, "the connection has ended"),
            _ => (
                Self::Unreachable,
                "check host and port, and that the broker runs",
            ),
        }
    }
}

/// Why a connection is of no use. Its sentence names the address without its password and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct Fault {
    /// What is the matter.
    pub kind: FaultKind,
    sentence: String,
}

impl Fault {
    /// A fault and its sentence.
    pub fn new(kind: FaultKind, sentence: impl Into<String>) -> Self {
        Self {
            kind,
            sentence: sentence.into(),
        }
    }

    /// How long to wait at least before the next attempt: whoever asks for an account again and again gets it locked.
    #[must_use]
    pub fn patience(&self) -> Duration {
        match self.kind {
            FaultKind::Denied => Duration::from_mins(1),
            _ => Duration::ZERO,
        }
    }
}
