// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the outbox and its threads share, and how one connection is used.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::backlog::Backlog;
use crate::news::{Losses, News, Tell};
use crate::queue::{BATCH, Batch};
use crate::spool::{Reader, Span};
use crate::stamper::Stamper;
use crate::stats::{OutboxCounters, Refused};
use crate::{Endpoint, Fault, FaultKind, Message, Published, Publisher, Refusal};

/// A connection without work is looked after so often.
const IDLE: Duration = Duration::from_millis(500);

/// What waits and what is counted.
pub struct State {
    /// What waits.
    pub backlog: Backlog,
    /// What was counted.
    pub counters: OutboxCounters,
    /// What was refused.
    pub refused: Refused,
    /// What is to be told of losses.
    pub losses: Losses,
    /// Whether nobody is to wait.
    pub interrupted: bool,
    /// Whether somebody waits for everything to be settled.
    pub draining: bool,
    /// How far the outbox has ended.
    pub end: End,
}

/// How far an outbox has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// It has not.
    No,
    /// The connection is to end.
    OfConnection,
    /// The spool is to be closed.
    OfAll,
}

/// What is shared. Order of locks: `stamper`, then `state`. News are told with none held.
pub struct Shared {
    /// Who sends.
    pub stamper: Mutex<Stamper>,
    /// What waits.
    pub state: Mutex<State>,
    /// Told at every change of the state.
    pub changed: Condvar,
    /// Whom news are told.
    pub tell: Arc<Tell>,
}

/// How far the thread of the connections is.
pub struct Progress {
    reader: Reader,
    /// Messages that were read from the spool and not settled by a connection that was lost.
    again: Vec<Message>,
}

impl Progress {
    /// It begins after the message `last` of the spool.
    pub fn after(last: u64) -> Self {
        Self {
            reader: Reader::after(last),
            again: Vec::new(),
        }
    }
}

/// What is to be done next.
enum Work {
    /// Nothing any more.
    End,
    /// Nothing now.
    Idle,
    /// Messages of the memory are to be published.
    Publish(Batch),
    /// Messages of the spool are to be published again.
    Again(Vec<Message>),
    /// Messages of the spool are to be read.
    Read(Span),
}

/// The number of a message of ours.
fn sequence(message: &Message) -> u64 {
    message.stamp.as_ref().map_or(0, |stamp| stamp.sequence)
}

impl State {
    /// Counts a refusal.
    pub fn refuse(&mut self, refusal: &Refusal, now: Instant) -> Option<News> {
        self.refused.count(refusal.reason);
        self.losses.refused(refusal, now)
    }

    /// Counts messages that are given to a connection.
    fn count_sent(&mut self, sent: usize, again: usize) {
        self.counters.sent += sent as u64;
        self.counters.resent += again as u64;
    }

    /// Counts what became of a batch, of which so many were counted as dropped meanwhile; what is to be told of it.
    fn count_published(
        &mut self,
        settled: usize,
        dropped: usize,
        published: &Published,
    ) -> Vec<News> {
        let now = Instant::now();
        let refused = published.refused.iter().filter(|(at, _)| *at < settled);
        let refused: Vec<&Refusal> = refused.map(|(_, refusal)| refusal).collect();
        self.counters.settled += (settled - refused.len()).saturating_sub(dropped) as u64;
        self.counters.dropped_slow_peer += published.dropped;
        let told = refused
            .into_iter()
            .filter_map(|refusal| self.refuse(refusal, now));
        told.collect()
    }
}

impl Shared {
    /// The state.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sender.
    pub fn lock_stamper(&self) -> MutexGuard<'_, Stamper> {
        self.stamper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells news.
    pub fn tell(&self, news: impl IntoIterator<Item = News>) {
        for news in news {
            (self.tell)(news);
        }
    }

    /// The disk of the spool has failed: what comes now is another sender's, because nobody notes its numbers.
    pub fn fail_spool(&self, error: &io::Error) {
        let mut stamper = self.lock_stamper();
        let mut state = self.lock();
        let spool = state.backlog.spool.as_mut();
        let fault = spool.and_then(|spool| spool.fail(error));
        if fault.is_some() {
            stamper.renew();
        }
        drop(state);
        drop(stamper);
        self.changed.notify_all();
        self.tell(fault.map(News::SpoolFailed));
    }

    /// Uses one connection until its first fault, or until the outbox ends.
    pub fn serve(
        &self,
        progress: &mut Progress,
        mut publisher: Box<dyn Publisher>,
        endpoint: &Endpoint,
    ) -> Option<Fault> {
        loop {
            let fault = match self.next_work(progress) {
                Work::End => return None,
                Work::Idle => publisher.idle().err(),
                Work::Publish(batch) => {
                    let published = publisher.publish(&batch.messages);
                    self.settle_memory(batch.messages, published, endpoint)
                }
                Work::Again(messages) => {
                    let published = publisher.publish(&messages);
                    self.settle_spool(progress, messages, published, endpoint)
                }
                Work::Read(span) => {
                    let messages = self.read(progress, &span);
                    let published = if messages.is_empty() {
                        Published::default()
                    } else {
                        publisher.publish(&messages)
                    };
                    self.settle_spool(progress, messages, published, endpoint)
                }
            };
            if fault.is_some() {
                return fault;
            }
        }
    }

    /// What to do as soon as there is something, or after a while.
    fn next_work(&self, progress: &mut Progress) -> Work {
        let last = progress.reader.last();
        let again = std::mem::take(&mut progress.again);
        let nothing = |state: &mut State| {
            state.end == End::No && again.is_empty() && !state.backlog.has_work_after(last)
        };
        let waited = self.changed.wait_timeout_while(self.lock(), IDLE, nothing);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.end != End::No {
            return Work::End;
        }
        // Those that were given up meanwhile because the spool was full are counted already.
        let settled = state.backlog.settled();
        let again: Vec<Message> = again
            .into_iter()
            .filter(|message| sequence(message) > settled)
            .collect();
        if !again.is_empty() {
            state.count_sent(again.len(), again.len());
            return Work::Again(again);
        }
        if let Some(span) = state.backlog.span_after(last) {
            return Work::Read(span);
        }
        let Some(batch) = state.backlog.take() else {
            return Work::Idle;
        };
        state.count_sent(batch.messages.len(), batch.again);
        Work::Publish(batch)
    }

    /// Reads messages of the spool; what cannot be read is passed over and counted.
    fn read(&self, progress: &mut Progress, span: &Span) -> Vec<Message> {
        let read = progress.reader.read(span, BATCH);
        let (records, damaged) = match read {
            Ok(read) => (read.records, read.damaged),
            Err(_) => (Vec::new(), progress.reader.pass_over(span)),
        };
        let mut refused = Vec::new();
        let mut messages = Vec::with_capacity(records.len());
        for record in records {
            match Message::read(record.event, record.payload) {
                Ok(message) => messages.push(message),
                Err(refusal) => refused.push(refusal),
            }
        }
        let now = Instant::now();
        let mut state = self.lock();
        if let Some(log) = state.backlog.log() {
            log.count_damaged(damaged);
        }
        let refused = refused
            .iter()
            .filter_map(|refusal| state.refuse(refusal, now));
        let mut news: Vec<News> = refused.collect();
        news.extend(state.losses.damaged(damaged, now));
        state.count_sent(messages.len(), 0);
        drop(state);
        self.tell(news);
        messages
    }

    /// Counts what became of messages of the memory, and takes back what is not settled.
    fn settle_memory(
        &self,
        mut messages: Vec<Message>,
        published: Published,
        endpoint: &Endpoint,
    ) -> Option<Fault> {
        let settled = published.settled.min(messages.len());
        messages.drain(..settled);
        let is_whole = messages.is_empty();
        let mut state = self.lock();
        state.backlog.queue.give_back(messages);
        let news = state.count_published(settled, 0, &published);
        drop(state);
        self.changed.notify_all();
        self.tell(news);
        fault_of(published, is_whole, endpoint)
    }

    /// Counts what became of messages of the spool, and keeps what is not settled for the next connection.
    fn settle_spool(
        &self,
        progress: &mut Progress,
        mut messages: Vec<Message>,
        published: Published,
        endpoint: &Endpoint,
    ) -> Option<Fault> {
        let settled = published.settled.min(messages.len());
        let is_whole = settled == messages.len();
        // What was read and is no message any more is settled, too.
        let through = if is_whole {
            Some(progress.reader.last())
        } else {
            messages[..settled].last().map(sequence)
        };
        let mut state = self.lock();
        let given_up = state.backlog.settled();
        let dropped = messages[..settled]
            .iter()
            .filter(|message| sequence(message) <= given_up)
            .count();
        messages.drain(..settled);
        progress.again = messages;
        let kept = through.map_or(Ok(()), |through| state.backlog.settle(through));
        let news = state.count_published(settled, dropped, &published);
        drop(state);
        self.changed.notify_all();
        self.tell(news);
        if let Err(error) = kept {
            self.fail_spool(&error);
        }
        fault_of(published, is_whole, endpoint)
    }
}

/// Why a connection is of no use any more.
fn fault_of(published: Published, is_whole: bool, endpoint: &Endpoint) -> Option<Fault> {
    published.fault.or_else(|| {
        let sentence = format!("{endpoint}: messages were not taken; connecting again");
        (!is_whole).then(|| Fault::new(FaultKind::Lost, sentence))
    })
}
