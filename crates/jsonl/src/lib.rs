// SPDX-License-Identifier: MIT OR Apache-2.0
//! JSON Lines in rotating files of a folder: a new file each day or so many bytes, old ones are removed, a restart appends.

mod file_name;
mod files;
mod stats;

pub use files::{Files, Limits};
pub use stats::Counters;
