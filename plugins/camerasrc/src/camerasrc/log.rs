// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the element's log lines go.

use std::sync::LazyLock;

/// Debug category `camerasrc`.
pub static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "camerasrc",
        gst::DebugColorFlags::empty(),
        Some("A camera that is never lost for good"),
    )
});
