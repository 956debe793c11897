// SPDX-License-Identifier: MIT OR Apache-2.0
//! One locomotive from when it comes until it goes: it stands, or it runs.

use messages::{LocomotiveState, Timestamp};
use serde::{Deserialize, Serialize};

use super::rows::{Move, MoveKind, Row, Stay, Visit};

/// A locomotive whose middle is this far from where it stood has moved, m.
pub const STEP: f64 = 1.0;
/// One whose middle keeps within this stands, m.
const REST: f64 = 0.5;
/// So long it must stand to be at rest, ns.
pub const SETTLE_NS: i64 = 5_000_000_000;
/// So long it must be missing to have gone, ns.
pub const GONE_NS: i64 = 30_000_000_000;
/// One that was there for less is none, ns: a mistake of the fusion.
const SHORTEST_VISIT_NS: i64 = 10_000_000_000;
/// A number or a model counts if it is more likely right than wrong; one that another locomotive has, too, is not.
const LIKELY: f64 = 0.5;
/// A locomotive that comes up this near to where one was lost is the same, m.
const SAME_PLACE: f64 = 3.0;

/// A locomotive in the hall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    visit: Visit,
    /// Whether it has been there for long enough to be written down.
    admitted: bool,
    /// When it was last in a state, and where.
    seen: Timestamp,
    track: String,
    head: f64,
    tail: f64,
    phase: Phase,
}

/// What it does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Phase {
    /// It stands; `near`: when it was last surely where it stood.
    Standing { stay: Stay, near: Timestamp },
    /// It runs, since `since` and from where it stood, if it was not just coming in. `at`: since when it has been where it is, and
    /// where that is. `moving`: whether the states said so.
    Running {
        since: Timestamp,
        from: Option<Stay>,
        at: (Timestamp, f64),
        moving: bool,
    },
}

/// The middle between two ends.
fn middle(head: f64, tail: f64) -> f64 {
    f64::midpoint(head, tail)
}

impl Machine {
    /// A locomotive that was not there before.
    pub fn new(time: Timestamp, state: &LocomotiveState, found: bool) -> Self {
        let (head, tail) = (state.head.s, state.tail.s);
        Self {
            visit: Visit {
                locomotive: state.id.clone(),
                arrived: time,
                left: None,
                number: None,
                model: None,
                found,
            },
            admitted: false,
            seen: time,
            track: state.track.clone(),
            head,
            tail,
            phase: Phase::Running {
                since: time,
                from: None,
                at: (time, middle(head, tail)),
                moving: false,
            },
        }
    }

    /// When it was last in a state.
    pub const fn seen(&self) -> Timestamp {
        self.seen
    }

    /// Whether a locomotive of another name may be this one.
    pub fn may_be(&self, state: &LocomotiveState) -> bool {
        let distance = middle(state.head.s, state.tail.s) - middle(self.head, self.tail);
        self.track == state.track && distance.abs() < SAME_PLACE
    }

    /// It is in a state.
    pub fn see(&mut self, time: Timestamp, state: &LocomotiveState, out: &mut Vec<Row>) {
        let changed = self.learn(state);
        let has_left_track = state.track != self.track;
        (self.seen, self.head, self.tail) = (time, state.head.s, state.tail.s);
        self.track.clone_from(&state.track);
        self.go_on(time, has_left_track, state.moving, out);
        if !self.admitted && time.since(self.visit.arrived) >= SHORTEST_VISIT_NS {
            self.admitted = true;
            out.extend(self.arrival(self.rest()).map(Row::Move));
            out.extend(self.rows());
        } else if changed && self.admitted {
            out.push(Row::Visit(self.visit.clone()));
        }
        if !self.admitted {
            out.clear();
        }
    }

    /// Notes number and model; whether one is new.
    fn learn(&mut self, state: &LocomotiveState) -> bool {
        let plate = state.plate.as_ref().filter(|plate| plate.p > LIKELY);
        let number = plate.map(|plate| &plate.text);
        let model = state.model.as_ref().filter(|model| model.p > LIKELY);
        let model = model.map(|model| &model.name);
        let is_new = |known: &Option<String>, said: Option<&String>| {
            said.is_some() && known.as_ref() != said
        };
        let (new_number, new_model) = (
            is_new(&self.visit.number, number),
            is_new(&self.visit.model, model),
        );
        if new_number {
            self.visit.number = number.cloned();
        }
        if new_model {
            self.visit.model = model.cloned();
        }
        new_number || new_model
    }

    /// It stands or runs, in the place that is noted.
    fn go_on(&mut self, time: Timestamp, left_track: bool, moves: bool, out: &mut Vec<Row>) {
        let here = middle(self.head, self.tail);
        match &mut self.phase {
            Phase::Standing { stay, near } => {
                let distance = (here - middle(stay.head, stay.tail)).abs();
                if !left_track && distance < STEP {
                    if distance < REST {
                        *near = time;
                    }
                    return;
                }
                let since = *near;
                let mut ended = stay.clone();
                ended.to = Some(since);
                out.push(Row::Stay(ended.clone()));
                self.phase = Phase::Running {
                    since,
                    from: Some(ended),
                    at: (time, here),
                    moving: moves || left_track,
                };
            }
            Phase::Running { at, moving, .. } => {
                *moving |= moves || left_track;
                if left_track || (here - at.1).abs() >= REST {
                    *at = (time, here);
                } else if time.since(at.0) >= SETTLE_NS {
                    self.settle(out);
                }
            }
        }
    }

    /// It has come to rest.
    fn settle(&mut self, out: &mut Vec<Row>) {
        let Phase::Running {
            since,
            from,
            at,
            moving,
        } = &self.phase
        else {
            return;
        };
        let mut stay = Stay {
            locomotive: self.visit.locomotive.clone(),
            arrived: self.visit.arrived,
            track: self.track.clone(),
            head: self.head,
            tail: self.tail,
            from: at.0,
            to: None,
        };
        let near = self.seen;
        match from {
            None => out.extend(self.arrival(Some(self.head)).map(Row::Move)),
            // It never left: it is only known better where it stands.
            Some(before) if before.track == self.track && !self.has_left(before, *moving) => {
                stay.from = before.from;
            }
            Some(before) => out.push(Row::Move(Move {
                time: *since,
                kind: MoveKind::Move,
                from_metre: Some(before.head),
                to_metre: Some(self.head),
                from_track: Some(before.track.clone()),
                ..self.movement()
            })),
        }
        out.push(Row::Stay(stay.clone()));
        self.phase = Phase::Standing { stay, near };
    }

    /// Where its head is or was when it stood last, if it ever did.
    fn rest(&self) -> Option<f64> {
        match &self.phase {
            Phase::Standing { stay, .. } => Some(stay.head),
            Phase::Running { from, .. } => from.as_ref().map(|stay| stay.head),
        }
    }

    /// Whether it is elsewhere than it was, and not by a better estimate alone.
    fn has_left(&self, before: &Stay, moving: bool) -> bool {
        let distance = middle(self.head, self.tail) - middle(before.head, before.tail);
        moving && distance.abs() >= STEP
    }

    /// A move on its track, to be filled in.
    fn movement(&self) -> Move {
        Move {
            locomotive: self.visit.locomotive.clone(),
            arrived: self.visit.arrived,
            time: self.visit.arrived,
            kind: MoveKind::Arrival,
            track: self.track.clone(),
            from_metre: None,
            to_metre: None,
            from_track: None,
        }
    }

    /// Its arrival, if anybody saw it.
    fn arrival(&self, to_metre: Option<f64>) -> Option<Move> {
        (!self.visit.found).then(|| Move {
            to_metre,
            ..self.movement()
        })
    }

    /// What is written of it and may change.
    pub fn rows(&self) -> Vec<Row> {
        if !self.admitted {
            return Vec::new();
        }
        let mut rows = vec![Row::Visit(self.visit.clone())];
        match &self.phase {
            Phase::Standing { stay, .. }
            | Phase::Running {
                from: Some(stay), ..
            } => rows.push(Row::Stay(stay.clone())),
            Phase::Running { from: None, .. } => {
                rows.extend(self.arrival(None).map(Row::Move));
            }
        }
        rows
    }

    /// It has gone.
    pub fn leave(mut self, out: &mut Vec<Row>) {
        if !self.admitted {
            return;
        }
        self.visit.left = Some(self.seen);
        let before = match &self.phase {
            Phase::Standing { stay, .. } => {
                let mut ended = stay.clone();
                ended.to = Some(self.seen);
                out.push(Row::Stay(ended));
                Some(stay)
            }
            Phase::Running { from, .. } => from.as_ref(),
        };
        out.push(Row::Visit(self.visit.clone()));
        out.push(Row::Move(Move {
            time: self.seen,
            kind: MoveKind::Departure,
            from_metre: before.map(|stay| stay.head),
            to_metre: Some(self.head),
            from_track: before.map(|stay| stay.track.clone()),
            ..self.movement()
        }));
    }
}
