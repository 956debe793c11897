// SPDX-License-Identifier: MIT OR Apache-2.0
//! A store is in a folder, or at an address.

use std::path::Path;

#[cfg(feature = "postgres")]
use crate::postgres::PostgresStore;
use crate::sqlite::SqliteStore;
use crate::store::{Result, Store};

/// The address of a server, if this is not a folder.
fn address(place: &Path) -> Option<&str> {
    let is_address =
        |text: &&str| text.starts_with("postgres://") || text.starts_with("postgresql://");
    place.to_str().filter(is_address)
}

/// Whether a place is the address of a server, and not a folder.
#[must_use]
pub fn is_address(place: &Path) -> bool {
    address(place).is_some()
}

/// Opens the store in a folder, or at an address such as `postgres://USER@HOST/DATABASE`; makes it if it is not there.
///
/// # Errors
/// It cannot be reached, made or read, a newer version wrote it, or another process uses it.
pub fn open(place: &Path) -> Result<Box<dyn Store>> {
    match address(place) {
        #[cfg(feature = "postgres")]
        Some(url) => Ok(Box::new(PostgresStore::open(url)?)),
        #[cfg(not(feature = "postgres"))]
        Some(_) => Err(missing()),
        None => Ok(Box::new(SqliteStore::open(place)?)),
    }
}

/// Opens a store to read it, even while another process writes. If none does, this one may.
///
/// # Errors
/// It cannot be reached, made or read, or a newer version wrote it.
pub fn open_to_read(place: &Path) -> Result<Box<dyn Store>> {
    match address(place) {
        #[cfg(feature = "postgres")]
        Some(url) => Ok(Box::new(PostgresStore::open_to_read(url)?)),
        #[cfg(not(feature = "postgres"))]
        Some(_) => Err(missing()),
        None => Ok(Box::new(SqliteStore::open_to_read(place)?)),
    }
}

/// This program was built without PostgreSQL.
#[cfg(not(feature = "postgres"))]
fn missing() -> crate::store::StoreError {
    let said = "this program was built without PostgreSQL: give a folder by --data, or build it with the feature `postgres`";
    crate::store::StoreError::Address(said.to_owned())
}
