// SPDX-License-Identifier: MIT OR Apache-2.0
//! The document of a state, read straight into its form: by way of a tree of values, as any document is read, a large state takes
//! several times as long. What is read here is read the same there; what is refused here, if only for an unknown field, is left to it.

use serde::de::{Deserialize, Deserializer, Error};

use crate::strict::{self, Object};
use crate::{FacilityState, Timestamp, envelope};

/// The document of a state.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateDocument {
    #[serde(rename = "specversion", deserialize_with = "version")]
    _version: (),
    #[serde(rename = "type", deserialize_with = "kind")]
    _kind: (),
    #[serde(deserialize_with = "strict::name")]
    pub(crate) source: String,
    #[serde(deserialize_with = "strict::name")]
    pub(crate) id: String,
    pub(crate) subject: Option<String>,
    pub(crate) time: Timestamp,
    pub(crate) recordedtime: Option<Timestamp>,
    pub(crate) receivedtime: Option<Timestamp>,
    #[serde(default = "prod", deserialize_with = "strict::name")]
    pub(crate) flow: String,
    #[serde(deserialize_with = "strict::object")]
    pub(crate) data: FacilityState,
}

/// The document in a text, if it is that of a state and has nothing unusual.
pub(crate) fn read(text: &str) -> Option<StateDocument> {
    let Object(document) = serde_json::from_str::<Object<StateDocument>>(text).ok()?;
    Some(document)
}

/// The flow of a document that names none.
fn prod() -> String {
    envelope::DEFAULT_FLOW.to_owned()
}

/// A text that must be this one.
fn exactly<'de, D: Deserializer<'de>>(deserializer: D, expected: &str) -> Result<(), D::Error> {
    if <&str>::deserialize(deserializer)? == expected {
        Ok(())
    } else {
        Err(D::Error::custom("another text"))
    }
}

/// The version of the envelope.
fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    exactly(deserializer, envelope::SPECVERSION)
}

/// The type of a state.
fn kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    exactly(deserializer, envelope::STATE)
}
