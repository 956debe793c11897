// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is kept of halls: every event as it came, and the history that is derived from it.
//!
//! The raw log has each event once, by its `source` and `id`. The history (who stood where from when to when, who moved, who came
//! and went, how cameras were) is computed from the log alone, in the order of event times: [`history::Fold`] takes one document
//! after the other. It goes on where it stopped, and goes back to a checkpoint when something earlier arrives late; either way the
//! result is that of a computation from the start.
//!
//! [`Store`] is what a server needs of a database, [`SqliteStore`] the one that is a file, [`PostgresStore`] the one on a server.
//! None reads a clock.

pub mod history;
mod place;
#[cfg(feature = "postgres")]
mod postgres;
mod sql;
mod sqlite;
mod store;

pub use place::{is_address, open, open_to_read};
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
pub use sqlite::SqliteStore;
pub use store::{
    Backlog, CameraRow, Document, Flow, Kept, Limits, MoveRow, Scope, Span, StayRow, Store,
    StoreError, VisitRow,
};
