// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a picture is not got.

use crate::{Fault, Refusal};

/// Why a picture is not got.
#[derive(Debug)]
pub enum NotGot {
    /// It is not there, or is none: its message is refused.
    Refused(Refusal),
    /// The store is of no use at present.
    Fault(Fault),
}
