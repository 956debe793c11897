// SPDX-License-Identifier: MIT OR Apache-2.0
//! Databases of earlier versions are brought up with all that is in them, those of newer ones are refused.
//!
//! `tests/data/schema_N.sqlite` was written by the program whose newest schema was version N, and `schema_N.txt` has the history that
//! this program told of it. Before a migration is added, the files of the present version are made:
//! `cargo test -p roundhouse-store --test versions -- --ignored`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::path::{Path, PathBuf};

use messages::Timestamp;
use postgres::{Client, NoTls};
use roundhouse_store::{Document, Kept, SqliteStore, Store};

use support::documents::{locomotive, scope, state};
use support::{Place, history};

/// The files of all versions.
const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
/// So many states they have, four seconds apart, over a checkpoint.
const STATES: usize = 40;

/// The states in the files: a locomotive comes, moves, and goes.
fn states() -> Vec<Document> {
    let state = |number: usize| {
        let there = match number {
            20..27 => vec![locomotive("L1", "T1", 5.0, Some("218 137-4"))],
            27..31 => vec![locomotive("L1", "T1", 30.0, Some("218 137-4"))],
            _ => Vec::new(),
        };
        state(number, number as i64 * 4, there, number != 10)
    };
    (0..STATES).map(state).collect()
}

/// A copy of a file, in a folder where a store may be opened.
fn copied(file: &Path) -> Place {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(file, folder.path().join("roundhouse.sqlite")).unwrap();
    Place::Folder(folder)
}

#[test]
fn a_database_of_an_earlier_version_keeps_its_data() {
    let files = std::fs::read_dir(DATA).unwrap();
    let files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    let versions = files
        .iter()
        .filter(|file| file.extension().is_some_and(|end| end == "sqlite"));
    let mut count = 0;
    for file in versions {
        count += 1;
        let told = std::fs::read_to_string(file.with_extension("txt")).unwrap();
        let place = copied(file);
        let store = place.open().unwrap();
        let (kept, newest) = store.after(&scope(), 0, i64::MAX).unwrap();
        assert_eq!((kept.len(), newest), (STATES, STATES as i64), "{file:?}");
        assert_eq!(history(&*store), told, "{file:?}");
        let again = store.ingest(&states(), Timestamp::from_nanos(0)).unwrap();
        assert!(
            again.iter().all(|kept| *kept == Kept::Duplicate),
            "{file:?}"
        );
        store.rederive().unwrap();
        assert_eq!(history(&*store), told, "{file:?}");
        // A copy of that time can be restored.
        let restored = Place::server().open().unwrap();
        restored.restore(file).unwrap();
        assert_eq!(history(&*restored), told, "{file:?}");
    }
    assert!(count > 0);
}

#[test]
#[ignore = "makes the files of the present version"]
fn make_a_database_of_the_present_version() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path()).unwrap();
    store.ingest(&states(), Timestamp::from_nanos(0)).unwrap();
    let connection = rusqlite::Connection::open(store.file()).unwrap();
    let version: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    let file = Path::new(DATA).join(format!("schema_{version}.sqlite"));
    std::fs::remove_file(&file).ok();
    store.backup(&file).unwrap();
    std::fs::write(file.with_extension("txt"), history(&store)).unwrap();
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = SqliteStore::open(folder.path()).unwrap().file().to_owned();
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let place = Place::Folder(folder);
    let server = Place::server();
    drop(server.open().unwrap());
    let Place::Server(url) = &server else {
        unreachable!()
    };
    let mut client = Client::connect(url, NoTls).unwrap();
    client
        .batch_execute("UPDATE schema_version SET version = 99")
        .unwrap();
    let restored = Place::server().open().unwrap();
    for refused in [
        place.open().err(),
        place.open_to_read().err(),
        server.open().err(),
        server.open_to_read().err(),
        restored.restore(&file).err(),
    ] {
        let refused = refused.unwrap().to_string();
        assert!(refused.contains("version 99"), "{refused}");
    }
}
