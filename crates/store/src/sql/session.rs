// SPDX-License-Identifier: MIT OR Apache-2.0
//! A connection to a database.

use messages::Timestamp;

use super::value::{Row, Value};
use crate::store::{Document, Kept, Result};

/// A connection to a database. Parameters are written `?1`, `?2` and so on.
pub trait Session {
    /// Executes a command; returns how many rows it changed.
    fn run(&mut self, command: &str, values: &[Value]) -> Result<usize>;

    /// Asks a question; `read` takes each row of the answer.
    fn ask<T>(
        &mut self,
        question: &str,
        values: &[Value],
        read: impl FnMut(&mut Row) -> Result<T>,
    ) -> Result<Vec<T>>;

    /// Writes what is not in the log yet into it, in the order of the batch: at the places that the documents have, or if they have
    /// none, behind everything.
    fn append(&mut self, batch: &[Document], now: Timestamp) -> Result<Vec<Kept>>;

    /// Executes commands without parameters, such as BEGIN.
    fn control(&mut self, word: &str) -> Result<()>;

    /// Asks a question that has one row at most.
    fn ask_one<T>(
        &mut self,
        question: &str,
        values: &[Value],
        read: impl FnMut(&mut Row) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.ask(question, values, read)?.into_iter().next())
    }
}

/// A transaction: rolled back if it is dropped before it is committed.
struct Open<'s, S: Session> {
    session: &'s mut S,
    committed: bool,
}

impl<S: Session> Drop for Open<'_, S> {
    fn drop(&mut self) {
        if !self.committed {
            // A connection that is lost has rolled back by itself.
            self.session.control("ROLLBACK").ok();
        }
    }
}

/// Does all of `work`, or nothing of it.
pub fn step<S: Session, T>(session: &mut S, work: impl FnOnce(&mut S) -> Result<T>) -> Result<T> {
    session.control("BEGIN")?;
    let mut open = Open {
        session,
        committed: false,
    };
    let done = work(open.session)?;
    open.session.control("COMMIT")?;
    open.committed = true;
    Ok(done)
}
