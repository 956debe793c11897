// SPDX-License-Identifier: MIT OR Apache-2.0
//! Outbox and inbox on connections that fail as a script says: no network, no clock.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod fake;
mod inbox;
mod outbox;
mod pictures;
mod spool;
