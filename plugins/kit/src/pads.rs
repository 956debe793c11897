// SPDX-License-Identifier: MIT OR Apache-2.0
//! Templates of pads that are always there.

/// Templates of the pads `sink` and `src` with these caps.
#[must_use]
pub fn always(sink: &gst::Caps, src: &gst::Caps) -> Vec<gst::PadTemplate> {
    let template = |name, direction, caps| {
        gst::PadTemplate::new(name, direction, gst::PadPresence::Always, caps).ok()
    };
    [
        template("sink", gst::PadDirection::Sink, sink),
        template("src", gst::PadDirection::Src, src),
    ]
    .into_iter()
    .flatten()
    .collect()
}
