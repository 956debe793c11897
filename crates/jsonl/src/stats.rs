// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is counted.

counters::counters! {
    /// What became of the documents, and of the files.
    pub struct Counters {
        /// Documents that were written.
        documents,
        /// Documents that could not be written.
        lost,
        /// Documents with a line break inside, which a file of lines cannot hold.
        refused,
        /// Files that were begun.
        files,
        /// Old files that were removed.
        removed,
        /// Old files that could not be removed.
        kept,
        /// Files whose last line was incomplete and was cut off.
        repaired,
    }
}
