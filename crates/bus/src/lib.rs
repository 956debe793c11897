// SPDX-License-Identifier: MIT OR Apache-2.0
//! How messages travel between processes and hosts.
//!
//! A [`Message`] is one CloudEvents 1.0 JSON document, the same bytes on every transport, and for a picture its bytes. An [`Endpoint`]
//! is an address as people write it, such as `zmq+push://0.0.0.0:5555`. A [`Publisher`] or [`Subscriber`] is one connection to it: a
//! thing to throw away on any doubt.
//!
//! What is sent is not the connection's to keep. Nothing is lost with a connection, because a message leaves its queue only when
//! the publisher has settled it, and a new connection begins with what the old one has not. An [`Outbox`] and an [`Inbox`] do that:
//! each keeps a queue, and a thread that connects again after every fault.

// So that helpers of the tests beside the crate serve those inside, too.
#[cfg(all(test, feature = "kafka"))]
extern crate self as roundhouse_bus;

#[cfg(any(feature = "http", feature = "s3"))]
mod agent;
#[cfg(feature = "amqp")]
mod amqp;
mod backlog;
mod claim;
mod connect;
mod endpoint;
mod fault;
mod file;
mod fixture;
mod flush;
#[cfg(feature = "http")]
mod http;
mod inbox;
#[cfg(feature = "kafka")]
mod kafka;
mod link;
mod message;
#[cfg(feature = "mqtt")]
mod mqtt;
mod news;
pub mod nvmsgconv;
mod outbox;
mod queue;
mod refusal;
#[cfg(any(feature = "amqp", feature = "mqtt"))]
mod runtime;
mod seen;
#[cfg(any(feature = "amqp", feature = "mqtt", feature = "kafka"))]
mod selection;
mod sending;
mod spool;
mod stamper;
mod stats;
mod store;
#[cfg(any(feature = "http", feature = "s3", feature = "tls"))]
#[allow(dead_code, reason = "each transport uses a part of it")]
mod tls;
mod topic;
pub mod topology;
mod transport;
pub mod zmq;
pub mod zmtp;

#[cfg(any(feature = "http", feature = "s3"))]
pub use agent::agent;
pub use connect::{publisher, subscriber};
pub use endpoint::{Endpoint, EndpointError, SocketType, Transport};
pub use fault::{Fault, FaultKind};
pub use fixture::Fixture;
pub use inbox::{Inbox, InboxSettings};
pub use link::Connector;
pub use message::{Draft, Envelope, Kind, Message, Stamp};
#[cfg(feature = "mqtt")]
pub use mqtt::say;
pub use news::{News, Tell};
pub use nvmsgconv::MuxerSize;
pub use outbox::{Outbox, OutboxSettings};
pub use refusal::{Refusal, RefusalReason};
pub use spool::{Log as SpoolLog, OnFull, Record, Records, SpoolSettings};
pub use stats::{
    InboxCounters, InboxStats, LinkStats, OutboxCounters, OutboxStats, Refused, SpoolStats,
};
pub use store::{NotGot, Store};
#[cfg(any(feature = "http", feature = "s3"))]
pub use tls::Authorities;
pub use topic::{escaped, topic};
pub use transport::{Options, Published, Publisher, Received, Subscriber};
