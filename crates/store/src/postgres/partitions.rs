// SPDX-License-Identifier: MIT OR Apache-2.0
//! The raw log has a partition for each day of arrival. What is too old goes by the day.

use std::collections::BTreeMap;

use messages::Timestamp;

use crate::sql::{Session, note_forgotten, step, values};
use crate::store::{Limits, Result, Scope};

/// A day, ns.
const DAY_NS: i64 = 86_400_000_000_000;
/// So many identities are deleted in one step.
const STEP: i64 = 20_000;

/// The day of a time.
pub const fn day(time: Timestamp) -> i64 {
    time.nanos().div_euclid(DAY_NS)
}

/// When a day begins.
const fn begin(day: i64) -> i64 {
    day.saturating_mul(DAY_NS)
}

/// The partition of a day, such as `event_2026_03_01`.
fn name(day: i64) -> String {
    let time = Timestamp::from_nanos(begin(day)).to_string();
    format!("event_{}", time[..10].replace('-', "_"))
}

/// Makes the partition of a day, if it is not there. Nobody who reads waits for it, nor is waited for.
pub fn make(session: &mut impl Session, day: i64) -> Result<()> {
    let new = session.run(
        "INSERT INTO event_day (day) VALUES (?1) ON CONFLICT DO NOTHING",
        &values![day],
    )?;
    if new == 0 {
        return Ok(());
    }
    let (name, from, to) = (name(day), begin(day), begin(day + 1));
    session.control(&format!(
        "CREATE TABLE {name} (LIKE event INCLUDING ALL);
         ALTER TABLE event ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({to})"
    ))
}

/// A day of the log that is beyond the limits.
pub struct Old {
    day: i64,
    events: i64,
    /// The newest event of history in it, for each flow.
    floors: BTreeMap<Scope, i64>,
}

/// The days that are beyond the limits; of those that are only too much, one, and never the newest.
pub fn old(session: &mut impl Session, limits: Limits) -> Result<Vec<Old>> {
    let size = session.ask_one("SELECT pg_database_size(current_database())", &[], |row| {
        row.take::<i64>(0)
    })?;
    let is_large = size.unwrap_or_default().max(0) as u64 > limits.bytes;
    let days = session.ask("SELECT day FROM event_day ORDER BY day", &[], |row| {
        row.take::<i64>(0)
    })?;
    let is_old = |day: &i64| begin(day + 1) <= limits.arrived.nanos();
    let mut old: Vec<i64> = days.iter().copied().filter(is_old).collect();
    if old.is_empty() && is_large && days.len() > 1 {
        old.extend(days.first());
    }
    old.into_iter().map(|day| look(session, day)).collect()
}

/// What is in the log of a day.
fn look(session: &mut impl Session, day: i64) -> Result<Old> {
    let span = values![begin(day), begin(day + 1)];
    let events = session.ask_one(
        "SELECT count(*) FROM event WHERE ingest >= ?1 AND ingest < ?2",
        &span,
        |row| row.take(0),
    )?;
    let floors = session.ask(
        "SELECT facility, flow, max(time) FROM event WHERE ingest >= ?1 AND ingest < ?2 AND fold = 1 GROUP BY facility, flow",
        &span,
        |row| {
            let scope = Scope::new(row.take::<String>(0)?, row.take::<String>(1)?);
            Ok((scope, row.take(2)?))
        },
    )?;
    Ok(Old {
        day,
        events: events.unwrap_or_default(),
        floors: floors.into_iter().collect(),
    })
}

/// Deletes old days; returns how many events they had.
pub fn delete(session: &mut impl Session, old: &[Old]) -> Result<usize> {
    for old in old {
        step(session, |session| {
            // Who reads for long, such as a backup, is not waited for: the next attempt may do, and meanwhile events can be kept.
            session.control("SET LOCAL lock_timeout = '1s'")?;
            session.control(&format!("DROP TABLE {}", name(old.day)))?;
            session.run("DELETE FROM event_day WHERE day = ?1", &values![old.day])?;
            note_forgotten(session, &old.floors)
        })?;
    }
    // An identity may stay for longer than its event, never for less.
    session.run(
        "DELETE FROM identity WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM identity WHERE day < (SELECT min(day) FROM event_day) LIMIT ?1))",
        &values![STEP],
    )?;
    Ok(old.iter().map(|old| old.events as usize).sum())
}
