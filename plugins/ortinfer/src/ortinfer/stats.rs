// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is counted for the property `stats`, and why a frame could not be inferred.

use std::sync::Arc;

use kit::discards::Reason;
use messages::Timestamp;

kit::counters! {
    /// Counters since the start, or of one buffer.
    pub struct Counters {
        /// Frames that came in: one per buffer, or the fresh frames of a packet.
        frames,
        /// Frames that the network has inferred.
        inferred,
        /// Frames that passed because of `interval`, or because they were gaps.
        skipped,
        /// Boxes found.
        boxes,
        /// Objects that a secondary network has inferred.
        objects,
        /// Objects that a secondary network did not infer again yet.
        rested,
        /// Time spent in the network, nanoseconds.
        inference_time,
        /// Time spent on the network's input, nanoseconds.
        preprocess_time,
        /// Frames whose pixels cannot be read.
        errors_unreadable,
        /// Frames whose format is none of those that are understood.
        errors_format,
        /// Frames of which nothing would remain in the network's input.
        errors_size,
        /// Frames that carry no description (camera, time).
        errors_undescribed,
        /// Runs of the network that failed.
        errors_inference,
        /// Frames that were converted before they could be read.
        converted,
        /// Cameras all of whose frames are discarded now.
        discarded_cameras,
    }
}

/// Why a frame was not inferred.
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
    /// Why frames of a camera are discarded, if it is for this; `None` where the camera is not at fault or not known.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::Unreadable => Some(Reason::Pixels),
            Self::Format => Some(Reason::Format),
            Self::Size => Some(Reason::Size),
            Self::Undescribed | Self::Inference => None,
        }
    }
}

impl Counters {
    /// Counts a failure; whether it is the first of its kind.
    pub fn fail(&mut self, failure: Failure) -> bool {
        let count = match failure {
            Failure::Unreadable => &mut self.errors_unreadable,
            Failure::Format => &mut self.errors_format,
            Failure::Size => &mut self.errors_size,
            Failure::Undescribed => &mut self.errors_undescribed,
            Failure::Inference => &mut self.errors_inference,
        };
        *count += 1;
        *count == 1
    }
}

/// What the inference of one buffer cost and gave.
#[derive(Debug, Default)]
pub struct Account {
    /// What is added to the counters.
    pub counters: Counters,
    /// What became of each frame.
    pub outcomes: Vec<Outcome>,
}

/// What became of one frame.
#[derive(Debug)]
pub struct Outcome {
    /// Its camera and its event time, if it is described.
    pub frame: Option<(Arc<str>, Timestamp)>,
    /// Why it was not inferred, in the words for the user, if it was not.
    pub failure: Option<(Failure, String)>,
}
