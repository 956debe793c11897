// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is the same in the envelopes of messages.

/// The version of `CloudEvents`.
pub(crate) const SPECVERSION: &str = "1.0";
/// The flow of a document that names none.
pub(crate) const DEFAULT_FLOW: &str = "prod";
/// The type of a state.
pub(crate) const STATE: &str = "com.roundhouse.facility-state.v1";
