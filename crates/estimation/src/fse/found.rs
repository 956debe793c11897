// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was lost is found again, and what stands where it cannot is put right.

use messages::{Side, Timestamp};

use super::constants::{
    COUPLED_DISTANCE, FADING, FOUND_HITS, FOUND_SPEED, FOUND_UNSEEN, FOUND_WAIT, GATE_SIGMAS,
    GATE_SPEED_IN, LENGTH_WEIGHT_WORST, NODE_WEIGHT, OUT_OF_SIGHT, OVERLAP, SAME_LENGTH,
};
use super::machine::{Machine, other};
use super::tracker::{TrackState, Tracker};

impl Tracker {
    /// A machine that nobody has seen for a while is where one end appeared since, if that is near enough and the other end is
    /// out of sight there. (Where both ends are seen, they make a pair, which takes the machine's name.)
    pub(crate) fn find_lost(&mut self, track: usize, now: Timestamp) {
        for machine in 0..self.tracks[track].machines.len() {
            for side in [Side::Low, Side::High] {
                let found = (0..self.tracks[track].candidates.len())
                    .filter_map(|index| {
                        let distance = self.distance_found(track, machine, side, index, now)?;
                        Some((distance, index))
                    })
                    .min_by(|a, b| a.0.total_cmp(&b.0));
                if let Some((_, index)) = found {
                    self.tracks[track].relocate(machine, side, index);
                }
            }
        }
    }

    /// Normalised distance of a candidate that may be a lost end of a machine.
    fn distance_found(
        &self,
        track: usize,
        index: usize,
        side: Side,
        candidate: usize,
        now: Timestamp,
    ) -> Option<f64> {
        let state = &self.tracks[track];
        let (machine, candidate) = (&state.machines[index], &state.candidates[candidate]);
        let ripe = candidate.age(now) >= FOUND_WAIT
            && candidate.evidence.hits >= FOUND_HITS
            && candidate.evidence.weight > NODE_WEIGHT
            && candidate.evidence.side().is_none_or(|known| known == side);
        if !ripe || machine.never_seen(side) {
            return None;
        }
        let (at, _) = candidate.place();
        let shift = at - machine.motion.place(side).0;
        let partner = machine.motion.place(other(side)).0 + shift;
        if self.overlooked(track, now, partner, other(side)) < -OUT_OF_SIGHT {
            return None;
        }
        let reach = state.reach(index, candidate.born, candidate.evidence.weight, now)?
            + GATE_SIGMAS * candidate.place().1.sqrt();
        let (low, high) = machine.motion.span();
        let moving = if candidate.surely().abs() > GATE_SPEED_IN {
            1.0
        } else {
            0.0
        };
        if self.stands_in_doorway(track, low + shift, high + shift, moving)
            || self.in_wall(track, low + shift, high + shift)
        {
            return None;
        }
        let way = (low.min(low + shift), high.max(high + shift));
        (shift.abs() <= reach && state.has_way(index, way, candidate.born))
            .then(|| shift.abs() / reach)
    }
}

impl TrackState {
    /// How far a machine may be from where it is thought to be; `None` if it was seen since what is `weight` sure appeared.
    fn reach(&self, index: usize, since: Timestamp, weight: f64, now: Timestamp) -> Option<f64> {
        let machine = &self.machines[index];
        let seen = machine.last_seen() >= Some(since);
        // A stray hit is no sight.
        let fading = machine.low.weight.max(machine.high.weight) < weight - FADING;
        if seen && !fading {
            return None;
        }
        let spread = machine
            .motion
            .place(Side::Low)
            .1
            .max(machine.motion.place(Side::High).1);
        Some(GATE_SIGMAS * spread.sqrt() + FOUND_SPEED * machine.unseen_for(now).min(FOUND_UNSEEN))
    }

    /// Whether a machine may have run through [from, to] since `since`: machines do not pass each other, but those that it is
    /// coupled to and that nobody has seen since ran with it.
    fn has_way(&self, index: usize, (from, to): (f64, f64), since: Timestamp) -> bool {
        let coupled = |one: usize, two: usize| {
            self.machines[one].gap_to(&self.machines[two]) < COUPLED_DISTANCE
        };
        let rake_from = (1..=index)
            .rev()
            .take_while(|&m| coupled(m - 1, m))
            .last()
            .map_or(index, |m| m - 1);
        let rake_to = (index..self.machines.len().saturating_sub(1))
            .take_while(|&m| coupled(m, m + 1))
            .last()
            .map_or(index, |m| m + 1);
        self.machines.iter().enumerate().all(|(other, machine)| {
            other == index
                || machine.overlap(from, to) <= OVERLAP
                || ((rake_from..=rake_to).contains(&other) && machine.last_seen() < Some(since))
        })
    }

    /// The lost machine that was found as a new one of these ends: of the same length, near enough, with no other in between.
    pub(crate) fn lost(&self, found: &Machine, since: Timestamp, now: Timestamp) -> Option<usize> {
        let (low, high) = found.motion.span();
        let weight = found.low.weight.min(found.high.weight);
        (0..self.machines.len())
            .filter_map(|index| {
                let machine = &self.machines[index];
                let (length, variance) = machine.motion.length();
                let alike = (high - low - length).abs() < SAME_LENGTH + 2.0 * variance.sqrt();
                let (from, to) = machine.motion.span();
                let shift = 0.5 * (low + high - from - to);
                let (first, last) = (low.min(from), high.max(to));
                let between = self.machines.iter().enumerate().any(|(other, machine)| {
                    other != index && machine.overlap(first, last) > OVERLAP
                });
                let reach = if machine.has_left(since) {
                    FOUND_SPEED
                        * machine
                            .low
                            .unseen(now)
                            .max(machine.high.unseen(now))
                            .min(FOUND_UNSEEN)
                } else {
                    self.reach(index, since, weight, now)?
                };
                (alike && !between && machine.unseen.is_none() && shift.abs() <= reach)
                    .then_some((shift.abs(), index))
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|found| found.1)
    }

    /// One end of a machine is where a candidate is.
    fn relocate(&mut self, machine: usize, side: Side, index: usize) {
        let candidate = self.candidates.remove(index);
        let speed = candidate.speed();
        let moving = if speed.0.abs() > GATE_SPEED_IN {
            0.8
        } else {
            0.3
        };
        let machine = &mut self.machines[machine];
        machine
            .motion
            .relocate(side, candidate.place(), speed, moving);
        let evidence = machine.evidence_mut(side);
        let mut newer = candidate.evidence;
        newer.merge(evidence);
        *evidence = newer;
        machine.settle_unseen();
    }

    /// The unseen end of a machine is not inside its neighbour.
    pub(crate) fn bound_unseen(&mut self) {
        let spans: Vec<(f64, f64)> = self
            .machines
            .iter()
            .map(|machine| machine.motion.span())
            .collect();
        for index in 0..self.machines.len() {
            let machine = &mut self.machines[index];
            let Some(unseen) = &mut machine.unseen else {
                continue;
            };
            let known = machine.motion.place(other(unseen.side)).0;
            let room = match unseen.side {
                Side::High => spans
                    .get(index + 1)
                    .map(|next| 0.5 * (next.0 + next.1) - known),
                Side::Low => index
                    .checked_sub(1)
                    .map(|before| known - 0.5 * (spans[before].0 + spans[before].1)),
            };
            let Some(room) = room else { continue };
            let neighbour = match unseen.side {
                Side::High => spans[index + 1].0 - known,
                Side::Low => known - spans[index - 1].1,
            };
            let limit = neighbour.min(room);
            unseen.weigh(LENGTH_WEIGHT_WORST, |length| {
                if length > limit + OVERLAP {
                    LENGTH_WEIGHT_WORST
                } else {
                    0.0
                }
            });
            machine.settle_unseen();
        }
    }

    /// Of two machines in one place the weaker one goes.
    pub(crate) fn drop_doubles(&mut self) {
        let mut index = 1;
        while index < self.machines.len() {
            let (from, to) = self.machines[index - 1].motion.span();
            let (low, high) = self.machines[index].motion.span();
            let shorter = (to - from).min(high - low);
            let unseen =
                self.machines[index].unseen.is_some() || self.machines[index - 1].unseen.is_some();
            if self.machines[index].overlap(from, to) > 0.4 * shorter && !unseen {
                let weaker =
                    if self.machines[index].existence() < self.machines[index - 1].existence() {
                        index
                    } else {
                        index - 1
                    };
                self.machines.remove(weaker);
            } else {
                index += 1;
            }
        }
    }

    /// Forgets cameras that have not looked for long.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        for machine in &mut self.machines {
            machine.low.forget(now);
            machine.high.forget(now);
        }
    }
}
