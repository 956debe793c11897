// SPDX-License-Identifier: MIT OR Apache-2.0
//! A message of `DeepStream`'s `nvmsgconv`.

use bus::Message;
use bus::nvmsgconv::{MuxerSize, document};
use bytes::Bytes;

/// The size of the muxer's pictures.
const SIZE: MuxerSize = MuxerSize {
    width: 960,
    height: 540,
};

/// What is understood is a message of ours.
///
/// # Panics
/// If it is not.
pub fn message(data: &[u8]) {
    if let Some(Ok(document)) = document(data, SIZE, "hall-a") {
        let read = Message::read(document, Bytes::new());
        assert!(read.is_ok(), "{read:?}");
    }
}
