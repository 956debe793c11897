// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is answered when something is wrong: a status and one sentence.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use store::StoreError;

/// A question that has no answer.
#[derive(Debug)]
pub struct Failure {
    status: StatusCode,
    sentence: String,
}

/// An answer.
pub type Answer<T> = Result<T, Failure>;

impl Failure {
    /// The question makes no sense.
    pub fn unclear(sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, sentence)
    }

    /// There is nothing of that kind.
    pub fn missing(sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, sentence)
    }

    /// Another status.
    pub fn new(status: StatusCode, sentence: impl Into<String>) -> Self {
        Self {
            status,
            sentence: sentence.into(),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str(&self.sentence)
    }
}

impl From<StoreError> for Failure {
    /// The store may do it at another time: the asker may try again.
    fn from(error: StoreError) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.sentence }))).into_response()
    }
}
