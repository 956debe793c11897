// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sends messages: takes them without ever waiting for a network, and in a thread of its own connects, publishes, connects again.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::backlog::{Backlog, NotTaken, Spool};
use crate::claim::StoringPublisher;
use crate::flush;
use crate::link::{Connector, Link};
use crate::news::{Losses, News, Tell};
use crate::queue::Queue;
use crate::sending::{End, Progress, Shared, State};
use crate::spool::SpoolSettings;
use crate::stamper::Stamper;
use crate::stats::{OutboxCounters, OutboxStats, Refused};
use crate::store::Store;
use crate::{
    Draft, Endpoint, Fault, FaultKind, Options, Publisher, Refusal, RefusalReason, publisher,
};

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
    /// Where messages wait on the disk, and over restarts; `None`: only in memory.
    pub spool: Option<SpoolSettings>,
    /// Where the pictures of messages are put before their events are sent; `None`: they travel along.
    pub image_store: Option<Store>,
    /// The sender's name, for people. Some digits are put behind it, so that a process that starts anew, and counts from 1 again,
    /// is a new sender. With a spool it goes on counting, and is the same one.
    pub sender: String,
}

/// Takes messages and sends them. Dropping it ends its threads; what is not settled then stays in the spool, or is lost without one.
pub struct Outbox {
    shared: Arc<Shared>,
    /// The thread that forces the spool to the disk.
    flusher: Option<JoinHandle<()>>,
    link: Link,
}

impl Outbox {
    /// Begins. It connects later, and again after every fault.
    ///
    /// # Errors
    /// Something of this machine is missing, such as the folder of the spool.
    pub fn start(settings: OutboxSettings, tell: Tell) -> Result<Self, Fault> {
        let (endpoint, options) = (settings.endpoint.clone(), settings.options.clone());
        let connector = Connector::new(move || publisher(&endpoint, &options));
        Self::with_connector(settings, connector, tell)
    }

    /// The same with connections of another making.
    ///
    /// # Errors
    /// Something of this machine is missing, such as the folder of the spool.
    pub fn with_connector(
        settings: OutboxSettings,
        connector: Connector<Box<dyn Publisher>>,
        tell: Tell,
    ) -> Result<Self, Fault> {
        let tell = Arc::new(tell);
        let connector = match settings.image_store {
            Some(store) => connector.map(move |inner| {
                let storing = StoringPublisher::new(inner, store.clone());
                Box::new(storing)
            }),
            None => connector,
        };
        let mut stamper = Stamper::new(&settings.sender, settings.options.largest);
        let mut spool = match settings.spool {
            Some(spool) => Some(Spool::open(spool, stamper.sender())?),
            None => None,
        };
        let mut progress = Progress::after(0);
        if let Some(log) = spool.as_mut().and_then(|spool| spool.log.as_ref()) {
            stamper.continue_as(log.sender(), log.last());
            progress = Progress::after(log.settled());
        }
        let has_spool = spool.is_some();
        let damaged = spool.as_ref().map_or(0, |spool| spool.stats().damaged);
        let shared = Arc::new(Shared {
            stamper: Mutex::new(stamper),
            state: Mutex::new(State {
                backlog: Backlog {
                    queue: Queue::new(settings.queue, settings.queue_bytes),
                    spool,
                },
                counters: OutboxCounters::default(),
                refused: Refused::default(),
                losses: Losses::default(),
                interrupted: false,
                draining: false,
                end: End::No,
            }),
            changed: Condvar::new(),
            tell: Arc::clone(&tell),
        });
        let of_thread = Arc::clone(&shared);
        let endpoint = settings.endpoint;
        let serve = move |publisher| of_thread.serve(&mut progress, publisher, &endpoint);
        let link =
            Link::start("outbox", connector, tell, serve).map_err(|error| no_thread(&error))?;
        let mut outbox = Self {
            shared,
            flusher: None,
            link,
        };
        if has_spool {
            let of_thread = Arc::clone(&outbox.shared);
            let flush = move || flush::keep(&of_thread);
            let thread = thread::Builder::new().name("outbox-spool".to_owned());
            outbox.flusher = Some(thread.spawn(flush).map_err(|error| no_thread(&error))?);
        }
        let news = (damaged > 0).then_some(News::SpoolDamaged(damaged));
        outbox.shared.tell(news);
        Ok(outbox)
    }

    /// Takes a document and what travels beside it. If there is no room, the oldest message gives way and is counted, unless the
    /// spool is to refuse the new one; who wants neither, waits with [`Self::wait_for_room`] before.
    ///
    /// # Errors
    /// It is no event, too large, or there is no room in the spool. The refusal is counted.
    pub fn offer(&self, document: &str, payload: Bytes) -> Result<(), Refusal> {
        match Draft::read(document) {
            Ok(draft) => self.offer_draft(&draft, payload),
            Err(refusal) => {
                let news = self.shared.lock().refuse(&refusal, Instant::now());
                self.shared.tell(news);
                Err(refusal)
            }
        }
    }

    /// As [`Self::offer`], for a document that was read already.
    ///
    /// # Errors
    /// It is too large, or there is no room in the spool. The refusal is counted.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "the bytes are kept, without a copy"
    )]
    pub fn offer_draft(&self, draft: &Draft, payload: Bytes) -> Result<(), Refusal> {
        let mut stamper = self.shared.lock_stamper();
        let mut failed = None;
        let taken = loop {
            let (message, sequence) = match stamper.stamp(draft, payload.clone()) {
                Ok(stamped) => stamped,
                Err(refusal) => break Err(refusal),
            };
            let pushed = self.shared.lock().backlog.push(message, sequence);
            match pushed {
                Ok(dropped) => {
                    stamper.used();
                    break Ok(dropped);
                }
                Err(NotTaken::Full) => {
                    let sentence = "the spool is full; the message is not kept";
                    break Err(Refusal::new(RefusalReason::Full, sentence));
                }
                Err(NotTaken::TooLarge) => {
                    let sentence = "the message is larger than the whole spool";
                    break Err(Refusal::new(RefusalReason::TooLarge, sentence));
                }
                // Now the memory takes it.
                Err(NotTaken::Failed(fault)) => {
                    stamper.renew();
                    failed = Some(News::SpoolFailed(fault));
                }
            }
        };
        let now = Instant::now();
        let mut state = self.shared.lock();
        let news = match &taken {
            Ok(dropped) => {
                state.counters.offered += 1;
                state.counters.dropped += dropped;
                state.losses.dropped(*dropped, now)
            }
            Err(refusal) => state.refuse(refusal, now),
        };
        drop(state);
        drop(stamper);
        self.shared.changed.notify_all();
        self.shared.tell(failed.into_iter().chain(news));
        taken.map(|_| ())
    }

    /// Waits until a message fits without another one giving way or being refused; false if it was interrupted before. A spool that
    /// is to drop the oldest or to refuse the newest keeps nobody waiting.
    #[must_use]
    pub fn wait_for_room(&self) -> bool {
        let blocked = |state: &mut State| !state.interrupted && !state.backlog.has_room();
        let state = self.shared.changed.wait_while(self.shared.lock(), blocked);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        !state.interrupted
    }

    /// Waits until everything that was offered is settled; false if `patience` ended before, or it was interrupted.
    #[must_use]
    pub fn drain(&self, patience: Duration) -> bool {
        let mut state = self.shared.lock();
        state.draining = true;
        self.shared.changed.notify_all();
        let unsettled = |state: &mut State| !state.interrupted && state.backlog.len() > 0;
        let waited = self
            .shared
            .changed
            .wait_timeout_while(state, patience, unsettled);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.draining = false;
        state.backlog.len() == 0
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
        let spool = state.backlog.spool.as_ref();
        OutboxStats {
            counters: state.counters,
            refused: state.refused,
            link,
            waiting: state.backlog.len(),
            waiting_bytes: state.backlog.queue.bytes() as u64,
            spool: spool.map(Spool::stats),
        }
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        (state.interrupted, state.end) = (true, End::OfConnection);
        drop(state);
        self.shared.changed.notify_all();
        self.link.stop();
        self.shared.lock().end = End::OfAll;
        self.shared.changed.notify_all();
        if let Some(flusher) = self.flusher.take() {
            // A thread that panicked has said so itself.
            let _ = flusher.join();
        }
    }
}

/// The fault of a machine that has no thread to give.
fn no_thread(error: &io::Error) -> Fault {
    Fault::new(FaultKind::Local, format!("no thread: {error}"))
}
