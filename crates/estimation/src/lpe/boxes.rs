// SPDX-License-Identifier: MIT OR Apache-2.0
//! The boxes of one frame, what they are taken for, and why some are taken for nothing.

use super::fit::Fit;

/// What the detector calls a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoxKind {
    /// The head of a locomotive.
    Head,
    /// The tail of a locomotive.
    Tail,
    /// A running number.
    Plate,
    /// A whole locomotive.
    Body,
}

/// A box that a detector found, in pixels of the camera's image: (x, y) is its top left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoxDetection {
    /// What it is.
    pub kind: BoxKind,
    /// How sure the detector is, 0 to 1.
    pub confidence: f64,
    /// Left edge, px.
    pub x: f64,
    /// Top edge, px.
    pub y: f64,
    /// Width, px.
    pub w: f64,
    /// Height, px.
    pub h: f64,
}

counters::counters! {
    /// Detections of one frame that gave no end, by reason.
    pub struct Dropped {
        /// Boxes without size, with coordinates that are no numbers, or outside the image.
        unusable,
        /// Boxes in masked parts of the image.
        masked,
        /// Boxes that no end on any of the camera's tracks explains.
        off_track,
        /// Boxes of which the image shows too little: the end lies mostly outside.
        cut,
        /// Boxes inside larger ones: the end that they would be is hidden.
        nested,
        /// Boxes of an end that a more confident box gives, too.
        duplicate,
    }
}

/// A box and the end that it is taken for.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Index of the detection among those of its frame.
    pub(super) source: usize,
    /// The box.
    pub(super) detection: BoxDetection,
    /// The best track and, with the probability, others.
    pub(super) fits: Vec<(Fit, f64)>,
    /// Probability that the end is of the box's kind.
    pub(super) kind_confidence: f64,
}
