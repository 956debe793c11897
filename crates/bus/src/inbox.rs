// SPDX-License-Identifier: MIT OR Apache-2.0
//! Receives messages: in a thread of its own connects, receives, connects again, and hands each message over once and in order.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::claim::FetchingSubscriber;
use crate::link::{Connector, Link};
use crate::news::{Losses, News, Tell};
use crate::seen::{Seen, Verdict};
use crate::stats::{InboxCounters, InboxStats, Refused};
use crate::store::Store;
use crate::{
    Endpoint, Fault, FaultKind, Message, Options, Received, Refusal, Subscriber, subscriber,
};

/// Longest wait for a message before it is asked whether the inbox is to end.
const WAIT: Duration = Duration::from_millis(100);
/// Longest wait for what was handed over to be done with, before the connection is looked at again.
const PAUSE: Duration = Duration::from_millis(20);

/// What an inbox is to do.
#[derive(Debug, Clone)]
pub struct InboxSettings {
    /// Where messages come from.
    pub endpoint: Endpoint,
    /// What each connection is to do.
    pub options: Options,
    /// How many messages may wait in memory, and how many are acknowledged at once at most.
    pub queue: usize,
    /// How many bytes may wait in memory.
    pub queue_bytes: usize,
    /// Where pictures are that events refer to; `None`: events arrive as they are sent.
    pub image_store: Option<Store>,
}

/// What arrived and what is counted.
#[derive(Default)]
struct State {
    waiting: VecDeque<Message>,
    waiting_bytes: usize,
    /// How many messages were handed over and are not done with.
    handed_over: usize,
    seen: Seen,
    counters: InboxCounters,
    refused: Refused,
    losses: Losses,
    interrupted: bool,
    stopping: bool,
}

/// What the inbox and its thread share.
struct Shared {
    state: Mutex<State>,
    /// Told at every change of the queue and of the flags.
    changed: Condvar,
    tell: Arc<Tell>,
    /// How many messages are received before they are acknowledged.
    queue: usize,
    queue_bytes: usize,
    /// Whether old messages give way to new ones, and none is kept by the peer until it is done with.
    live: bool,
}

/// Receives messages. Dropping it ends its thread; what is not done with then comes again, if the transport can do that.
pub struct Inbox {
    shared: Arc<Shared>,
    link: Link,
}

impl Inbox {
    /// Begins. It connects later, and again after every fault.
    ///
    /// # Errors
    /// Something of this machine is missing.
    pub fn start(settings: &InboxSettings, tell: Tell) -> Result<Self, Fault> {
        let (endpoint, options) = (settings.endpoint.clone(), settings.options.clone());
        let connector = Connector::new(move || subscriber(&endpoint, &options));
        Self::with_connector(settings, connector, tell)
    }

    /// The same with connections of another making.
    ///
    /// # Errors
    /// Something of this machine is missing.
    pub fn with_connector(
        settings: &InboxSettings,
        connector: Connector<Box<dyn Subscriber>>,
        tell: Tell,
    ) -> Result<Self, Fault> {
        let tell = Arc::new(tell);
        let largest = settings.options.largest;
        let connector = match settings.image_store.clone() {
            Some(store) => connector.map(move |inner| {
                let fetching = FetchingSubscriber::new(inner, store.clone(), largest);
                Box::new(fetching)
            }),
            None => connector,
        };
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            tell: Arc::clone(&tell),
            queue: settings.queue.max(1),
            queue_bytes: settings.queue_bytes,
            live: settings.options.live,
        });
        let of_thread = Arc::clone(&shared);
        let serve = move |subscriber| of_thread.serve(subscriber).err();
        let link = Link::start("inbox", connector, tell, serve)
            .map_err(|error| Fault::new(FaultKind::Local, format!("no thread: {error}")))?;
        Ok(Self { shared, link })
    }

    /// The next message; `None` if there is none for so long, or it was interrupted.
    #[must_use]
    pub fn next(&self, wait: Duration) -> Option<Message> {
        let none = |state: &mut State| !state.interrupted && state.waiting.is_empty();
        let waited = self
            .shared
            .changed
            .wait_timeout_while(self.shared.lock(), wait, none);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.interrupted {
            return None;
        }
        let message = state.pop()?;
        state.handed_over += 1;
        Some(message)
    }

    /// Everything that was handed over is done with: the peer need not keep it.
    pub fn done(&self) {
        self.shared.lock().handed_over = 0;
        self.shared.changed.notify_all();
    }

    /// Ends all waiting, and hands nothing over until [`Self::resume`].
    pub fn interrupt(&self) {
        self.shared.lock().interrupted = true;
        self.shared.changed.notify_all();
    }

    /// Hands over again.
    pub fn resume(&self) {
        self.shared.lock().interrupted = false;
    }

    /// How things stand.
    #[must_use]
    pub fn stats(&self) -> InboxStats {
        let link = self.link.stats();
        let state = self.shared.lock();
        InboxStats {
            counters: state.counters,
            refused: state.refused,
            link,
            waiting: state.waiting.len() as u64,
            waiting_bytes: state.waiting_bytes as u64,
        }
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        (state.interrupted, state.stopping) = (true, true);
        drop(state);
        self.shared.changed.notify_all();
        self.link.stop();
    }
}

impl State {
    /// Takes the oldest message out.
    fn pop(&mut self) -> Option<Message> {
        let message = self.waiting.pop_front()?;
        self.waiting_bytes -= message.size();
        Some(message)
    }

    /// Whether everything that was received is done with.
    fn is_done(&self) -> bool {
        self.handed_over == 0 && self.waiting.is_empty()
    }
}

impl Shared {
    /// The state.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Uses one connection until its first fault, or until the inbox ends.
    ///
    /// A peer can only be told that everything received so far is done with. So no more than a queue full is received until all of
    /// it is.
    fn serve(&self, mut subscriber: Box<dyn Subscriber>) -> Result<(), Fault> {
        let mut unacknowledged = 0;
        while !self.lock().stopping {
            let mut pause = unacknowledged >= self.queue || self.is_full();
            if !pause {
                // What is unacknowledged is not to wait for the next message.
                let wait = if unacknowledged == 0 {
                    WAIT
                } else {
                    Duration::ZERO
                };
                pause = match subscriber.receive(wait)? {
                    Received::Nothing => unacknowledged > 0,
                    Received::Message(message) => {
                        self.take(message);
                        unacknowledged += 1;
                        false
                    }
                    Received::Refused(refusal) => {
                        self.refuse(&refusal);
                        unacknowledged += 1;
                        false
                    }
                };
            }
            if pause && self.is_done_after(PAUSE) && unacknowledged > 0 {
                subscriber.acknowledge()?;
                unacknowledged = 0;
            }
        }
        if unacknowledged > 0 && self.is_done_after(Duration::ZERO) {
            subscriber.acknowledge()?;
        }
        Ok(())
    }

    /// Whether so many bytes wait that nothing is to be received.
    fn is_full(&self) -> bool {
        !self.live && self.lock().waiting_bytes >= self.queue_bytes
    }

    /// Whether everything received may be acknowledged, at latest after `wait`.
    fn is_done_after(&self, wait: Duration) -> bool {
        let busy = |state: &mut State| !self.live && !state.stopping && !state.is_done();
        let waited = self.changed.wait_timeout_while(self.lock(), wait, busy);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        self.live || state.is_done()
    }

    /// Keeps a message for whoever takes it, unless it was there before.
    fn take(&self, message: Message) {
        let now = Instant::now();
        let mut state = self.lock();
        match state.seen.judge(&message) {
            Verdict::Duplicate => {
                state.counters.duplicates += 1;
                return;
            }
            Verdict::New { missing } => state.counters.missing += missing,
            Verdict::Late { was_missing } => {
                let found = u64::from(was_missing);
                state.counters.missing = state.counters.missing.saturating_sub(found);
            }
        }
        let mut dropped = 0;
        while self.live
            && (state.waiting.len() >= self.queue || state.waiting_bytes >= self.queue_bytes)
            && state.pop().is_some()
        {
            dropped += 1;
        }
        state.counters.received += 1;
        state.counters.dropped += dropped;
        state.waiting_bytes += message.size();
        state.waiting.push_back(message);
        let news = state.losses.overrun(dropped, now);
        drop(state);
        self.changed.notify_all();
        self.tell(news);
    }

    /// Counts a refusal.
    fn refuse(&self, refusal: &Refusal) {
        let mut state = self.lock();
        state.refused.count(refusal.reason);
        let news = state.losses.refused(refusal, Instant::now());
        drop(state);
        self.tell(news);
    }

    /// Tells news.
    fn tell(&self, news: Option<News>) {
        if let Some(news) = news {
            (self.tell)(news);
        }
    }
}
