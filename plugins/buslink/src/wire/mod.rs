// SPDX-License-Identifier: MIT OR Apache-2.0
//! Buffers as messages, and back.
//!
//! A buffer of documents is one message per document. A video frame is one message of kind `image`, a packet one per slot; pixels are
//! the payload, everything else stands in the document. What a stream of buffers announces is said by messages of kind `stream`.

mod assembly;
mod disassembly;
mod document;
mod frame;
mod image;
mod jpeg;
mod pixels;
mod stream;
#[cfg(test)]
mod tests;

pub use assembly::{Assembly, Item};
pub use disassembly::{Disassembly, Outgoing};
pub use document::Origin;

/// What crosses the bus: frames, packets, compressed pictures, documents.
pub fn caps() -> gst::Caps {
    [
        meta::PACKET_CAPS,
        "video/x-raw",
        "image/jpeg",
        meta::REPORT_CAPS,
        meta::STATE_CAPS,
    ]
    .into_iter()
    .map(gst::Structure::new_empty)
    .collect()
}
