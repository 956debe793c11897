// SPDX-License-Identifier: MIT OR Apache-2.0
//! Keeping events: each once, all of a batch or nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use messages::{Event, Timestamp};
use rusqlite::{Connection, Transaction, params};

use super::derive::{self, Folds, Key};
use crate::store::{Document, Kept, Result, Scope, StoreError};

/// What a batch brought to a flow.
struct Brought {
    events: i64,
    newest: Timestamp,
    /// Those that history is derived from.
    history: Vec<(Key, Arc<Event>)>,
}

/// Keeps a batch, and derives what follows from it.
pub fn ingest(
    connection: &mut Connection,
    folds: &mut Folds,
    batch: &[Document],
    now: Timestamp,
) -> Result<Vec<Kept>> {
    let step = connection.transaction()?;
    let (kept, brought) = insert(&step, batch, now)?;
    for (scope, brought) in brought {
        step.prepare_cached(
            "INSERT INTO flow (facility, flow, newest, events) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (facility, flow) DO UPDATE SET newest = max(newest, ?3), events = events + ?4",
        )?
        .execute(params![scope.facility, scope.flow, brought.newest.nanos(), brought.events])?;
        let earliest = brought.history.iter().map(|(key, _)| key).min();
        if let Some(earliest) = earliest {
            derive::go_back(&step, folds, &scope, earliest)?;
            derive::follow(&step, folds, &scope, brought.history)?;
        }
    }
    step.commit()?;
    Ok(kept)
}

/// Writes a batch into the log.
fn insert(
    step: &Transaction,
    batch: &[Document],
    now: Timestamp,
) -> Result<(Vec<Kept>, BTreeMap<Scope, Brought>)> {
    let mut statement = step.prepare_cached(
        "INSERT INTO event (facility, flow, kind, source, id, time, ingest, fold, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (source, id) DO NOTHING",
    )?;
    let mut kept = Vec::with_capacity(batch.len());
    let mut brought: BTreeMap<Scope, Brought> = BTreeMap::new();
    for document in batch {
        let scope = &document.scope;
        let fold = document.is_history();
        let new = statement.execute(params![
            scope.facility,
            scope.flow,
            document.kind,
            document.source,
            document.id,
            document.time.nanos(),
            now.nanos(),
            fold,
            document.body
        ])?;
        if new == 0 {
            kept.push(Kept::Duplicate);
            continue;
        }
        kept.push(Kept::New(step.last_insert_rowid()));
        let flow = match brought.get_mut(scope) {
            Some(flow) => flow,
            None => brought.entry(scope.clone()).or_insert(Brought {
                events: 0,
                newest: document.time,
                history: Vec::new(),
            }),
        };
        flow.events += 1;
        flow.newest = flow.newest.max(document.time);
        if fold {
            flow.history.push((Key::of(document), said(document)?));
        }
    }
    Ok((kept, brought))
}

/// What a document says.
fn said(document: &Document) -> Result<Arc<Event>> {
    if let Some(event) = &document.event {
        return Ok(Arc::clone(event));
    }
    let event = Event::parse(&document.body);
    event
        .map(Arc::new)
        .map_err(|error| StoreError::Unreadable(error.to_string()))
}

/// Deletes raw events that arrived before `before`, and the checkpoints that they were needed for.
pub fn forget(connection: &mut Connection, before: Timestamp, most: usize) -> Result<usize> {
    let step = connection.transaction()?;
    let mut floors: BTreeMap<Scope, i64> = BTreeMap::new();
    let mut deleted = 0;
    {
        let mut statement = step.prepare_cached(
            "DELETE FROM event WHERE seq IN (SELECT seq FROM event WHERE ingest < ?1 ORDER BY seq LIMIT ?2)
             RETURNING facility, flow, fold, time",
        )?;
        let mut rows = statement.query(params![before.nanos(), most as i64])?;
        while let Some(row) = rows.next()? {
            deleted += 1;
            if row.get::<_, bool>(2)? {
                let scope = Scope::new(row.get::<_, String>(0)?, row.get::<_, String>(1)?);
                let time: i64 = row.get(3)?;
                floors
                    .entry(scope)
                    .and_modify(|known| *known = time.max(*known))
                    .or_insert(time);
            }
        }
    }
    for (scope, floor) in floors {
        let values = params![scope.facility, scope.flow, floor];
        step.execute(
            "UPDATE flow SET floor = max(ifnull(floor, ?3), ?3) WHERE facility = ?1 AND flow = ?2",
            values,
        )?;
        step.execute(
            "DELETE FROM checkpoint WHERE facility = ?1 AND flow = ?2 AND time <= ?3",
            values,
        )?;
    }
    step.commit()?;
    connection.execute_batch("PRAGMA incremental_vacuum(1000)")?;
    Ok(deleted)
}
