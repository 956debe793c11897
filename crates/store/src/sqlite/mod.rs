// SPDX-License-Identifier: MIT OR Apache-2.0
//! A store in one file: one writer, several readers.
//!
//! Locks: the writer's before the readers', never the other way round.

pub mod copy;
mod retention;
mod schema;
mod session;

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags};

use crate::sql::{Database, Folds};
use crate::store::{Limits, Result, StoreError};
use session::SqliteSession;

/// The file in the folder.
const FILE: &str = "roundhouse.sqlite";
/// The file that whoever writes holds locked. The system unlocks it when its process ends, however it ends.
const LOCK: &str = "roundhouse.lock";
/// So many readers are kept open.
const MOST_READERS: usize = 8;

/// The connection that writes, and how far history is.
struct Writer {
    session: SqliteSession,
    folds: Folds,
    /// Held as long as it is here.
    _lock: File,
}

/// A store in a folder.
pub struct SqliteStore {
    file: PathBuf,
    /// `None`: another process writes.
    writer: Option<Mutex<Writer>>,
    readers: Mutex<Vec<SqliteSession>>,
}

impl Writer {
    /// Opens the file whose lock is held; brings it up to this version.
    fn open(file: &Path, lock: File) -> Result<Self> {
        let mut connection = Connection::open(file)?;
        schema::bring_up(&mut connection, file)?;
        Ok(Self {
            session: SqliteSession::new(connection)?,
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
        store.read(|session| schema::check(session.connection(), &store.file))?;
        Ok(store)
    }

    /// The database's file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The writer.
    fn writer(&self) -> Result<MutexGuard<'_, Writer>> {
        let writer = self.writer.as_ref();
        let writer = writer.ok_or_else(|| StoreError::InUse(self.file.display().to_string()))?;
        Ok(writer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Another reader.
    fn reader(&self) -> Result<SqliteSession> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.file, flags)?;
        SqliteSession::new(connection)
    }
}

impl Database for SqliteStore {
    type Session = SqliteSession;

    fn writes(&self) -> bool {
        self.writer.is_some()
    }

    fn write<T>(
        &self,
        work: impl FnOnce(&mut SqliteSession, &mut Folds) -> Result<T>,
    ) -> Result<T> {
        let writer = &mut *self.writer()?;
        let result = work(&mut writer.session, &mut writer.folds);
        if result.is_err() {
            writer.folds = Folds::default();
        }
        result
    }

    fn read<T>(&self, question: impl Fn(&mut SqliteSession) -> Result<T>) -> Result<T> {
        let readers = || self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = readers().pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => self.reader()?,
        };
        let answer = question(&mut reader);
        let mut readers = readers();
        if readers.len() < MOST_READERS {
            readers.push(reader);
        }
        answer
    }

    fn forget(&self, limits: Limits) -> Result<usize> {
        self.write(|session, _| retention::forget(session, limits))
    }

    fn backup(&self, file: &Path) -> Result<()> {
        self.read(|session| copy::write(session, file))
    }
}
