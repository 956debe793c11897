// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sending over HTTP: batches of events by POST, as CloudEvents' HTTP binding writes them.

use serde::Deserialize;
use ureq::{Agent, http::StatusCode};

use crate::agent::{agent, encryption_fault};
use crate::tls::{self, Authorities};
use crate::{
    Endpoint, Fault, FaultKind, Message, Options, Published, Publisher, Refusal, RefusalReason,
};

/// The media type of a batch.
const BATCH: &str = "application/cloudevents-batch+json";

/// Most of an answer that is read, bytes.
const LONGEST_ANSWER: u64 = 4 << 20;

/// What a peer says that takes a batch but not all of it, as `roundhouse serve` does. Others say nothing.
#[derive(Default, Deserialize)]
struct Receipt {
    #[serde(default)]
    refused: Vec<RefusedEvent>,
}

/// An event that was not taken.
#[derive(Deserialize)]
struct RefusedEvent {
    index: usize,
    reason: String,
}

/// Sends batches to an address.
pub struct HttpPublisher {
    agent: Agent,
    place: String,
    authorization: Option<String>,
}

/// Why a batch was not taken.
enum NotTaken {
    /// The peer wants none of it.
    Refused(StatusCode),
    /// It may take it at another time.
    Fault(Fault),
}

impl HttpPublisher {
    /// Says hello with a batch of no events, so that a wrong address or password is found at once. The password of an address is
    /// sent as a bearer token. Parameter: `ca`, a file of certificates to trust instead of the public ones.
    ///
    /// # Errors
    /// The peer does not answer, or not as one that takes events.
    pub fn new(endpoint: &Endpoint, options: &Options) -> Result<Self, Fault> {
        let place = endpoint.to_string();
        endpoint
            .allow(&[tls::PARAMETER])
            .map_err(|error| endpoint.local(error))?;
        let trusted = Authorities::of(endpoint)?;
        let token = endpoint.credentials.as_ref().map(|known| &known.password);
        let http = Self {
            agent: agent(options.patience, trusted.as_ref()),
            authorization: token.map(|token| format!("Bearer {token}")),
            place,
        };
        match http.post("[]".to_owned()) {
            Err(NotTaken::Fault(fault)) => Err(fault),
            // A peer that knows the address, but no empty batch.
            Ok(_) | Err(NotTaken::Refused(_)) => Ok(http),
        }
    }

    /// Sends a body; returns which of its events the peer refused, though it took the others.
    fn post(&self, body: String) -> Result<Vec<(usize, Refusal)>, NotTaken> {
        let mut request = self.agent.post(&self.place).header("content-type", BATCH);
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let mut response = request.send(body).map_err(|error| self.failed(&error))?;
        self.judge(response.status())?;
        let answer = response.body_mut().with_config().limit(LONGEST_ANSWER);
        // What is taken is taken, whatever the answer looks like.
        let receipt: Receipt = answer
            .read_to_vec()
            .ok()
            .and_then(|answer| serde_json::from_slice(&answer).ok())
            .unwrap_or_default();
        let refusal = |refused: RefusedEvent| {
            let sentence = format!("{}: {}", self.place, refused.reason);
            let refusal = Refusal::new(RefusalReason::Rejected, sentence);
            (refused.index, refusal)
        };
        Ok(receipt.refused.into_iter().map(refusal).collect())
    }

    /// Whether what has this status is taken.
    fn judge(&self, status: StatusCode) -> Result<(), NotTaken> {
        let (kind, remedy) = match status.as_u16() {
            200..=299 => return Ok(()),
            401 | 403 => (
                FaultKind::Denied,
                "; write the token into the address as https://token:TOKEN@HOST/PATH",
            ),
            300..=399 => (FaultKind::Missing, "; give the address that it moved to"),
            404 | 405 | 410 => (FaultKind::Missing, "; no events are taken under this path"),
            415 => (
                FaultKind::Protocol,
                "; no batches of CloudEvents are taken there",
            ),
            408 | 425 | 429 | 500.. => (FaultKind::Lost, ""),
            _ => return Err(NotTaken::Refused(status)),
        };
        let sentence = format!("{}: answered '{status}'{remedy}", self.place);
        Err(NotTaken::Fault(Fault::new(kind, sentence)))
    }

    /// The fault of a request without an answer.
    fn failed(&self, error: &ureq::Error) -> NotTaken {
        use std::io::ErrorKind;
        let (kind, remedy) = encryption_fault(error).unwrap_or_else(|| {
            let kind = match error {
                ureq::Error::Timeout(_) => FaultKind::Silent,
                ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => FaultKind::Unreachable,
                ureq::Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => {
                    FaultKind::Unreachable
                }
                _ => FaultKind::Lost,
            };
            (kind, "check the address and the network")
        });
        NotTaken::Fault(Fault::new(
            kind,
            format!("{}: {error}; {remedy}", self.place),
        ))
    }

    /// Sends messages one by one, because the peer did not take them together.
    fn publish_singly(&self, batch: &[Message]) -> Published {
        let mut published = Published::default();
        for (at, message) in batch.iter().enumerate() {
            match self.post(body([message])) {
                Ok(refused) => {
                    let refused = refused.into_iter().map(|(_, refusal)| (at, refusal));
                    published.refused.extend(refused.take(1));
                }
                Err(NotTaken::Refused(status)) => {
                    published.refused.push((at, self.refusal(status, message)));
                }
                Err(NotTaken::Fault(fault)) => {
                    published.fault = Some(fault);
                    return published;
                }
            }
            published.settled = at + 1;
        }
        published
    }

    /// The refusal of a message.
    fn refusal(&self, status: StatusCode, message: &Message) -> Refusal {
        let reason = match status {
            StatusCode::PAYLOAD_TOO_LARGE => RefusalReason::TooLarge,
            _ => RefusalReason::Rejected,
        };
        let (place, size) = (&self.place, message.event.len());
        Refusal::new(
            reason,
            format!("{place}: answered '{status}' to an event of {size} bytes"),
        )
    }
}

impl Publisher for HttpPublisher {
    fn publish(&mut self, batch: &[Message]) -> Published {
        // Events alone travel; whoever sends pictures puts them into a store.
        let pictures = batch.iter().position(|message| !message.payload.is_empty());
        let (batch, picture) = batch.split_at(pictures.unwrap_or(batch.len()));
        let mut published = if batch.is_empty() {
            Published::default()
        } else {
            match self.post(body(batch)) {
                Ok(mut refused) => {
                    refused.retain(|(at, _)| *at < batch.len());
                    Published {
                        settled: batch.len(),
                        refused,
                        ..Published::default()
                    }
                }
                Err(NotTaken::Refused(_)) => self.publish_singly(batch),
                Err(NotTaken::Fault(fault)) => Published {
                    fault: Some(fault),
                    ..Published::default()
                },
            }
        };
        if published.fault.is_none() && !picture.is_empty() {
            let sentence = "no pictures travel over HTTP; give the sender an image store";
            let refusal = Refusal::new(RefusalReason::WrongParts, sentence);
            published.refused.push((batch.len(), refusal));
            let rest = self.publish(&picture[1..]);
            let before = batch.len() + 1;
            published.settled = before + rest.settled;
            let refused = rest.refused.into_iter();
            published
                .refused
                .extend(refused.map(|(at, refusal)| (before + at, refusal)));
            published.fault = rest.fault;
        }
        published
    }
}

/// Events as one JSON array.
fn body<'a>(batch: impl IntoIterator<Item = &'a Message>) -> String {
    let events = batch.into_iter();
    let events: Vec<_> = events
        .map(|message| String::from_utf8_lossy(&message.event))
        .collect();
    format!("[{}]", events.join(","))
}
