// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tables, and how a database of an earlier version becomes one of this version.

use std::path::Path;

use rusqlite::Connection;

use crate::store::{Result, StoreError};

/// What makes each version of the one before; the first one makes it of nothing. Only ever add to this list.
const MIGRATIONS: [&str; 1] = [concat!(
    include_str!("log_1.sql"),
    include_str!("../sql/history_1.sql")
)];

/// The version of this program.
pub const KNOWN: i64 = MIGRATIONS.len() as i64;

/// Sets the connection up, and brings the database up to this version.
pub fn bring_up(connection: &mut Connection, file: &Path) -> Result<()> {
    // Readers beside a writer; what is committed outlives a loss of power.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let found = check(connection, file)?;
    for version in found..KNOWN {
        let step = connection.transaction()?;
        step.execute_batch(MIGRATIONS[version as usize])?;
        step.pragma_update(None, "user_version", version + 1)?;
        step.commit()?;
    }
    Ok(())
}

/// The version of a database, if it is not newer than this program.
pub fn check(connection: &Connection, file: &Path) -> Result<i64> {
    let found = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > KNOWN {
        return Err(StoreError::Newer {
            place: file.display().to_string(),
            found,
            known: KNOWN,
        });
    }
    Ok(found)
}
