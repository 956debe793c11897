// SPDX-License-Identifier: MIT OR Apache-2.0
//! The category of the debug log: `GST_DEBUG=flowbin:7` shows for every packet why it was taken, dropped or kept.

use std::sync::LazyLock;

/// Debug category `flowbin`.
pub static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "flowbin",
        gst::DebugColorFlags::empty(),
        Some("Pipeline text as one element"),
    )
});
