// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kafka: one topic for each facility, flow and kind, and consumer groups.
//!
//! `kafka://USER:PASSWORD@HOST:PORT,HOST:PORT/PREFIX?security.protocol=SASL_PLAINTEXT&sasl.mechanism=PLAIN`

mod client;
mod fault;
mod publisher;
mod subscriber;
#[cfg(test)]
mod tests;
mod topics;
#[cfg(test)]
mod workers;

pub use publisher::KafkaPublisher;
pub use subscriber::KafkaSubscriber;
pub use topics::{check, describe, setup};
