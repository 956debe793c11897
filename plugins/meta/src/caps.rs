// SPDX-License-Identifier: MIT OR Apache-2.0
//! What inference and estimator elements take.

use crate::PACKET_CAPS;

/// A single video, a packet of frames, or a batch of `DeepStream`.
#[must_use]
pub fn frame_caps() -> gst::Caps {
    gst::Caps::builder_full()
        .structure(gst::Structure::new_empty("video/x-raw"))
        .structure(gst::Structure::new_empty(PACKET_CAPS))
        .structure_with_features(
            gst::Structure::new_empty("video/x-raw"),
            gst::CapsFeatures::new(["memory:NVMM"]),
        )
        .build()
}
