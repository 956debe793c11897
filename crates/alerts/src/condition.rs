// SPDX-License-Identifier: MIT OR Apache-2.0
//! Something that a rule does not want, as it is now.

use messages::Timestamp;

/// Something that is so now.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// What it is about; two of one rule have different ones.
    pub subject: String,
    /// What is so, in words.
    pub text: String,
    /// How likely it is so, where that is known.
    pub p: Option<f64>,
    /// Since when it has been so, where that is known to be earlier than it was first heard.
    pub since: Option<Timestamp>,
}

impl Condition {
    /// A condition about `subject`.
    pub fn new(subject: String, text: String) -> Self {
        Self {
            subject,
            text,
            p: None,
            since: None,
        }
    }

    /// The same with a probability.
    #[must_use]
    pub fn likely(mut self, p: f64) -> Self {
        self.p = Some((p * 1e4).round() / 1e4);
        self
    }

    /// The same, known to have been so since this time.
    #[must_use]
    pub const fn since(mut self, since: Option<Timestamp>) -> Self {
        self.since = since;
        self
    }
}
