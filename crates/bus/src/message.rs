// SPDX-License-Identifier: MIT OR Apache-2.0
//! What travels: a document, for a picture its bytes, and who sent it as the how manieth.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;

use crate::{Refusal, RefusalReason};

const PREFIX: &str = "com.roundhouse.";
const VERSION: &str = ".v1";
const DEFAULT_FLOW: &str = "prod";

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// One look of one camera.
    PositionReport,
    /// Which model stands somewhere.
    ModelReport,
    /// Which number was read somewhere.
    PlateReport,
    /// Whether a camera delivers.
    CameraHealth,
    /// The state of the facility.
    FacilityState,
    /// Nothing but that time goes on.
    Tick,
    /// A frame; its pixels are the payload.
    Image,
    /// What a stream of media announces: its caps, its segment, its end.
    Stream,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::PositionReport,
        Self::ModelReport,
        Self::PlateReport,
        Self::CameraHealth,
        Self::FacilityState,
        Self::Tick,
        Self::Image,
        Self::Stream,
    ];

    /// Its word, as in topics and in the attribute `type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PositionReport => "position-report",
            Self::ModelReport => "model-report",
            Self::PlateReport => "plate-report",
            Self::CameraHealth => "camera-health",
            Self::FacilityState => "facility-state",
            Self::Tick => "tick",
            Self::Image => "image",
            Self::Stream => "stream",
        }
    }

    /// The kind of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// All words, for a sentence.
    #[must_use]
    pub fn words() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }

    /// The attribute `type` of its events.
    #[must_use]
    pub fn event_type(self) -> String {
        format!("{PREFIX}{}{VERSION}", self.as_str())
    }

    /// The kind of an event whose attribute `type` is `event_type`.
    fn of_type(event_type: &str) -> Result<Self, Refusal> {
        let word = event_type
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.strip_suffix(VERSION));
        word.and_then(Self::from_word).ok_or_else(|| {
                Refusal::new(
                    RefusalReason::UnknownType,
                    format!("event of type '{event_type}', which is not known; expected {PREFIX}KIND{VERSION}"),
                )
            })
    }
}

/// Which message of which sender this is: what arrives twice is recognised by it, and what is missing, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Who sent it, over restarts and as long as its spool lives.
    pub sender: String,
    /// Its number, from 1 without a gap.
    pub sequence: u64,
}

/// What a transport needs to know of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The facility: the first part of the attribute `source`.
    pub facility: String,
    /// The flow.
    pub flow: String,
    /// What it is about.
    pub kind: Kind,
    /// What exactly: the last part of the attribute `subject`, such as a camera; the facility if there is none.
    pub about: String,
    /// Attribute `id`.
    pub id: String,
    /// Where the payload lies if it does not travel along: the attribute `dataref`.
    pub dataref: Option<String>,
}

impl Envelope {
    /// That of a document with these attributes.
    #[must_use]
    pub fn new(kind: Kind, source: &str, id: String, subject: Option<&str>, flow: String) -> Self {
        let facility = source.trim_start_matches('/').split('/').next();
        let facility = facility.unwrap_or_default();
        let about = subject.map_or(facility, |subject| {
            subject.rsplit('/').next().unwrap_or_default()
        });
        Self {
            about: about.to_owned(),
            facility: facility.to_owned(),
            flow,
            kind,
            id,
            dataref: None,
        }
    }

    /// What a transport needs to know of `document`.
    ///
    /// # Errors
    /// It is no event; the sentence says why.
    pub fn of(document: &[u8]) -> Result<Self, Refusal> {
        read(document).map(|(envelope, _)| envelope)
    }
}

/// A document that has no stamp yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What a transport needs to know of it.
    pub envelope: Envelope,
    /// Its text.
    pub document: String,
}

impl Draft {
    /// Reads a document.
    ///
    /// # Errors
    /// It is no event; the sentence says why.
    pub fn read(document: &str) -> Result<Self, Refusal> {
        let document = document.trim();
        Ok(Self {
            envelope: Envelope::of(document.as_bytes())?,
            document: document.to_owned(),
        })
    }

    /// The message that it becomes with this stamp.
    #[must_use]
    pub fn stamped(&self, payload: Bytes, stamp: Stamp) -> Message {
        Message {
            envelope: self.envelope.clone(),
            event: stamped(&self.document, &stamp),
            stamp: Some(stamp),
            payload,
            partition: None,
        }
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What a transport needs to know of it.
    pub envelope: Envelope,
    /// Which one it is; `None` of foreign senders, which do not count.
    pub stamp: Option<Stamp>,
    /// The document with its stamp, without a line feed.
    pub event: Bytes,
    /// What travels beside the document: of a picture its bytes.
    pub payload: Bytes,
    /// Through which partition of a log it came, if the messages of its sender are spread over several: they are in order within one
    /// only, and not all of them come here. `None`: all messages of the sender come this way, in order.
    pub partition: Option<Arc<str>>,
}

/// The attributes that are read.
#[derive(Deserialize)]
struct Attributes<'a> {
    #[serde(borrow)]
    specversion: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    event_type: Cow<'a, str>,
    #[serde(borrow)]
    source: Cow<'a, str>,
    id: String,
    subject: Option<String>,
    flow: Option<String>,
    sender: Option<String>,
    sequence: Option<String>,
    dataref: Option<String>,
}

impl Message {
    /// The message of a document that has no stamp yet.
    ///
    /// # Errors
    /// It is no event; the sentence says why.
    pub fn new(document: &str, payload: Bytes, stamp: Stamp) -> Result<Self, Refusal> {
        Ok(Draft::read(document)?.stamped(payload, stamp))
    }

    /// Takes what arrived.
    ///
    /// # Errors
    /// It is no event; the sentence says why.
    pub fn read(event: Bytes, payload: Bytes) -> Result<Self, Refusal> {
        let (envelope, stamp) = read(&event)?;
        Ok(Self {
            envelope,
            stamp,
            event,
            payload,
            partition: None,
        })
    }

    /// The same without its payload, which lies at `reference`.
    #[must_use]
    pub fn by_reference(&self, reference: &str) -> Self {
        let dataref = serde_json::Value::from(reference);
        let mut event = format!(r#"{{"dataref":{dataref},"#).into_bytes();
        event.extend_from_slice(self.event.strip_prefix(b"{").unwrap_or(&self.event));
        Self {
            envelope: Envelope {
                dataref: Some(reference.to_owned()),
                ..self.envelope.clone()
            },
            event: Bytes::from(event),
            payload: Bytes::new(),
            stamp: self.stamp.clone(),
            partition: self.partition.clone(),
        }
    }

    /// Whose messages are in order with this one: its sender, through one partition.
    #[must_use]
    pub fn series(&self) -> String {
        let sender = self.stamp.as_ref().map_or("", |stamp| &stamp.sender);
        match &self.partition {
            Some(partition) => format!("{sender} {partition}"),
            None => sender.to_owned(),
        }
    }

    /// How many bytes it holds.
    #[must_use]
    pub fn size(&self) -> usize {
        self.event.len() + self.payload.len()
    }
}

/// `document`, an object, with the attributes that say which message it is. Attributes of CloudEvents are lower-case letters and
/// digits; a sequence is a text of 20 digits, so that the order of texts is that of numbers.
fn stamped(document: &str, stamp: &Stamp) -> Bytes {
    let rest = document.strip_prefix('{').unwrap_or(document);
    let sender = serde_json::Value::from(stamp.sender.as_str());
    Bytes::from(format!(
        r#"{{"sender":{sender},"sequence":"{:020}",{rest}"#,
        stamp.sequence
    ))
}

/// Reads the attributes of a document.
fn read(document: &[u8]) -> Result<(Envelope, Option<Stamp>), Refusal> {
    let attributes: Attributes<'_> = serde_json::from_slice(document).map_err(|error| {
        Refusal::new(
            RefusalReason::NoEvent,
            format!("no CloudEvents document: {error}"),
        )
    })?;
    if attributes.specversion != "1.0" {
        return Err(Refusal::new(
            RefusalReason::UnknownType,
            format!(
                "specversion is '{}', expected '1.0'",
                attributes.specversion
            ),
        ));
    }
    let kind = Kind::of_type(&attributes.event_type)?;
    let sequence = attributes.sequence.and_then(|text| text.parse().ok());
    let stamp = attributes
        .sender
        .zip(sequence)
        .map(|(sender, sequence)| Stamp { sender, sequence });
    let envelope = Envelope {
        dataref: attributes.dataref,
        ..Envelope::new(
            kind,
            &attributes.source,
            attributes.id,
            attributes.subject.as_deref(),
            attributes.flow.unwrap_or_else(|| DEFAULT_FLOW.to_owned()),
        )
    };
    Ok((envelope, stamp))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"specversion":"1.0","type":"com.roundhouse.camera-health.v1","source":"/hall-a/framemux/1","id":"1-1",
        "subject":"camera/C 1","time":"2026-03-01T06:00:03.5Z","flow":"dev","data":{"camera":"C 1","health":"stalled"}}"#;

    fn stamp() -> Stamp {
        Stamp {
            sender: "a \"quoted\" name".to_owned(),
            sequence: 42,
        }
    }

    #[test]
    fn what_is_sent_is_read() {
        let sent = Message::new(DOCUMENT, Bytes::from_static(b"jpeg"), stamp()).unwrap();
        assert_eq!(sent.envelope.facility, "hall-a");
        assert_eq!(sent.envelope.flow, "dev");
        assert_eq!(sent.envelope.about, "C 1");
        assert_eq!(sent.envelope.kind, Kind::CameraHealth);
        let got = Message::read(sent.event.clone(), sent.payload.clone()).unwrap();
        assert_eq!(got, sent);
        let value: serde_json::Value = serde_json::from_slice(&got.event).unwrap();
        assert_eq!(value["sequence"], "00000000000000000042");
    }

    #[test]
    fn what_is_no_event_is_refused_by_reason() {
        let unknown = DOCUMENT.replace("camera-health.v1", "camera-health.v2");
        let version = DOCUMENT.replace("\"1.0\"", "\"0.3\"");
        for (text, reason) in [
            ("", RefusalReason::NoEvent),
            ("[1]", RefusalReason::NoEvent),
            ("{}", RefusalReason::NoEvent),
            (&unknown, RefusalReason::UnknownType),
            (&version, RefusalReason::UnknownType),
        ] {
            let refusal = Message::new(text, Bytes::new(), stamp()).unwrap_err();
            assert_eq!(refusal.reason, reason, "{text}");
        }
    }

    #[test]
    fn foreign_events_have_no_stamp_and_belong_to_prod() {
        let text = DOCUMENT.replace("\"flow\":\"dev\",", "");
        let got = Message::read(Bytes::from(text), Bytes::new()).unwrap();
        assert_eq!((got.stamp, got.envelope.flow.as_str()), (None, "prod"));
    }
}
