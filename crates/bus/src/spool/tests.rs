// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a spool keeps, whatever happens to its files.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use proptest::prelude::*;

use super::log::{Log, NotAppended, OnFull, SpoolSettings};
use super::reader::Reader;
use super::{record, segment};
use crate::{Message, Stamp};

/// Bytes of a payload; eight files of a small spool have two messages each.
const PAYLOAD: usize = 700;

/// A small spool.
fn settings(folder: &Path) -> SpoolSettings {
    SpoolSettings {
        folder: folder.to_owned(),
        most_bytes: 8 * 2000,
        min_free_bytes: 0,
        on_full: OnFull::DropOldest,
    }
}

/// The spool of a folder.
fn open(folder: &Path) -> Log {
    Log::open(settings(folder), "s-2").unwrap()
}

/// A message.
fn message(sequence: u64) -> Message {
    let document =
        r#"{"specversion":"1.0","type":"com.roundhouse.tick.v1","source":"/h/t/1","id":"1"}"#;
    let stamp = Stamp {
        sender: "s-1".to_owned(),
        sequence,
    };
    let payload = Bytes::from(vec![sequence as u8; PAYLOAD]);
    Message::new(document, payload, stamp).unwrap()
}

/// Appends the next messages and forces them to the disk; how many gave way.
fn append(log: &mut Log, count: u64) -> u64 {
    let mut dropped = 0;
    for _ in 0..count {
        let sequence = log.last() + 1;
        dropped += log.append(&message(sequence), sequence).unwrap();
    }
    sync(log);
    dropped
}

/// Forces everything to the disk.
fn sync(log: &mut Log) {
    if let Some(sync) = log.sync() {
        sync.run().unwrap();
        log.synced(&sync);
    }
}

/// The numbers of what is not settled, and how many are damaged.
fn unsettled(log: &Log) -> (Vec<u64>, u64) {
    let mut reader = Reader::after(log.settled());
    let (mut numbers, mut damaged) = (Vec::new(), 0);
    while let Some(span) = log.span(reader.last() + 1) {
        let read = reader.read(&span, 3).unwrap();
        damaged += read.damaged;
        for record in read.records {
            assert_eq!(record.payload, message(record.sequence).payload);
            assert_eq!(record.event, message(record.sequence).event);
            numbers.push(record.sequence);
        }
    }
    (numbers, damaged)
}

/// Settles messages and notes it.
fn settle(log: &mut Log, sequence: u64) {
    log.settle(sequence).unwrap();
    if let Some(note) = log.note() {
        note.write().unwrap();
        log.noted(&note);
    }
}

/// Nothing but the age of what waits is taken from the clock of the day, and only when a spool is opened.
#[test]
fn a_clock_that_jumps_by_an_hour_changes_no_message() {
    const HOUR: Duration = Duration::from_hours(1);
    let now = SystemTime::now();
    for (written, oldest) in [
        (now + HOUR, Duration::ZERO..HOUR),
        (now - HOUR, HOUR..2 * HOUR),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut log = open(folder.path());
        append(&mut log, 3);
        settle(&mut log, 1);
        drop(log);
        let file = File::open(segment::path(folder.path(), 1)).unwrap();
        file.set_modified(written).unwrap();
        let mut log = open(folder.path());
        assert_eq!(unsettled(&log), (vec![2, 3], 0));
        assert!(
            oldest.contains(&log.oldest().unwrap()),
            "{:?}",
            log.oldest()
        );
        append(&mut log, 1);
        assert_eq!(unsettled(&log), (vec![2, 3, 4], 0));
    }
}

#[test]
fn what_is_not_settled_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Log::open(settings(folder.path()), "s-1").unwrap();
    assert_eq!(append(&mut log, 9), 0);
    settle(&mut log, 4);
    assert_eq!(unsettled(&log).0, [5, 6, 7, 8, 9]);
    drop(log);
    let mut log = open(folder.path());
    assert_eq!((log.sender(), log.last(), log.unsettled()), ("s-1", 9, 5));
    assert!(log.oldest().is_some());
    append(&mut log, 1);
    assert_eq!(unsettled(&log), (vec![5, 6, 7, 8, 9, 10], 0));
    settle(&mut log, 10);
    assert_eq!(unsettled(&log), (vec![], 0));
    assert_eq!(segment::list(folder.path()).unwrap().len(), 1);
    drop(log);
    let log = open(folder.path());
    assert_eq!((log.last(), log.unsettled(), log.oldest()), (10, 0, None));
}

#[test]
fn what_is_not_on_the_disk_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, 1);
    log.append(&message(2), 2).unwrap();
    assert_eq!((unsettled(&log).0, log.unsynced()), (vec![1], 1));
    sync(&mut log);
    assert_eq!(unsettled(&log).0, [1, 2]);
}

#[test]
fn a_spool_that_was_wiped_has_a_new_sender() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Log::open(settings(folder.path()), "s-1").unwrap();
    append(&mut log, 3);
    settle(&mut log, 2);
    drop(log);
    // Of the two files, the first one went when its messages were settled.
    fs::remove_file(segment::path(folder.path(), 3)).unwrap();
    let log = open(folder.path());
    assert_eq!((log.sender(), log.last()), ("s-2", 2));
}

#[test]
fn a_full_spool_does_what_it_is_told_to() {
    for (on_full, kept) in [
        (OnFull::DropOldest, (5..=20).collect::<Vec<u64>>()),
        (OnFull::Reject, (1..=16).collect()),
        (OnFull::Block, (1..=16).collect()),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let settings = SpoolSettings {
            on_full,
            ..settings(folder.path())
        };
        let mut log = Log::open(settings, "s-1").unwrap();
        let (mut dropped, mut refused) = (0, 0);
        for sequence in 1..=20 {
            match log.append(&message(sequence), sequence) {
                Ok(gave_way) => dropped += gave_way,
                Err(NotAppended::Full) => refused += 1,
                Err(NotAppended::Broken(error)) => panic!("{error}"),
            }
        }
        sync(&mut log);
        assert_eq!((unsettled(&log).0, dropped + refused), (kept, 4));
        assert!(log.bytes() <= 8 * 2000);
        settle(&mut log, 8);
        assert!(log.has_room(), "{on_full:?}");
    }
}

#[test]
fn a_disk_is_not_filled_to_the_last_byte() {
    let folder = tempfile::tempdir().unwrap();
    let greedy = SpoolSettings {
        min_free_bytes: u64::MAX / 2,
        ..settings(folder.path())
    };
    let mut log = Log::open(greedy, "s-1").unwrap();
    assert!(!log.has_room());
    assert!(matches!(log.append(&message(1), 1), Err(NotAppended::Full)));
}

#[test]
fn a_message_that_is_larger_than_a_file_has_one_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, 1);
    let mut large = message(2);
    large.payload = Bytes::from(vec![7; 5000]);
    log.append(&large, 2).unwrap();
    append(&mut log, 1);
    let mut reader = Reader::after(1);
    let read = reader.read(&log.span(2).unwrap(), 9).unwrap();
    assert_eq!(read.records[0].payload.len(), 5000);
    assert!(settings(folder.path()).takes(&large));
    large.payload = Bytes::from(vec![7; 20_000]);
    assert!(!settings(folder.path()).takes(&large));
}

#[test]
fn two_processes_do_not_share_a_spool() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path());
    let refused = Log::open(settings(folder.path()), "s-3").unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ResourceBusy);
    drop(first);
    open(folder.path());
}

#[test]
fn a_last_file_that_ends_anywhere_costs_only_its_last_message_and_no_number_is_used_twice() {
    let size = record::size(&message(1).event, &message(1).payload) as u64;
    for cut in [0, 1, 4, 8, 16, 17, 100, size - 1] {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::open(settings(folder.path()), "s-1").unwrap();
        append(&mut log, 4);
        drop(log);
        let path = segment::path(folder.path(), 3);
        let file = OpenOptions::new().write(true).open(path).unwrap();
        file.set_len(size + cut).unwrap();
        let mut log = open(folder.path());
        assert_eq!((unsettled(&log).0, log.last()), (vec![1, 2, 3], 3), "{cut}");
        let is_cut = cut > 0;
        assert_eq!(log.damaged(), u64::from(is_cut));
        assert_eq!(log.sender(), if is_cut { "s-2" } else { "s-1" });
        append(&mut log, 2);
        assert_eq!(unsettled(&log), (vec![1, 2, 3, 4, 5], 0));
    }
}

#[test]
fn a_file_that_is_gone_costs_its_messages() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, 6);
    fs::remove_file(segment::path(folder.path(), 3)).unwrap();
    let mut reader = Reader::after(0);
    assert_eq!(
        reader.read(&log.span(1).unwrap(), 9).unwrap().records.len(),
        2
    );
    let gone = log.span(3).unwrap();
    assert!(reader.read(&gone, 9).is_err());
    assert_eq!(reader.pass_over(&gone), 2);
    assert_eq!(
        reader.read(&log.span(5).unwrap(), 9).unwrap().records.len(),
        2
    );
}

/// What happens to a spool.
#[derive(Debug, Clone)]
enum Step {
    Append(u64),
    Settle(u64),
    Reopen,
    /// A byte of some file changes, or a page of it becomes zeros, while nobody uses it.
    Change(usize, usize),
    Zero(usize, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1..5_u64).prop_map(Step::Append),
        2 => (0..4_u64).prop_map(Step::Settle),
        2 => Just(Step::Reopen),
        1 => (0..8_usize, 0..4000_usize).prop_map(|(file, at)| Step::Change(file, at)),
        1 => (0..8_usize, 0..4_usize).prop_map(|(file, page)| Step::Zero(file, page)),
    ];
    prop::collection::vec(step, 1..30)
}

/// The messages that the bytes `range` of a file touch.
fn touched(folder: &Path, first: u64, range: std::ops::Range<usize>) -> BTreeSet<u64> {
    let bytes = Bytes::from(fs::read(segment::path(folder, first)).unwrap());
    let mut records = record::Records::new(bytes, first - 1);
    let mut hit = BTreeSet::new();
    while let Some(record) = records.next() {
        let begin = records.end() - record::size(&record.event, &record.payload);
        if begin < range.end && range.start < records.end() {
            hit.insert(record.sequence);
        }
    }
    hit
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_message_is_there_until_it_is_settled_dropped_or_damaged(steps in steps()) {
        let folder = tempfile::tempdir().unwrap();
        let mut log = open(folder.path());
        let mut kept: BTreeSet<u64> = BTreeSet::new();
        for step in steps {
            match step {
                Step::Append(count) => {
                    for sequence in log.last() + 1..=log.last() + count {
                        log.append(&message(sequence), sequence).unwrap();
                        kept.insert(sequence);
                    }
                    sync(&mut log);
                    kept.retain(|&sequence| sequence > log.settled());
                }
                Step::Settle(more) => {
                    let through = (log.settled() + more).min(log.last());
                    settle(&mut log, through);
                    kept.retain(|&sequence| sequence > through);
                }
                Step::Reopen => {
                    if let Some(note) = log.note() {
                        note.write().unwrap();
                    }
                    drop(log);
                    log = open(folder.path());
                }
                Step::Change(file, at) | Step::Zero(file, at) => {
                    if let Some(note) = log.note() {
                        note.write().unwrap();
                    }
                    drop(log);
                    let files = segment::list(folder.path()).unwrap();
                    if let Some(&(first, size)) = files.get(file) {
                        let range = match step {
                            Step::Zero(..) => at * 512..(at + 1) * 512,
                            _ => at..at + 1,
                        };
                        let range = range.start..range.end.min(size as usize);
                        if !range.is_empty() {
                            for sequence in touched(folder.path(), first, range.clone()) {
                                kept.remove(&sequence);
                            }
                            let path = segment::path(folder.path(), first);
                            let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
                            let mut bytes = vec![0; range.len()];
                            file.read_exact_at(&mut bytes, range.start as u64).unwrap();
                            match step {
                                Step::Zero(..) => bytes.fill(0),
                                _ => bytes[0] = bytes[0].wrapping_add(5),
                            }
                            file.write_all_at(&bytes, range.start as u64).unwrap();
                        }
                    }
                    log = open(folder.path());
                }
            }
            let (numbers, _) = unsettled(&log);
            prop_assert_eq!(numbers, kept.iter().copied().collect::<Vec<_>>());
            prop_assert!(log.bytes() <= 8 * 2000);
        }
    }
}
