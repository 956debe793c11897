// SPDX-License-Identifier: MIT OR Apache-2.0
//! A server of PostgreSQL that is killed, is away, has no room left, or lets nobody in who is not encrypted.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

use messages::Timestamp;
use rcgen::{CertificateParams, KeyPair};
use roundhouse_store::{Document, PostgresStore, SqliteStore, Store};

use support::documents::{locomotive, scope, state};
use support::history;
use support::server::Server;

/// How often the server is killed; a soak says more by `ROUNDHOUSE_KILLS`.
const KILLS: usize = 5;
/// States in a batch.
const BATCH: usize = 20;

/// The states of a batch. Batches come in another order than their times: some of them late.
fn batch(number: usize) -> Vec<Document> {
    let place = number ^ 1;
    let state = |second: usize| {
        let there = second % 200 < 120;
        let locomotives = there.then(|| locomotive("L1", "T1", 5.0, None));
        state(
            second,
            second as i64,
            locomotives.into_iter().collect(),
            true,
        )
    };
    (place * BATCH..(place + 1) * BATCH).map(state).collect()
}

#[test]
fn what_is_confirmed_outlives_the_server() {
    let kills = std::env::var("ROUNDHOUSE_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let mut server = Server::start();
    let url = server.database();
    let store = Arc::new(PostgresStore::open(&url).unwrap());
    let (tell, told) = channel();
    let sender = thread::spawn({
        let store = Arc::clone(&store);
        move || {
            let mut failed = 0;
            for number in 0.. {
                // What is not confirmed is sent again.
                while store
                    .ingest(&batch(number), Timestamp::from_nanos(0))
                    .is_err()
                {
                    failed += 1;
                    thread::yield_now();
                }
                if tell.send(number).is_err() {
                    break;
                }
            }
            failed
        }
    });
    let mut confirmed = BTreeSet::new();
    let mut chance = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..kills {
        confirmed.extend(told.iter().take(5));
        // Somewhere in the middle of one of the next batches.
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        for _ in 0..chance % 3_000_000 {
            std::hint::spin_loop();
        }
        server.kill();
        server.restart();
    }
    confirmed.extend(told.iter().take(5));
    drop(told);
    let failed = sender.join().unwrap();
    let (kept, _) = store.after(&scope(), 0, i64::MAX).unwrap();
    let ids: BTreeSet<&str> = kept.iter().map(|document| document.id.as_str()).collect();
    assert_eq!(ids.len(), kept.len(), "once each");
    for document in confirmed.iter().copied().flat_map(batch) {
        assert!(
            ids.contains(document.id.as_str()),
            "{} is lost",
            document.id
        );
    }
    let derived = history(&*store);
    store.rederive().unwrap();
    assert_eq!(history(&*store), derived);
    // And it is what another database would have.
    let folder = tempfile::tempdir().unwrap();
    let fresh = SqliteStore::open(folder.path()).unwrap();
    fresh.ingest(&kept, Timestamp::from_nanos(0)).unwrap();
    assert_eq!(history(&fresh), derived);
    println!(
        "{kills} kills, {} batches confirmed, {failed} attempts failed, {} states kept",
        confirmed.len(),
        kept.len()
    );
}

#[test]
fn a_server_that_is_away_is_named_without_its_password() {
    let mut server = Server::start();
    let url = server.database();
    let store = PostgresStore::open(&url).unwrap();
    store.newest_sequence().unwrap();
    server.kill();
    let secret = url.replace("roundhouse@", "roundhouse:secret@");
    let port = url.rsplit(':').next().unwrap();
    for refused in [
        store.newest_sequence().unwrap_err(),
        store
            .ingest(&batch(0), Timestamp::from_nanos(0))
            .unwrap_err(),
        PostgresStore::open(&secret).err().unwrap(),
    ] {
        let refused = refused.to_string();
        assert!(refused.contains(port), "{refused}");
        assert!(refused.contains("running"), "{refused}");
        assert!(!refused.contains("secret"), "{refused}");
    }
    server.restart();
    assert_eq!(store.newest_sequence().unwrap(), 0);
    store.ingest(&batch(0), Timestamp::from_nanos(0)).unwrap();
    let (kept, _) = store.after(&scope(), 0, i64::MAX).unwrap();
    assert_eq!(kept.len(), BATCH);
}

#[test]
fn a_full_disk_loses_nothing_that_is_confirmed() {
    let mut server = Server::with_room(4000);
    let store = PostgresStore::open(&server.database()).unwrap();
    let mut confirmed = 0;
    let refused = loop {
        match store.ingest(&batch(confirmed), Timestamp::from_nanos(0)) {
            Ok(_) => confirmed += 1,
            Err(error) => break error.to_string(),
        }
    };
    assert!(refused.contains("could not extend file"), "{refused}");
    let kept = || store.after(&scope(), 0, i64::MAX).unwrap().0.len();
    assert_eq!(kept(), confirmed * BATCH);
    server.kill();
    server.give_room();
    server.restart();
    store
        .ingest(&batch(confirmed), Timestamp::from_nanos(0))
        .unwrap();
    assert_eq!(kept(), (confirmed + 1) * BATCH);
    let derived = history(&store);
    store.rederive().unwrap();
    assert_eq!(history(&store), derived);
}

#[test]
fn a_connection_is_encrypted_with_a_server_that_is_trusted() {
    let key = KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certificate = CertificateParams::new(names).unwrap();
    let certificate = certificate.self_signed(&key).unwrap().pem();
    let server = Server::encrypted(&certificate, &key.serialize_pem());
    let url = server.database();
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("trusted authorities.pem");
    std::fs::write(&trusted, certificate).unwrap();
    let trusted = trusted.display().to_string().replace(' ', "%20");
    let refused = |parameters: &str| {
        let opened = PostgresStore::open(&format!("{url}{parameters}"));
        opened.err().unwrap().to_string()
    };
    let plain = refused("");
    assert!(plain.contains("no encryption"), "{plain}");
    let unknown = refused("?sslmode=require");
    assert!(unknown.contains("?sslrootcert=FILE"), "{unknown}");
    let missing = refused("?sslrootcert=/nowhere/at-all.pem");
    assert!(missing.contains("/nowhere/at-all.pem"), "{missing}");
    let store = PostgresStore::open(&format!("{url}?sslmode=verify-full&sslrootcert={trusted}"));
    let store = store.unwrap();
    store.ingest(&batch(0), Timestamp::from_nanos(0)).unwrap();
    assert_eq!(store.newest_sequence().unwrap(), BATCH as i64);
}
