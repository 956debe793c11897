// SPDX-License-Identifier: MIT OR Apache-2.0
//! Keeping events: each once, all of a batch or nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use messages::{Event, Timestamp};

use super::derive::{self, Folds, Key};
use super::session::{Session, step};
use super::value::values;
use crate::store::{Document, Kept, Result, Scope};

/// What a batch brought to a flow.
struct Brought {
    events: i64,
    newest: Timestamp,
    /// Those that history is derived from.
    history: Vec<(Key, Arc<Event>)>,
}

/// Keeps a batch, and derives what follows from it.
pub fn ingest(
    session: &mut impl Session,
    folds: &mut Folds,
    batch: &[Document],
    now: Timestamp,
) -> Result<Vec<Kept>> {
    step(session, |session| {
        let kept = session.append(batch, now)?;
        for (scope, brought) in brought(batch, &kept)? {
            session.run(
                "INSERT INTO flow (facility, flow, newest, events) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (facility, flow) DO UPDATE SET
                   newest = CASE WHEN flow.newest < ?3 THEN ?3 ELSE flow.newest END, events = flow.events + ?4",
                &values![&scope.facility, &scope.flow, brought.newest, brought.events],
            )?;
            let earliest = brought.history.iter().map(|(key, _)| key).min();
            if let Some(earliest) = earliest {
                derive::go_back(session, folds, scope, earliest)?;
                derive::follow(session, folds, scope, brought.history)?;
            }
        }
        Ok(kept)
    })
}

/// What those events of a batch that are new bring to each flow.
fn brought<'b>(batch: &'b [Document], kept: &[Kept]) -> Result<BTreeMap<&'b Scope, Brought>> {
    let mut flows: BTreeMap<&Scope, Brought> = BTreeMap::new();
    for (document, kept) in batch.iter().zip(kept) {
        if *kept == Kept::Duplicate {
            continue;
        }
        let flow = flows.entry(&document.scope).or_insert(Brought {
            events: 0,
            newest: document.time,
            history: Vec::new(),
        });
        flow.events += 1;
        flow.newest = flow.newest.max(document.time);
        if document.is_history() {
            flow.history.push((Key::of(document), document.said()?));
        }
    }
    Ok(flows)
}

/// Notes that events of history are not in the log any more, for each flow up to this time; deletes the checkpoints that they were
/// needed for.
pub fn note_forgotten(session: &mut impl Session, floors: &BTreeMap<Scope, i64>) -> Result<()> {
    for (scope, floor) in floors {
        let values = values![&scope.facility, &scope.flow, *floor];
        session.run(
            "UPDATE flow SET floor = CASE WHEN floor > ?3 THEN floor ELSE ?3 END WHERE facility = ?1 AND flow = ?2",
            &values,
        )?;
        session.run(
            "DELETE FROM checkpoint WHERE facility = ?1 AND flow = ?2 AND time <= ?3",
            &values,
        )?;
    }
    Ok(())
}
