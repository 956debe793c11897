// SPDX-License-Identifier: MIT OR Apache-2.0
//! Answers.

use std::collections::BTreeMap;

use messages::Timestamp;

use super::session::Session;
use super::value::{Row, values};
use crate::history::{Coverage, MoveKind};
use crate::store::{CameraRow, Document, Flow, MoveRow, Result, Scope, Span, StayRow, VisitRow};

/// The facilities with their flows.
pub fn halls(session: &mut impl Session) -> Result<Vec<(String, Vec<Flow>)>> {
    let flows = session.ask(
        "SELECT facility, flow, newest, events, time FROM flow ORDER BY facility, flow = 'prod' DESC, flow",
        &[],
        |row| {
            let flow = Flow {
                flow: row.take(1)?,
                newest: row.take(2)?,
                events: row.take(3)?,
                derived: row.take(4)?,
            };
            Ok((row.take::<String>(0)?, flow))
        },
    )?;
    let mut halls: BTreeMap<String, Vec<Flow>> = BTreeMap::new();
    for (facility, flow) in flows {
        halls.entry(facility).or_default().push(flow);
    }
    Ok(halls.into_iter().collect())
}

/// The columns of a document.
pub const DOCUMENT: &str = "seq, facility, flow, kind, source, id, time, body";

/// A document in a row of the columns above.
pub fn document(row: &mut Row) -> Result<Document> {
    Ok(Document {
        sequence: row.take(0)?,
        scope: Scope::new(row.take::<String>(1)?, row.take::<String>(2)?),
        kind: row.take(3)?,
        source: row.take(4)?,
        id: row.take(5)?,
        time: row.take(6)?,
        body: row.take(7)?,
        event: None,
    })
}

/// The newest state that describes `at` or an earlier instant.
pub fn state_at(
    session: &mut impl Session,
    scope: &Scope,
    at: Timestamp,
) -> Result<Option<Document>> {
    let question = format!(
        "SELECT {DOCUMENT} FROM event WHERE fold = 1 AND facility = ?1 AND flow = ?2 AND time <= ?3 AND kind = 'facility-state'
         ORDER BY time DESC, source DESC, length(id) DESC, id DESC LIMIT 1"
    );
    session.ask_one(
        &question,
        &values![&scope.facility, &scope.flow, at],
        document,
    )
}

/// The states and health documents among the next `most` events after `sequence`.
pub fn after(
    session: &mut impl Session,
    scope: &Scope,
    sequence: i64,
    most: i64,
) -> Result<(Vec<Document>, i64)> {
    let until = newest_sequence(session)?.min(sequence.saturating_add(most));
    // By `seq`, and by no other index: an expression has none.
    let question = format!(
        "SELECT {DOCUMENT} FROM event WHERE seq > ?3 AND seq <= ?4 AND facility || '' = ?1 AND flow || '' = ?2 AND fold + 0 = 1
         ORDER BY seq"
    );
    let values = values![&scope.facility, &scope.flow, sequence, until];
    Ok((
        session.ask(&question, &values, document)?,
        until.max(sequence),
    ))
}

/// The place of the newest event in the log.
pub fn newest_sequence(session: &mut impl Session) -> Result<i64> {
    let newest = session.ask_one("SELECT max(seq) FROM event", &[], |row| {
        row.take::<Option<i64>>(0)
    })?;
    Ok(newest.flatten().unwrap_or(0))
}

/// The stays that overlap a span.
pub fn stays(session: &mut impl Session, scope: &Scope, span: Span) -> Result<Vec<StayRow>> {
    session.ask(
        "SELECT track, locomotive, number, model, head, tail, t0, t1 FROM stay
         LEFT JOIN visit USING (facility, flow, locomotive, arrived)
         WHERE facility = ?1 AND flow = ?2 AND t0 < ?4 AND (t1 IS NULL OR t1 > ?3) ORDER BY t0, track, locomotive",
        &values![&scope.facility, &scope.flow, span.from, span.to],
        |row| {
            Ok(StayRow {
                track: row.take(0)?,
                locomotive: row.take(1)?,
                number: row.take(2)?,
                model: row.take(3)?,
                head: row.take(4)?,
                tail: row.take(5)?,
                from: row.take(6)?,
                to: row.take(7)?,
            })
        },
    )
}

/// The moves within a span.
pub fn moves(session: &mut impl Session, scope: &Scope, span: Span) -> Result<Vec<MoveRow>> {
    session.ask(
        "SELECT time, locomotive, number, model, kind, track, from_metre, to_metre, from_track, arrived FROM move
         LEFT JOIN visit USING (facility, flow, locomotive, arrived)
         WHERE facility = ?1 AND flow = ?2 AND time >= ?3 AND time < ?4 ORDER BY time, locomotive, kind",
        &values![&scope.facility, &scope.flow, span.from, span.to],
        |row| {
            Ok(MoveRow {
                time: row.take(0)?,
                locomotive: row.take(1)?,
                number: row.take(2)?,
                model: row.take(3)?,
                kind: MoveKind::from_word(&row.take::<String>(4)?),
                track: row.take(5)?,
                from_metre: row.take(6)?,
                to_metre: row.take(7)?,
                from_track: row.take(8)?,
                arrived: row.take(9)?,
            })
        },
    )
}

/// The visits that overlap a span.
pub fn visits(session: &mut impl Session, scope: &Scope, span: Span) -> Result<Vec<VisitRow>> {
    session.ask(
        "SELECT locomotive, number, model, arrived, gone, found FROM visit
         WHERE facility = ?1 AND flow = ?2 AND arrived < ?4 AND (gone IS NULL OR gone > ?3) ORDER BY arrived, locomotive",
        &values![&scope.facility, &scope.flow, span.from, span.to],
        |row| {
            Ok(VisitRow {
                locomotive: row.take(0)?,
                number: row.take(1)?,
                model: row.take(2)?,
                arrived: row.take(3)?,
                left: row.take(4)?,
                found: row.take(5)?,
            })
        },
    )
}

/// How cameras were in a span.
pub fn cameras(session: &mut impl Session, scope: &Scope, span: Span) -> Result<Vec<CameraRow>> {
    session.ask(
        "SELECT camera, health, reason, t0, t1 FROM camera
         WHERE facility = ?1 AND flow = ?2 AND t0 < ?4 AND (t1 IS NULL OR t1 > ?3) ORDER BY camera, t0",
        &values![&scope.facility, &scope.flow, span.from, span.to],
        |row| {
            Ok(CameraRow {
                camera: row.take(0)?,
                health: row.take(1)?,
                reason: row.take(2)?,
                from: row.take(3)?,
                to: row.take(4)?,
            })
        },
    )
}

/// The stretches of a span in which states came.
pub fn coverage(session: &mut impl Session, scope: &Scope, span: Span) -> Result<Vec<Coverage>> {
    session.ask(
        "SELECT t0, t1, states FROM coverage WHERE facility = ?1 AND flow = ?2 AND t0 < ?4 AND t1 >= ?3 ORDER BY t0",
        &values![&scope.facility, &scope.flow, span.from, span.to],
        |row| {
            Ok(Coverage {
                from: row.take(0)?,
                to: row.take(1)?,
                states: row.take(2)?,
            })
        },
    )
}
