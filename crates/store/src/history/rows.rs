// SPDX-License-Identifier: MIT OR Apache-2.0
//! What history consists of. A row that is still open is written again when it changes.

use messages::Timestamp;
use serde::{Deserialize, Serialize};

/// Something to be written. A row with the same key replaces the one written before.
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// Key: visit, `from`.
    Stay(Stay),
    /// Key: visit, `time`, `kind`.
    Move(Move),
    /// Key: `locomotive`, `arrived`.
    Visit(Visit),
    /// Key: `camera`, `from`.
    Camera(Camera),
}

/// A locomotive is in the hall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    /// Its first name in the states.
    pub locomotive: String,
    /// When it was first there.
    pub arrived: Timestamp,
    /// When it was last there, after it has gone.
    pub left: Option<Timestamp>,
    /// Its number.
    pub number: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Whether it was there when the record began.
    pub found: bool,
}

/// A locomotive stands somewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stay {
    /// The visit's locomotive.
    pub locomotive: String,
    /// The visit's begin.
    pub arrived: Timestamp,
    /// The track.
    pub track: String,
    /// Where its head is, metres.
    pub head: f64,
    /// Where its tail is, metres.
    pub tail: f64,
    /// Since when.
    pub from: Timestamp,
    /// Until when.
    pub to: Option<Timestamp>,
}

/// What a move is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MoveKind {
    /// It came into the hall.
    Arrival,
    /// It left the hall.
    Departure,
    /// From one place in the hall to another.
    Move,
}

impl MoveKind {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arrival => "arrival",
            Self::Departure => "departure",
            Self::Move => "move",
        }
    }

    /// The kind of this word; what is unknown is a move.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "arrival" => Self::Arrival,
            "departure" => Self::Departure,
            _ => Self::Move,
        }
    }
}

/// A locomotive comes, goes or moves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Move {
    /// The visit's locomotive.
    pub locomotive: String,
    /// The visit's begin.
    pub arrived: Timestamp,
    /// When it began; of a departure, when it was last there.
    pub time: Timestamp,
    /// What it is.
    pub kind: MoveKind,
    /// The track on which it ended.
    pub track: String,
    /// Where the head was before, metres.
    pub from_metre: Option<f64>,
    /// Where the head is afterwards, metres; `None` while it runs.
    pub to_metre: Option<f64>,
    /// The track on which it began.
    pub from_track: Option<String>,
}

/// How a camera is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Camera {
    /// The camera.
    pub camera: String,
    /// The word of its health.
    pub health: String,
    /// Why, in words for people.
    pub reason: Option<String>,
    /// Since when.
    pub from: Timestamp,
    /// Until when.
    pub to: Option<Timestamp>,
}

/// A stretch of time in which states came without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The first state.
    pub from: Timestamp,
    /// The last state.
    pub to: Timestamp,
    /// How many there were.
    pub states: i64,
}
