// SPDX-License-Identifier: MIT OR Apache-2.0
//! What stands in a file of a spool.

use bus::Records;
use bytes::Bytes;

/// The records of a file. They are in order, and end within it.
///
/// # Panics
/// If they are not.
pub fn file(data: &[u8]) {
    let mut records = Records::new(Bytes::copy_from_slice(data), 0);
    let mut last = 0;
    while let Some(record) = records.next() {
        assert!(record.sequence > last, "{} after {last}", record.sequence);
        last = record.sequence;
        assert!(records.end() <= data.len());
    }
    let _ = (records.has_rest(), records.needs(), records.damaged());
}
