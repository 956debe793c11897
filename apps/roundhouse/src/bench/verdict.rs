// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a limit is said to be kept.

/// Whether a limit is kept, in a word.
pub fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}
