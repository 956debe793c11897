// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tables, and how a database of an earlier version becomes one of this version.

use super::session::PostgresSession;
use crate::sql::{Session, step, values};
use crate::store::{Result, StoreError};

/// What makes each version of the one before; the first one makes it of nothing. Only ever add to this list.
const MIGRATIONS: [&str; 1] = [concat!(
    include_str!("log_1.sql"),
    include_str!("../sql/history_1.sql")
)];

/// A migration in the words of PostgreSQL. Texts are compared by their bytes, whatever the language of the database is.
fn in_postgres(migration: &str) -> String {
    migration
        .replace("INTEGER", "BIGINT")
        .replace("REAL", "DOUBLE PRECISION")
        .replace("TEXT", "TEXT COLLATE \"C\"")
        .replace(") WITHOUT ROWID", ")")
}

/// Brings the database up to this version.
pub fn bring_up(session: &mut PostgresSession) -> Result<()> {
    let found = check(session)?;
    for version in found..MIGRATIONS.len() as i64 {
        step(session, |session| {
            session.control(&in_postgres(MIGRATIONS[version as usize]))?;
            session
                .control("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")?;
            session.run("DELETE FROM schema_version", &[])?;
            session.run(
                "INSERT INTO schema_version (version) VALUES (?1)",
                &values![version + 1],
            )
        })?;
    }
    Ok(())
}

/// The version of a database, if it is not newer than this program; 0 of an empty one.
pub fn check(session: &mut PostgresSession) -> Result<i64> {
    let known = MIGRATIONS.len() as i64;
    if !session.has_table("schema_version")? {
        return Ok(0);
    }
    let found = session.ask_one("SELECT version FROM schema_version", &[], |row| row.take(0))?;
    let found = found.unwrap_or(0);
    if found > known {
        return Err(StoreError::Newer {
            place: session.server().to_owned(),
            found,
            known,
        });
    }
    Ok(found)
}
