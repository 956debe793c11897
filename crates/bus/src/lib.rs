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

mod backlog;
mod claim;
mod connect;
mod endpoint;
mod fault;
mod file;
mod flush;
#[cfg(feature = "http")]
mod http;
mod inbox;
mod link;
mod message;
mod news;
mod outbox;
mod queue;
mod refusal;
mod seen;
mod sending;
mod spool;
mod stamper;
mod stats;
mod store;
mod topic;
mod transport;
pub mod zmq;
pub mod zmtp;

pub use connect::{publisher, subscriber};
pub use endpoint::{Endpoint, EndpointError, SocketType, Transport};
pub use fault::{Fault, FaultKind};
pub use inbox::{Inbox, InboxSettings};
pub use link::Connector;
pub use message::{Envelope, Kind, Message, Stamp};
pub use news::{News, Tell};
pub use outbox::{Outbox, OutboxSettings};
pub use refusal::{Refusal, RefusalReason};
pub use spool::{OnFull, Record, Records, SpoolSettings};
pub use stats::{
    InboxCounters, InboxStats, LinkStats, OutboxCounters, OutboxStats, Refused, SpoolStats,
};
pub use store::Store;
pub use topic::{escaped, topic};
pub use transport::{Options, Published, Publisher, Received, Subscriber};
