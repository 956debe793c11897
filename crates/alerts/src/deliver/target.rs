// SPDX-License-Identifier: MIT OR Apache-2.0
//! Somebody who is told.

use crate::alert::Notice;

use super::mail::Mail;
use super::mqtt::Mqtt;
use super::outcome::Outcome;
use super::webhook::Webhook;

/// Somebody who is told, and how.
#[derive(Debug, Clone)]
pub enum Target {
    /// By a request to a web server.
    Webhook(Webhook),
    /// By a message on a broker.
    Mqtt(Mqtt),
    /// By e-mail.
    Mail(Mail),
}

impl Target {
    /// Its name in the file of rules.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Webhook(webhook) => &webhook.name,
            Self::Mqtt(mqtt) => &mqtt.name,
            Self::Mail(mail) => &mail.name,
        }
    }

    /// The word of its kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "webhook",
            Self::Mqtt(_) => "mqtt",
            Self::Mail(_) => "email",
        }
    }

    /// Tells it, once.
    #[must_use]
    pub fn tell(&self, notice: &Notice) -> Outcome {
        match self {
            Self::Webhook(webhook) => webhook.tell(notice),
            Self::Mqtt(mqtt) => mqtt.tell(notice),
            Self::Mail(mail) => mail.tell(notice),
        }
    }
}
