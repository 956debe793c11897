// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is counted for the property `stats`.

kit::counters! {
    /// Counters since the start; what became of the numbers read, [`kit::LocatedCounters`] counts.
    pub struct Counters {
        /// New frames; cached frames of a packet do not count again.
        frames,
        /// New network outputs about plates that are high enough.
        looks,
        /// Outputs about plates that are too low.
        small,
        /// Tensors that do not fit the network's alphabet, or hold values that are no probabilities.
        errors_tensor,
        /// Plates on which no number that a scheme allows was read.
        unread,
        /// Numbers that are not probable enough.
        doubtful,
    }
}
