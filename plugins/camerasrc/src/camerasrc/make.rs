// SPDX-License-Identifier: MIT OR Apache-2.0
//! Makes the elements of a connection.

use super::loss::Loss;

/// An element of `factory`, or what is missing.
pub fn make(factory: &str) -> Result<gst::Element, Loss> {
    gst::ElementFactory::make(factory).build().map_err(|_| {
        Loss::Failed(format!(
            "GStreamer has no element {factory}: install its plugin"
        ))
    })
}
