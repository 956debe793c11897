// SPDX-License-Identifier: MIT OR Apache-2.0
//! A thread that connects, uses the connection until its first fault, throws it away and connects again.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use retry::{GOOD_RUN, Retry, chance};

use crate::news::{News, Tell};
use crate::stats::LinkStats;
use crate::{Fault, FaultKind};

/// Longest wait between two attempts to connect, unless the fault asks for more.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// So long is waited for the thread to end. One that is just connecting ends by itself when that is over.
const FAREWELL: Duration = Duration::from_secs(1);

/// How connections are made.
pub struct Connector<C> {
    connect: Box<dyn FnMut() -> Result<C, Fault> + Send>,
    longest_wait: Duration,
}

impl<C> Connector<C> {
    /// Connections that `connect` makes.
    pub fn new(connect: impl FnMut() -> Result<C, Fault> + Send + 'static) -> Self {
        Self {
            connect: Box::new(connect),
            longest_wait: LONGEST_WAIT,
        }
    }

    /// Connections of which `wrap` makes others.
    #[must_use]
    pub fn map(mut self, mut wrap: impl FnMut(C) -> C + Send + 'static) -> Self
    where
        C: 'static,
    {
        Self {
            connect: Box::new(move || (self.connect)().map(&mut wrap)),
            longest_wait: self.longest_wait,
        }
    }

    /// Waits no longer than this between two attempts.
    #[must_use]
    pub fn with_longest_wait(mut self, wait: Duration) -> Self {
        self.longest_wait = wait;
        self
    }
}

/// How things stand.
#[derive(Default)]
struct Status {
    stats: LinkStats,
    /// Whether there was a connection before.
    known: bool,
    /// The kind of fault that was told; `None` after a connection was told.
    told: Option<FaultKind>,
    stopping: bool,
    ended: bool,
}

/// What the thread and its owner share.
#[derive(Default)]
struct Shared {
    status: Mutex<Status>,
    changed: Condvar,
}

impl Shared {
    /// How things stand.
    fn lock(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the thread is to go on, after `wait` or as soon as it is to end.
    fn goes_on_after(&self, wait: Duration) -> bool {
        let status = self
            .changed
            .wait_timeout_while(self.lock(), wait, |status| !status.stopping);
        let (status, _) = status.unwrap_or_else(PoisonError::into_inner);
        !status.stopping
    }

    /// There is a connection.
    fn connected(&self) -> News {
        let mut status = self.lock();
        status.stats.connected = true;
        status.stats.reconnects += u64::from(status.known);
        (status.known, status.told) = (true, None);
        News::Connected
    }

    /// There is none; what is to be told of it.
    fn lost(&self, fault: Fault) -> Option<News> {
        let mut status = self.lock();
        status.stats.connected = false;
        status.stats.last_fault = Some(fault.to_string());
        let is_new = status.told.replace(fault.kind) != Some(fault.kind);
        is_new.then_some(News::Lost(fault))
    }
}

/// The thread.
pub struct Link {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Link {
    /// Begins. `serve` uses one connection and returns its fault, or nothing when it is told by other means to end.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub fn start<C: 'static>(
        name: &str,
        mut connector: Connector<C>,
        tell: Arc<Tell>,
        mut serve: impl FnMut(C) -> Option<Fault> + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let run = move || {
            keep(&of_thread, &mut connector, &tell, &mut serve);
            of_thread.lock().ended = true;
            of_thread.changed.notify_all();
        };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(run)?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// How things stand with the connection.
    pub fn stats(&self) -> LinkStats {
        self.shared.lock().stats.clone()
    }

    /// Ends the thread; what keeps `serve` must have been told before.
    pub fn stop(&mut self) {
        self.shared.lock().stopping = true;
        self.shared.changed.notify_all();
        let ended =
            self.shared
                .changed
                .wait_timeout_while(self.shared.lock(), FAREWELL, |status| !status.ended);
        let (status, _) = ended.unwrap_or_else(PoisonError::into_inner);
        let ended = status.ended;
        drop(status);
        if let Some(thread) = self.thread.take().filter(|_| ended) {
            // A thread that panicked has said so itself.
            let _ = thread.join();
        }
    }
}

/// Connects and connects again until it is to end.
fn keep<C>(
    shared: &Shared,
    connector: &mut Connector<C>,
    tell: &Tell,
    serve: &mut impl FnMut(C) -> Option<Fault>,
) {
    let mut retry = Retry::default();
    let mut wait = Duration::ZERO;
    while shared.goes_on_after(wait) {
        let result = (connector.connect)();
        let begun = Instant::now();
        let fault = match result {
            Ok(connection) => {
                tell(shared.connected());
                serve(connection)
            }
            Err(fault) => Some(fault),
        };
        let Some(fault) = fault else { break };
        if shared.lock().stats.connected && begun.elapsed() >= GOOD_RUN {
            retry.reset();
        }
        wait = retry.next(connector.longest_wait, fault.patience(), chance());
        if let Some(news) = shared.lost(fault) {
            tell(news);
        }
    }
    shared.lock().stats.connected = false;
}
