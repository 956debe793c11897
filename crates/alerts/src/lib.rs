// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rules that say when somebody must be told, and how they are told.
//!
//! A file of [`Rules`] says what must not be for long: a camera down, a machine too long on a track, a number that is not on the roster.
//! The [`Engine`] hears states and health and says what is to be told: once when it has been so for long enough, once when it is over.
//! It reads no clock. [`Senders`] deliver what it says, by webhook, MQTT and e-mail, and count what they could not.

mod alert;
mod cause;
mod condition;
mod conditions;
mod deliver;
mod difference;
mod duration;
mod engine;
mod hall;
mod read;
mod rule;

pub use alert::{Alert, Notice, Status};
pub use deliver::{
    Counters, Delivery, Encryption, Mail, Mqtt, Outcome, Sender, Senders, Target, Webhook,
};
pub use duration::{in_words, nanos};
pub use engine::{Engine, Memory};
pub use rule::{Kind, Rule, Rules};
