// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the tests of the store share: documents, and places for databases.
#![allow(dead_code, reason = "each test program uses some of it")]

pub mod documents;
pub mod server;

use roundhouse_store::{Backlog, PostgresStore, Scope, Span, SqliteStore, Store, StoreError};
use tempfile::TempDir;

use documents::scope;
use messages::Timestamp;
use server::Server;

/// All of time.
pub const ALWAYS: Span = Span {
    from: Timestamp::from_nanos(i64::MIN),
    to: Timestamp::from_nanos(i64::MAX),
};

/// A place for a database, empty at first.
pub enum Place {
    /// A folder.
    Folder(TempDir),
    /// An address.
    Server(String),
}

impl Place {
    /// A new folder.
    pub fn folder() -> Self {
        Self::Folder(tempfile::tempdir().unwrap())
    }

    /// A new database on the server that the tests share.
    pub fn server() -> Self {
        Self::Server(Server::shared().database())
    }

    /// Opens the store that is there.
    pub fn open(&self) -> Result<Box<dyn Store>, StoreError> {
        Ok(match self {
            Self::Folder(folder) => Box::new(SqliteStore::open(folder.path())?),
            Self::Server(url) => Box::new(PostgresStore::open(url)?),
        })
    }

    /// Opens the store that is there to read it.
    pub fn open_to_read(&self) -> Result<Box<dyn Store>, StoreError> {
        Ok(match self {
            Self::Folder(folder) => Box::new(SqliteStore::open_to_read(folder.path())?),
            Self::Server(url) => Box::new(PostgresStore::open_to_read(url)?),
        })
    }
}

/// Makes of each of these functions a test with SQLite and one with PostgreSQL.
#[macro_export]
macro_rules! over_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $name() { super::$name($crate::support::Place::folder); })*
        }
        mod postgres {
            $(#[test] fn $name() { super::$name($crate::support::Place::server); })*
        }
    };
}

/// Everything derived, as text.
pub fn history(store: &dyn Store) -> String {
    while store.derive(3).unwrap() == Backlog::More {}
    history_of(store, &scope())
}

/// Everything derived of a flow, as text.
pub fn history_of(store: &dyn Store, scope: &Scope) -> String {
    format!(
        "{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}",
        store.stays(scope, ALWAYS).unwrap(),
        store.moves(scope, ALWAYS).unwrap(),
        store.visits(scope, ALWAYS).unwrap(),
        store.cameras(scope, ALWAYS).unwrap(),
        store.coverage(scope, ALWAYS).unwrap(),
    )
}
