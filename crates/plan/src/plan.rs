// SPDX-License-Identifier: MIT OR Apache-2.0
//! A plan: what should stand where and when.

use messages::Timestamp;
use plates::Shape;

/// A plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// Its entries, in the order of the file.
    pub entries: Vec<Entry>,
}

/// A machine that should stand on a track for a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its number as the plan writes it.
    pub number: String,
    /// The number's shapes: equal for equal numbers, however they are written.
    pub shapes: Vec<Shape>,
    /// The track's id.
    pub track: String,
    /// Since when it should stand there.
    pub from: Timestamp,
    /// Until when; [`Timestamp::MAX`] if the plan names no end.
    pub until: Timestamp,
    /// Its model, if the plan names it.
    pub model: Option<String>,
    /// Line in the file, from 1.
    pub line: usize,
}

impl Entry {
    /// Whether it should stand there at this time.
    pub fn is_due(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

impl Plan {
    /// What should stand somewhere at this time.
    pub fn due(&self, at: Timestamp) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.is_due(at))
    }

    /// Whether anything is ever planned on a track. Of other tracks a plan says nothing.
    pub fn names(&self, track: &str) -> bool {
        self.entries.iter().any(|entry| entry.track == track)
    }
}
