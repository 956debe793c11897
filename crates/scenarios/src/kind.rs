// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kinds of scenarios: what goes wrong in each, in numbers.

use std::fmt;
use std::str::FromStr;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Nearly perfect sensors.
    Clean,
    /// Ordinary sensors.
    Nominal,
    /// Cameras die for minutes, half of the deaths reported.
    Dropout,
    /// Reports come late, in bursts, with wrong clocks.
    Delay,
    /// People, carts, cranes and other locomotives hide ends.
    Occlude,
    /// Heads are taken for tails and the other way round, some always by one camera.
    Label,
    /// Persistent clutter and random false ends.
    Ghost,
    /// Long rakes whose inner ends are rarely seen.
    Coupled,
    /// A fifth of the tracks is covered by no camera.
    Gaps,
    /// Cameras deliver but see nothing.
    Blind,
    /// A move every 17 s.
    Busy,
    /// All of it at once.
    Mixed,
    /// Mixed, and detectors that also see bodies.
    Rich,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Clean,
        Self::Nominal,
        Self::Dropout,
        Self::Delay,
        Self::Occlude,
        Self::Label,
        Self::Ghost,
        Self::Coupled,
        Self::Gaps,
        Self::Blind,
        Self::Busy,
        Self::Mixed,
        Self::Rich,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Nominal => "nominal",
            Self::Dropout => "dropout",
            Self::Delay => "delay",
            Self::Occlude => "occlude",
            Self::Label => "label",
            Self::Ghost => "ghost",
            Self::Coupled => "coupled",
            Self::Gaps => "gaps",
            Self::Blind => "blind",
            Self::Busy => "busy",
            Self::Mixed => "mixed",
            Self::Rich => "rich",
        }
    }

    /// Its numbers.
    pub fn parameters(self) -> Parameters {
        let nominal = Parameters::default();
        match self {
            Self::Clean => Parameters {
                detection: (0.99, 0.999),
                inner_detection: 0.95,
                sigma: (0.03, 0.05),
                bias: 0.03,
                false_ends: 0.0,
                wrong_kinds: 0.005,
                ..nominal
            },
            Self::Nominal => nominal,
            Self::Dropout => Parameters {
                outages: Some(OUTAGES),
                ..nominal
            },
            Self::Delay => Parameters {
                delay: LATE,
                ..nominal
            },
            Self::Occlude => Parameters {
                hiding: Some(HIDING),
                ..nominal
            },
            Self::Label => Parameters {
                wrong_kinds: 0.20,
                always_wrong: 0.15,
                ..nominal
            },
            Self::Ghost => Parameters {
                false_ends: 0.03,
                ghosts: 0.5,
                middles: true,
                ..nominal
            },
            Self::Coupled => Parameters {
                inner_detection: 0.4,
                rakes: LONG_RAKES,
                ..nominal
            },
            Self::Gaps => Parameters {
                uncovered: 0.2,
                ..nominal
            },
            Self::Blind => Parameters {
                blindness: Some(BLINDNESS),
                ..nominal
            },
            Self::Busy => Parameters {
                move_every: 17.0,
                ..nominal
            },
            Self::Mixed => Parameters::all_at_once(),
            Self::Rich => Parameters {
                bodies: true,
                ..Parameters::all_at_once()
            },
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// A word that is no kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKind(String);

impl fmt::Display for UnknownKind {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        write!(
            formatter,
            "'{}' is no kind of scenario, expected one of {}",
            self.0,
            names.join(", ")
        )
    }
}

impl std::error::Error for UnknownKind {}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

/// The numbers of a scenario. Pairs are ranges that something is drawn from evenly; times are seconds, places metres.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    /// Length of a track.
    pub track: (f64, f64),
    /// Number of cameras.
    pub cameras: (f64, f64),
    /// Frames per second of a camera, drawn evenly on a logarithmic scale.
    pub rate: (f64, f64),
    /// Locomotives in the hall at the start.
    pub locomotives: (f64, f64),
    /// Fewest and most locomotives in the hall at any time.
    pub locomotives_at_any_time: (usize, usize),
    /// Deviation of a locomotive's length from its model's.
    pub length_error: f64,
    /// Probability that a visible end is detected in one frame.
    pub detection: (f64, f64),
    /// The same for two ends that face each other at a coupling.
    pub inner_detection: f64,
    /// Standard deviation of a place near the camera; it is three times as large at the far end of what the camera sees.
    pub sigma: (f64, f64),
    /// Standard deviation of the constant error of a camera on a track.
    pub bias: f64,
    /// Probability of a false end in a frame.
    pub false_ends: f64,
    /// Probability that a head is called tail or a tail head.
    pub wrong_kinds: f64,
    /// Probability that one camera calls one locomotive's ends wrong always.
    pub always_wrong: f64,
    /// Mean time between two moves somewhere in the hall.
    pub move_every: f64,
    /// How long rakes are.
    pub rakes: Rakes,
    /// How late reports come.
    pub delay: Delay,
    /// Cameras that deliver nothing.
    pub outages: Option<Outages>,
    /// Cameras that deliver but see nothing.
    pub blindness: Option<Outages>,
    /// What hides ends.
    pub hiding: Option<Hiding>,
    /// Share of cameras with a persistent false end.
    pub ghosts: f64,
    /// Whether the middle of a locomotive of two sections is taken for an end.
    pub middles: bool,
    /// Share of the tracks that no camera sees.
    pub uncovered: f64,
    /// Whether bodies and their directions are reported.
    pub bodies: bool,
}

/// How locomotives are coupled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rakes {
    /// Probability that another locomotive is coupled to a rake.
    pub longer: f64,
    /// Most locomotives of a rake.
    pub most: usize,
    /// Probability that a move ends at a coupling, if there is something to couple to.
    pub couple: f64,
}

/// How late reports come: a constant of the camera, plus an exponential part of each frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Delay {
    /// Constant of a camera.
    pub constant: (f64, f64),
    /// Mean of the exponential part.
    pub exponential: f64,
    /// Share of the cameras that are later still.
    pub late_share: f64,
    /// By how much.
    pub late: (f64, f64),
    /// Mean time between two backlogs of a camera, in which its reports pile up and then come at once; 0: none.
    pub backlog_every: f64,
    /// How long a backlog lasts.
    pub backlog: (f64, f64),
    /// Standard deviation of a camera's clock.
    pub clock: f64,
}

/// Something that happens to a camera now and then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outages {
    /// Mean time between the end of one and the next.
    pub every: f64,
    /// How long one lasts.
    pub duration: (f64, f64),
    /// Probability that it is reported as the camera's health.
    pub reported: f64,
}

/// What hides ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hiding {
    /// People and carts: mean time between two before one camera.
    pub cart_every: f64,
    /// How long one stays.
    pub cart: (f64, f64),
    /// Metres of track that it hides.
    pub cart_width: (f64, f64),
    /// Cranes: mean time between two over one track.
    pub crane_every: f64,
    /// How long one stays.
    pub crane: (f64, f64),
    /// Metres of track that it hides from every camera.
    pub crane_width: (f64, f64),
    /// Factor on the detection of an end that another locomotive hides.
    pub behind_locomotive: f64,
}

const OUTAGES: Outages = Outages {
    every: 720.0,
    duration: (30.0, 480.0),
    reported: 0.5,
};

const BLINDNESS: Outages = Outages {
    every: 720.0,
    duration: (40.0, 300.0),
    reported: 0.0,
};

const HIDING: Hiding = Hiding {
    cart_every: 100.0,
    cart: (10.0, 60.0),
    cart_width: (2.0, 6.0),
    crane_every: 300.0,
    crane: (30.0, 180.0),
    crane_width: (6.0, 15.0),
    behind_locomotive: 0.4,
};

const LATE: Delay = Delay {
    constant: (0.05, 1.2),
    exponential: 1.0,
    late_share: 0.25,
    late: (1.0, 3.0),
    backlog_every: 300.0,
    backlog: (4.0, 25.0),
    clock: 0.15,
};

const LONG_RAKES: Rakes = Rakes {
    longer: 0.6,
    most: 5,
    couple: 0.7,
};

impl Default for Parameters {
    /// Those of [`Kind::Nominal`].
    fn default() -> Self {
        Self {
            track: (90.0, 240.0),
            cameras: (20.0, 40.0),
            rate: (0.5, 4.0),
            locomotives: (10.0, 17.0),
            locomotives_at_any_time: (10, 20),
            length_error: 0.15,
            detection: (0.82, 0.95),
            inner_detection: 0.6,
            sigma: (0.08, 0.18),
            bias: 0.15,
            false_ends: 0.012,
            wrong_kinds: 0.05,
            always_wrong: 0.0,
            move_every: 60.0,
            rakes: Rakes {
                longer: 0.2,
                most: 3,
                couple: 0.3,
            },
            delay: Delay {
                constant: (0.05, 0.3),
                exponential: 0.03,
                late_share: 0.0,
                late: (0.0, 0.0),
                backlog_every: 0.0,
                backlog: (0.0, 0.0),
                clock: 0.0,
            },
            outages: None,
            blindness: None,
            hiding: None,
            ghosts: 0.0,
            middles: false,
            uncovered: 0.0,
            bodies: false,
        }
    }
}

impl Parameters {
    /// Every fault at about half its own strength: at full strength all at once there is little left to be known.
    fn all_at_once() -> Self {
        Self {
            inner_detection: 0.5,
            false_ends: 0.02,
            wrong_kinds: 0.12,
            always_wrong: 0.08,
            move_every: 40.0,
            rakes: Rakes {
                longer: 0.4,
                most: 4,
                couple: 0.5,
            },
            delay: Delay {
                exponential: 0.5,
                late_share: 0.12,
                backlog_every: 600.0,
                ..LATE
            },
            outages: Some(Outages {
                every: 1440.0,
                ..OUTAGES
            }),
            blindness: Some(Outages {
                every: 1440.0,
                ..BLINDNESS
            }),
            hiding: Some(Hiding {
                cart_every: 200.0,
                crane_every: 600.0,
                behind_locomotive: 0.7,
                ..HIDING
            }),
            ghosts: 0.25,
            middles: true,
            uncovered: 0.1,
            ..Self::default()
        }
    }
}
