// SPDX-License-Identifier: MIT OR Apache-2.0
//! One run: messages from an outbox, by way of a network that fails, to an inbox.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use roundhouse_bus::{
    Connector, Endpoint, Inbox, InboxSettings, Options, Outbox, OutboxSettings, Subscriber,
    publisher, subscriber,
};

use crate::history::{History, Verdict};
use crate::proxy::Proxy;

/// No run takes so long unless it hangs.
const HANGS: Duration = Duration::from_mins(2);
/// Longest wait between two attempts to connect.
const RECONNECT: Duration = Duration::from_millis(200);
/// So long is waited for a message that may be lost.
const PATIENCE: Duration = Duration::from_secs(3);
/// Bytes of a payload.
const PAYLOAD: usize = 500;

/// What the one who makes faults sees and does.
pub struct Nemesis<'a> {
    /// The network.
    pub proxy: &'a Proxy,
    /// The sender.
    pub outbox: &'a Outbox,
    history: &'a Mutex<History>,
    count: u64,
}

impl Nemesis<'_> {
    /// Waits until so many messages were handed over, or nothing is left to be sent.
    pub fn until_delivered(&self, count: u64) {
        until("messages arrive", || {
            let is_over = self.outbox.stats().counters.settled >= self.count;
            is_over || self.history.lock().unwrap().delivered.len() as u64 >= count
        });
    }

    /// Waits until the sender knows that it has no connection.
    pub fn until_noticed(&self) {
        until("the fault is noticed", || {
            !self.outbox.stats().link.connected
        });
    }
}

/// Waits until something is true.
pub fn until(what: &str, mut is_true: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_true() {
        assert!(begin.elapsed() < HANGS, "never: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Both ends.
pub struct Ends {
    /// Where the outbox sends to: by way of the proxy.
    pub to: String,
    /// How the inbox receives.
    pub from: Connector<Box<dyn Subscriber>>,
    /// Whether it sends pictures beside its events.
    pub payload: bool,
}

/// How an inbox connects to an address.
pub fn receives(address: &str) -> Connector<Box<dyn Subscriber>> {
    let endpoint = Endpoint::parse(address).unwrap();
    Connector::new(move || subscriber(&endpoint, &options())).with_longest_wait(RECONNECT)
}

/// What each connection is to do.
pub fn options() -> Options {
    Options {
        patience: Duration::from_secs(1),
        ..Options::default()
    }
}

/// Sends `count` messages by way of a network of which `nemesis` makes a bad one, and judges what arrived.
pub fn run(
    proxy: &Proxy,
    ends: Ends,
    count: u64,
    nemesis: impl FnOnce(&Nemesis<'_>) + Send,
) -> Verdict {
    let endpoint = Endpoint::parse(&ends.to).unwrap();
    let inbox = InboxSettings {
        endpoint: endpoint.clone(),
        options: options(),
        queue: 64,
        queue_bytes: usize::MAX,
        image_store: None,
    };
    let inbox = Inbox::with_connector(&inbox, ends.from, Box::new(|_| ())).unwrap();
    let settings = OutboxSettings {
        endpoint: endpoint.clone(),
        options: options(),
        queue: 200,
        queue_bytes: usize::MAX,
        spool: None,
        image_store: None,
        sender: "faults".to_owned(),
    };
    let connector = Connector::new(move || publisher(&endpoint, &options()));
    let connector = connector.with_longest_wait(RECONNECT);
    let outbox = Outbox::with_connector(settings, connector, Box::new(|_| ())).unwrap();
    let history = Mutex::new(History::default());
    let payload = Bytes::from(vec![7; if ends.payload { PAYLOAD } else { 0 }]);
    thread::scope(|scope| {
        let sender = scope.spawn(|| {
            for number in 1..=count {
                assert!(outbox.wait_for_room());
                outbox.offer(&document(number), payload.clone()).unwrap();
            }
            assert!(outbox.drain(HANGS), "{:?}", outbox.stats());
        });
        let of_nemesis = Nemesis {
            proxy,
            outbox: &outbox,
            history: &history,
            count,
        };
        let nemesis = scope.spawn(move || nemesis(&of_nemesis));
        let mut last = Instant::now();
        loop {
            if let Some(message) = inbox.next(Duration::from_millis(100)) {
                last = Instant::now();
                let number = message.envelope.id.strip_prefix("1-").unwrap();
                let delivered = (number.parse().unwrap(), last);
                history.lock().unwrap().delivered.push(delivered);
                inbox.done();
                continue;
            }
            let is_over = sender.is_finished() && nemesis.is_finished();
            let is_whole = history.lock().unwrap().delivered.len() as u64 >= count;
            if is_over && (is_whole || last.elapsed() > PATIENCE) {
                break;
            }
            assert!(last.elapsed() < HANGS, "nothing arrives any more");
        }
    });
    assert!(proxy.is_alive(), "the proxy itself has ended");
    let mut history = history.into_inner().unwrap();
    history.sent = count;
    history.settled = outbox.stats().counters.settled;
    let verdict = history.judge();
    println!("{verdict:?} {:?}", outbox.stats().link);
    verdict
}

/// The document of a number.
fn document(number: u64) -> String {
    format!(
        r#"{{"specversion":"1.0","type":"com.roundhouse.tick.v1","source":"/hall/test/1","id":"1-{number}"}}"#
    )
}
