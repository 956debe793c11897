// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a check found.

use pipeline_text::Mistake;

/// What one part of the check has found.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) mistakes: Vec<Mistake>,
    pub(super) warnings: Vec<Mistake>,
}
