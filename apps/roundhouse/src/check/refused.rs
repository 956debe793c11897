// SPDX-License-Identifier: MIT OR Apache-2.0
//! What only `GStreamer` itself finds when it makes the pipeline.

use pipeline_text::{Mistake, Text};

/// The reason for which the pipeline cannot be made, if there is one.
pub fn by_gstreamer(text: &Text) -> Option<Mistake> {
    let error = gst::parse::launch(text.description()).err()?;
    Some(Mistake {
        file: text.files().first().cloned().unwrap_or_default(),
        spot: None,
        sentence: error.message().to_owned(),
    })
}
