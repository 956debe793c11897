// SPDX-License-Identifier: MIT OR Apache-2.0
//! What all elements share.

mod lock;
pub mod stats;

pub use counters::counters;
pub use lock::lock;
