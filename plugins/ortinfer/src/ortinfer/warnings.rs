// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element's warnings; each names the remedy or says what happens instead.

use crate::engine::StartError;

/// The property `start-time` was set.
pub const OLD_START_TIME: &str = "Property 'start-time' is deprecated and will be removed in the next release; use 'utc-start-time' instead";

/// The model's file is missing, which `optional` allows.
pub fn absent(problem: &StartError) -> String {
    format!("{problem}. Frames pass unseen by any network, as optional=true allows")
}

/// A frame could not be inferred, the first one for this reason.
pub fn not_inferred(problem: &str) -> String {
    format!(
        "A frame was not inferred: {problem}. Further ones are counted in 'stats' without a warning"
    )
}
