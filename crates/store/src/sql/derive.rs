// SPDX-License-Identifier: MIT OR Apache-2.0
//! History goes on with the log, and back where something earlier came late.

use std::collections::HashMap;
use std::sync::Arc;

use messages::Event;

use super::session::{Session, step};
use super::value::values;
use crate::history::{Coverage, Fold, Row};
use crate::store::{Backlog, Document, Result, Scope, StoreError};

/// Event time between two checkpoints, ns. Smaller: more rows; larger: more is derived again when something comes late.
const CHECKPOINT_NS: i64 = 900_000_000_000;

/// So many events are derived in the step that keeps a batch; what is left is done later.
pub const DERIVED_AT_ONCE: usize = 2000;

/// The place of an event in the order of history.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    time: i64,
    source: String,
    /// Ids of one source are numbers: the longer one is later.
    length: usize,
    id: String,
}

impl Key {
    /// The place of this document.
    pub fn of(document: &Document) -> Self {
        Self::new(
            document.time.nanos(),
            document.source.clone(),
            document.id.clone(),
        )
    }

    /// The place before everything at `time`.
    fn before(time: i64) -> Self {
        Self::new(time, String::new(), String::new())
    }

    /// The place of the event with these attributes.
    fn new(time: i64, source: String, id: String) -> Self {
        Self {
            time,
            source,
            length: id.chars().count(),
            id,
        }
    }
}

/// How far the history of a flow is.
#[derive(Debug, Clone)]
struct Place {
    /// The last event that it has.
    key: Key,
    fold: Fold,
    /// Whether it is known that the log has nothing later.
    is_complete: bool,
}

/// How far history is.
#[derive(Debug, Default)]
pub struct Folds(HashMap<Scope, Place>);

/// Something written cannot be read.
fn unreadable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unreadable(error.to_string())
}

/// Derives what is new in any flow.
pub fn derive(session: &mut impl Session, folds: &mut Folds, most: usize) -> Result<Backlog> {
    step(session, |session| {
        let mut backlog = Backlog::None;
        for scope in scopes(session)? {
            if go_on(session, folds, &scope, most)? == Backlog::More {
                backlog = Backlog::More;
            }
        }
        Ok(backlog)
    })
}

/// All flows.
fn scopes(session: &mut impl Session) -> Result<Vec<Scope>> {
    session.ask("SELECT facility, flow FROM flow", &[], |row| {
        Ok(Scope::new(row.take::<String>(0)?, row.take::<String>(1)?))
    })
}

/// How far the history of a flow is, as it was written.
fn place<'f>(
    session: &mut impl Session,
    folds: &'f mut Folds,
    scope: &Scope,
) -> Result<&'f mut Place> {
    if !folds.0.contains_key(scope) {
        let written = session.ask_one(
            "SELECT time, source, id, memory FROM flow WHERE facility = ?1 AND flow = ?2 AND time IS NOT NULL",
            &values![&scope.facility, &scope.flow],
            |row| {
                let key = Key::new(row.take(0)?, row.take(1)?, row.take(2)?);
                Ok((key, row.take::<String>(3)?))
            },
        )?;
        let place = match written {
            None => Place {
                key: Key::before(i64::MIN),
                fold: Fold::default(),
                is_complete: false,
            },
            Some((key, memory)) => Place {
                key,
                fold: serde_json::from_str(&memory).map_err(unreadable)?,
                is_complete: false,
            },
        };
        folds.0.insert(scope.clone(), place);
    }
    folds
        .0
        .get_mut(scope)
        .ok_or_else(|| unreadable("a flow is missing"))
}

/// Goes back to before `earliest`, if history is beyond it.
pub fn go_back(
    session: &mut impl Session,
    folds: &mut Folds,
    scope: &Scope,
    earliest: &Key,
) -> Result<()> {
    let place = place(session, folds, scope)?;
    if *earliest > place.key {
        return Ok(());
    }
    let (facility, flow) = (&scope.facility, &scope.flow);
    let checkpoint = session.ask_one(
        "SELECT time, memory FROM checkpoint WHERE facility = ?1 AND flow = ?2 AND time <= ?3
         ORDER BY time DESC LIMIT 1",
        &values![facility, flow, earliest.time],
        |row| Ok((row.take::<i64>(0)?, row.take::<String>(1)?)),
    )?;
    let (time, fold) = match checkpoint {
        Some((time, memory)) => (time, serde_json::from_str(&memory).map_err(unreadable)?),
        // What came before was forgotten: it is too late for this one.
        None if is_forgotten(session, scope)? => return Ok(()),
        None => (i64::MIN, Fold::default()),
    };
    let after = values![facility, flow, time];
    session.run(
        "DELETE FROM checkpoint WHERE facility = ?1 AND flow = ?2 AND time > ?3",
        &after,
    )?;
    for table in ["visit", "stay", "move", "camera", "coverage"] {
        let delete =
            format!("DELETE FROM {table} WHERE facility = ?1 AND flow = ?2 AND made >= ?3");
        session.run(&delete, &after)?;
    }
    *place = Place {
        key: Key::before(time),
        fold,
        is_complete: false,
    };
    let rows = place.fold.open_rows();
    for row in &rows {
        write(session, scope, row, time)?;
    }
    cover(session, scope, place.fold.coverage())?;
    note(session, scope, place)
}

/// Whether some of what history was derived from is not in the log any more.
fn is_forgotten(session: &mut impl Session, scope: &Scope) -> Result<bool> {
    let floor = session.ask_one(
        "SELECT floor FROM flow WHERE facility = ?1 AND flow = ?2",
        &values![&scope.facility, &scope.flow],
        |row| row.take::<Option<i64>>(0),
    )?;
    Ok(floor.flatten().is_some())
}

/// Derives from the next events, at most so many.
pub fn go_on(
    session: &mut impl Session,
    folds: &mut Folds,
    scope: &Scope,
    most: usize,
) -> Result<Backlog> {
    let place = place(session, folds, scope)?;
    let next = next(session, scope, &place.key, most)?;
    place.is_complete = next.len() < most;
    let backlog = if place.is_complete {
        Backlog::None
    } else {
        Backlog::More
    };
    let read = |(key, body): (Key, String)| {
        let event = Event::parse(&body).map_err(unreadable)?;
        Ok((key, Arc::new(event)))
    };
    let next = next.into_iter().map(read).collect::<Result<_>>()?;
    fold(session, scope, place, next)?;
    Ok(backlog)
}

/// Derives from what has just come into the log, if history has everything else: then it need not be read again. Otherwise as
/// [`go_on`].
pub fn follow(
    session: &mut impl Session,
    folds: &mut Folds,
    scope: &Scope,
    brought: Vec<(Key, Arc<Event>)>,
) -> Result<()> {
    let place = place(session, folds, scope)?;
    if !place.is_complete || brought.len() > DERIVED_AT_ONCE {
        go_on(session, folds, scope, DERIVED_AT_ONCE)?;
        return Ok(());
    }
    // What is earlier came too late: what it followed was forgotten.
    let is_later = |(key, _): &(Key, _)| *key > place.key;
    let mut later: Vec<_> = brought.into_iter().filter(is_later).collect();
    later.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    fold(session, scope, place, later)
}

/// Derives from these events, which are in the order of history.
fn fold(
    session: &mut impl Session,
    scope: &Scope,
    place: &mut Place,
    events: Vec<(Key, Arc<Event>)>,
) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    for (key, event) in events {
        let grid = key
            .time
            .div_euclid(CHECKPOINT_NS)
            .saturating_mul(CHECKPOINT_NS);
        if place.key.time < grid && place.key.time > i64::MIN {
            mark(session, scope, grid, &place.fold)?;
        }
        let stretch = place.fold.coverage();
        for row in place.fold.step(&event) {
            write(session, scope, &row, key.time)?;
        }
        place.key = key;
        // Only the last stretch still grows: it is written once, below.
        if place.fold.coverage().map(|now| now.from) != stretch.map(|before| before.from) {
            cover(session, scope, stretch)?;
        }
    }
    cover(session, scope, place.fold.coverage())?;
    note(session, scope, place)
}

/// Writes a stretch without a gap.
fn cover(session: &mut impl Session, scope: &Scope, stretch: Option<Coverage>) -> Result<()> {
    let Some(coverage) = stretch else {
        return Ok(());
    };
    session.run(
        "INSERT INTO coverage (facility, flow, t0, t1, states, made) VALUES (?1, ?2, ?3, ?4, ?5, ?3)
         ON CONFLICT (facility, flow, t0) DO UPDATE SET t1 = ?4, states = ?5",
        &values![&scope.facility, &scope.flow, coverage.from, coverage.to, coverage.states],
    )?;
    Ok(())
}

/// The next events of a flow after `key`.
fn next(
    session: &mut impl Session,
    scope: &Scope,
    key: &Key,
    most: usize,
) -> Result<Vec<(Key, String)>> {
    session.ask(
        "SELECT time, source, id, body FROM event
         WHERE fold = 1 AND facility = ?1 AND flow = ?2 AND time >= ?3
           AND (time > ?3 OR (source, length(id), id) > (?4, CAST(?5 AS BIGINT), ?6))
         ORDER BY time, source, length(id), id LIMIT ?7",
        &values![
            &scope.facility,
            &scope.flow,
            key.time,
            &key.source,
            key.length as i64,
            &key.id,
            most as i64
        ],
        |row| {
            Ok((
                Key::new(row.take(0)?, row.take(1)?, row.take(2)?),
                row.take(3)?,
            ))
        },
    )
}

/// Writes how far history is.
fn note(session: &mut impl Session, scope: &Scope, place: &Place) -> Result<()> {
    let memory = serde_json::to_string(&place.fold).map_err(unreadable)?;
    session.run(
        "UPDATE flow SET time = ?3, source = ?4, id = ?5, memory = ?6 WHERE facility = ?1 AND flow = ?2",
        &values![&scope.facility, &scope.flow, place.key.time, &place.key.source, &place.key.id, &memory],
    )?;
    Ok(())
}

/// Writes a checkpoint.
fn mark(session: &mut impl Session, scope: &Scope, time: i64, fold: &Fold) -> Result<()> {
    let memory = serde_json::to_string(fold).map_err(unreadable)?;
    session.run(
        "INSERT INTO checkpoint (facility, flow, time, memory) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (facility, flow, time) DO UPDATE SET memory = ?4",
        &values![&scope.facility, &scope.flow, time, &memory],
    )?;
    Ok(())
}

/// Goes back as far as the log reaches, in all flows.
pub fn begin_again(session: &mut impl Session, folds: &mut Folds) -> Result<()> {
    step(session, |session| {
        for scope in scopes(session)? {
            let first = session.ask_one(
                "SELECT min(time) FROM checkpoint WHERE facility = ?1 AND flow = ?2",
                &values![&scope.facility, &scope.flow],
                |row| row.take::<Option<i64>>(0),
            )?;
            let from = if is_forgotten(session, &scope)? {
                first.flatten().unwrap_or(i64::MAX)
            } else {
                i64::MIN
            };
            go_back(session, folds, &scope, &Key::before(from))?;
        }
        Ok(())
    })
}

/// Writes a row of history that comes from an event at `made`; one with the same key keeps when it was first made.
fn write(session: &mut impl Session, scope: &Scope, row: &Row, made: i64) -> Result<()> {
    let (facility, flow) = (&scope.facility, &scope.flow);
    match row {
        Row::Visit(visit) => session.run(
            "INSERT INTO visit (facility, flow, locomotive, arrived, gone, number, model, found, made)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (facility, flow, locomotive, arrived) DO UPDATE SET gone = ?5, number = ?6, model = ?7",
            &values![
                facility, flow, &visit.locomotive, visit.arrived, visit.left, visit.number.as_deref(),
                visit.model.as_deref(), visit.found, made
            ],
        )?,
        Row::Stay(stay) => session.run(
            "INSERT INTO stay (facility, flow, locomotive, arrived, t0, t1, track, head, tail, made)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (facility, flow, locomotive, arrived, t0) DO UPDATE SET t1 = ?6, head = ?8, tail = ?9",
            &values![
                facility, flow, &stay.locomotive, stay.arrived, stay.from, stay.to, &stay.track, stay.head, stay.tail,
                made
            ],
        )?,
        Row::Move(moved) => session.run(
            "INSERT INTO move (facility, flow, time, locomotive, arrived, kind, track, from_metre, to_metre, from_track, made)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (facility, flow, time, locomotive, arrived, kind)
             DO UPDATE SET track = ?7, from_metre = ?8, to_metre = ?9, from_track = ?10",
            &values![
                facility, flow, moved.time, &moved.locomotive, moved.arrived, moved.kind.as_str(), &moved.track,
                moved.from_metre, moved.to_metre, moved.from_track.as_deref(), made
            ],
        )?,
        Row::Camera(camera) => session.run(
            "INSERT INTO camera (facility, flow, camera, t0, t1, health, reason, made)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (facility, flow, camera, t0) DO UPDATE SET t1 = ?5, reason = ?7",
            &values![
                facility, flow, &camera.camera, camera.from, camera.to, &camera.health, camera.reason.as_deref(), made
            ],
        )?,
    };
    Ok(())
}
