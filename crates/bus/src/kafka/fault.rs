// SPDX-License-Identifier: MIT OR Apache-2.0
//! What went wrong with a cluster, in words for people.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::fault::NO_TLS;
use crate::{Endpoint, Fault, FaultKind};

/// The fault behind an error of the client while `doing` something. `heard` is what the client last said of its connections, which
/// knows more than the error.
pub fn of_error(endpoint: &Endpoint, doing: &str, error: &KafkaError, heard: &str) -> Fault {
    let (kind, remedy) = of_code(error.rdkafka_error_code(), heard);
    let heard = if heard.is_empty() {
        String::new()
    } else {
        format!(" ({heard})")
    };
    Fault::new(
        kind,
        format!("{endpoint}: {doing}: {error}{heard}; {remedy}"),
    )
}

/// What a code of the client or of a broker means.
fn of_code(code: Option<RDKafkaErrorCode>, heard: &str) -> (FaultKind, &'static str) {
    use RDKafkaErrorCode as Code;
    if is_about_certificate(heard) {
        return (
            FaultKind::Certificate,
            "its certificate is for another host, or its authority is not known here; write the name that it has into the address, or the file of \
             its authority (PEM) if you trust it: ?ca=FILE",
        );
    }
    if is_about_encryption(heard) {
        return (FaultKind::Protocol, NO_TLS);
    }
    if heard.contains("ApiVersion") || heard.contains("APIVERSION") {
        return (
            FaultKind::Protocol,
            "something that is not Kafka answers there, or it wants another `security.protocol`; check host and port",
        );
    }
    match code {
        Some(
            Code::Authentication
            | Code::SaslAuthenticationFailed
            | Code::TopicAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::ClusterAuthorizationFailed,
        ) => (
            FaultKind::Denied,
            "check user and password, and what the cluster allows them",
        ),
        Some(Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::UnknownPartition) => {
            (FaultKind::Missing, "make the topic")
        }
        Some(
            Code::AllBrokersDown
            | Code::BrokerTransportFailure
            | Code::Resolve
            | Code::OperationTimedOut,
        ) => (
            FaultKind::Unreachable,
            "check hosts and ports, and that the brokers run",
        ),
        Some(Code::MessageTimedOut | Code::RequestTimedOut) => (
            FaultKind::Silent,
            "the brokers do not answer; check the network and the cluster",
        ),
        None => (FaultKind::Local, "check the parameters of the address"),
        Some(_) => (FaultKind::Lost, "the connection is given up"),
    }
}

/// Whether the client says, in the words of OpenSSL, that encryption has failed.
pub fn is_about_encryption(heard: &str) -> bool {
    heard.contains("SSL handshake failed") || is_about_certificate(heard)
}

/// Whether it says that a certificate is not trusted; the second words come of an authority with a known name and another key.
fn is_about_certificate(heard: &str) -> bool {
    heard.contains("certificate verify failed") || heard.contains("asn1 encoding routines")
}

/// The fault of an answer that did not come in time.
pub fn silent(endpoint: &Endpoint, doing: &str) -> Fault {
    Fault::new(
        FaultKind::Silent,
        format!("{endpoint}: {doing}: no answer in time; check the network and the cluster"),
    )
}

/// The fault of a topic that is not there.
pub fn missing(endpoint: &Endpoint, topic: &str, command: &str) -> Fault {
    Fault::new(
        FaultKind::Missing,
        format!("{endpoint}: the topic '{topic}' is not there; make it with `{command}`"),
    )
}
