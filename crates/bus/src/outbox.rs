// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sends messages: takes them without ever waiting for a network, and in a thread of its own connects, publishes, connects again.
//!
//! Order of locks: `sequence`, then `state`. News are told with none held.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::link::{Connector, Link};
use crate::news::{Losses, News, Tell};
use crate::queue::{Batch, Queue};
use crate::stats::{OutboxCounters, OutboxStats, Refused};
use crate::{
    Endpoint, Fault, FaultKind, Message, Options, Published, Publisher, Refusal, RefusalReason,
    Stamp, publisher,
};

/// A connection without work is looked after so often.
const IDLE: Duration = Duration::from_millis(500);

/// What an outbox is to do.
#[derive(Debug, Clone)]
pub struct OutboxSettings {
    /// Where messages go.
    pub endpoint: Endpoint,
    /// What each connection is to do.
    pub options: Options,
    /// How many messages may wait in memory.
    pub queue: usize,
    /// How many bytes may wait in memory.
    pub queue_bytes: usize,
    /// The sender's name, for people. Some digits are put behind it, so that a process that starts anew, and counts from 1 again,
    /// is a new sender.
    pub sender: String,
}

/// The queue and what is counted.
struct State {
    queue: Queue,
    counters: OutboxCounters,
    refused: Refused,
    losses: Losses,
    interrupted: bool,
    stopping: bool,
}

/// What the outbox and its thread share.
struct Shared {
    state: Mutex<State>,
    /// Told at every change of the queue and of the two flags.
    changed: Condvar,
    tell: Arc<Tell>,
}

/// Takes messages and sends them. Dropping it ends its thread; what is not settled then is lost.
pub struct Outbox {
    shared: Arc<Shared>,
    sender: String,
    largest: usize,
    /// The sequence number of the last message.
    sequence: Mutex<u64>,
    link: Link,
}

impl Outbox {
    /// Begins. It connects later, and again after every fault.
    ///
    /// # Errors
    /// Something of this machine is missing.
    pub fn start(settings: OutboxSettings, tell: Tell) -> Result<Self, Fault> {
        let (endpoint, options) = (settings.endpoint.clone(), settings.options.clone());
        let connector = Connector::new(move || publisher(&endpoint, &options));
        Self::with_connector(settings, connector, tell)
    }

    /// The same with connections of another making.
    ///
    /// # Errors
    /// Something of this machine is missing.
    pub fn with_connector(
        settings: OutboxSettings,
        connector: Connector<Box<dyn Publisher>>,
        tell: Tell,
    ) -> Result<Self, Fault> {
        let tell = Arc::new(tell);
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                queue: Queue::new(settings.queue, settings.queue_bytes),
                counters: OutboxCounters::default(),
                refused: Refused::default(),
                losses: Losses::default(),
                interrupted: false,
                stopping: false,
            }),
            changed: Condvar::new(),
            tell: Arc::clone(&tell),
        });
        let of_thread = Arc::clone(&shared);
        let endpoint = settings.endpoint;
        let serve = move |publisher| of_thread.serve(publisher, &endpoint);
        let link = Link::start("outbox", connector, tell, serve)
            .map_err(|error| Fault::new(FaultKind::Local, format!("no thread: {error}")))?;
        Ok(Self {
            shared,
            sender: format!(
                "{}-{:016x}",
                settings.sender,
                RandomState::new().build_hasher().finish()
            ),
            largest: settings.options.largest,
            sequence: Mutex::new(0),
            link,
        })
    }

    /// Takes a document and what travels beside it. If the queue is full, the oldest message gives way and is counted; who wants
    /// none to, waits with [`Self::wait_for_room`] before.
    ///
    /// # Errors
    /// It is no event, or too large. The refusal is counted.
    pub fn offer(&self, document: &str, payload: Bytes) -> Result<(), Refusal> {
        let mut sequence = self.sequence.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = Stamp {
            sender: self.sender.clone(),
            sequence: *sequence + 1,
        };
        let message = Message::new(document, payload, stamp)
            .and_then(|message| fitting(message, self.largest));
        let now = Instant::now();
        let mut state = self.shared.lock();
        let (result, news) = match message {
            Ok(message) => {
                *sequence += 1;
                let dropped = state.queue.push(message);
                state.counters.offered += 1;
                state.counters.dropped += dropped;
                (Ok(()), state.losses.dropped(dropped, now))
            }
            Err(refusal) => {
                let news = state.refuse(&refusal, now);
                (Err(refusal), news)
            }
        };
        drop(state);
        drop(sequence);
        self.shared.changed.notify_all();
        self.shared.tell(news);
        result
    }

    /// Waits until another message fits; false if it was interrupted before.
    #[must_use]
    pub fn wait_for_room(&self) -> bool {
        let blocked = |state: &mut State| !state.interrupted && !state.queue.has_room();
        let state = self.shared.changed.wait_while(self.shared.lock(), blocked);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        !state.interrupted
    }

    /// Waits until everything that was offered is settled; false if `patience` ended before, or it was interrupted.
    #[must_use]
    pub fn drain(&self, patience: Duration) -> bool {
        let unsettled = |state: &mut State| !state.interrupted && state.queue.len() > 0;
        let waited =
            self.shared
                .changed
                .wait_timeout_while(self.shared.lock(), patience, unsettled);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.queue.len() == 0
    }

    /// Ends all waiting, and lets nobody wait until [`Self::resume`].
    pub fn interrupt(&self) {
        self.shared.lock().interrupted = true;
        self.shared.changed.notify_all();
    }

    /// Lets callers wait again.
    pub fn resume(&self) {
        self.shared.lock().interrupted = false;
    }

    /// How things stand.
    #[must_use]
    pub fn stats(&self) -> OutboxStats {
        let link = self.link.stats();
        let state = self.shared.lock();
        OutboxStats {
            counters: state.counters,
            refused: state.refused,
            link,
            waiting: state.queue.len() as u64,
            waiting_bytes: state.queue.bytes() as u64,
        }
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        (state.interrupted, state.stopping) = (true, true);
        drop(state);
        self.shared.changed.notify_all();
        self.link.stop();
    }
}

impl State {
    /// Counts a refusal.
    fn refuse(&mut self, refusal: &Refusal, now: Instant) -> Option<News> {
        self.refused.count(refusal.reason);
        self.losses.refused(refusal, now)
    }
}

impl Shared {
    /// The state.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells news.
    fn tell(&self, news: impl IntoIterator<Item = News>) {
        for news in news {
            (self.tell)(news);
        }
    }

    /// Uses one connection until its first fault, or until the outbox ends.
    fn serve(&self, mut publisher: Box<dyn Publisher>, endpoint: &Endpoint) -> Option<Fault> {
        loop {
            let mut state = self.next_work();
            if state.stopping {
                return None;
            }
            let batch = state.take();
            drop(state);
            let fault = match batch {
                Some(batch) => {
                    let published = publisher.publish(&batch.messages);
                    self.settle(batch, published, endpoint)
                }
                None => publisher.idle().err(),
            };
            if fault.is_some() {
                return fault;
            }
        }
    }

    /// The state as soon as there is something to do, or after a while.
    fn next_work(&self) -> MutexGuard<'_, State> {
        let nothing = |state: &mut State| !state.stopping && state.queue.len() == 0;
        let waited = self.changed.wait_timeout_while(self.lock(), IDLE, nothing);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Counts what became of a batch, and takes back what is not settled.
    fn settle(&self, batch: Batch, published: Published, endpoint: &Endpoint) -> Option<Fault> {
        let now = Instant::now();
        let settled = published.settled.min(batch.messages.len());
        let unsettled: Vec<Message> = batch.messages.into_iter().skip(settled).collect();
        let fault = published.fault.or_else(|| {
            let sentence = format!("{endpoint}: messages were not taken; connecting again");
            (!unsettled.is_empty()).then(|| Fault::new(FaultKind::Lost, sentence))
        });
        let mut state = self.lock();
        state.queue.give_back(unsettled);
        let refused = published.refused.iter().filter(|(at, _)| *at < settled);
        let mut news: Vec<News> = Vec::new();
        let mut refusals = 0;
        for (_, refusal) in refused {
            news.extend(state.refuse(refusal, now));
            refusals += 1;
        }
        state.counters.settled += settled as u64 - refusals;
        state.counters.dropped_slow_peer += published.dropped;
        drop(state);
        self.changed.notify_all();
        self.tell(news);
        fault
    }
}

impl State {
    /// The next batch.
    fn take(&mut self) -> Option<Batch> {
        let batch = self.queue.take()?;
        self.counters.sent += batch.messages.len() as u64;
        self.counters.resent += batch.again as u64;
        Some(batch)
    }
}

/// A message, or the refusal of one that is larger than `largest`.
fn fitting(message: Message, largest: usize) -> Result<Message, Refusal> {
    let size = message.size();
    if size <= largest {
        return Ok(message);
    }
    Err(Refusal::new(
        RefusalReason::TooLarge,
        format!("message of {size} bytes, but {largest} is the limit"),
    ))
}
