// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was lost is found again, and what stands where it cannot is put right.

use messages::{Side, Timestamp};

use crate::fse::model::locomotive::{Locomotive, other};
use crate::fse::model::parameters::{
    COUPLED_DISTANCE, DOOR_SPEED_IN, FADING_MARGIN, GATE_SIGMAS, NODE_LEAST_LLR, OUT_OF_SIGHT,
    OVERLAP, REACQUIRE_HITS, REACQUIRE_SPEED, REACQUIRE_UNSEEN, REACQUIRE_WAIT, SAME_LENGTH,
};
use crate::fse::model::track::TrackState;
use crate::fse::scan_update::tracker::Tracker;

impl Tracker {
    /// A locomotive that nobody has seen for a while is where one end appeared since, if that is near enough and the other end is
    /// out of sight there. (Where both ends are seen, they make a pair, which takes the locomotive's name.)
    pub(crate) fn reacquire_lost(&mut self, track: usize, now: Timestamp) {
        for locomotive in 0..self.tracks[track].locomotives.len() {
            for side in [Side::Low, Side::High] {
                let found = (0..self.tracks[track].tentative.len())
                    .filter_map(|index| {
                        let distance =
                            self.reacquisition_distance(track, locomotive, side, index, now)?;
                        Some((distance, index))
                    })
                    .min_by(|a, b| a.0.total_cmp(&b.0));
                if let Some((_, index)) = found {
                    self.tracks[track].reacquire_at(locomotive, side, index);
                }
            }
        }
    }

    /// Normalised distance of a tentative end that may be a lost end of a locomotive.
    pub(crate) fn reacquisition_distance(
        &self,
        track: usize,
        index: usize,
        side: Side,
        tentative: usize,
        now: Timestamp,
    ) -> Option<f64> {
        let state = &self.tracks[track];
        let (locomotive, tentative) = (&state.locomotives[index], &state.tentative[tentative]);
        let confirmed = tentative.age(now) >= REACQUIRE_WAIT
            && tentative.existence.hits >= REACQUIRE_HITS
            && tentative.existence.chance_llr > NODE_LEAST_LLR
            && tentative.existence.side().is_none_or(|known| known == side);
        if !confirmed || locomotive.never_seen(side) {
            return None;
        }
        let (at, _) = tentative.place();
        let shift = at - locomotive.motion.place(side).0;
        let partner = locomotive.motion.place(other(side)).0 + shift;
        if self.overlooked(track, now, partner, other(side)) < -OUT_OF_SIGHT {
            return None;
        }
        let reach = state.reach(
            index,
            tentative.initiated,
            tentative.existence.chance_llr,
            now,
        )? + GATE_SIGMAS * tentative.place().1.sqrt();
        let (low, high) = locomotive.motion.span();
        let moving = if tentative.surely().abs() > DOOR_SPEED_IN {
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
        (shift.abs() <= reach && state.has_way(index, way, tentative.initiated))
            .then(|| shift.abs() / reach)
    }
}

impl TrackState {
    /// How far a locomotive may be from where it is thought to be; `None` if it was seen since what is `weight` sure appeared.
    pub(crate) fn reach(
        &self,
        index: usize,
        since: Timestamp,
        weight: f64,
        now: Timestamp,
    ) -> Option<f64> {
        let locomotive = &self.locomotives[index];
        let seen = locomotive.last_seen() >= Some(since);
        // A stray hit is no sight.
        let fading =
            locomotive.low.chance_llr.max(locomotive.high.chance_llr) < weight - FADING_MARGIN;
        if seen && !fading {
            return None;
        }
        let spread = locomotive
            .motion
            .place(Side::Low)
            .1
            .max(locomotive.motion.place(Side::High).1);
        Some(
            GATE_SIGMAS * spread.sqrt()
                + REACQUIRE_SPEED * locomotive.unseen_for(now).min(REACQUIRE_UNSEEN),
        )
    }

    /// Whether a locomotive may have run through [from, to] since `since`: locomotives do not pass each other, but those that it is
    /// coupled to and that nobody has seen since ran with it.
    pub(crate) fn has_way(&self, index: usize, (from, to): (f64, f64), since: Timestamp) -> bool {
        let coupled = |one: usize, two: usize| {
            self.locomotives[one].gap_to(&self.locomotives[two]) < COUPLED_DISTANCE
        };
        let rake_from = (1..=index)
            .rev()
            .take_while(|&m| coupled(m - 1, m))
            .last()
            .map_or(index, |m| m - 1);
        let rake_to = (index..self.locomotives.len().saturating_sub(1))
            .take_while(|&m| coupled(m, m + 1))
            .last()
            .map_or(index, |m| m + 1);
        self.locomotives
            .iter()
            .enumerate()
            .all(|(other, locomotive)| {
                other == index
                    || locomotive.overlap(from, to) <= OVERLAP
                    || ((rake_from..=rake_to).contains(&other)
                        && locomotive.last_seen() < Some(since))
            })
    }

    /// The lost locomotive that was found as a new one of these ends: of the same length, near enough, with no other in between.
    pub(crate) fn lost(
        &self,
        found: &Locomotive,
        since: Timestamp,
        now: Timestamp,
    ) -> Option<usize> {
        let (low, high) = found.motion.span();
        let weight = found.low.chance_llr.min(found.high.chance_llr);
        (0..self.locomotives.len())
            .filter_map(|index| {
                let locomotive = &self.locomotives[index];
                let (length, variance) = locomotive.motion.length();
                let alike = (high - low - length).abs() < SAME_LENGTH + 2.0 * variance.sqrt();
                let (from, to) = locomotive.motion.span();
                let shift = 0.5 * (low + high - from - to);
                let (first, last) = (low.min(from), high.max(to));
                let between = self
                    .locomotives
                    .iter()
                    .enumerate()
                    .any(|(other, locomotive)| {
                        other != index && locomotive.overlap(first, last) > OVERLAP
                    });
                let reach = if locomotive.has_left(since) {
                    REACQUIRE_SPEED
                        * locomotive
                            .low
                            .unseen(now)
                            .max(locomotive.high.unseen(now))
                            .min(REACQUIRE_UNSEEN)
                } else {
                    self.reach(index, since, weight, now)?
                };
                (alike && !between && locomotive.unseen.is_none() && shift.abs() <= reach)
                    .then_some((shift.abs(), index))
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|found| found.1)
    }

    /// One end of a locomotive is where a tentative end is.
    pub(crate) fn reacquire_at(&mut self, locomotive: usize, side: Side, index: usize) {
        let tentative = self.tentative.remove(index);
        let speed = tentative.speed();
        let moving = if speed.0.abs() > DOOR_SPEED_IN {
            0.8
        } else {
            0.3
        };
        let locomotive = &mut self.locomotives[locomotive];
        locomotive
            .motion
            .reacquire_at(side, tentative.place(), speed, moving);
        let existence = locomotive.end_mut(side);
        let mut newer = tentative.existence;
        newer.merge(existence);
        *existence = newer;
        locomotive.place_unseen_end();
    }
}
