// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a fusion is set up: when it makes states, and which parts of its model are left out.

/// When and under which names a fusion makes states.
#[derive(Debug, Clone)]
pub struct FusionConfig {
    /// Time between two states, ns; states lie on its whole multiples (UTC).
    pub interval_ns: i64,
    /// Whether every change of the set of locomotives makes a state, too.
    pub on_change: bool,
    /// Attribute `flow` of the states.
    pub flow: String,
    /// Attribute `source` of the states, `/<facility>/<service>/<instance>`.
    pub source: String,
    /// First part of the states' ids.
    pub epoch: u64,
    /// Reorder window, s; `None`: it follows the cameras' delays.
    pub window: Option<f64>,
    /// Parts of the model that are left out.
    pub ablation: Ablation,
}

impl Default for FusionConfig {
    fn default() -> Self {
        Self {
            interval_ns: 1_000_000_000,
            on_change: true,
            flow: "prod".to_owned(),
            source: "/roundhouse/fsefuse/prod".to_owned(),
            epoch: 1,
            window: None,
            ablation: Ablation::default(),
        }
    }
}

/// The parts of the model that are left out; by default none. For measurements only (`docs/estimation/results.md`).
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, and any set of them may be thrown"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ablation {
    /// Misses say nothing; a locomotive is terminated when it was not detected for a minute.
    pub misses: bool,
    /// Nothing is ever hidden: every miss counts in full.
    pub occlusion: bool,
    /// Detections go to the nearest end, whatever the order along the track.
    pub order: bool,
    /// No mode of rest: locomotives always move.
    pub modes: bool,
    /// The lengths of the models are unknown.
    pub catalogue: bool,
    /// What a camera covers is unknown: it is expected to detect what it ever detected.
    pub cover: bool,
    /// Scans are used in the order of their arrival, as if they showed that instant.
    pub reorder: bool,
    /// A state knows only what is committed.
    pub preview: bool,
    /// Cameras have no systematic error.
    pub systematic: bool,
    /// The ends of a locomotive are independent.
    pub rigid: bool,
    /// Head and tail are not told apart.
    pub kinds: bool,
    /// Cameras never fail, and the lights are never out.
    pub outages: bool,
    /// A detector's confidence does not tell ends from persistent clutter.
    pub confidence: bool,
    /// Coupled locomotives do not run together.
    pub neighbour_motion: bool,
}

impl Ablation {
    /// Every single part, with its name.
    pub const EACH: [(&'static str, Self); 14] = {
        const NOTHING: Ablation = Ablation {
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
            outages: false,
            confidence: false,
            neighbour_motion: false,
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
                "outages",
                Self {
                    outages: true,
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
                "neighbour_motion",
                Self {
                    neighbour_motion: true,
                    ..NOTHING
                },
            ),
        ]
    };
}
