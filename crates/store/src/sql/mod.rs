// SPDX-License-Identifier: MIT OR Apache-2.0
//! A store over a database that understands SQL: derivation and answers in the words that SQLite and PostgreSQL share.
//!
//! Whole numbers and times are 64 bit, truth is 0 or 1, texts are compared by their bytes.

pub mod copy;
mod database;
mod derive;
mod ingest;
mod read;
mod session;
mod value;

pub use database::Database;
pub use derive::Folds;
pub use ingest::note_forgotten;
pub use session::{Session, step};
pub(crate) use value::values;
pub use value::{Row, Value};
