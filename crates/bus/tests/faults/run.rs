// SPDX-License-Identifier: MIT OR Apache-2.0
//! One run: messages from an outbox, by way of a network that fails, to an inbox.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use roundhouse_bus::{
    Connector, Endpoint, Message, OnFull, Options, Outbox, OutboxSettings, OutboxStats, Published,
    Publisher, SpoolSettings, publisher,
};

use crate::faults::{Fault, Needs};
use crate::history::{FENCE, Verdict};
use crate::lines::Line;
use crate::nemesis::Nemesis;
use crate::receiver::{Here, Log, Pace, There};

/// Nothing is waited for so long unless it hangs; in a soak a fault of five minutes comes before.
pub const HANGS: Duration = Duration::from_mins(15);
/// Longest wait between two attempts to connect.
const RECONNECT: Duration = Duration::from_millis(200);
/// Messages that may wait in memory.
pub const QUEUE: usize = 200;
/// Bytes of a payload.
const PAYLOAD: usize = 500;

/// How much is sent, and how long faults last.
#[derive(Debug, Clone)]
pub struct Scale {
    /// Messages of a run.
    pub count: u64,
    /// So many are handed over before something goes wrong.
    pub begin: u64,
    /// How long a fault goes on after it was noticed.
    pub lasts: Duration,
    /// A folder on a disk that gets full.
    pub small_disk: Option<PathBuf>,
}

/// Waits until something is true.
pub fn until(what: &str, mut is_true: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_true() {
        assert!(begin.elapsed() < HANGS, "never: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Sends messages along `line` while `fault` happens, and judges what arrived.
pub fn run(line: &Line<'_>, fault: &Fault, scale: &Scale) -> Verdict {
    let log = Log::default();
    let (mut here, mut there) = (None, None);
    match fault.needs {
        Needs::Process => there = Some(There::start(&line.from, &line.group, &log)),
        _ => here = Some(Here::start(&line.from, &line.group)),
    }
    let sender = Sender {
        outbox: outbox(line, fault, scale),
        log: Log::clone(&log),
        payload: Bytes::from(vec![7; if line.payload { PAYLOAD } else { 0 }]),
        fences: AtomicU64::new(FENCE),
    };
    let stats = thread::scope(|scope| {
        let _end = here.as_ref().map(End);
        if let Some(here) = &here {
            scope.spawn(|| here.receive(&log));
        }
        sender.fence(FENCE);
        assert!(sender.outbox.drain(HANGS));
        let before = sender.outbox.stats();
        let nemesis = Nemesis {
            line,
            outbox: &sender.outbox,
            here: here.as_ref(),
            there: there.as_ref(),
            log: &log,
            scale,
            last: before.counters.offered + scale.count,
        };
        let offering = scope.spawn(|| sender.offer_all(scale));
        (fault.happen)(&nemesis);
        let mut stats = offering.join().unwrap();
        sender.fence(scale.count);
        stats.counters.settled -= before.counters.settled;
        stats
    });
    assert!(line.proxy.is_alive(), "the proxy itself has ended");
    let inbox = here.map(|here| here.inbox.stats().counters);
    let inbox = inbox.unwrap_or_default();
    let mut history = log.lock().unwrap();
    history.sent = scale.count;
    history.settled = stats.counters.settled;
    let damaged = stats.spool.map_or(0, |spool| spool.damaged);
    history.given_up = stats.refused.sum() + stats.counters.dropped + damaged;
    (history.again, history.missing) = (inbox.duplicates, inbox.missing);
    let verdict = history.judge();
    println!(
        "{} {}: {verdict:?}, {:?}",
        line.name, fault.name, stats.link
    );
    verdict
}

/// Sees to it that the receiver ends, also when a run fails.
struct End<'a>(&'a Here);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.pace(Pace::Ended);
    }
}

/// What sends.
fn outbox(line: &Line<'_>, fault: &Fault, scale: &Scale) -> Outbox {
    let endpoint = Endpoint::parse(&line.to).unwrap();
    let options = Options {
        patience: line.patience,
        ..Options::default()
    };
    let spool = |folder: &PathBuf| SpoolSettings {
        folder: folder.join("spool"),
        most_bytes: 1 << 20,
        min_free_bytes: 0,
        on_full: OnFull::DropOldest,
    };
    let small_disk = scale.small_disk.as_ref();
    let settings = OutboxSettings {
        endpoint: endpoint.clone(),
        options: options.clone(),
        queue: QUEUE,
        queue_bytes: usize::MAX,
        spool: small_disk.filter(|_| fault.needs == Needs::Disk).map(spool),
        image_store: None,
        sender: "faults".to_owned(),
    };
    let connector = Connector::new(move || publisher(&endpoint, &options));
    let mut connector = connector.with_longest_wait(RECONNECT);
    if fault.needs == Needs::Twice {
        connector = connector.map(|inner| Box::new(Twice(inner)));
    }
    Outbox::with_connector(settings, connector, Box::new(|_| ())).unwrap()
}

/// Who sends.
struct Sender {
    outbox: Outbox,
    log: Log,
    payload: Bytes,
    fences: AtomicU64,
}

impl Sender {
    /// Offers one message.
    fn offer(&self, number: u64) {
        assert!(self.outbox.wait_for_room());
        let payload = self.payload.clone();
        self.outbox.offer(&document(number), payload).unwrap();
    }

    /// Offers all messages, the later ones when the first ones are delivered; waits until all are settled, and says how things
    /// stand then.
    fn offer_all(&self, scale: &Scale) -> OutboxStats {
        (1..=scale.begin).for_each(|number| self.offer(number));
        until("the first messages arrive", || {
            self.log.lock().unwrap().delivered.len() as u64 >= scale.begin
        });
        (scale.begin + 1..=scale.count).for_each(|number| self.offer(number));
        assert!(self.outbox.drain(HANGS), "{:?}", self.outbox.stats());
        self.outbox.stats()
    }

    /// Sends fences until one arrives, unless the message `last` did. Messages arrive in order, so nothing is under way then.
    fn fence(&self, last: u64) {
        let mut looks = 0;
        self.log.lock().unwrap().is_fenced = false;
        until("what was sent last arrives", || {
            let history = self.log.lock().unwrap();
            let is_last = |(number, _): &(u64, Instant)| *number == last;
            if history.is_fenced || history.delivered.iter().rev().any(is_last) {
                return true;
            }
            drop(history);
            if looks % 100 == 0 && self.outbox.stats().waiting == 0 {
                self.offer(self.fences.fetch_add(1, Ordering::Relaxed));
            }
            looks += 1;
            false
        });
    }
}

/// The document of a number.
fn document(number: u64) -> String {
    format!(
        r#"{{"specversion":"1.0","type":"com.roundhouse.tick.v1","source":"/hall/test/1","id":"1-{number}"}}"#
    )
}

/// A connection that sends everything twice.
struct Twice(Box<dyn Publisher>);

impl Publisher for Twice {
    fn publish(&mut self, batch: &[Message]) -> Published {
        let published = self.0.publish(batch);
        if published.fault.is_some() || published.settled < batch.len() {
            return published;
        }
        self.0.publish(batch)
    }

    fn idle(&mut self) -> Result<(), roundhouse_bus::Fault> {
        self.0.idle()
    }
}
