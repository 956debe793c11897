// SPDX-License-Identifier: MIT OR Apache-2.0
//! Telling without waiting: a queue and a thread for each target. What cannot be told is tried again, and what is lost is counted.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use retry::{Retry, chance};
use serde::Serialize;

use crate::alert::Notice;

use super::outcome::Outcome;
use super::target::Target;

/// So many messages wait for a target; then the oldest of those that are not being tried gives way.
const QUEUE: usize = 256;
/// Longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

counters::counters! {
    /// What became of messages to a target.
    pub struct Counters {
        /// Messages that were taken.
        delivered,
        /// Attempts that failed and are made again.
        failed_attempts,
        /// Messages lost: the target refused them.
        lost_refused,
        /// Messages lost: more waited than are kept.
        lost_overflow,
    }
}

/// How it stands with a target.
#[derive(Debug, Clone, Serialize)]
pub struct Delivery {
    /// Its name.
    pub name: String,
    /// The word of its kind.
    pub kind: &'static str,
    /// How many messages wait.
    pub waiting: usize,
    /// What became of those before.
    #[serde(skip)]
    pub counters: Counters,
    /// Why the last attempt failed, until one succeeds.
    pub error: Option<String>,
}

/// What the thread and those who send share.
#[derive(Default)]
struct Shared {
    queue: VecDeque<Arc<Notice>>,
    counters: Counters,
    error: Option<String>,
    is_over: bool,
}

/// The queue of a target.
pub struct Sender {
    name: String,
    kind: &'static str,
    shared: Arc<(Mutex<Shared>, Condvar)>,
}

impl Sender {
    /// Starts the thread of a target. `say` is called with each sentence that an operator should read.
    #[must_use]
    pub fn start(target: Target, say: fn(&str)) -> Self {
        let shared: Arc<(Mutex<Shared>, Condvar)> = Arc::default();
        let sender = Self {
            name: target.name().to_owned(),
            kind: target.kind(),
            shared: Arc::clone(&shared),
        };
        thread::spawn(move || deliver(&target, &shared, say));
        sender
    }

    /// Lets a message wait to be told.
    pub fn send(&self, notice: Arc<Notice>) {
        let mut shared = lock(&self.shared.0);
        if shared.queue.len() >= QUEUE {
            // The first one is being tried.
            shared.queue.remove(1);
            shared.counters.lost_overflow += 1;
        }
        shared.queue.push_back(notice);
        self.shared.1.notify_one();
    }

    /// How it stands.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        let shared = lock(&self.shared.0);
        Delivery {
            name: self.name.clone(),
            kind: self.kind,
            waiting: shared.queue.len(),
            counters: shared.counters,
            error: shared.error.clone(),
        }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        lock(&self.shared.0).is_over = true;
        self.shared.1.notify_one();
    }
}

/// What is shared, whatever happened to whoever held it.
fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells a target what waits, until its sender is gone. The first message stays in the queue while it is tried.
fn deliver(target: &Target, (shared, news): &(Mutex<Shared>, Condvar), say: fn(&str)) {
    let mut retry = Retry::default();
    loop {
        let waiting = news.wait_while(lock(shared), |shared| {
            shared.queue.is_empty() && !shared.is_over
        });
        let waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        if waiting.is_over {
            return;
        }
        let Some(notice) = waiting.queue.front().cloned() else {
            continue;
        };
        drop(waiting);
        let outcome = target.tell(&notice);
        let mut after = lock(shared);
        match outcome {
            Outcome::Later(sentence) => {
                after.counters.failed_attempts += 1;
                if after.error.is_none() {
                    say(&format!("{sentence}; trying again"));
                }
                after.error = Some(sentence);
                let wait = retry.next(LONGEST_WAIT, Duration::ZERO, chance());
                let (again, _) = news
                    .wait_timeout_while(after, wait, |shared| !shared.is_over)
                    .unwrap_or_else(PoisonError::into_inner);
                drop(again);
            }
            Outcome::Refused(sentence) => {
                say(&sentence);
                after.settle(Some(sentence));
                retry.reset();
            }
            Outcome::Delivered => {
                after.settle(None);
                retry.reset();
            }
        }
    }
}

impl Shared {
    /// The first message was taken, or refused as a sentence says: it waits no longer.
    fn settle(&mut self, refused: Option<String>) {
        self.queue.pop_front();
        match refused {
            Some(_) => self.counters.lost_refused += 1,
            None => self.counters.delivered += 1,
        }
        self.error = refused;
    }
}

/// The queues of all targets.
#[derive(Default)]
pub struct Senders(Vec<Sender>);

impl Senders {
    /// Starts the threads of all targets.
    #[must_use]
    pub fn start(targets: Vec<Target>, say: fn(&str)) -> Self {
        Self(
            targets
                .into_iter()
                .map(|target| Sender::start(target, say))
                .collect(),
        )
    }

    /// Lets messages wait to be told to those whom they are for.
    pub fn send(&self, notices: Vec<Notice>) {
        for notice in notices {
            let notice = Arc::new(notice);
            let is_for =
                |sender: &&Sender| notice.send.is_empty() || notice.send.contains(&sender.name);
            for sender in self.0.iter().filter(is_for) {
                sender.send(Arc::clone(&notice));
            }
        }
    }

    /// How it stands with each.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.0.iter().map(Sender::delivery).collect()
    }
}
