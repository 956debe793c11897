// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures by reference, from an outbox to an inbox.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use roundhouse_bus::{Inbox, InboxSettings, Outbox, OutboxSettings, Store};

use crate::fake::{Broker, HANGS, Step, document, number, payload, settings};

/// The store in a folder.
fn store(folder: &Path) -> Store {
    Store::parse(&format!("dir://{}", folder.display())).unwrap()
}

/// An outbox that stores pictures in a folder.
fn outbox(broker: &Arc<Broker>, folder: &Path) -> Outbox {
    let settings = OutboxSettings {
        image_store: Some(store(folder)),
        ..settings()
    };
    Outbox::with_connector(settings, broker.publishers(), Box::new(|_| ())).unwrap()
}

/// An inbox that gets them from there.
fn inbox(broker: &Arc<Broker>, folder: &Path) -> Inbox {
    let settings = InboxSettings {
        endpoint: settings().endpoint,
        options: settings().options,
        queue: 10,
        queue_bytes: usize::MAX,
        image_store: Some(store(folder)),
    };
    Inbox::with_connector(&settings, broker.subscribers(), Box::new(|_| ())).unwrap()
}

#[test]
fn a_picture_is_stored_and_got_while_its_event_travels_alone() {
    let folder = tempfile::tempdir().unwrap();
    let cut = Step::Cut {
        arrive: 2,
        settle: 1,
    };
    let broker = Broker::new([Step::Good, cut]).shut();
    let outbox = outbox(&broker, folder.path());
    outbox.offer(&document(1), Bytes::new()).unwrap();
    for number in 2..=4 {
        outbox.offer(&document(number), payload(number)).unwrap();
    }
    broker.open();
    assert!(outbox.drain(HANGS));
    let log = broker.log.lock().unwrap().clone();
    assert!(log.iter().all(|message| message.payload.is_empty()));
    assert_eq!(broker.numbers(), [1, 2, 2, 3, 4]);
    let inbox = inbox(&broker, folder.path());
    for expected in 1..=4 {
        let message = inbox.next(HANGS).unwrap();
        assert_eq!(number(&message), expected);
        let picture = if expected == 1 {
            Bytes::new()
        } else {
            payload(expected)
        };
        assert_eq!(message.payload, picture);
    }
}

#[test]
fn an_event_whose_picture_is_gone_is_refused_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::new([]);
    let outbox = outbox(&broker, folder.path());
    outbox.offer(&document(1), payload(1)).unwrap();
    assert!(outbox.drain(HANGS));
    fs::remove_dir_all(folder.path().join("img")).unwrap();
    outbox.offer(&document(2), payload(2)).unwrap();
    assert!(outbox.drain(HANGS));
    let inbox = inbox(&broker, folder.path());
    assert_eq!(number(&inbox.next(HANGS).unwrap()), 2);
    assert_eq!(inbox.stats().refused.refused_expired, 1);
}

#[test]
fn a_store_that_cannot_be_written_holds_messages_back() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("pictures");
    fs::write(&folder, "no folder").unwrap();
    let broker = Broker::new([]);
    let outbox = outbox(&broker, &folder);
    outbox.offer(&document(1), payload(1)).unwrap();
    while outbox.stats().link.last_fault.is_none() {
        std::thread::yield_now();
    }
    assert_eq!((broker.numbers(), outbox.stats().waiting), (vec![], 1));
    fs::remove_file(&folder).unwrap();
    assert!(outbox.drain(HANGS));
    assert_eq!(broker.numbers(), [1]);
}
