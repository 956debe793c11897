// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is counted for the property `stats`.

kit::counters! {
    /// Counters since the start, besides [`kit::LocatedCounters`].
    pub struct Counters {
        /// Plates on which no number that a scheme allows was read.
        unread,
    }
}
