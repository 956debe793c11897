// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a server needs of a database.

use std::path::Path;
use std::sync::Arc;

use messages::{Event, Timestamp};
use serde::Serialize;

use crate::history::{Coverage, MoveKind};

/// Why something could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database was written by a newer version of the program.
    #[error(
        "{place}: the database has version {found}, and this program knows versions up to {known}; use the newer program, or \
         another database by --data"
    )]
    Newer {
        /// Its file or address.
        place: String,
        /// The version of the database.
        found: i64,
        /// The newest version known.
        known: i64,
    },
    /// Another process writes.
    #[error(
        "{0}: another process uses this database; stop it, or choose another database by --data"
    )]
    InUse(String),
    /// The database refuses.
    #[error("the database: {0}")]
    Database(#[from] rusqlite::Error),
    /// What should say where the database is does not.
    #[error("{0}")]
    Address(String),
    /// A copy that should be read or written.
    #[error("{0}: {1}")]
    Copy(String, String),
    /// The server refuses, or cannot be reached.
    #[error("{server}: {said}")]
    Server {
        /// Its address, without a password.
        server: String,
        /// What is wrong.
        said: String,
        /// Whether the connection is gone: a new one may do.
        lost: bool,
    },
    /// Its folder cannot be made.
    #[error("{0}: {1}")]
    Folder(String, std::io::Error),
    /// What was written earlier cannot be read.
    #[error("the database holds what cannot be read: {0}")]
    Unreadable(String),
}

/// A result of the store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// One flow of one facility.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// The facility.
    pub facility: String,
    /// The flow.
    pub flow: String,
}

impl Scope {
    /// This flow of this facility.
    #[must_use]
    pub fn new(facility: impl Into<String>, flow: impl Into<String>) -> Self {
        Self {
            facility: facility.into(),
            flow: flow.into(),
        }
    }

    /// The scope that an event belongs to: its flow, and the facility that is the first part of its source.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        let facility = event.source.trim_start_matches('/').split('/').next();
        Self::new(facility.unwrap_or_default(), event.flow.as_str())
    }
}

/// A stretch of time, its end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its begin.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
}

/// An event to be kept: as it came, and what was read in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its place in the log; 0 before it is kept.
    pub sequence: i64,
    /// The flow that it belongs to.
    pub scope: Scope,
    /// The word of its kind, such as `facility-state`.
    pub kind: String,
    /// Its source.
    pub source: String,
    /// Its id.
    pub id: String,
    /// When what it says was so.
    pub time: Timestamp,
    /// The text.
    pub body: String,
    /// What it says, as long as it is at hand: out of the log comes the text alone.
    pub event: Option<Arc<Event>>,
}

impl Document {
    /// Whether history is derived from it, and who watches a flow is told of it.
    #[must_use]
    pub fn is_history(&self) -> bool {
        matches!(&*self.kind, "facility-state" | "camera-health")
    }

    /// What it says: read out of its text, unless it is at hand.
    ///
    /// # Errors
    /// The text is no message.
    pub fn said(&self) -> Result<Arc<Event>> {
        if let Some(event) = &self.event {
            return Ok(Arc::clone(event));
        }
        let event = Event::parse(&self.body);
        event
            .map(Arc::new)
            .map_err(|error| StoreError::Unreadable(error.to_string()))
    }

    /// The event `event`, whose text is `body`.
    #[must_use]
    pub fn new(event: Event, body: impl Into<String>) -> Self {
        let kind = event.data.event_type();
        let kind = kind.strip_prefix("com.roundhouse.").unwrap_or(kind);
        Self {
            sequence: 0,
            scope: Scope::of(&event),
            kind: kind.strip_suffix(".v1").unwrap_or(kind).to_owned(),
            source: event.source.clone(),
            id: event.id.clone(),
            time: event.time,
            body: body.into(),
            event: Some(Arc::new(event)),
        }
    }
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is in the log, at this place.
    New(i64),
    /// It was there before.
    Duplicate,
}

/// Whether history lacks something of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backlog {
    /// It has everything.
    None,
    /// There is more to derive.
    More,
}

/// How things stand with a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// Its name.
    pub flow: String,
    /// The newest event time.
    pub newest: Timestamp,
    /// How many events there were.
    pub events: i64,
    /// Until when history is derived.
    pub derived: Option<Timestamp>,
}

/// A locomotive stood somewhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StayRow {
    /// The track.
    pub track: String,
    /// The locomotive's name in the states.
    pub locomotive: String,
    /// Its number, as far as it was read during the visit.
    pub number: Option<String>,
    /// Its model, as far as it was recognised during the visit.
    pub model: Option<String>,
    /// Where its head was, metres.
    pub head: f64,
    /// Where its tail was, metres.
    pub tail: f64,
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None`: it still stands there.
    pub to: Option<Timestamp>,
}

/// A locomotive came, went or moved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MoveRow {
    /// When it began; of a departure, when it was last there.
    pub time: Timestamp,
    /// The locomotive's name in the states.
    pub locomotive: String,
    /// Its number.
    pub number: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// What happened.
    pub kind: MoveKind,
    /// The track on which it ended.
    pub track: String,
    /// Where its head was before, metres.
    pub from_metre: Option<f64>,
    /// Where its head was afterwards, metres.
    pub to_metre: Option<f64>,
    /// The track on which it began.
    pub from_track: Option<String>,
    /// When the visit began that it belongs to.
    #[serde(skip)]
    pub arrived: Timestamp,
}

/// A locomotive was in the hall.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VisitRow {
    /// The locomotive's name in the states.
    pub locomotive: String,
    /// Its number.
    pub number: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// When it came, or was first seen.
    pub arrived: Timestamp,
    /// When it went; `None`: it is still there.
    pub left: Option<Timestamp>,
    /// Whether it was there when the record began, so that nobody saw it come.
    pub found: bool,
}

/// How a camera was.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CameraRow {
    /// The camera.
    pub camera: String,
    /// The word of its health.
    pub health: String,
    /// Why, in words for people.
    pub reason: Option<String>,
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None`: it still is so.
    pub to: Option<Timestamp>,
}

/// How much of the raw log is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// What arrived earlier may go.
    pub arrived: Timestamp,
    /// So many bytes the database may have; beyond them the oldest events go, whenever they arrived.
    pub bytes: u64,
}

/// A database of halls.
pub trait Store: Send + Sync {
    /// Keeps a batch, all of it or nothing, and derives what is new in the same step unless that takes long. When it returns, the
    /// events outlive the machine. `now` is noted as the time of arrival.
    fn ingest(&self, batch: &[Document], now: Timestamp) -> Result<Vec<Kept>>;

    /// Derives history from at most so many more events.
    fn derive(&self, most: usize) -> Result<Backlog>;

    /// Until when history is derived; `None` of a flow that is not known.
    fn derived(&self, scope: &Scope) -> Result<Option<Timestamp>> {
        let halls = self.halls()?.into_iter();
        let mut flows = halls
            .filter(|(facility, _)| *facility == scope.facility)
            .flat_map(|(_, flows)| flows);
        let flow = flows.find(|flow| flow.flow == scope.flow);
        Ok(flow.and_then(|flow| flow.derived))
    }

    /// The facilities with their flows.
    fn halls(&self) -> Result<Vec<(String, Vec<Flow>)>>;

    /// The newest state that describes `at` or an earlier instant.
    fn state_at(&self, scope: &Scope, at: Timestamp) -> Result<Option<Document>>;

    /// The states and health documents that were kept after `sequence`, in the order in which they were, among the next `most`
    /// events of all flows; and the place up to which was looked.
    fn after(&self, scope: &Scope, sequence: i64, most: i64) -> Result<(Vec<Document>, i64)>;

    /// The place of the newest event in the log; 0 if it is empty.
    fn newest_sequence(&self) -> Result<i64>;

    /// The stays that overlap a span.
    fn stays(&self, scope: &Scope, span: Span) -> Result<Vec<StayRow>>;

    /// The moves within a span.
    fn moves(&self, scope: &Scope, span: Span) -> Result<Vec<MoveRow>>;

    /// The visits that overlap a span.
    fn visits(&self, scope: &Scope, span: Span) -> Result<Vec<VisitRow>>;

    /// How cameras were in a span.
    fn cameras(&self, scope: &Scope, span: Span) -> Result<Vec<CameraRow>>;

    /// The stretches of a span in which states came.
    fn coverage(&self, scope: &Scope, span: Span) -> Result<Vec<Coverage>>;

    /// Deletes raw events that are beyond the limits, not more than a moment's work; returns how many, 0 when nothing is left to
    /// delete. The history stays.
    fn forget(&self, limits: Limits) -> Result<usize>;

    /// Derives all of history again, from what is left of the log.
    fn rederive(&self) -> Result<()>;

    /// Writes a copy of everything into a file that is not there yet: a database of SQLite, whatever this one is.
    fn backup(&self, file: &Path) -> Result<()>;

    /// Takes everything from such a file; nothing may have been kept before.
    fn restore(&self, file: &Path) -> Result<()>;
}
