// SPDX-License-Identifier: MIT OR Apache-2.0
//! What each constraint is worth: every one can be left out.

/// The parts of the model that are left out; by default none. For measurements only (`docs/estimation.md`).
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, and any set of them may be thrown"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Without {
    /// Misses say nothing; a machine dies when nobody saw it for a minute.
    pub misses: bool,
    /// Nothing is ever hidden: every miss counts in full.
    pub occlusion: bool,
    /// Detections go to the nearest end, whatever the order along the track.
    pub order: bool,
    /// No mode of rest: machines always move.
    pub modes: bool,
    /// The lengths of the models are unknown.
    pub catalogue: bool,
    /// Where a camera looks is unknown: it is expected to see what it ever saw.
    pub cover: bool,
    /// Looks are used in the order of their arrival, as if they showed that instant.
    pub reorder: bool,
    /// A state knows only what is committed.
    pub preview: bool,
    /// Cameras have no systematic error.
    pub systematic: bool,
    /// The ends of a machine are independent.
    pub rigid: bool,
    /// Head and tail are not told apart.
    pub kinds: bool,
    /// Cameras are never blind, and it is never dark.
    pub blindness: bool,
    /// A detector's confidence does not tell whether what lasts is an end.
    pub confidence: bool,
    /// Coupled machines do not run together.
    pub company: bool,
}

impl Without {
    /// Every single part, with its name.
    pub const EACH: [(&'static str, Self); 14] = {
        const NOTHING: Without = Without {
            misses: false,
            occlusion: false,
            order: false,
            modes: false,
            catalogue: false,
            cover: false,
            reorder: false,
            preview: false,
            systematic: false,
            rigid: false,
            kinds: false,
            blindness: false,
            confidence: false,
            company: false,
        };
        [
            (
                "misses",
                Self {
                    misses: true,
                    ..NOTHING
                },
            ),
            (
                "occlusion",
                Self {
                    occlusion: true,
                    ..NOTHING
                },
            ),
            (
                "order",
                Self {
                    order: true,
                    ..NOTHING
                },
            ),
            (
                "modes",
                Self {
                    modes: true,
                    ..NOTHING
                },
            ),
            (
                "catalogue",
                Self {
                    catalogue: true,
                    ..NOTHING
                },
            ),
            (
                "cover",
                Self {
                    cover: true,
                    ..NOTHING
                },
            ),
            (
                "reorder",
                Self {
                    reorder: true,
                    ..NOTHING
                },
            ),
            (
                "preview",
                Self {
                    preview: true,
                    ..NOTHING
                },
            ),
            (
                "systematic",
                Self {
                    systematic: true,
                    ..NOTHING
                },
            ),
            (
                "rigid",
                Self {
                    rigid: true,
                    ..NOTHING
                },
            ),
            (
                "kinds",
                Self {
                    kinds: true,
                    ..NOTHING
                },
            ),
            (
                "blindness",
                Self {
                    blindness: true,
                    ..NOTHING
                },
            ),
            (
                "confidence",
                Self {
                    confidence: true,
                    ..NOTHING
                },
            ),
            (
                "company",
                Self {
                    company: true,
                    ..NOTHING
                },
            ),
        ]
    };
}
