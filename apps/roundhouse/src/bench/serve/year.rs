// SPDX-License-Identifier: MIT OR Apache-2.0
//! A record of many days, made in seconds: states come in two hours of each day, one every 30 s, and everything that happens happens
//! then. The history is as long as that of a record without gaps.

use std::path::Path;

use messages::Timestamp;
use store::{Backlog, Document, SqliteStore, Store};

use super::hall::{FLOWS, Occupant, PLACES, state};
use crate::failure::{Failure, Outcome};

/// Time from one state to the next, ns.
const STEP_NS: i64 = 30_000_000_000;
/// States of each of the two hours of a day.
const SLOTS: u64 = 120;
/// From one of the two hours to the next, ns.
const HALF_DAY_NS: i64 = 43_200_000_000_000;
/// States kept at once.
const BATCH: usize = 1000;

/// A visit: its place, its number, and in which states it is.
struct Visit {
    place: u64,
    number: u64,
    from: u64,
    to: u64,
}

/// Makes the record of so many days before `end` in a folder; returns how many events it has.
pub fn make(folder: &Path, days: u32, end: Timestamp) -> Outcome<usize> {
    let refused = |error: store::StoreError| Failure::new(error.to_string());
    let store = SqliteStore::open(folder).map_err(refused)?;
    let halves = u64::from(days) * 2;
    let begin = end.saturating_sub(halves as i64 * HALF_DAY_NS);
    let visits = visits(halves * SLOTS);
    let mut documents = Vec::new();
    let mut kept = 0;
    for slot in 0..halves * SLOTS {
        let into = (slot / SLOTS) as i64 * HALF_DAY_NS + (slot % SLOTS) as i64 * STEP_NS;
        let there: Vec<Occupant> = visits
            .iter()
            .filter_map(|places| at(places, slot))
            .collect();
        for flow in FLOWS {
            let event = state(flow, slot + 1, begin.saturating_add(into), &there);
            let body = event.to_json();
            documents.push(Document::new(event, body));
        }
        if documents.len() >= BATCH || slot + 1 == halves * SLOTS {
            store.ingest(&documents, end).map_err(refused)?;
            kept += documents.len();
            documents.clear();
        }
    }
    while store.derive(BATCH).map_err(refused)? == Backlog::More {}
    Ok(kept)
}

/// The visits of each place, in their order: half a day to one and a half, then a pause of a few minutes.
fn visits(slots: u64) -> Vec<Vec<Visit>> {
    let mut number = 0;
    let mut of_place = |place: u64| {
        let mut visits = Vec::new();
        let mut from = place * 11;
        while from < slots {
            let nth = visits.len() as u64;
            let to = from + SLOTS + (place * 37 + nth * 53) % (2 * SLOTS);
            number += 1;
            visits.push(Visit {
                place,
                number,
                from,
                to,
            });
            from = to + 5 + (place * 7 + nth * 11) % 40;
        }
        visits
    };
    (0..PLACES).map(&mut of_place).collect()
}

/// Who is in a place in a state. One in three visits moves within its place.
fn at(visits: &[Visit], slot: u64) -> Option<Occupant> {
    let begun = visits.partition_point(|visit| visit.from <= slot);
    let visit = visits[..begun].last().filter(|visit| slot < visit.to)?;
    let moves_at = visit
        .number
        .is_multiple_of(3)
        .then_some(visit.from.midpoint(visit.to));
    Some(Occupant {
        place: visit.place,
        visit: visit.number,
        has_moved: moves_at.is_some_and(|at| slot >= at),
        moves: moves_at == Some(slot),
    })
}
