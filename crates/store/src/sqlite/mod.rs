// SPDX-License-Identifier: MIT OR Apache-2.0
//! A store in one file: one writer, several readers.
//!
//! Locks: the writer's before the readers', never the other way round.

mod derive;
mod ingest;
mod read;
mod schema;

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use messages::Timestamp;
use rusqlite::{Connection, OpenFlags};

use crate::history::Coverage;
use crate::store::{
    Backlog, CameraRow, Document, Flow, Kept, MoveRow, Result, Scope, Span, StayRow, Store,
    StoreError, VisitRow,
};
use derive::{DERIVED_AT_ONCE, Folds};

/// The file in the folder.
const FILE: &str = "roundhouse.sqlite";
/// The file that whoever writes holds locked. The system unlocks it when its process ends, however it ends.
const LOCK: &str = "roundhouse.lock";
/// How long one waits for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);
/// So many readers are kept open.
const MOST_READERS: usize = 8;

/// The connection that writes, and how far history is.
struct Writer {
    connection: Connection,
    folds: Folds,
    /// Held as long as it is here.
    _lock: File,
}

/// A store in a folder.
pub struct SqliteStore {
    file: PathBuf,
    /// `None`: another process writes.
    writer: Option<Mutex<Writer>>,
    readers: Mutex<Vec<Connection>>,
}

impl Writer {
    /// Opens the file whose lock is held; brings it up to this version.
    fn open(file: &Path, lock: File) -> Result<Self> {
        let mut connection = Connection::open(file)?;
        connection.busy_timeout(PATIENCE)?;
        schema::bring_up(&mut connection, file)?;
        Ok(Self {
            connection,
            folds: Folds::default(),
            _lock: lock,
        })
    }
}

impl SqliteStore {
    /// Opens the store in a folder; makes it if it is not there.
    ///
    /// # Errors
    /// The folder or the file cannot be made or read, a newer version wrote it, or another process uses it.
    pub fn open(folder: &Path) -> Result<Self> {
        let store = Self::open_to_read(folder)?;
        match store.writer {
            Some(_) => Ok(store),
            None => Err(StoreError::InUse(folder.display().to_string())),
        }
    }

    /// Opens the store in a folder to read it, even while another process writes. If none does, this one may.
    ///
    /// # Errors
    /// The folder or the file cannot be made or read, or a newer version wrote it.
    pub fn open_to_read(folder: &Path) -> Result<Self> {
        let failed = |error| StoreError::Folder(folder.display().to_string(), error);
        std::fs::create_dir_all(folder).map_err(failed)?;
        let file = folder.join(FILE);
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        let lock = options.open(folder.join(LOCK)).map_err(failed)?;
        let writer = match lock.try_lock() {
            Ok(()) => Some(Writer::open(&file, lock)?),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        };
        let store = Self {
            file,
            writer: writer.map(Mutex::new),
            readers: Mutex::default(),
        };
        store.read(|connection| schema::check(connection, &store.file))?;
        Ok(store)
    }

    /// The database's file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The writer.
    fn write(&self) -> Result<MutexGuard<'_, Writer>> {
        let writer = self.writer.as_ref();
        let writer = writer.ok_or_else(|| StoreError::InUse(self.file.display().to_string()))?;
        Ok(writer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads, beside whoever writes.
    fn read<T>(&self, question: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let readers = || self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = readers().pop();
        let reader = match idle {
            Some(reader) => reader,
            None => self.reader()?,
        };
        let answer = question(&reader);
        let mut readers = readers();
        if readers.len() < MOST_READERS {
            readers.push(reader);
        }
        answer
    }

    /// Another reader.
    fn reader(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.file, flags)?;
        connection.busy_timeout(PATIENCE)?;
        Ok(connection)
    }
}

impl Store for SqliteStore {
    fn ingest(&self, batch: &[Document], now: Timestamp) -> Result<Vec<Kept>> {
        let writer = &mut *self.write()?;
        let result = ingest::ingest(&mut writer.connection, &mut writer.folds, batch, now);
        if result.is_err() {
            writer.folds = Folds::default();
        }
        result
    }

    fn derive(&self, most: usize) -> Result<Backlog> {
        if self.writer.is_none() {
            return Ok(Backlog::None);
        }
        let writer = &mut *self.write()?;
        let result = derive::derive(&mut writer.connection, &mut writer.folds, most);
        if result.is_err() {
            writer.folds = Folds::default();
        }
        result
    }

    fn halls(&self) -> Result<Vec<(String, Vec<Flow>)>> {
        self.read(read::halls)
    }

    fn state_at(&self, scope: &Scope, at: Timestamp) -> Result<Option<Document>> {
        self.read(|connection| read::state_at(connection, scope, at))
    }

    fn after(&self, scope: &Scope, sequence: i64, most: i64) -> Result<(Vec<Document>, i64)> {
        self.read(|connection| read::after(connection, scope, sequence, most))
    }

    fn newest_sequence(&self) -> Result<i64> {
        self.read(read::newest_sequence)
    }

    fn stays(&self, scope: &Scope, span: Span) -> Result<Vec<StayRow>> {
        self.read(|connection| read::stays(connection, scope, span))
    }

    fn moves(&self, scope: &Scope, span: Span) -> Result<Vec<MoveRow>> {
        self.read(|connection| read::moves(connection, scope, span))
    }

    fn visits(&self, scope: &Scope, span: Span) -> Result<Vec<VisitRow>> {
        self.read(|connection| read::visits(connection, scope, span))
    }

    fn cameras(&self, scope: &Scope, span: Span) -> Result<Vec<CameraRow>> {
        self.read(|connection| read::cameras(connection, scope, span))
    }

    fn coverage(&self, scope: &Scope, span: Span) -> Result<Vec<Coverage>> {
        self.read(|connection| read::coverage(connection, scope, span))
    }

    fn forget(&self, before: Timestamp, most: usize) -> Result<usize> {
        ingest::forget(&mut self.write()?.connection, before, most)
    }

    fn rederive(&self) -> Result<()> {
        let writer = &mut *self.write()?;
        writer.folds = Folds::default();
        derive::begin_again(&mut writer.connection, &mut writer.folds)?;
        while derive::derive(&mut writer.connection, &mut writer.folds, DERIVED_AT_ONCE)?
            == Backlog::More
        {}
        Ok(())
    }

    fn backup(&self, file: &Path) -> Result<()> {
        self.read(|connection| {
            connection.execute("VACUUM INTO ?1", [file.display().to_string()])?;
            Ok(())
        })
    }
}
