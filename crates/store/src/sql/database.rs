// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a store is made of: a session that writes, sessions that read.

use std::path::Path;

use messages::Timestamp;

use super::derive::{self, DERIVED_AT_ONCE, Folds};
use super::session::Session;
use super::{copy, ingest, read};
use crate::history::Coverage;
use crate::sqlite;
use crate::store::{
    Backlog, CameraRow, Document, Flow, Kept, Limits, MoveRow, Result, Scope, Span, StayRow, Store,
    StoreError, VisitRow,
};

/// A database with one writer and several readers.
pub trait Database: Send + Sync {
    /// Its connections.
    type Session: Session;

    /// Whether this process is the one that writes.
    fn writes(&self) -> bool;

    /// Writes, alone; with how far history is, which is forgotten if the work fails.
    fn write<T>(&self, work: impl FnOnce(&mut Self::Session, &mut Folds) -> Result<T>)
    -> Result<T>;

    /// Reads, beside whoever writes.
    fn read<T>(&self, question: impl Fn(&mut Self::Session) -> Result<T>) -> Result<T>;

    /// Deletes raw events that are beyond the limits, not more than a moment's work; returns how many.
    fn forget(&self, limits: Limits) -> Result<usize>;

    /// Writes a copy of everything into a file that is not there yet.
    fn backup(&self, file: &Path) -> Result<()>;
}

impl<D: Database> Store for D {
    fn ingest(&self, batch: &[Document], now: Timestamp) -> Result<Vec<Kept>> {
        self.write(|session, folds| ingest::ingest(session, folds, batch, now))
    }

    fn derive(&self, most: usize) -> Result<Backlog> {
        if !self.writes() {
            return Ok(Backlog::None);
        }
        self.write(|session, folds| derive::derive(session, folds, most))
    }

    fn halls(&self) -> Result<Vec<(String, Vec<Flow>)>> {
        self.read(read::halls)
    }

    fn state_at(&self, scope: &Scope, at: Timestamp) -> Result<Option<Document>> {
        self.read(|session| read::state_at(session, scope, at))
    }

    fn after(&self, scope: &Scope, sequence: i64, most: i64) -> Result<(Vec<Document>, i64)> {
        self.read(|session| read::after(session, scope, sequence, most))
    }

    fn newest_sequence(&self) -> Result<i64> {
        self.read(read::newest_sequence)
    }

    fn stays(&self, scope: &Scope, span: Span) -> Result<Vec<StayRow>> {
        self.read(|session| read::stays(session, scope, span))
    }

    fn moves(&self, scope: &Scope, span: Span) -> Result<Vec<MoveRow>> {
        self.read(|session| read::moves(session, scope, span))
    }

    fn visits(&self, scope: &Scope, span: Span) -> Result<Vec<VisitRow>> {
        self.read(|session| read::visits(session, scope, span))
    }

    fn cameras(&self, scope: &Scope, span: Span) -> Result<Vec<CameraRow>> {
        self.read(|session| read::cameras(session, scope, span))
    }

    fn coverage(&self, scope: &Scope, span: Span) -> Result<Vec<Coverage>> {
        self.read(|session| read::coverage(session, scope, span))
    }

    fn forget(&self, limits: Limits) -> Result<usize> {
        Database::forget(self, limits)
    }

    fn rederive(&self) -> Result<()> {
        self.write(derive::begin_again)?;
        while self.derive(DERIVED_AT_ONCE)? == Backlog::More {}
        Ok(())
    }

    fn backup(&self, file: &Path) -> Result<()> {
        if file.exists() {
            let said = "it is there already; give the copy another name".to_owned();
            return Err(StoreError::Copy(file.display().to_string(), said));
        }
        let result = Database::backup(self, file);
        if result.is_err() {
            // Nobody shall take half a copy for one.
            std::fs::remove_file(file).ok();
        }
        result
    }

    fn restore(&self, file: &Path) -> Result<()> {
        let mut copied = sqlite::copy::Copied::open(file)?;
        let tables = sqlite::copy::tables(&mut copied.session)?;
        self.write(|session, _| copy::copy(&mut copied.session, session, &tables))
    }
}
