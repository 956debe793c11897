// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a question may say.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::Deserialize;

use crate::answer::Failure;

/// A question, as it stands in an address.
#[derive(Debug)]
pub struct Asked(pub Question);

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(question)| Self(question))
            .map_err(|error| Failure::unclear(error.body_text()))
    }
}

/// The parameters of all addresses; each uses some of them.
#[derive(Debug, Default, Clone, Deserialize)]
pub struct Question {
    /// The facility; default: the first one.
    pub facility: Option<String>,
    /// The flow; default: `prod`.
    pub flow: Option<String>,
    /// An instant.
    pub at: Option<String>,
    /// The begin of a span; default: a day before its end.
    pub from: Option<String>,
    /// The end of a span; default: now.
    pub to: Option<String>,
    /// Seconds from one state to the next.
    pub step: Option<f64>,
    /// A flow to compare.
    pub a: Option<String>,
    /// The flow that it is compared with.
    pub b: Option<String>,
    /// `json` or `csv`.
    pub format: Option<String>,
    /// Only visits of this number.
    pub number: Option<String>,
    /// Only visits of this model.
    pub model: Option<String>,
    /// Only visits that were on this track.
    pub track: Option<String>,
    /// `hour` or `day`.
    pub by: Option<String>,
}
