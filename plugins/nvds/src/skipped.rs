// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is left out of a batch, counted.

/// What was left out of a batch because its values are impossible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Skipped {
    /// Objects whose box or confidence is no number, or whose box is empty.
    pub objects: u64,
    /// Labels whose probability is no number.
    pub labels: u64,
    /// Tensors without values on the host, with an impossible shape or an integer type.
    pub tensors: u64,
}
