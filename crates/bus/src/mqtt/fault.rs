// SPDX-License-Identifier: MIT OR Apache-2.0
//! What went wrong with a broker, in words for people.

use std::io;

use rumqttc::{ConnectReturnCode, ConnectionError, StateError};

use crate::{Endpoint, Fault, FaultKind};

/// The fault behind an error of the client while `doing` something.
pub fn of_error(endpoint: &Endpoint, doing: &str, error: &ConnectionError) -> Fault {
    let (kind, remedy) = match error {
        ConnectionError::ConnectionRefused(code) => of_refusal(*code),
        ConnectionError::Io(error) => of_io(error),
        #[cfg(feature = "tls")]
        ConnectionError::Tls(error) => of_tls(error),
        ConnectionError::NetworkTimeout
        | ConnectionError::FlushTimeout
        | ConnectionError::MqttState(StateError::AwaitPingResp | StateError::CollisionTimeout) => (
            FaultKind::Silent,
            "the broker gives no sign of life; check the network",
        ),
        ConnectionError::NotConnAck(_)
        | ConnectionError::MqttState(StateError::Deserialization(_)) => (
            FaultKind::Protocol,
            "something that is not MQTT 3.1.1 answers there, or it sent a message above the limit; check host and port",
        ),
        _ => (
            FaultKind::Lost,
            "the broker ended the connection; it does so, too, when another client comes with the same `client=`",
        ),
    };
    Fault::new(kind, format!("{endpoint}: {doing}: {error}; {remedy}"))
}

/// What the broker's answer to a connection means.
fn of_refusal(code: ConnectReturnCode) -> (FaultKind, &'static str) {
    match code {
        ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized => (
            FaultKind::Denied,
            "check user and password, and what the broker allows them",
        ),
        ConnectReturnCode::RefusedProtocolVersion => {
            (FaultKind::Protocol, "the broker must speak MQTT 3.1.1")
        }
        ConnectReturnCode::BadClientId => (
            FaultKind::Local,
            "the broker does not accept the client's name; give another one with `client=`",
        ),
        _ => (FaultKind::Lost, "the broker is not ready"),
    }
}

/// What an error of an encrypted connection means.
#[cfg(feature = "tls")]
fn of_tls(error: &rumqttc::TlsError) -> (FaultKind, &'static str) {
    match (crate::tls::fault(error), error) {
        (Some(found), _) => found,
        (None, rumqttc::TlsError::Io(error)) => of_io(error),
        (None, _) => (FaultKind::Lost, "the connection has ended"),
    }
}

/// What an error of the network means.
fn of_io(error: &io::Error) -> (FaultKind, &'static str) {
    match error.kind() {
        io::ErrorKind::InvalidData => (
            FaultKind::Protocol,
            "something that is not MQTT 3.1.1 answers there; check host and port",
        ),
        _ => FaultKind::of_io(error),
    }
}

/// The fault of an answer that did not come in time.
pub fn silent(endpoint: &Endpoint, doing: &str) -> Fault {
    Fault::new(
        FaultKind::Silent,
        format!("{endpoint}: {doing}: no answer in time; check the network and the broker"),
    )
}

/// The fault of a connection that is gone.
pub fn lost(endpoint: &Endpoint) -> Fault {
    Fault::new(
        FaultKind::Lost,
        format!("{endpoint}: the connection has ended"),
    )
}
