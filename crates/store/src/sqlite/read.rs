// SPDX-License-Identifier: MIT OR Apache-2.0
//! Answers.

use std::collections::BTreeMap;

use messages::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use crate::history::{Coverage, MoveKind};
use crate::store::{CameraRow, Document, Flow, MoveRow, Result, Scope, Span, StayRow, VisitRow};

/// A time in a column.
fn time(row: &Row, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_nanos)
}

/// A time in a column, or nothing.
fn maybe_time(row: &Row, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row
        .get::<_, Option<i64>>(column)?
        .map(Timestamp::from_nanos))
}

/// All rows of an answer.
fn all<T>(
    connection: &Connection,
    question: &str,
    values: impl Params,
    read: impl FnMut(&Row) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let mut statement = connection.prepare_cached(question)?;
    let rows = statement.query_map(values, read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The facilities with their flows.
pub fn halls(connection: &Connection) -> Result<Vec<(String, Vec<Flow>)>> {
    let flows = all(
        connection,
        "SELECT facility, flow, newest, events, time FROM flow ORDER BY facility, flow = 'prod' DESC, flow",
        [],
        |row| {
            let flow = Flow {
                flow: row.get(1)?,
                newest: time(row, 2)?,
                events: row.get(3)?,
                derived: maybe_time(row, 4)?,
            };
            Ok((row.get::<_, String>(0)?, flow))
        },
    )?;
    let mut halls: BTreeMap<String, Vec<Flow>> = BTreeMap::new();
    for (facility, flow) in flows {
        halls.entry(facility).or_default().push(flow);
    }
    Ok(halls.into_iter().collect())
}

const DOCUMENT: &str = "seq, facility, flow, kind, source, id, time, body";

/// A document in a row of the columns above.
fn document(row: &Row) -> rusqlite::Result<Document> {
    Ok(Document {
        sequence: row.get(0)?,
        scope: Scope::new(row.get::<_, String>(1)?, row.get::<_, String>(2)?),
        kind: row.get(3)?,
        source: row.get(4)?,
        id: row.get(5)?,
        time: time(row, 6)?,
        body: row.get(7)?,
        event: None,
    })
}

/// The newest state that describes `at` or an earlier instant.
pub fn state_at(connection: &Connection, scope: &Scope, at: Timestamp) -> Result<Option<Document>> {
    let question = format!(
        "SELECT {DOCUMENT} FROM event WHERE fold = 1 AND facility = ?1 AND flow = ?2 AND time <= ?3 AND kind = 'facility-state'
         ORDER BY time DESC, source DESC, length(id) DESC, id DESC LIMIT 1"
    );
    let mut statement = connection.prepare_cached(&question)?;
    let values = params![scope.facility, scope.flow, at.nanos()];
    Ok(statement.query_row(values, document).optional()?)
}

/// The states and health documents among the next `most` events after `sequence`.
pub fn after(
    connection: &Connection,
    scope: &Scope,
    sequence: i64,
    most: i64,
) -> Result<(Vec<Document>, i64)> {
    let until = newest_sequence(connection)?.min(sequence.saturating_add(most));
    let question = format!(
        "SELECT {DOCUMENT} FROM event WHERE seq > ?3 AND seq <= ?4 AND +facility = ?1 AND +flow = ?2 AND +fold = 1 ORDER BY seq"
    );
    let values = params![scope.facility, scope.flow, sequence, until];
    Ok((
        all(connection, &question, values, document)?,
        until.max(sequence),
    ))
}

/// The place of the newest event in the log.
pub fn newest_sequence(connection: &Connection) -> Result<i64> {
    Ok(
        connection.query_row("SELECT ifnull(max(seq), 0) FROM event", [], |row| {
            row.get(0)
        })?,
    )
}

/// The stays that overlap a span.
pub fn stays(connection: &Connection, scope: &Scope, span: Span) -> Result<Vec<StayRow>> {
    all(
        connection,
        "SELECT track, locomotive, number, model, head, tail, t0, t1 FROM stay
         LEFT JOIN visit USING (facility, flow, locomotive, arrived)
         WHERE facility = ?1 AND flow = ?2 AND t0 < ?4 AND (t1 IS NULL OR t1 > ?3) ORDER BY t0, track, locomotive",
        params![scope.facility, scope.flow, span.from.nanos(), span.to.nanos()],
        |row| {
            Ok(StayRow {
                track: row.get(0)?,
                locomotive: row.get(1)?,
                number: row.get(2)?,
                model: row.get(3)?,
                head: row.get(4)?,
                tail: row.get(5)?,
                from: time(row, 6)?,
                to: maybe_time(row, 7)?,
            })
        },
    )
}

/// The moves within a span.
pub fn moves(connection: &Connection, scope: &Scope, span: Span) -> Result<Vec<MoveRow>> {
    all(
        connection,
        "SELECT time, locomotive, number, model, kind, track, from_metre, to_metre, from_track, arrived FROM move
         LEFT JOIN visit USING (facility, flow, locomotive, arrived)
         WHERE facility = ?1 AND flow = ?2 AND time >= ?3 AND time < ?4 ORDER BY time, locomotive, kind",
        params![scope.facility, scope.flow, span.from.nanos(), span.to.nanos()],
        |row| {
            Ok(MoveRow {
                time: time(row, 0)?,
                locomotive: row.get(1)?,
                number: row.get(2)?,
                model: row.get(3)?,
                kind: MoveKind::from_word(&row.get::<_, String>(4)?),
                track: row.get(5)?,
                from_metre: row.get(6)?,
                to_metre: row.get(7)?,
                from_track: row.get(8)?,
                arrived: time(row, 9)?,
            })
        },
    )
}

/// The visits that overlap a span.
pub fn visits(connection: &Connection, scope: &Scope, span: Span) -> Result<Vec<VisitRow>> {
    all(
        connection,
        "SELECT locomotive, number, model, arrived, gone, found FROM visit
         WHERE facility = ?1 AND flow = ?2 AND arrived < ?4 AND (gone IS NULL OR gone > ?3) ORDER BY arrived, locomotive",
        params![scope.facility, scope.flow, span.from.nanos(), span.to.nanos()],
        |row| {
            Ok(VisitRow {
                locomotive: row.get(0)?,
                number: row.get(1)?,
                model: row.get(2)?,
                arrived: time(row, 3)?,
                left: maybe_time(row, 4)?,
                found: row.get(5)?,
            })
        },
    )
}

/// How cameras were in a span.
pub fn cameras(connection: &Connection, scope: &Scope, span: Span) -> Result<Vec<CameraRow>> {
    all(
        connection,
        "SELECT camera, health, reason, t0, t1 FROM camera
         WHERE facility = ?1 AND flow = ?2 AND t0 < ?4 AND (t1 IS NULL OR t1 > ?3) ORDER BY camera, t0",
        params![scope.facility, scope.flow, span.from.nanos(), span.to.nanos()],
        |row| {
            Ok(CameraRow {
                camera: row.get(0)?,
                health: row.get(1)?,
                reason: row.get(2)?,
                from: time(row, 3)?,
                to: maybe_time(row, 4)?,
            })
        },
    )
}

/// The stretches of a span in which states came.
pub fn coverage(connection: &Connection, scope: &Scope, span: Span) -> Result<Vec<Coverage>> {
    all(
        connection,
        "SELECT t0, t1, states FROM coverage WHERE facility = ?1 AND flow = ?2 AND t0 < ?4 AND t1 >= ?3 ORDER BY t0",
        params![
            scope.facility,
            scope.flow,
            span.from.nanos(),
            span.to.nanos()
        ],
        |row| {
            Ok(Coverage {
                from: time(row, 0)?,
                to: time(row, 1)?,
                states: row.get(2)?,
            })
        },
    )
}
