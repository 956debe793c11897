// SPDX-License-Identifier: MIT OR Apache-2.0
//! The envelope of the documents that are made here: CloudEvents 1.0.

use messages::Timestamp;
use serde::{Deserialize, Serialize};

/// Who sends, and in which flow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Id of the facility.
    pub facility: String,
    /// Name of the flow.
    pub flow: String,
}

/// A document as it is written: the order of the keys is the order of the fields.
#[derive(Serialize)]
struct Written<'a, T> {
    specversion: &'static str,
    #[serde(rename = "type")]
    event_type: &'static str,
    source: String,
    id: String,
    subject: String,
    time: Timestamp,
    flow: &'a str,
    data: &'a T,
}

/// What is read of a document.
#[derive(Deserialize)]
pub struct Read<T> {
    /// Event time, RFC 3339.
    time: Option<String>,
    /// What it says.
    pub data: T,
}

impl<T> Read<T> {
    /// Event time; `None` if there is none that can be read.
    pub fn time(&self) -> Option<Timestamp> {
        self.time.as_deref()?.parse().ok()
    }
}

/// The text of a document of `event_type` number `number` about `subject`.
pub fn write<T: Serialize>(
    event_type: &'static str,
    origin: &Origin,
    number: u64,
    subject: String,
    time: Timestamp,
    data: &T,
) -> String {
    let written = Written {
        specversion: "1.0",
        event_type,
        source: format!("/{}/bussink/{}", origin.facility, origin.flow),
        id: format!("1-{number}"),
        subject,
        time,
        flow: &origin.flow,
        data,
    };
    // Writing text to memory fails for maps with keys that are no texts, and here are none.
    serde_json::to_string(&written).unwrap_or_default()
}
