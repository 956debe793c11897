// SPDX-License-Identifier: MIT OR Apache-2.0
//! Messages on the disk until they are settled: over outages of a broker, over restarts, over a loss of power.

mod age;
mod cursor;
mod log;
mod reader;
mod record;
mod segment;
#[cfg(test)]
mod tests;

pub use log::{Log, NotAppended, OnFull, Span, SpoolSettings};
pub use reader::Reader;
pub use record::{Record, Records};
