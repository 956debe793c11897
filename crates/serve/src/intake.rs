// SPDX-License-Identifier: MIT OR Apache-2.0
//! The one way in for events, whoever brings them: judged, kept once, then told to everybody who watches.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use messages::{Data, Event, Timestamp};
use serde::Serialize;
use store::{Document, Kept, Scope, Store, StoreError};
use tokio::sync::broadcast;

/// Largest event, bytes.
const LARGEST: usize = 1 << 20;
/// Longest name in an event, bytes: names are what databases look things up by, and their indices have a limit.
const LONGEST_NAME: usize = 512;
/// An event may be this far ahead of our clock, ns: clocks differ.
const AHEAD_NS: i64 = 300_000_000_000;
/// So many flows of facilities are kept, so that no sender fills the disk with names.
const MOST_FLOWS: usize = 256;
/// So many documents wait for somebody who watches; who is further behind begins again.
const WATCHED: usize = 1024;
/// Frames from which a camera's rate is measured, and cameras that are measured at most.
const FRAMES: usize = 20;
const MOST_CAMERAS: usize = 4096;

/// What became of a batch.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// How many events were new and are kept.
    pub accepted: usize,
    /// How many were there before.
    pub duplicates: usize,
    /// Which were refused.
    pub refused: Vec<RefusedEvent>,
}

/// An event that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedEvent {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// Why, in a sentence.
    pub reason: String,
}

counters::counters! {
    /// What came in.
    pub struct Counters {
        /// Events kept.
        accepted,
        /// Events that were there before.
        duplicates,
        /// Events refused: no message.
        refused_no_event,
        /// Events refused: too large.
        refused_too_large,
        /// Events refused: in the future.
        refused_future,
        /// Events refused: unknown facility or too many flows.
        refused_scope,
        /// Batches that the store did not take; nothing of them was confirmed.
        failed_batches,
    }
}

/// Frames of a camera.
#[derive(Debug, Default, Clone)]
pub struct Pulse(VecDeque<Timestamp>);

impl Pulse {
    /// Another frame.
    fn beat(&mut self, time: Timestamp) {
        if self.0.back().is_some_and(|last| *last >= time) {
            return;
        }
        self.0.push_back(time);
        if self.0.len() > FRAMES {
            self.0.pop_front();
        }
    }

    /// The newest frame.
    pub fn newest(&self) -> Option<Timestamp> {
        self.0.back().copied()
    }

    /// Frames per second.
    pub fn rate(&self) -> Option<f64> {
        let seconds = self.0.back()?.seconds_since(*self.0.front()?);
        (seconds > 0.0).then(|| (self.0.len() - 1) as f64 / seconds)
    }
}

/// What the intake remembers.
#[derive(Default)]
struct Memory {
    counters: Counters,
    flows: BTreeSet<Scope>,
    pulses: BTreeMap<(String, String), Pulse>,
}

/// The way in.
pub struct Intake {
    store: Arc<dyn Store>,
    /// The facilities whose events are taken; empty: all.
    facilities: BTreeSet<String>,
    clock: fn() -> Timestamp,
    watchers: broadcast::Sender<Arc<Document>>,
    memory: Mutex<Memory>,
    /// Held from keeping to telling, so that everybody is told in the order of the log.
    order: Mutex<()>,
}

/// Why an event is refused: the counter and the sentence.
struct Refusal(fn(&mut Counters) -> &mut u64, String);

impl Intake {
    /// A way into `store` for events of these facilities, or of all if there are none.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn new(
        store: Arc<dyn Store>,
        facilities: BTreeSet<String>,
        clock: fn() -> Timestamp,
    ) -> Result<Self, StoreError> {
        let halls = store.halls()?.into_iter();
        let scopes = halls.flat_map(|(facility, flows)| {
            let scope = move |flow: store::Flow| Scope::new(facility.clone(), flow.flow);
            flows.into_iter().map(scope)
        });
        let memory = Memory {
            flows: scopes.collect(),
            ..Memory::default()
        };
        Ok(Self {
            store,
            facilities,
            clock,
            watchers: broadcast::Sender::new(WATCHED),
            memory: Mutex::new(memory),
            order: Mutex::new(()),
        })
    }

    /// Takes a batch of documents. When it returns, what is accepted outlives the machine.
    ///
    /// # Errors
    /// The store does not take the batch; nothing of it is kept.
    pub fn take<'a>(
        &self,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<Receipt, StoreError> {
        let mut receipt = Receipt::default();
        let mut documents = Vec::new();
        for (index, text) in texts.into_iter().enumerate() {
            match self.judge(text) {
                Ok(document) => documents.push(document),
                Err(Refusal(counter, reason)) => {
                    *counter(&mut self.memory().counters) += 1;
                    receipt.refused.push(RefusedEvent { index, reason });
                }
            }
        }
        self.keep(documents, &mut receipt)?;
        Ok(receipt)
    }

    /// Keeps documents and tells of them.
    fn keep(&self, documents: Vec<Document>, receipt: &mut Receipt) -> Result<(), StoreError> {
        if documents.is_empty() {
            return Ok(());
        }
        let order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = self.store.ingest(&documents, (self.clock)());
        let kept = kept.inspect_err(|_| self.memory().counters.failed_batches += 1)?;
        for (mut document, kept) in documents.into_iter().zip(kept) {
            match kept {
                Kept::Duplicate => receipt.duplicates += 1,
                Kept::New(sequence) => {
                    receipt.accepted += 1;
                    document.sequence = sequence;
                    if document.is_history() {
                        // Nobody may be watching.
                        let _ = self.watchers.send(Arc::new(document));
                    }
                }
            }
        }
        drop(order);
        let counters = &mut self.memory().counters;
        counters.accepted += receipt.accepted as u64;
        counters.duplicates += receipt.duplicates as u64;
        Ok(())
    }

    /// The document of a text, or why it is refused.
    fn judge(&self, text: &str) -> Result<Document, Refusal> {
        if text.len() > LARGEST {
            let sentence = format!("has {} bytes, at most {LARGEST} are taken", text.len());
            return Err(Refusal(
                |counters| &mut counters.refused_too_large,
                sentence,
            ));
        }
        let event = Event::parse(text).map_err(|error| {
            Refusal(|counters| &mut counters.refused_no_event, error.to_string())
        })?;
        if let Some(name) = names(&event).find(|name| name.len() > LONGEST_NAME) {
            let sentence = format!(
                "has a name of {} bytes, at most {LONGEST_NAME} are taken: {}…",
                name.len(),
                name.chars().take(20).collect::<String>()
            );
            return Err(Refusal(
                |counters| &mut counters.refused_too_large,
                sentence,
            ));
        }
        let now = (self.clock)();
        if event.time.since(now) > AHEAD_NS {
            let sentence = format!(
                "its time {} is in the future; it is {now} here: set the sender's clock",
                event.time
            );
            return Err(Refusal(|counters| &mut counters.refused_future, sentence));
        }
        let scope = Scope::of(&event);
        if !self.facilities.is_empty() && !self.facilities.contains(&scope.facility) {
            let known: Vec<&str> = self.facilities.iter().map(String::as_str).collect();
            let sentence = format!(
                "is of the facility '{}', which is unknown here; known: {}. Start the server with its --facility file",
                scope.facility,
                known.join(", ")
            );
            return Err(Refusal(|counters| &mut counters.refused_scope, sentence));
        }
        let mut memory = self.memory();
        if !memory.flows.contains(&scope) {
            if memory.flows.len() >= MOST_FLOWS {
                let sentence = format!(
                    "is of another flow ('{}'), and {MOST_FLOWS} are kept at most",
                    scope.flow
                );
                return Err(Refusal(|counters| &mut counters.refused_scope, sentence));
            }
            memory.flows.insert(scope.clone());
        }
        if let Data::Position(report) = &event.data {
            memory.beat(&scope.facility, &report.camera, event.time);
        }
        Ok(Document::new(event, in_one_line(text)))
    }

    /// What is remembered.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches what comes in from now on.
    pub fn watch(&self) -> broadcast::Receiver<Arc<Document>> {
        self.watchers.subscribe()
    }

    /// How many watch.
    pub fn watchers(&self) -> usize {
        self.watchers.receiver_count()
    }

    /// What came in so far.
    pub fn counters(&self) -> Counters {
        self.memory().counters
    }

    /// The frames of a camera.
    pub fn pulse(&self, facility: &str, camera: &str) -> Option<Pulse> {
        let key = (facility.to_owned(), camera.to_owned());
        self.memory().pulses.get(&key).cloned()
    }
}

/// A text without line ends: those of JSON stand between its words, where a blank does as well.
fn in_one_line(text: &str) -> String {
    let bytes = text.as_bytes();
    if bytes.contains(&b'\n') || bytes.contains(&b'\r') {
        text.replace(['\n', '\r'], " ")
    } else {
        text.to_owned()
    }
}

/// The names by which an event, or what is derived from it, is kept.
fn names(event: &Event) -> impl Iterator<Item = &String> {
    let (locomotives, cameras) = match &event.data {
        Data::State(state) => (&*state.locomotives, &*state.cameras),
        _ => Default::default(),
    };
    let camera = match &event.data {
        Data::Health(health) => Some(&health.camera),
        _ => None,
    };
    let locomotives = locomotives.iter();
    [&event.source, &event.id, &event.flow]
        .into_iter()
        .chain(camera)
        .chain(locomotives.flat_map(|locomotive| [&locomotive.id, &locomotive.track]))
        .chain(cameras.iter().map(|camera| &camera.id))
}

impl Memory {
    /// A camera has delivered a frame.
    fn beat(&mut self, facility: &str, camera: &str, time: Timestamp) {
        let key = (facility.to_owned(), camera.to_owned());
        if self.pulses.len() < MOST_CAMERAS || self.pulses.contains_key(&key) {
            self.pulses.entry(key).or_default().beat(time);
        }
    }
}
