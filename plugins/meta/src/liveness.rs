// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether an input is live: cameras set the pace, or files are played as fast as anybody likes.

use gst::prelude::*;

/// Whether what comes into `pad` is live, as its peer's answer to a LATENCY query says; `None` if nobody answers (yet).
///
/// Ask when the first buffer arrives: the whole chain up to the source is linked then.
#[must_use]
pub fn input_is_live(pad: &gst::Pad) -> Option<bool> {
    let mut query = gst::query::Latency::new();
    pad.peer_query(&mut query).then(|| query.result().0)
}
