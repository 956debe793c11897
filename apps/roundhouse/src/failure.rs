// SPDX-License-Identifier: MIT OR Apache-2.0
//! A sentence that ends a command.

use std::fmt;
use std::path::Path;

/// Why a command could not do its work, and what to do about it.
#[derive(Debug)]
pub struct Failure(String);

/// What every command returns.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// A failure with this sentence, which says what to do.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// A file that could not be opened, read or written.
    pub fn file(path: &Path, error: &std::io::Error) -> Self {
        Self(format!("{}: {error}", path.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
