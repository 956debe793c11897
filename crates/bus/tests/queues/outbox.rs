// SPDX-License-Identifier: MIT OR Apache-2.0
//! An outbox on connections that fail.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::fake::{Broker, HANGS, Step, document, payload, scripts, settings};
use bytes::Bytes;
use proptest::prelude::*;
use roundhouse_bus::{FaultKind, News, Options, Outbox, OutboxSettings, RefusalReason, Tell};

/// An outbox, and what it tells.
fn outbox(broker: &Arc<Broker>, settings: OutboxSettings) -> (Outbox, Arc<Mutex<Vec<News>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let tell: Tell = Box::new(move |news| telling.lock().unwrap().push(news));
    let outbox = Outbox::with_connector(settings, broker.publishers(), tell).unwrap();
    (outbox, told)
}

/// Offers the messages `numbers`.
fn offer(outbox: &Outbox, numbers: std::ops::RangeInclusive<u64>) {
    for number in numbers {
        outbox.offer(&document(number), payload(number)).unwrap();
    }
}

#[test]
fn a_lost_batch_is_sent_again_from_the_first_that_is_not_settled() {
    let cut = Step::Cut {
        arrive: 3,
        settle: 2,
    };
    let broker = Broker::new([Step::Good, cut]).shut();
    let (outbox, told) = outbox(&broker, settings());
    offer(&outbox, 1..=5);
    broker.open();
    assert!(outbox.drain(HANGS));
    assert_eq!(broker.numbers(), [1, 2, 3, 3, 4, 5]);
    let stats = outbox.stats();
    assert_eq!((stats.counters.settled, stats.counters.resent), (5, 3));
    assert_eq!((stats.waiting, stats.link.reconnects), (0, 1));
    let told: Vec<&'static str> = told.lock().unwrap().iter().map(word).collect();
    assert_eq!(told, ["connected", "lost", "connected"]);
}

/// The kind of news.
fn word(news: &News) -> &'static str {
    match news {
        News::Connected => "connected",
        News::Lost(_) => "lost",
        News::Dropped(_) | News::Overrun(_) => "dropped",
        News::Refused(..) => "refused",
        News::SpoolFailed(_) => "spool failed",
        News::SpoolDamaged(_) => "spool damaged",
        News::SpoolRestored => "spool restored",
    }
}

#[test]
fn a_fault_is_told_once_however_often_it_comes() {
    let broker = Broker::new(vec![Step::Lost; 5]);
    let (outbox, told) = outbox(&broker, settings());
    offer(&outbox, 1..=1);
    assert!(outbox.drain(HANGS));
    let told = told.lock().unwrap();
    let [News::Lost(fault), News::Connected] = &told[..] else {
        panic!("{told:?}");
    };
    assert_eq!(fault.kind, FaultKind::Lost);
    let link = outbox.stats().link;
    assert_eq!((link.connected, link.reconnects), (true, 0));
    assert_eq!(link.last_fault.unwrap(), "fake://: connection lost");
}

#[test]
fn a_refused_message_is_counted_and_the_others_go_on() {
    let broker = Broker::new([Step::Good, Step::Refuse(1)]).shut();
    let (outbox, told) = outbox(&broker, settings());
    offer(&outbox, 1..=3);
    broker.open();
    assert!(outbox.drain(HANGS));
    assert_eq!(broker.numbers(), [1, 3]);
    let stats = outbox.stats();
    assert_eq!((stats.counters.settled, stats.refused.sum()), (2, 1));
    assert_eq!(stats.refused.refused_rejected, 1);
    // Its thread tells what it has counted before it ends.
    drop(outbox);
    assert!(matches!(told.lock().unwrap()[..], [_, News::Refused(_, 1)]));
}

#[test]
fn what_cannot_be_sent_is_refused_at_once() {
    let broker = Broker::new([]);
    let options = Options {
        largest: 200,
        ..Options::default()
    };
    let settings = OutboxSettings {
        options,
        ..settings()
    };
    let (outbox, _) = outbox(&broker, settings);
    let large = outbox.offer(&document(1), Bytes::from(vec![0; 200]));
    assert_eq!(large.unwrap_err().reason, RefusalReason::TooLarge);
    let foreign = outbox.offer("{}", Bytes::new());
    assert_eq!(foreign.unwrap_err().reason, RefusalReason::NoEvent);
    offer(&outbox, 2..=2);
    assert!(outbox.drain(HANGS));
    let log = broker.log.lock().unwrap();
    assert_eq!(log[0].stamp.as_ref().unwrap().sequence, 1);
    let stats = outbox.stats();
    assert_eq!((stats.refused.sum(), stats.counters.offered), (2, 1));
}

#[test]
fn the_oldest_gives_way_while_there_is_no_connection() {
    let broker = Broker::new([]).shut();
    let small = OutboxSettings {
        queue: 3,
        ..settings()
    };
    let (outbox, told) = outbox(&broker, small);
    offer(&outbox, 1..=8);
    assert_eq!(outbox.stats().waiting, 3);
    broker.open();
    assert!(outbox.drain(HANGS));
    assert_eq!(broker.numbers(), [6, 7, 8]);
    assert_eq!(outbox.stats().counters.dropped, 5);
    assert_eq!(told.lock().unwrap()[0], News::Dropped(1));
}

#[test]
fn nobody_waits_after_an_interruption() {
    let broker = Broker::new([]).shut();
    let small = OutboxSettings {
        queue: 1,
        ..settings()
    };
    let (outbox, _) = outbox(&broker, small);
    assert!(outbox.wait_for_room());
    offer(&outbox, 1..=1);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| outbox.wait_for_room());
        outbox.interrupt();
        assert!(!waiting.join().unwrap());
    });
    assert!(!outbox.drain(HANGS));
    outbox.resume();
    broker.open();
    assert!(outbox.wait_for_room());
    assert!(outbox.drain(HANGS));
    assert_eq!(broker.numbers(), [1]);
}

#[test]
fn an_outbox_ends_while_it_connects() {
    let broker = Broker::new([]).shut();
    let (outbox, _) = outbox(&broker, settings());
    offer(&outbox, 1..=1);
    assert!(!outbox.drain(Duration::ZERO));
    drop(outbox);
    broker.open();
}

#[test]
fn a_process_that_starts_anew_is_another_sender() {
    let broker = Broker::new([]);
    for number in 1..=2 {
        let (outbox, _) = outbox(&broker, settings());
        offer(&outbox, number..=number);
        assert!(outbox.drain(HANGS));
    }
    let log = broker.log.lock().unwrap();
    let senders: Vec<_> = log
        .iter()
        .map(|message| &message.stamp.as_ref().unwrap().sender)
        .collect();
    assert!(senders[0] != senders[1] && senders[0].starts_with("test-"));
}

proptest! {
    #[test]
    fn whatever_fails_everything_arrives_in_order(script in scripts(), count in 1..200_u64) {
        let broker = Broker::new(script);
        let (outbox, _) = outbox(&broker, settings());
        offer(&outbox, 1..=count);
        prop_assert!(outbox.drain(HANGS));
        let mut last = 0;
        let mut first_times = broker.numbers();
        first_times.retain(|&number| number > last && { last = number; true });
        prop_assert_eq!(first_times, (1..=count).collect::<Vec<_>>());
        let stats = outbox.stats();
        prop_assert_eq!(stats.counters.settled, count);
        prop_assert_eq!(stats.counters.sent, count + stats.counters.resent);
    }
}
