// SPDX-License-Identifier: MIT OR Apache-2.0
//! What became of a message.

/// What became of a message to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken.
    Delivered,
    /// It was not taken now, and may be at another time; the sentence names the address without its password, and what to do.
    Later(String),
    /// It will never be taken.
    Refused(String),
}
