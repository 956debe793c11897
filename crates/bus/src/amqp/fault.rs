// SPDX-License-Identifier: MIT OR Apache-2.0
//! What went wrong with a broker, in words for people.

use lapin::{Error, ErrorKind};

use crate::{Endpoint, Fault, FaultKind};

/// Replies of the broker, by their codes in AMQP 0-9-1.
const ACCESS_REFUSED: u16 = 403;
const NOT_FOUND: u16 = 404;
const PRECONDITION_FAILED: u16 = 406;
const NOT_ALLOWED: u16 = 530;

/// The fault behind an error of the client while `doing` something.
pub fn of_error(endpoint: &Endpoint, doing: &str, error: &Error) -> Fault {
    let (kind, remedy) = match error.kind() {
        ErrorKind::ProtocolError(reply) => of_reply(reply.get_id(), reply.get_message().as_str()),
        ErrorKind::IOError(error) => of_io(error),
        ErrorKind::ParsingError(_) | ErrorKind::InvalidProtocolVersion(_) => (
            FaultKind::Protocol,
            "something that is not AMQP 0-9-1 answers there; check host and port",
        ),
        ErrorKind::MissingHeartbeatError => (
            FaultKind::Silent,
            "the broker gives no sign of life; check the network",
        ),
        ErrorKind::InvalidChannelState(..) | ErrorKind::InvalidConnectionState(_) => {
            (FaultKind::Lost, "the connection has ended")
        }
        _ => (FaultKind::Local, "the client gave up"),
    };
    Fault::new(kind, format!("{endpoint}: {doing}: {error}; {remedy}"))
}

/// What an error of the network means, or of the encryption on it.
fn of_io(error: &std::io::Error) -> (FaultKind, &'static str) {
    #[cfg(feature = "tls")]
    if let Some(found) = crate::tls::fault(error) {
        return found;
    }
    FaultKind::of_io(error)
}

/// What a reply of the broker means.
fn of_reply(code: u16, text: &str) -> (FaultKind, &'static str) {
    match code {
        ACCESS_REFUSED => (
            FaultKind::Denied,
            "check user and password, and with `rabbitmqctl list_permissions` what the user may do",
        ),
        NOT_ALLOWED if text.contains("refused") => (
            FaultKind::Denied,
            "allow the user this virtual host with `rabbitmqctl set_permissions`",
        ),
        NOT_ALLOWED if text.contains("vhost") => (
            FaultKind::Missing,
            "check the virtual host in the address, or make it with `rabbitmqctl add_vhost NAME`",
        ),
        NOT_FOUND => (
            FaultKind::Missing,
            "it was deleted, or never made; `declare=1` makes it at the next connection",
        ),
        PRECONDITION_FAILED => (
            FaultKind::Missing,
            "it exists in another form; delete it, or give another name with `queue=`, `exchange=` or `frames=`",
        ),
        _ => (FaultKind::Lost, "the broker ended the connection"),
    }
}

/// The fault of an answer that did not come in time.
pub fn silent(endpoint: &Endpoint, doing: &str) -> Fault {
    Fault::new(
        FaultKind::Silent,
        format!(
            "{endpoint}: {doing}: no answer in time; check the network and the broker's alarms"
        ),
    )
}
