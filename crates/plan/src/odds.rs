// SPDX-License-Identifier: MIT OR Apache-2.0
//! How likely it is that a machine of a state is one of the plan.

use messages::{FacilityState, LocomotiveState, Status};
use plates::{Shape, fold};

use crate::plan::{Entry, Plan};

/// A machine of the state with its number as shapes.
#[derive(Debug, Clone)]
pub struct Seen<'a> {
    pub machine: &'a LocomotiveState,
    /// The shapes of its number; empty if none was read.
    pub shapes: Vec<Shape>,
}

impl Seen<'_> {
    /// Whether it counts: it is more likely there than not.
    pub fn counts(&self) -> bool {
        self.machine.status != Status::Tentative
    }

    /// Whether its number was read.
    pub const fn is_read(&self) -> bool {
        !self.shapes.is_empty()
    }

    /// Probability that it is there and bears the number that was read.
    pub fn p_read(&self) -> f64 {
        self.machine.confidence * self.machine.plate.as_ref().map_or(0.0, |plate| plate.p)
    }
}

/// A state held against what is due.
pub struct Scene<'a> {
    /// All machines of the state.
    pub seen: Vec<Seen<'a>>,
    /// What should stand somewhere now.
    pub due: Vec<&'a Entry>,
}

impl<'a> Scene<'a> {
    /// The scene of a plan at the time of a state.
    pub fn new(plan: &'a Plan, state: &'a FacilityState, at: messages::Timestamp) -> Self {
        let seen = |machine: &'a LocomotiveState| {
            let plate = machine.plate.as_ref();
            let shapes = plate.and_then(|plate| fold(&plate.text).ok());
            Seen {
                machine,
                shapes: shapes.unwrap_or_default(),
            }
        };
        Self {
            seen: state.locomotives.iter().map(seen).collect(),
            due: plan.due(at).collect(),
        }
    }

    /// The machines that count and bear this number.
    pub fn bearers(&self, number: &[Shape]) -> impl Iterator<Item = &Seen<'a>> {
        let bears = move |seen: &&Seen| seen.counts() && seen.is_read() && seen.shapes == number;
        self.seen.iter().filter(bears)
    }

    /// Whether an entry's number was read nowhere.
    pub fn is_unread(&self, entry: &Entry) -> bool {
        self.bearers(&entry.shapes).next().is_none()
    }

    /// How many entries of a track were read nowhere.
    pub fn unread(&self, track: &str) -> usize {
        let unread = self
            .due
            .iter()
            .filter(|entry| entry.track == track && self.is_unread(entry));
        unread.count()
    }

    /// How many machines without a number count on a track.
    pub fn nameless(&self, track: &str) -> usize {
        let nameless =
            |seen: &&Seen| seen.counts() && !seen.is_read() && seen.machine.track == track;
        self.seen.iter().filter(nameless).count()
    }

    /// Probability that an entry which was read nowhere is none of the machines on its track all the same.
    ///
    /// A machine there whose number was not read, or was misread, may be any of those that are missing on this track; how likely its
    /// model is says more where the plan names one.
    pub fn p_absent(&self, entry: &Entry) -> f64 {
        let missing = self.unread(&entry.track).max(1) as f64;
        let there = self
            .seen
            .iter()
            .filter(|seen| seen.machine.track == entry.track || seen.shapes == entry.shapes);
        there.map(|seen| 1.0 - p_is(seen, entry, missing)).product()
    }
}

/// Probability that a machine is there and is this one of `missing`.
fn p_is(seen: &Seen, entry: &Entry, missing: f64) -> f64 {
    if seen.is_read() && seen.shapes == entry.shapes {
        return seen.p_read();
    }
    let misread = 1.0 - seen.machine.plate.as_ref().map_or(0.0, |plate| plate.p);
    let model = match (&entry.model, &seen.machine.model) {
        (Some(planned), Some(guess)) if *planned == guess.name => guess.p,
        (Some(_), Some(guess)) => 1.0 - guess.p,
        _ => 1.0,
    };
    seen.machine.confidence * misread * model / missing
}
