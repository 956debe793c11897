// SPDX-License-Identifier: MIT OR Apache-2.0
//! A connection to a server.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use messages::Timestamp;
use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::ToSql;
use postgres::{Client, Statement};

use super::address::Address;
use super::partitions;
use super::refusal::refused;
use super::value::text_of;
use crate::sql::{Row, Session, Value, values};
use crate::store::{Document, Kept, Result};

/// How long one waits for a sign of life.
const PATIENCE: Duration = Duration::from_secs(10);
/// A connection to a server.
pub struct PostgresSession {
    client: Client,
    server: String,
    statements: HashMap<String, Statement>,
    /// The days of arrival whose partitions are known to be there.
    days: BTreeSet<i64>,
}

impl PostgresSession {
    /// Connects.
    pub fn connect(address: &Address) -> Result<Self> {
        Ok(Self {
            client: address.connect()?,
            server: address.place().to_owned(),
            statements: HashMap::new(),
            days: BTreeSet::new(),
        })
    }

    /// The address, without a password.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Whether the server answers.
    pub fn is_alive(&mut self) -> bool {
        self.client.is_valid(PATIENCE).is_ok()
    }

    /// Takes a lock that the server gives to one connection only; waits for so long if another one has it.
    pub fn lock(&mut self, key: i64, patience: Duration) -> Result<bool> {
        let free = self.ask_one("SELECT pg_try_advisory_lock(?1)", &values![key], |row| {
            row.take(0)
        })?;
        if free.unwrap_or(false) || patience.is_zero() {
            return Ok(free.unwrap_or(false));
        }
        let locked = self.client.batch_execute(&format!(
            "SET lock_timeout = {}; SELECT pg_advisory_lock({key}); SET lock_timeout = 0",
            patience.as_millis()
        ));
        match locked {
            Ok(()) => Ok(true),
            Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => Ok(false),
            Err(error) => Err(refused(&self.server, &error)),
        }
    }

    /// Gives all locks back; a connection that is lost has none.
    pub fn unlock(&mut self) {
        self.client
            .batch_execute("SELECT pg_advisory_unlock_all()")
            .ok();
    }

    /// Whether there is a table of this name.
    pub fn has_table(&mut self, name: &str) -> Result<bool> {
        let found = self.ask_one(
            "SELECT to_regclass(?1) IS NOT NULL",
            &values![name],
            |row| row.take(0),
        )?;
        Ok(found.unwrap_or(false))
    }

    /// The prepared statement of a command whose parameters are written `?1`.
    fn prepare(&mut self, command: &str) -> Result<Statement> {
        if let Some(known) = self.statements.get(command) {
            return Ok(known.clone());
        }
        let statement = self.client.prepare(&command.replace('?', "$"));
        let statement = statement.map_err(|error| refused(&self.server, &error))?;
        self.statements
            .insert(command.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Notes which events are in the log; returns which of them, by source and id, were not before.
    fn identify(
        &mut self,
        sources: &[Cow<str>],
        ids: &[Cow<str>],
        day: i64,
    ) -> Result<HashSet<(String, String)>> {
        let statement = self.prepare(
            "INSERT INTO identity (source, id, day)
             SELECT source, id, ?3 FROM unnest(CAST(?1 AS TEXT[]), CAST(?2 AS TEXT[])) AS new (source, id)
             ON CONFLICT DO NOTHING RETURNING source, id",
        )?;
        let rows = self.client.query(&statement, &[&sources, &ids, &day]);
        let rows = rows.map_err(|error| refused(&self.server, &error))?;
        let pair = |row: &postgres::Row| Ok((row.try_get(0)?, row.try_get(1)?));
        let pairs = rows.iter().map(pair).collect::<Result<_, _>>();
        pairs.map_err(|error| refused(&self.server, &error))
    }

    /// The places of these documents: what they have, or behind everything.
    fn places(&mut self, new: &[&Document]) -> Result<Vec<i64>> {
        let given: Vec<i64> = new.iter().map(|document| document.sequence).collect();
        if let (Some(newest), false) = (given.iter().max(), given.contains(&0)) {
            self.run("SELECT setval('event_seq', ?1)", &values![*newest])?;
            return Ok(given);
        }
        let count = new.len() as i64;
        let last = self.ask_one(
            "SELECT setval('event_seq', nextval('event_seq') + ?1 - 1)",
            &values![count],
            |row| row.take::<i64>(0),
        )?;
        let last = last.unwrap_or_default();
        Ok((last - count + 1..=last).collect())
    }

    /// Writes documents that are new at these places into the log.
    fn insert(&mut self, new: &[&Document], places: &[i64], now: Timestamp) -> Result<()> {
        let statement = self.prepare(
            "INSERT INTO event (ingest, seq, facility, flow, kind, source, id, time, fold, body)
             SELECT ?1, new.* FROM unnest(CAST(?2 AS BIGINT[]), CAST(?3 AS TEXT[]), CAST(?4 AS TEXT[]), CAST(?5 AS TEXT[]),
               CAST(?6 AS TEXT[]), CAST(?7 AS TEXT[]), CAST(?8 AS BIGINT[]), CAST(?9 AS BIGINT[]), CAST(?10 AS TEXT[])) AS new",
        )?;
        let numbers = |number: fn(&Document) -> i64| -> Vec<i64> {
            new.iter().map(|document| number(document)).collect()
        };
        let texts = |text: fn(&Document) -> &str| -> Vec<Cow<str>> {
            new.iter().map(|document| text_of(text(document))).collect()
        };
        let inserted = self.client.execute(
            &statement,
            &[
                &now.nanos(),
                &places,
                &texts(|document| &document.scope.facility),
                &texts(|document| &document.scope.flow),
                &texts(|document| &document.kind),
                &texts(|document| &document.source),
                &texts(|document| &document.id),
                &numbers(|document| document.time.nanos()),
                &numbers(|document| i64::from(document.is_history())),
                &texts(|document| &document.body),
            ],
        );
        inserted.map_err(|error| refused(&self.server, &error))?;
        Ok(())
    }
}

impl Session for PostgresSession {
    fn run(&mut self, command: &str, values: &[Value]) -> Result<usize> {
        let statement = self.prepare(command)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let changed = self.client.execute(&statement, &values);
        Ok(changed.map_err(|error| refused(&self.server, &error))? as usize)
    }

    fn ask<T>(
        &mut self,
        question: &str,
        values: &[Value],
        mut read: impl FnMut(&mut Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        let statement = self.prepare(question)?;
        let rows = self.client.query_raw(&statement, values);
        let mut rows = rows.map_err(|error| refused(&self.server, &error))?;
        let mut answer = Vec::new();
        while let Some(row) = rows.next().map_err(|error| refused(&self.server, &error))? {
            let columns = (0..row.len()).map(|column| row.try_get(column));
            let columns = columns.collect::<Result<_, _>>();
            let columns = columns.map_err(|error| refused(&self.server, &error))?;
            answer.push(read(&mut Row::new(columns))?);
        }
        Ok(answer)
    }

    fn append(&mut self, batch: &[Document], now: Timestamp) -> Result<Vec<Kept>> {
        let day = partitions::day(now);
        if !self.days.contains(&day) {
            partitions::make(self, day)?;
            self.days.insert(day);
        }
        let texts = |text: fn(&Document) -> &str| -> Vec<Cow<str>> {
            batch
                .iter()
                .map(|document| text_of(text(document)))
                .collect()
        };
        let (sources, ids) = (
            texts(|document| &document.source),
            texts(|document| &document.id),
        );
        let mut unknown = self.identify(&sources, &ids, day)?;
        let pairs = sources.into_iter().zip(ids);
        // The first one of a pair is new, one that comes again in the batch is not.
        let is_new: Vec<bool> = pairs
            .map(|(source, id)| unknown.remove(&(source.into_owned(), id.into_owned())))
            .collect();
        let new = batch.iter().zip(&is_new).filter(|(_, is_new)| **is_new);
        let new: Vec<&Document> = new.map(|(document, _)| document).collect();
        if new.is_empty() {
            return Ok(vec![Kept::Duplicate; batch.len()]);
        }
        let places = self.places(&new)?;
        self.insert(&new, &places, now)?;
        let mut places = places.into_iter();
        let kept = |is_new: bool| is_new.then(|| places.next()).flatten();
        let kept = is_new.into_iter().map(kept);
        Ok(kept
            .map(|place| place.map_or(Kept::Duplicate, Kept::New))
            .collect())
    }

    fn control(&mut self, word: &str) -> Result<()> {
        if word == "ROLLBACK" {
            // Partitions that were made meanwhile are gone.
            self.days.clear();
        }
        let done = self.client.batch_execute(word);
        done.map_err(|error| refused(&self.server, &error))
    }
}
