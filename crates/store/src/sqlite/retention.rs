// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the raw log loses with time.

use std::collections::BTreeMap;

use super::session::SqliteSession;
use crate::sql::{Session, note_forgotten, step, values};
use crate::store::{Limits, Result, Scope};

/// So many events are deleted in one step.
const STEP: i64 = 2000;

/// Deletes the oldest events that are beyond the limits, and gives their room back to the disk.
pub fn forget(session: &mut SqliteSession, limits: Limits) -> Result<usize> {
    let is_large = bytes(session)? > limits.bytes;
    let deleted = step(session, |session| {
        let mut floors: BTreeMap<Scope, i64> = BTreeMap::new();
        // The oldest ones are looked at alone: the log is too large to be searched.
        let deleted = session.ask(
            "DELETE FROM event WHERE seq IN (SELECT seq FROM event ORDER BY seq LIMIT ?3) AND (ingest < ?1 OR ?2)
             RETURNING facility, flow, fold, time",
            &values![limits.arrived, is_large, STEP],
            |row| {
                if row.take(2)? {
                    let scope = Scope::new(row.take::<String>(0)?, row.take::<String>(1)?);
                    let time: i64 = row.take(3)?;
                    let floor = floors.entry(scope).or_insert(time);
                    *floor = time.max(*floor);
                }
                Ok(())
            },
        )?;
        note_forgotten(session, &floors)?;
        Ok(deleted.len())
    })?;
    session.control("PRAGMA incremental_vacuum(4000)")?;
    Ok(deleted)
}

/// How much of the file is in use.
fn bytes(session: &mut SqliteSession) -> Result<u64> {
    let mut read = |pragma: &str| -> Result<i64> {
        let number = session.ask_one(pragma, &[], |row| row.take(0))?;
        Ok(number.unwrap_or_default())
    };
    let pages = read("PRAGMA page_count")? - read("PRAGMA freelist_count")?;
    Ok((pages * read("PRAGMA page_size")?).max(0) as u64)
}
