// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the element has done so far; numbers only grow.

use std::time::Duration;

use super::look::Account;

/// Why a frame was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Its pixels cannot be read.
    Unreadable,
    /// Its format is none of those that are understood.
    Format,
    /// Nothing of it would remain in the network's input.
    Size,
    /// It carries no description (camera, time).
    Undescribed,
    /// The network failed.
    Inference,
}

impl Failure {
    /// All of them, in the order of their counters.
    pub const ALL: [Self; 5] = [
        Self::Unreadable,
        Self::Format,
        Self::Size,
        Self::Undescribed,
        Self::Inference,
    ];

    fn field(self) -> &'static str {
        match self {
            Self::Unreadable => "errors-unreadable",
            Self::Format => "errors-format",
            Self::Size => "errors-size",
            Self::Undescribed => "errors-undescribed",
            Self::Inference => "errors-inference",
        }
    }
}

/// Counters since the element left NULL.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stats {
    /// Frames that came in: one per buffer, or the fresh frames of a packet.
    pub frames: u64,
    /// Frames that the network has looked at.
    pub inferred: u64,
    /// Frames that passed unseen because of `interval`, or because they were gaps.
    pub skipped: u64,
    /// Boxes found.
    pub boxes: u64,
    /// Objects that a secondary network has looked at.
    pub objects: u64,
    /// Objects left alone for now.
    pub rested: u64,
    /// Time spent in the network.
    pub inference: Duration,
    /// Time spent on the network's input.
    pub preprocess: Duration,
    failures: [u64; Failure::ALL.len()],
}

impl Stats {
    /// Counts a failure; whether it is the first of its kind.
    pub fn fail(&mut self, failure: Failure) -> bool {
        let count = &mut self.failures[failure as usize];
        *count += 1;
        *count == 1
    }

    /// Adds what one buffer cost and gave.
    pub fn add(&mut self, account: &Account) {
        self.inferred += account.inferred;
        self.boxes += account.boxes;
        self.objects += account.objects;
        self.rested += account.rested;
        self.inference += account.inference;
        self.preprocess += account.preprocess;
    }

    /// For the property `stats`.
    pub fn structure(&self) -> gst::Structure {
        let mut structure = gst::Structure::builder("stats")
            .field("frames", self.frames)
            .field("inferred", self.inferred)
            .field("skipped", self.skipped)
            .field("boxes", self.boxes)
            .field("objects", self.objects)
            .field("rested", self.rested)
            .field("inference-time", self.inference.as_nanos() as u64)
            .field("preprocess-time", self.preprocess.as_nanos() as u64);
        for (failure, count) in Failure::ALL.into_iter().zip(self.failures) {
            structure = structure.field(failure.field(), count);
        }
        structure.build()
    }
}
