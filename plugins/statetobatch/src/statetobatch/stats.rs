// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is counted for the property `stats`.

counters::counters! {
    /// Counters since the start.
    pub struct Counters {
        /// Batches that went through.
        batches,
        /// States that came.
        states,
        /// Messages that were put on batches.
        messages,
        /// States that gave way to a newer one before any batch came.
        superseded,
        /// Documents that cannot be a message: empty, no UTF-8, or with a zero byte.
        bad_states,
        /// Buffers without a batch, or with an empty one, which went through without a message.
        without_frames,
    }
}
