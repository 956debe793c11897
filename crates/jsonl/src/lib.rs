// SPDX-License-Identifier: MIT OR Apache-2.0
//! JSON Lines in rotating files of a folder: a new file each day or so many bytes, old ones are removed, a restart appends. And lines of a file that is still being written.

mod file_name;
mod files;
mod growing;
mod stats;

pub use files::{Files, Limits};
pub use growing::GrowingLines;
pub use stats::Counters;
