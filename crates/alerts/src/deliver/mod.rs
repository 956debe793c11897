// SPDX-License-Identifier: MIT OR Apache-2.0
//! How people are told.

mod mail;
mod mqtt;
mod outcome;
mod sender;
mod target;
mod webhook;

pub use mail::{Encryption, Mail};
pub use mqtt::Mqtt;
pub use outcome::Outcome;
pub use sender::{Counters, Delivery, Sender, Senders};
pub use target::Target;
pub use webhook::Webhook;
