// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a report is about.

use store::{Scope, Span, Store};

use crate::zone::{Part, Zone};

/// What a report is made of.
pub struct Subject<'a> {
    pub store: &'a dyn Store,
    pub scope: Scope,
    /// The flow that `flows` compares with.
    pub other: Scope,
    /// The span, cut off where history ends.
    pub span: Span,
    pub zone: Zone,
    pub by: By,
    pub tracks: Vec<String>,
}

/// How long the parts are by which a span is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum By {
    Hour,
    Day,
}

impl Subject<'_> {
    /// The hours or days of the span.
    pub fn parts(&self) -> Vec<Part> {
        match self.by {
            By::Hour => self.zone.hours(self.span),
            By::Day => self.zone.days(self.span),
        }
    }

    /// The column of the parts.
    pub const fn part_title(&self) -> &'static str {
        match self.by {
            By::Hour => "Hour",
            By::Day => "Day",
        }
    }
}
