// SPDX-License-Identifier: MIT OR Apache-2.0
//! The property `stats` of an element.

/// A structure of `name` with one `guint64` field per counter, for the property `stats`.
#[must_use]
pub fn structure(
    name: &str,
    counters: impl IntoIterator<Item = (&'static str, u64)>,
) -> gst::Structure {
    let mut structure = gst::Structure::builder(name);
    for (name, value) in counters {
        structure = structure.field(name, value);
    }
    structure.build()
}
