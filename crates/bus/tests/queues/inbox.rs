// SPDX-License-Identifier: MIT OR Apache-2.0
//! An inbox on connections that fail.

use std::sync::Arc;
use std::time::Duration;

use crate::fake::{Broker, HANGS, Step, document, number, payload, scripts, settings};
use bytes::Bytes;
use proptest::prelude::*;
use roundhouse_bus::{Inbox, InboxSettings, Message, Options, Outbox, Stamp};

/// An inbox whose queue has so many places.
fn inbox(broker: &Arc<Broker>, queue: usize, live: bool) -> Inbox {
    let settings = InboxSettings {
        endpoint: settings().endpoint,
        options: Options {
            live,
            ..Options::default()
        },
        queue,
        queue_bytes: usize::MAX,
        image_store: None,
    };
    Inbox::with_connector(&settings, broker.subscribers(), Box::new(|_| ())).unwrap()
}

/// A message of `sender`, whose number is the sequence.
fn message(sender: &str, sequence: u64) -> Message {
    let stamp = Stamp {
        sender: sender.to_owned(),
        sequence,
    };
    Message::new(&document(sequence), payload(sequence), stamp).unwrap()
}

/// The numbers of the next messages, each of which is done with at once.
fn numbers(inbox: &Inbox, count: usize) -> Vec<u64> {
    let next = |_| {
        let message = inbox.next(HANGS).unwrap();
        inbox.done();
        number(&message)
    };
    (0..count).map(next).collect()
}

#[test]
fn duplicates_are_left_out_and_gaps_are_counted() {
    let broker = Broker::new([]);
    let sent = [("a", 4), ("a", 5), ("a", 4), ("b", 1), ("a", 5), ("a", 8)];
    let mut log: Vec<Message> = sent.iter().map(|(name, n)| message(name, *n)).collect();
    let foreign = Bytes::from(document(100));
    log.extend([
        Message::read(foreign.clone(), Bytes::new()).unwrap(),
        Message::read(foreign, Bytes::new()).unwrap(),
    ]);
    *broker.log.lock().unwrap() = log;
    let inbox = inbox(&broker, 100, false);
    assert_eq!(numbers(&inbox, 6), [4, 5, 1, 8, 100, 100]);
    let counters = inbox.stats().counters;
    assert_eq!(
        (counters.received, counters.duplicates, counters.missing),
        (6, 2, 2)
    );
}

#[test]
fn what_is_not_done_with_comes_again_to_the_next() {
    let broker = Broker::new([]);
    *broker.log.lock().unwrap() = (1..=9).map(|n| message("a", n)).collect();
    let first = inbox(&broker, 4, false);
    assert_eq!(numbers(&first, 4), [1, 2, 3, 4]);
    assert_eq!(number(&first.next(HANGS).unwrap()), 5);
    drop(first);
    assert_eq!(*broker.acknowledged.lock().unwrap(), 4);
    assert_eq!(numbers(&inbox(&broker, 4, false), 5), [5, 6, 7, 8, 9]);
}

#[test]
fn a_slow_reader_of_a_live_inbox_gets_the_newest() {
    let broker = Broker::new([]);
    *broker.log.lock().unwrap() = (1..=9).map(|n| message("a", n)).collect();
    let inbox = inbox(&broker, 2, true);
    while inbox.stats().counters.received < 9 {
        std::thread::yield_now();
    }
    assert_eq!(numbers(&inbox, 2), [8, 9]);
    assert_eq!(inbox.stats().counters.dropped, 7);
}

#[test]
fn nothing_is_handed_over_after_an_interruption() {
    let broker = Broker::new([]);
    let inbox = inbox(&broker, 2, false);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| inbox.next(HANGS));
        inbox.interrupt();
        assert_eq!(waiting.join().unwrap(), None);
    });
    assert_eq!(inbox.next(HANGS), None);
    inbox.resume();
    broker.log.lock().unwrap().push(message("a", 1));
    assert_eq!(numbers(&inbox, 1), [1]);
    assert_eq!(inbox.next(Duration::ZERO), None);
}

#[test]
fn what_is_refused_is_counted_and_acknowledged() {
    let broker = Broker::new([Step::Good, Step::Refuse(0)]);
    *broker.log.lock().unwrap() = vec![message("a", 1)];
    let inbox = inbox(&broker, 2, false);
    assert_eq!(numbers(&inbox, 1), [1]);
    assert_eq!(inbox.stats().refused.refused_no_event, 1);
    drop(inbox);
    assert_eq!(*broker.acknowledged.lock().unwrap(), 1);
}

proptest! {
    #[test]
    fn whatever_fails_on_either_side_each_message_is_handed_over_once(
        sending in scripts(),
        receiving in scripts(),
        count in 1..100_u64,
        queue in 1..8_usize,
    ) {
        let to = Broker::new(sending);
        let outbox = Outbox::with_connector(settings(), to.publishers(), Box::new(|_| ())).unwrap();
        for number in 1..=count {
            outbox.offer(&document(number), payload(number)).unwrap();
        }
        prop_assert!(outbox.drain(HANGS));
        let from = Broker::new(receiving);
        *from.log.lock().unwrap() = to.log.lock().unwrap().clone();
        let inbox = inbox(&from, queue, false);
        prop_assert_eq!(numbers(&inbox, count as usize), (1..=count).collect::<Vec<_>>());
        prop_assert_eq!(inbox.stats().counters.missing, 0);
    }
}
