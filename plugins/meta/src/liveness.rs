// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether an input is live: cameras set the pace, or files are played as fast as anybody likes.

use std::collections::HashSet;

use gst::prelude::*;

/// Whether a live source feeds the sink pad `pad`; `None` if no source answers (yet).
///
/// Ask when the first buffer arrives: the whole chain up to the source is linked then.
///
/// The peer's answer to a latency query is not enough: `clocksync` and `identity sync=true` answer it as live though
/// they only pace a file, and a paced file must give the same results as an unpaced one. So the sources themselves are
/// asked, through every element and bin between them and `pad`.
#[must_use]
pub fn input_is_live(pad: &gst::Pad) -> Option<bool> {
    let mut unvisited: Vec<gst::Pad> = pad.peer().into_iter().collect();
    let mut visited = HashSet::new();
    let mut answer = None;
    while let Some(output) = unvisited.pop() {
        if !visited.insert(output.clone()) {
            continue;
        }
        let inputs = upstream_of(&output);
        if inputs.is_empty() {
            let mut query = gst::query::Latency::new();
            if output.query(&mut query) {
                answer = answer.max(Some(query.result().0));
            }
        }
        unvisited.extend(inputs);
    }
    answer
}

/// The source pads whose data comes out of `output`; none if it belongs to a source.
fn upstream_of(output: &gst::Pad) -> Vec<gst::Pad> {
    if let Some(ghost) = output.downcast_ref::<gst::GhostPad>() {
        return ghost.target().into_iter().collect();
    }
    let Some(parent) = output.parent() else {
        return Vec::new();
    };
    if let Some(element) = parent.downcast_ref::<gst::Element>() {
        element
            .sink_pads()
            .iter()
            .filter_map(PadExt::peer)
            .collect()
    } else if let Some(ghost) = parent.downcast_ref::<gst::GhostPad>() {
        ghost.peer().into_iter().collect()
    } else {
        Vec::new()
    }
}
