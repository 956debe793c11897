// SPDX-License-Identifier: MIT OR Apache-2.0
//! MQTT 3.1.1: the latest state for dashboards, and reports while their receiver is there or has a session.
//!
//! `mqtt://USER:PASSWORD@HOST:PORT/PREFIX?client=NAME&keepalive=5&flat=1&homeassistant=0`
//!
//! A broker of MQTT confirms what nobody has subscribed to, and what it keeps in memory only: MQTT carries states, it is no log.

#[cfg(feature = "tls")]
mod encryption;
mod fault;
mod flat;
mod link;
mod publisher;
mod say;
mod subscriber;
mod topics;

pub use publisher::MqttPublisher;
pub use say::say;
pub use subscriber::MqttSubscriber;
