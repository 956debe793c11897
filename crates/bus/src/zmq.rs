// SPDX-License-Identifier: MIT OR Apache-2.0
//! `ZeroMQ`: sockets that send (PUB, PUSH, REQ) and receive (SUB, PULL, REP), on threads of their own: two for each peer.
//!
//! | socket | a message goes to | it is settled when | what is lost |
//! |---|---|---|---|
//! | PUB, live | every subscriber that wants it | it waits in the queues | the oldest of a subscriber that is too slow |
//! | PUB, not live | every subscriber that wants it | it waits in the queues, for which it may have waited | what waits for a subscriber that goes |
//! | PUSH, live | one peer, in turn | it waits in a queue | what was under way to a peer that goes |
//! | PUSH, not live | one peer, in turn | the peer has confirmed it by a receipt; with a peer of ZMTP 3.0: it is written | nothing; what was not confirmed is sent again |
//! | REQ | one peer, some in one request | the peer has answered | nothing; what was not answered is sent again |
//!
//! A side that binds goes on when peers come and go. A side that connects has one peer, and ends with it. A peer that is silent or
//! takes nothing for as long as the patience with it is taken for dead. There is no security: bind to an address of this host or
//! of a private network.

mod broadcast;
mod distribute;
mod events;
mod filter;
mod framing;
mod framings;
mod header;
mod layout;
mod outgoing;
mod pictures;
mod publisher;
mod pulse;
mod reader;
mod receipt;
mod request;
mod shared;
mod socket;
mod subscriber;
mod subscriptions;
mod writer;

pub use framings::read_parts;
pub use publisher::ZmqPublisher;
pub use subscriber::ZmqSubscriber;
