// SPDX-License-Identifier: MIT OR Apache-2.0
//! Copies of databases: files of SQLite, whatever the database is.

use std::fmt::Display;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use super::schema;
use super::session::SqliteSession;
use crate::sql::Session;
use crate::store::{Result, StoreError};

/// Writes a copy into a file that is not there yet.
pub fn write(session: &SqliteSession, file: &Path) -> Result<()> {
    let name = file.display().to_string();
    session.connection().execute("VACUUM INTO ?1", [name])?;
    Ok(())
}

/// A copy that is read.
pub struct Copied {
    pub session: SqliteSession,
    /// Where one of an earlier version was brought up.
    _folder: Option<TempDir>,
}

impl Copied {
    /// Opens one to read it; one of an earlier version stays as it is.
    pub fn open(file: &Path) -> Result<Self> {
        let refused =
            |error: &dyn Display| StoreError::Copy(file.display().to_string(), error.to_string());
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection =
            Connection::open_with_flags(file, flags).map_err(|error| refused(&error))?;
        let version = schema::check(&connection, file).map_err(|error| match error {
            StoreError::Database(error) => refused(&error),
            other => other,
        })?;
        if version == 0 {
            return Err(refused(
                &"this is no copy of a database of `roundhouse serve`",
            ));
        }
        let mut folder = None;
        if version < schema::KNOWN {
            let place = tempfile::tempdir().map_err(|error| refused(&error))?;
            let present = place.path().join("present.sqlite");
            std::fs::copy(file, &present).map_err(|error| refused(&error))?;
            connection = Connection::open(&present)?;
            schema::bring_up(&mut connection, &present)?;
            folder = Some(place);
        }
        Ok(Self {
            session: SqliteSession::new(connection)?,
            _folder: folder,
        })
    }
}

/// Makes the file of a copy: all of it is in this one file at any time.
#[cfg(feature = "postgres")]
pub fn make(file: &Path) -> Result<SqliteSession> {
    let mut connection = Connection::open(file)?;
    schema::bring_up(&mut connection, file)?;
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    SqliteSession::new(connection)
}

/// All tables of a copy but the log.
pub fn tables(session: &mut SqliteSession) -> Result<Vec<String>> {
    session.ask(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'event' ORDER BY name",
        &[],
        |row| row.take(0),
    )
}
