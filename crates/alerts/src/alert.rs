// SPDX-License-Identifier: MIT OR Apache-2.0
//! An alert and what is told of it.

use messages::Timestamp;
use serde::{Deserialize, Serialize};

use crate::duration::in_words;

/// Something that has been so for longer than its rule allows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Its name, once for ever: rule, facility, cause and when it was raised.
    pub id: String,
    /// The rule's name.
    pub rule: String,
    /// The rule's kind.
    pub kind: String,
    /// The facility.
    pub facility: String,
    /// The flow that says so.
    pub flow: String,
    /// What it is about, such as `camera/C01`.
    pub subject: String,
    /// What is so, in words.
    pub text: String,
    /// How likely it is so, where that is known.
    pub p: Option<f64>,
    /// Since when it has been so.
    pub since: Timestamp,
    /// When it was raised.
    pub raised: Timestamp,
    /// When it was over.
    pub recovered: Option<Timestamp>,
}

/// What is told of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is so.
    Raised,
    /// It is over.
    Recovered,
    /// It is none: somebody tries whether alerts arrive.
    Test,
}

/// A message to people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Notice {
    /// What is told.
    pub status: Status,
    /// It in a sentence.
    pub text: String,
    /// The alert.
    pub alert: Alert,
    /// To whom it goes; empty: to all.
    #[serde(skip)]
    pub send: Vec<String>,
}

impl Notice {
    /// That an alert is raised or, if it says so, over.
    #[must_use]
    pub fn new(alert: Alert, send: Vec<String>) -> Self {
        let (status, text) = match alert.recovered {
            None => (Status::Raised, raised(&alert)),
            Some(end) => {
                let lasted = in_words(end.since(alert.since));
                (
                    Status::Recovered,
                    format!(
                        "{} · {}: over after {lasted}: {}",
                        alert.facility, alert.rule, alert.text
                    ),
                )
            }
        };
        Self {
            status,
            text,
            alert,
            send,
        }
    }

    /// A message that says that it is only a test.
    #[must_use]
    pub fn test(facility: &str, now: Timestamp) -> Self {
        let text = "this is a test of alerts by Roundhouse; nothing is wrong";
        let alert = Alert {
            id: format!("test/{facility}/test@{now}"),
            rule: "test".to_owned(),
            kind: "test".to_owned(),
            facility: facility.to_owned(),
            flow: "prod".to_owned(),
            subject: "test".to_owned(),
            text: text.to_owned(),
            p: None,
            since: now,
            raised: now,
            recovered: None,
        };
        Self {
            status: Status::Test,
            text: format!("{facility} · {text}"),
            alert,
            send: Vec::new(),
        }
    }

    /// It as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Writing texts and numbers to memory does not fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The sentence of an alert that is raised.
fn raised(alert: &Alert) -> String {
    let lasts = match alert.raised.since(alert.since) {
        short if short < 1_000_000_000 => String::new(),
        long => format!(", for {}", in_words(long)),
    };
    let likely = alert
        .p
        .map_or_else(String::new, |p| format!(" ({:.0} %)", p * 100.0));
    format!(
        "{} · {}: {}{lasts}{likely}",
        alert.facility, alert.rule, alert.text
    )
}
