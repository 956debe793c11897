// SPDX-License-Identifier: MIT OR Apache-2.0
//! The envelope of the documents that are made here: CloudEvents 1.0.

use bus::{Draft, Envelope, Kind};
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
    event_type: String,
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

/// The document number `number` of a kind about `subject`.
pub fn write<T: Serialize>(
    kind: Kind,
    origin: &Origin,
    number: u64,
    subject: String,
    time: Timestamp,
    data: &T,
) -> Draft {
    let written = Written {
        specversion: "1.0",
        event_type: kind.event_type(),
        source: format!("/{}/bussink/{}", origin.facility, origin.flow),
        id: format!("1-{number}"),
        subject,
        time,
        flow: &origin.flow,
        data,
    };
    // Writing text to memory fails for maps with keys that are no texts, and here are none.
    let document = serde_json::to_string(&written).unwrap_or_default();
    let Written {
        source,
        id,
        subject,
        ..
    } = written;
    let flow = origin.flow.clone();
    Draft {
        envelope: Envelope::new(kind, &source, id, Some(&subject), flow),
        document,
    }
}
