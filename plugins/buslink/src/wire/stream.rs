// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a stream of buffers announces.

use bus::{Draft, Kind};
use messages::Timestamp;
use serde::{Deserialize, Serialize};

use super::document::{Origin, write};

/// The data of a message of kind `stream`: always the whole of what is true, so that one message is enough for whoever joins late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    /// Whether cameras set the pace; else files, whose every buffer counts.
    pub live: bool,
    /// The caps of the buffers.
    pub caps: String,
    /// How far running time has gone, nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position_ns: Option<u64>,
    /// Whether nothing more comes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

impl Stream {
    /// The document that says it, as of `time`.
    pub fn document(&self, origin: &Origin, number: u64, time: Timestamp) -> Draft {
        let subject = format!("stream/{}", origin.flow);
        write(Kind::Stream, origin, number, subject, time, self)
    }
}
