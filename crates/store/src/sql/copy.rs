// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything of one database into another, which may be of the other kind.

use messages::Timestamp;

use super::read;
use super::session::{Session, step};
use super::value::values;
use crate::store::{Document, Result, StoreError};

/// So many events are copied at once.
const PAGE: i64 = 1000;

/// Copies the log and these tables, which are all others, into a database in which nothing has been kept.
pub fn copy(from: &mut impl Session, to: &mut impl Session, tables: &[String]) -> Result<()> {
    if !read::halls(to)?.is_empty() {
        return Err(StoreError::Unreadable(
            "there is something in the database already, and a copy is restored into an empty one only".to_owned(),
        ));
    }
    step(to, |to| {
        let mut place = 0;
        while let Some(last) = copy_events(from, to, place)? {
            place = last;
        }
        for table in tables {
            copy_table(from, to, table)?;
        }
        Ok(())
    })
}

/// Copies the next events of the log after a place; returns the last one's place.
fn copy_events(from: &mut impl Session, to: &mut impl Session, place: i64) -> Result<Option<i64>> {
    let question = format!(
        "SELECT {}, ingest FROM event WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        read::DOCUMENT
    );
    let events = from.ask(&question, &values![place, PAGE], |row| {
        Ok((read::document(row)?, row.take::<Timestamp>(8)?))
    })?;
    let last = events.last().map(|(document, _)| document.sequence);
    for together in events.chunk_by(|one, next| one.1 == next.1) {
        let documents: Vec<Document> = together.iter().map(|event| event.0.clone()).collect();
        if let Some((_, arrived)) = together.first() {
            to.append(&documents, *arrived)?;
        }
    }
    Ok(last)
}

/// Copies the rows of a table, whose columns have the same order everywhere.
fn copy_table(from: &mut impl Session, to: &mut impl Session, table: &str) -> Result<()> {
    from.ask(&format!("SELECT * FROM {table}"), &[], |row| {
        let values = row.take_all();
        let places: Vec<String> = (1..=values.len())
            .map(|place| format!("?{place}"))
            .collect();
        let insert = format!("INSERT INTO {table} VALUES ({})", places.join(", "));
        to.run(&insert, &values)
    })?;
    Ok(())
}
