// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a broker must have.

/// One thing that a broker must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixture {
    /// What it is, such as `exchange depot.events`.
    pub what: String,
    /// The command of the broker's own tools that makes it.
    pub command: String,
}
