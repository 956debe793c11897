// SPDX-License-Identifier: MIT OR Apache-2.0
//! Copies of databases: files of SQLite, whatever the database is.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::schema;
use super::session::SqliteSession;
use crate::store::{Result, StoreError};

/// Writes a copy into a file that is not there yet.
pub fn write(session: &SqliteSession, file: &Path) -> Result<()> {
    let name = file.display().to_string();
    session.connection().execute("VACUUM INTO ?1", [name])?;
    Ok(())
}

/// Opens a copy to read it.
///
/// # Errors
/// It cannot be read, or is none.
pub fn open(file: &Path) -> Result<SqliteSession> {
    let is_none = |said: String| StoreError::Copy(file.display().to_string(), said);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags);
    let connection = connection.map_err(|error| is_none(error.to_string()))?;
    let version = schema::check(&connection, file).map_err(|error| match error {
        StoreError::Database(error) => is_none(error.to_string()),
        other => other,
    })?;
    if version == 0 {
        return Err(is_none(
            "this is no copy of a database of `roundhouse serve`".to_owned(),
        ));
    }
    SqliteSession::new(connection)
}

/// Makes the file of a copy.
///
/// # Errors
/// It cannot be written.
#[cfg(feature = "postgres")]
pub fn make(file: &Path) -> Result<SqliteSession> {
    let mut connection = Connection::open(file)?;
    schema::bring_up(&mut connection, file)?;
    SqliteSession::new(connection)
}
