// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is counted for the property `stats`.

kit::counters! {
    /// Counters since the start; what became of the models found, [`kit::LocatedCounters`] counts.
    pub struct Counters {
        /// New frames; cached frames of a packet do not count again.
        frames,
        /// New classifier results on ends that are high enough.
        looks,
        /// Results on ends that are too low.
        small,
        /// Tensors with another number of values than there are labels, or with values that are no probabilities.
        errors_tensor,
        /// Results whose best label is `other`: no locomotive of the catalogue.
        other,
        /// Results whose best model is not probable enough.
        doubtful,
    }
}
