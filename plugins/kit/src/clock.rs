// SPDX-License-Identifier: MIT OR Apache-2.0
//! The system's clock. Elements ask it about live input only: recordings bring their own time.

use gst::prelude::*;
use messages::Timestamp;

/// UTC now.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// UTC of running time 0 of a live `element`, by the system's clock now; ask once and keep it.
///
/// An element without a clock is taken to be at running time 0.
#[must_use]
pub fn utc_base(element: &impl IsA<gst::Element>) -> Timestamp {
    let running = element
        .current_running_time()
        .map_or(0, |time| i64::try_from(time.nseconds()).unwrap_or(i64::MAX));
    now().saturating_sub(running)
}

/// First part of the identifiers that one run makes. Live input: the second of the start, so that no earlier run has made
/// the same; recordings: 1, so that equal input gives equal identifiers.
#[must_use]
pub fn id_epoch(live: bool) -> u64 {
    if live {
        u64::try_from(now().nanos() / 1_000_000_000).unwrap_or(1)
    } else {
        1
    }
}
