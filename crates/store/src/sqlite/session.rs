// SPDX-License-Identifier: MIT OR Apache-2.0
//! A connection to a file.

use std::borrow::Cow;
use std::time::Duration;

use messages::Timestamp;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, params, params_from_iter};

use crate::sql::{Row, Session, Value};
use crate::store::{Document, Kept, Result, StoreError};

/// How long one waits for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);
/// So many statements are kept prepared: all that there are.
const STATEMENTS: usize = 64;

/// A connection to a file.
pub struct SqliteSession(Connection);

impl SqliteSession {
    /// Over a connection whose database is of this version.
    pub fn new(connection: Connection) -> Result<Self> {
        connection.busy_timeout(PATIENCE)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self(connection))
    }

    /// The connection.
    pub const fn connection(&self) -> &Connection {
        &self.0
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

/// A row.
fn row(row: &rusqlite::Row, columns: usize) -> Result<Row> {
    let column = |column| {
        Ok(match row.get_ref(column)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Integer(number),
            ValueRef::Real(number) => Value::Real(number),
            ValueRef::Text(text) => {
                let text = std::str::from_utf8(text);
                let text = text.map_err(|error| StoreError::Unreadable(error.to_string()))?;
                Value::Text(Cow::Owned(text.to_owned()))
            }
            ValueRef::Blob(_) => return Err(StoreError::Unreadable("there is a blob".to_owned())),
        })
    };
    Ok(Row::new((0..columns).map(column).collect::<Result<_>>()?))
}

impl Session for SqliteSession {
    fn run(&mut self, command: &str, values: &[Value]) -> Result<usize> {
        let mut statement = self.0.prepare_cached(command)?;
        Ok(statement.execute(params_from_iter(values))?)
    }

    fn ask<T>(
        &mut self,
        question: &str,
        values: &[Value],
        mut read: impl FnMut(&mut Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.0.prepare_cached(question)?;
        let columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(values))?;
        let mut answer = Vec::new();
        while let Some(next) = rows.next()? {
            answer.push(read(&mut row(next, columns)?)?);
        }
        Ok(answer)
    }

    fn append(&mut self, batch: &[Document], now: Timestamp) -> Result<Vec<Kept>> {
        let mut statement = self.0.prepare_cached(
            "INSERT INTO event (seq, facility, flow, kind, source, id, time, ingest, fold, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (source, id) DO NOTHING",
        )?;
        let mut kept = Vec::with_capacity(batch.len());
        for document in batch {
            let new = statement.execute(params![
                (document.sequence != 0).then_some(document.sequence),
                document.scope.facility,
                document.scope.flow,
                document.kind,
                document.source,
                document.id,
                document.time.nanos(),
                now.nanos(),
                document.is_history(),
                document.body
            ])?;
            kept.push(match new {
                0 => Kept::Duplicate,
                _ => Kept::New(self.0.last_insert_rowid()),
            });
        }
        Ok(kept)
    }

    fn control(&mut self, word: &str) -> Result<()> {
        Ok(self.0.execute_batch(word)?)
    }
}
