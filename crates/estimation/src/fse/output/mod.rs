// SPDX-License-Identifier: MIT OR Apache-2.0
//! What leaves the fusion: the state of the facility, and everything it knows as a document.

pub(crate) mod persist;
pub(crate) mod snapshot;
