// SPDX-License-Identifier: MIT OR Apache-2.0
//! What waits to be sent.

use crate::zmtp::Encoded;

/// A message that is to be sent.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Its bytes.
    pub encoded: Encoded,
    /// Its place in the batch, where it matters when it is settled.
    pub job: Option<usize>,
}
