// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rules: what must not be for long.

use plan::What;

use crate::deliver::Target;

/// A file of rules.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// What must not be.
    pub rules: Vec<Rule>,
    /// Who is told.
    pub targets: Vec<Target>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// The facility that it is for; `None`: all.
    pub facility: Option<String>,
    /// The flow whose states count.
    pub flow: String,
    /// How long it must be so before it is told, ns.
    pub for_ns: i64,
    /// How long it must be over before that is told, and how long it may be away without having ended, ns.
    pub clear_for_ns: i64,
    /// What is less likely does not count.
    pub probability: f64,
    /// Who is told; empty: all.
    pub send: Vec<String>,
    /// What must not be.
    pub kind: Kind,
}

/// What must not be.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// One of these cameras shows nothing of use; of all, if none is named.
    CameraDown(Vec<String>),
    /// A machine stands on one of these tracks; on any, if none is named.
    LongStay(Vec<String>),
    /// A number was read that is not on the roster.
    NotOnRoster,
    /// Two machines claim one number.
    NumberTwice,
    /// Nothing stands on one of these tracks.
    TrackFree(Vec<String>),
    /// Something stands on one of these tracks.
    TrackOccupied(Vec<String>),
    /// Another flow differs from this one in more places than these.
    FlowsDiffer {
        /// The other flow.
        with: String,
        /// So many differences are allowed.
        more_than: u32,
    },
    /// Neither states nor health come.
    NoEvents,
    /// The hall differs from the plan in one of these ways.
    Plan(Vec<What>),
}

impl Kind {
    /// The words of all kinds.
    pub const WORDS: [&str; 9] = [
        "camera-down",
        "long-stay",
        "not-on-roster",
        "number-twice",
        "track-free",
        "track-occupied",
        "flows-differ",
        "no-events",
        "plan",
    ];

    /// The word of this kind.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::CameraDown(_) => Self::WORDS[0],
            Self::LongStay(_) => Self::WORDS[1],
            Self::NotOnRoster => Self::WORDS[2],
            Self::NumberTwice => Self::WORDS[3],
            Self::TrackFree(_) => Self::WORDS[4],
            Self::TrackOccupied(_) => Self::WORDS[5],
            Self::FlowsDiffer { .. } => Self::WORDS[6],
            Self::NoEvents => Self::WORDS[7],
            Self::Plan(_) => Self::WORDS[8],
        }
    }

    /// Whether time alone can make it so: it is looked at without news, too.
    #[must_use]
    pub const fn is_of_clock(&self) -> bool {
        matches!(self, Self::CameraDown(_) | Self::NoEvents)
    }
}

impl Rule {
    /// Whether it is for this facility.
    #[must_use]
    pub fn is_for(&self, facility: &str) -> bool {
        self.facility.as_deref().is_none_or(|own| own == facility)
    }

    /// Whether news of this flow may change it.
    #[must_use]
    pub fn heeds(&self, flow: &str) -> bool {
        self.flow == flow || matches!(&self.kind, Kind::FlowsDiffer { with, .. } if with == flow)
    }
}
