// SPDX-License-Identifier: MIT OR Apache-2.0
//! The time of arrivals, on which the fusion goes on; an arrival far from all others is not trusted at once.

use messages::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fse::model::parameters::parameters;

parameters! {
    /// An arrival farther than this from all others must be confirmed by a second one.
    LONGEST_JUMP: f64 = 3600.0, "s", "Smaller: more arrivals are refused at first.";
    /// Arrivals nearer to each other than this confirm each other.
    SAME_CLOCK: f64 = 60.0, "s", "Larger: stray clocks confirm each other more easily.";
    /// After so many arrivals far in the past the clock was set back, and the fusion starts anew.
    SET_BACK: u32 = 100, "arrivals", "Larger: later.";
}

/// The latest arrivals, and one that is not trusted yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ArrivalClock {
    /// Latest time that the fusion was told.
    pub(crate) now: Timestamp,
    /// Latest arrival of an event.
    pub(crate) last_event: Timestamp,
    /// An arrival far from all others.
    suspect: Option<Suspect>,
}

/// An arrival far from all others, and how many arrivals in a row were near it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Suspect {
    arrival: Timestamp,
    times: u32,
}

/// What to do with an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// Time may go on to it.
    Accept,
    /// It is far from all others, and nothing has confirmed it yet.
    Refuse,
    /// All arrivals stay far in the past: the clock was set back.
    Restart,
}

impl ArrivalClock {
    /// A clock that has heard nothing yet.
    pub(crate) const fn new() -> Self {
        Self {
            now: Timestamp::from_nanos(i64::MIN),
            last_event: Timestamp::from_nanos(i64::MIN),
            suspect: None,
        }
    }

    /// An event arrived: time goes on.
    pub(crate) fn set(&mut self, arrival: Timestamp) {
        self.now = arrival;
        self.last_event = arrival;
    }

    /// Forgets the arrival that was not trusted.
    pub(crate) fn trust(&mut self) {
        self.suspect = None;
    }

    /// Whether time may go on to this arrival. One that is far from all others must be confirmed by a second one; when all
    /// arrivals stay far behind, the clock was set back.
    pub(crate) fn judge(&mut self, arrival: Timestamp) -> Judgement {
        let ahead = arrival.seconds_since(self.now);
        if ahead.abs() <= LONGEST_JUMP {
            self.suspect = None;
            return Judgement::Accept;
        }
        let near = |suspect: Timestamp| arrival.seconds_since(suspect).abs() <= SAME_CLOCK;
        let times = match self.suspect {
            Some(suspect) if near(suspect.arrival) => suspect.times + 1,
            _ => 1,
        };
        self.suspect = Some(Suspect { arrival, times });
        if ahead > 0.0 {
            return if times > 1 {
                Judgement::Accept
            } else {
                Judgement::Refuse
            };
        }
        if times >= SET_BACK {
            self.suspect = None;
            return Judgement::Restart;
        }
        Judgement::Refuse
    }
}
