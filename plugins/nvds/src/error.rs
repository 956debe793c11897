// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be wrong with `DeepStream`'s libraries or with a batch.

use crate::layout::Family;

/// Why a batch cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A library could not be opened.
    #[error(
        "{library} could not be opened ({reason}): install DeepStream, or name the folder of its libraries in \
         {variable}"
    )]
    LibraryMissing {
        /// File name of the library.
        library: &'static str,
        /// What the loader said, for every place that was tried.
        reason: String,
        /// Environment variable that names the folder of the libraries.
        variable: &'static str,
    },
    /// A library lacks a function.
    #[error("{library} lacks the function {function}: it is not DeepStream 6.2 to 9.2")]
    FunctionMissing {
        /// File name of the library.
        library: &'static str,
        /// Name of the function.
        function: &'static str,
    },
    /// The metas have sizes that belong to no known version.
    #[error(
        "this DeepStream has frame metas of {frame} bytes and object metas of {object} bytes; supported are {}",
        supported()
    )]
    UnknownLayout {
        /// Bytes of a frame meta.
        frame: usize,
        /// Bytes of an object meta.
        object: usize,
    },
    /// A list is longer than it can be, or points nowhere.
    #[error("the list of {list} in DeepStream's batch is corrupt: {reason}")]
    Corrupt {
        /// What the list holds.
        list: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The buffer cannot be copied with its batch.
    #[error("DeepStream's batch cannot be copied with its buffer")]
    NotCopied,
    /// A message that has more bytes than can be said of it.
    #[error("a message of {length} bytes is too long for DeepStream")]
    MessageTooLong {
        /// Its bytes.
        length: usize,
    },
    /// The batch gives no more metas.
    #[error("DeepStream's batch has no {meta} meta left")]
    PoolEmpty {
        /// What was asked for.
        meta: &'static str,
    },
}

/// The supported families with the sizes of their metas.
fn supported() -> String {
    Family::ALL
        .map(|family| {
            let (frame, object) = family.sizes();
            format!("{family} ({frame} and {object})")
        })
        .join(", ")
}
