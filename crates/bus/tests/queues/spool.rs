// SPDX-License-Identifier: MIT OR Apache-2.0
//! An outbox with a spool, on connections that fail, over restarts.

use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use roundhouse_bus::{
    FaultKind, Message, News, OnFull, Outbox, OutboxSettings, RefusalReason, SpoolSettings,
};

use crate::fake::{Broker, HANGS, document, number, payload, scripts, settings};

/// An outbox whose spool has eight files of so many bytes.
fn outbox(broker: &Arc<Broker>, folder: &Path, file: u64, on_full: OnFull) -> Outbox {
    let settings = with_spool(folder, file, on_full);
    Outbox::with_connector(settings, broker.publishers(), Box::new(|_| ())).unwrap()
}

/// Its settings.
fn with_spool(folder: &Path, file: u64, on_full: OnFull) -> OutboxSettings {
    OutboxSettings {
        spool: Some(SpoolSettings {
            folder: folder.to_owned(),
            most_bytes: 8 * file,
            min_free_bytes: 0,
            on_full,
        }),
        ..settings()
    }
}

/// Offers the messages `numbers`.
fn offer(outbox: &Outbox, numbers: RangeInclusive<u64>) {
    for number in numbers {
        outbox.offer(&document(number), payload(number)).unwrap();
    }
}

/// The messages that arrived, without those that had arrived before.
fn once(broker: &Broker) -> Vec<u64> {
    let mut last = 0;
    let fresh = |message: &&Message| {
        let sequence = message.stamp.as_ref().unwrap().sequence;
        sequence > last && {
            last = sequence;
            true
        }
    };
    broker
        .log
        .lock()
        .unwrap()
        .iter()
        .filter(fresh)
        .map(number)
        .collect()
}

#[test]
fn what_was_not_sent_is_sent_after_a_restart_by_the_same_sender() {
    let folder = tempfile::tempdir().unwrap();
    let away = Broker::new([]).shut();
    let first = outbox(&away, folder.path(), 4096, OnFull::DropOldest);
    offer(&first, 1..=50);
    assert_eq!(first.stats().waiting, 50);
    drop(first);
    let broker = Broker::new([]);
    let second = outbox(&broker, folder.path(), 4096, OnFull::DropOldest);
    offer(&second, 51..=60);
    assert!(second.drain(HANGS));
    assert_eq!(broker.numbers(), (1..=60).collect::<Vec<_>>());
    let log = broker.log.lock().unwrap();
    let stamps: Vec<_> = log
        .iter()
        .map(|message| message.stamp.clone().unwrap())
        .collect();
    assert!(stamps.iter().all(|stamp| stamp.sender == stamps[0].sender));
    assert!(stamps.iter().map(|stamp| stamp.sequence).eq(1..=60));
    drop(second);
    let third = outbox(&broker, folder.path(), 4096, OnFull::DropOldest);
    assert!(third.drain(Duration::ZERO));
    away.open();
}

#[test]
fn a_full_spool_drops_its_oldest_file_or_refuses_the_newest() {
    for (on_full, dropped) in [(OnFull::DropOldest, true), (OnFull::Reject, false)] {
        let folder = tempfile::tempdir().unwrap();
        let broker = Broker::new([]).shut();
        let outbox = outbox(&broker, folder.path(), 512, on_full);
        let mut refused = 0;
        for number in 1..=50 {
            if let Err(refusal) = outbox.offer(&document(number), payload(number)) {
                assert_eq!(refusal.reason, RefusalReason::Full);
                refused += 1;
            }
        }
        broker.open();
        assert!(outbox.drain(HANGS));
        let counters = outbox.stats().counters;
        assert_eq!(outbox.stats().refused.refused_full, refused);
        assert_eq!((counters.dropped > 0, refused > 0), (dropped, !dropped));
        assert_eq!(counters.settled + counters.dropped + refused, 50);
        let arrived = broker.numbers();
        assert_eq!(arrived.len() as u64, counters.settled);
        assert_eq!(arrived.contains(&50), dropped);
    }
}

#[test]
fn whoever_waits_for_room_in_the_spool_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::new([]);
    let outbox = outbox(&broker, folder.path(), 512, OnFull::Block);
    for number in 1..=100 {
        assert!(outbox.wait_for_room());
        offer(&outbox, number..=number);
    }
    assert!(outbox.drain(HANGS));
    assert_eq!(broker.numbers(), (1..=100).collect::<Vec<_>>());
}

#[test]
fn a_folder_that_cannot_be_used_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::new([]);
    let _first = outbox(&broker, folder.path(), 4096, OnFull::DropOldest);
    let settings = with_spool(folder.path(), 4096, OnFull::DropOldest);
    let second = Outbox::with_connector(settings, broker.publishers(), Box::new(|_| ()));
    let fault = second.err().unwrap();
    let said = fault.to_string();
    assert_eq!(fault.kind, FaultKind::Local);
    assert!(said.contains("each needs a folder of its own"), "{said}");
}

#[test]
fn a_disk_that_fails_costs_no_message_while_there_is_memory() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("spool");
    let broker = Broker::new([]);
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let tell = Box::new(move |news| telling.lock().unwrap().push(news));
    let settings = with_spool(&folder, 512, OnFull::DropOldest);
    let outbox = Outbox::with_connector(settings, broker.publishers(), tell).unwrap();
    offer(&outbox, 1..=10);
    assert!(outbox.drain(HANGS));
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "no folder any more").unwrap();
    offer(&outbox, 11..=30);
    assert!(outbox.drain(HANGS));
    let failed = |news: &&News| matches!(news, News::SpoolFailed(_));
    assert_eq!(told.lock().unwrap().iter().filter(failed).count(), 1);
    let stats = outbox.stats();
    assert!(stats.spool.unwrap().fault.is_some());
    // Those that stood in the file that is gone are counted, the others are sent from the memory, by another sender.
    let arrived = broker.numbers();
    assert_eq!(arrived.last(), Some(&30));
    let damaged = outbox.stats().spool.unwrap().damaged;
    assert_eq!(arrived.len() as u64 + damaged, 30);
    let log = broker.log.lock().unwrap();
    let sender = |message: &Message| message.stamp.clone().unwrap().sender;
    assert!(sender(&log[0]) != sender(log.last().unwrap()));
}

#[test]
fn a_message_that_is_larger_than_the_spool_is_refused_and_costs_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::new([]).shut();
    let outbox = outbox(&broker, folder.path(), 512, OnFull::DropOldest);
    offer(&outbox, 1..=3);
    let large = Bytes::from(vec![7; 8 * 512]);
    let refusal = outbox.offer(&document(4), large).unwrap_err();
    assert_eq!(refusal.reason, RefusalReason::TooLarge);
    broker.open();
    assert!(outbox.drain(HANGS));
    assert_eq!(broker.numbers(), [1, 2, 3]);
}

#[test]
fn what_is_damaged_on_the_disk_is_told_and_the_rest_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let away = Broker::new([]).shut();
    let first = outbox(&away, folder.path(), 1 << 20, OnFull::DropOldest);
    offer(&first, 1..=5);
    drop(first);
    let file = folder.path().join("00000000000000000001.spool");
    let mut bytes = fs::read(&file).unwrap();
    let last = bytes.windows(3).rposition(|three| three == b"1-5").unwrap();
    bytes[last] ^= 1;
    fs::write(&file, bytes).unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let tell = Box::new(move |news| telling.lock().unwrap().push(news));
    let settings = with_spool(folder.path(), 1 << 20, OnFull::DropOldest);
    let broker = Broker::new([]);
    let second = Outbox::with_connector(settings, broker.publishers(), tell).unwrap();
    assert!(second.drain(HANGS));
    assert_eq!(broker.numbers(), [1, 2, 3, 4]);
    assert!(told.lock().unwrap().contains(&News::SpoolDamaged(1)));
    away.open();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn whatever_fails_and_however_often_it_starts_anew_everything_arrives_in_order(
        lives in prop::collection::vec((scripts(), 0..60_u64), 1..5),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let arrived = Broker::new([]);
        let mut count = 0;
        for (script, more) in lives {
            let broker = Broker::new(script);
            let outbox = outbox(&broker, folder.path(), 1024, OnFull::Block);
            for number in count + 1..=count + more {
                prop_assert!(outbox.wait_for_room());
                outbox.offer(&document(number), payload(number)).unwrap();
            }
            count += more;
            // It ends in the middle of its work.
            drop(outbox);
            let log = std::mem::take(&mut *broker.log.lock().unwrap());
            arrived.log.lock().unwrap().extend(log);
        }
        let last = outbox(&arrived, folder.path(), 1024, OnFull::Block);
        prop_assert!(last.drain(HANGS));
        prop_assert_eq!(once(&arrived), (1..=count).collect::<Vec<_>>());
        prop_assert!(last.offer(&document(1), Bytes::new()).is_ok());
    }
}
