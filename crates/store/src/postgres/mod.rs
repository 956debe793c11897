// SPDX-License-Identifier: MIT OR Apache-2.0
//! A store on a server of PostgreSQL: one process writes, others read. Connections that are lost are made anew when they are needed.

mod address;
mod encryption;
mod partitions;
mod refusal;
mod schema;
mod session;
mod value;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use crate::sql::{Database, Folds, Session, copy};
use crate::sqlite;
use crate::store::{Limits, Result, StoreError};
use address::Address;
use session::PostgresSession;

/// The lock that whoever writes holds on the server, which unlocks it when the connection ends.
const LOCK: i64 = 0x726f_756e_6468_6f75;
/// How long one waits for the lock: the server may not have noticed yet that the process before us has ended.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many connections read at the same time.
const READERS: usize = 8;

/// The connection that writes, and how far history is.
struct Writer {
    session: Option<PostgresSession>,
    folds: Folds,
}

/// A store on a server.
pub struct PostgresStore {
    address: Address,
    /// `None`: another process writes.
    writer: Option<Mutex<Writer>>,
    readers: [Mutex<Option<PostgresSession>>; READERS],
    /// The reader that is waited for next, if all are busy.
    next: AtomicUsize,
}

/// Locks, whatever happened to whoever held it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks what nobody holds.
fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(error)) => Some(error.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Whether a new connection may do what this one did not.
const fn is_lost<T>(result: &Result<T>) -> bool {
    matches!(result, Err(StoreError::Server { lost: true, .. }))
}

impl PostgresStore {
    /// Opens the store at `postgres://USER@HOST:PORT/DATABASE`; makes the tables if they are not there. The password may be in the
    /// variable `PGPASSWORD` or in a file, as for PostgreSQL's own programs.
    ///
    /// # Errors
    /// The address is none, the server cannot be reached or refuses, a newer version made the tables, or another process uses them.
    pub fn open(url: &str) -> Result<Self> {
        let address = Address::parse(url)?;
        let session = writing(&address, PATIENCE)?;
        let session = session.ok_or_else(|| StoreError::InUse(address.place().to_owned()))?;
        Ok(Self::new(address, Some(session)))
    }

    /// Opens the store to read it, even while another process writes. If none does, this one may.
    ///
    /// # Errors
    /// The address is none, the server cannot be reached or refuses, or a newer version made the tables.
    pub fn open_to_read(url: &str) -> Result<Self> {
        let address = Address::parse(url)?;
        let session = writing(&address, Duration::ZERO)?;
        let store = Self::new(address, session);
        store.read(schema::check)?;
        Ok(store)
    }

    /// A store that writes by this session, if there is one.
    fn new(address: Address, session: Option<PostgresSession>) -> Self {
        let writer = |session| Writer {
            session: Some(session),
            folds: Folds::default(),
        };
        Self {
            address,
            writer: session.map(writer).map(Mutex::new),
            readers: Default::default(),
            next: AtomicUsize::new(0),
        }
    }
}

/// A connection that alone may write, with tables of this version; none if another process writes for so long.
fn writing(address: &Address, patience: Duration) -> Result<Option<PostgresSession>> {
    let mut session = PostgresSession::connect(address)?;
    if !session.lock(LOCK, patience)? {
        return Ok(None);
    }
    schema::bring_up(&mut session)?;
    Ok(Some(session))
}

impl Writer {
    /// The connection, made anew if it was lost.
    fn session(&mut self, address: &Address) -> Result<&mut PostgresSession> {
        if self
            .session
            .as_mut()
            .is_some_and(|session| !session.is_alive())
        {
            self.session = None;
        }
        if self.session.is_none() {
            // Another process may have written meanwhile.
            self.folds = Folds::default();
            self.session = writing(address, PATIENCE)?;
        }
        let session = self.session.as_mut();
        session.ok_or_else(|| StoreError::InUse(address.place().to_owned()))
    }
}

impl Database for PostgresStore {
    type Session = PostgresSession;

    fn writes(&self) -> bool {
        self.writer.is_some()
    }

    fn write<T>(
        &self,
        work: impl FnOnce(&mut PostgresSession, &mut Folds) -> Result<T>,
    ) -> Result<T> {
        let in_use = || StoreError::InUse(self.address.place().to_owned());
        let mut writer = lock(self.writer.as_ref().ok_or_else(in_use)?);
        writer.session(&self.address)?;
        let Writer { session, folds } = &mut *writer;
        let result = work(session.as_mut().ok_or_else(in_use)?, folds);
        if result.is_err() {
            *folds = Folds::default();
        }
        if is_lost(&result) {
            *session = None;
        }
        result
    }

    fn read<T>(&self, question: impl Fn(&mut PostgresSession) -> Result<T>) -> Result<T> {
        let idle = self.readers.iter().find_map(try_lock);
        let mut reader = idle.unwrap_or_else(|| {
            let next = self.next.fetch_add(1, Ordering::Relaxed);
            lock(&self.readers[next % READERS])
        });
        // One that has been idle may have been lost meanwhile, and says so only when it is asked.
        if let Some(mut session) = reader.take() {
            let answer = question(&mut session);
            if !is_lost(&answer) {
                *reader = Some(session);
                return answer;
            }
        }
        let mut session = PostgresSession::connect(&self.address)?;
        let answer = question(&mut session);
        if !is_lost(&answer) {
            *reader = Some(session);
        }
        answer
    }

    fn forget(&self, limits: Limits) -> Result<usize> {
        let old = self.read(|session| partitions::old(session, limits))?;
        self.write(|session, _| partitions::delete(session, &old))
    }

    fn backup(&self, file: &Path) -> Result<()> {
        // All of one instant, whatever is written meanwhile.
        let mut session = PostgresSession::connect(&self.address)?;
        session.control("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        let mut copied = sqlite::copy::make(file)?;
        let tables = sqlite::copy::tables(&mut copied)?;
        copy::copy(&mut session, &mut copied, &tables)
    }
}

impl Drop for PostgresStore {
    /// The client waits for the server when it is dropped, which it may not in a thread of an asynchronous runtime.
    fn drop(&mut self) {
        let writer = self.writer.take();
        let readers = std::mem::take(&mut self.readers);
        let ending = thread::spawn(move || {
            let writer =
                writer.map(|writer| writer.into_inner().unwrap_or_else(PoisonError::into_inner));
            if let Some(mut session) = writer.and_then(|writer| writer.session) {
                // Whoever writes next need not wait until the server notices.
                session.unlock();
            }
            drop(readers);
        });
        // It has a result only if it panicked.
        ending.join().ok();
    }
}
