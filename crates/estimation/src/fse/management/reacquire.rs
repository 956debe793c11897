// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reacquisition: a locomotive that was lost is found where ends appeared since.

use messages::{Side, Timestamp};

use crate::fse::model::locomotive::{Locomotive, other};
use crate::fse::model::motion::is_motion;
use crate::fse::model::parameters::{COUPLED_DISTANCE, GATE_SIGMAS, SAME_LENGTH, parameters};
use crate::fse::model::span::Span;
use crate::fse::model::track::TrackState;
use crate::fse::scan_update::tracker::Tracker;

parameters! {
    /// Age of a tentative end that is taken for the end of a lost locomotive.
    REACQUIRE_WAIT: f64 = 0.6, "s", "Larger: reacquisition is later.";
    /// Hits of such an end.
    REACQUIRE_HITS: u32 = 4, "hits", "Larger: reacquisition is later.";
    /// A locomotive counts as lost, too, if both its ends are less likely by so much than what appeared since.
    FADING_MARGIN: f64 = 1.0, "nats", "Smaller: locomotives jump to new ends more easily.";
    /// How fast a lost locomotive may have run.
    REACQUIRE_SPEED: f64 = 2.3, "m/s", "Larger: it is found farther away.";
    /// How long a lost locomotive may have run.
    REACQUIRE_UNSEEN: f64 = 120.0, "s", "Larger: it is found farther away.";
    /// Probability that a locomotive moves that was reacquired by an end in motion.
    REACQUIRED_MOVING: f64 = 0.8, "", "Larger: it is expected to run on.";
    /// Probability that a locomotive moves that was reacquired by an end at rest.
    REACQUIRED_AT_REST: f64 = 0.3, "", "Larger: it is followed sooner when it starts.";
    /// An end that would be overlooked with a log probability nearer to 0 than this is out of sight.
    OUT_OF_SIGHT: f64 = 0.7, "nats", "Larger: reacquisition by one end is easier.";
}

impl Tracker {
    /// A locomotive that was not detected for a while is where one end appeared since, if that is near enough and the other end
    /// is out of sight there. (Where both ends are in sight, a two-end hypothesis takes over its identity.)
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
    fn reacquisition_distance(
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
            && tentative.existence.is_likely()
            && tentative.existence.side().is_none_or(|known| known == side);
        if !confirmed || locomotive.never_seen(side) {
            return None;
        }
        let shift = tentative.place().mean - locomotive.motion.place(side).mean;
        let partner = locomotive.motion.place(other(side)).mean + shift;
        if self.overlooked(track, now, partner, other(side)) < -OUT_OF_SIGHT {
            return None;
        }
        let reach = state.reach(
            index,
            tentative.initiated,
            tentative.existence.chance_llr,
            now,
        )? + GATE_SIGMAS * tentative.place().variance.sqrt();
        let Span { low, high } = locomotive.motion.span();
        let there = Span {
            low: low + shift,
            high: high + shift,
        };
        let would_park = !is_motion(tentative.cautious_speed()) && self.is_in_doorway(track, there);
        if would_park || self.in_wall(track, there) {
            return None;
        }
        let way = Span {
            low: low.min(there.low),
            high: high.max(there.high),
        };
        (shift.abs() <= reach && state.has_way(index, way, tentative.initiated))
            .then(|| shift.abs() / reach)
    }
}

impl TrackState {
    /// How far a locomotive may be from where it is estimated; `None` if it was detected since something with this chance
    /// log-likelihood ratio appeared.
    fn reach(
        &self,
        index: usize,
        since: Timestamp,
        chance_llr: f64,
        now: Timestamp,
    ) -> Option<f64> {
        let locomotive = &self.locomotives[index];
        let seen = locomotive.last_seen() >= Some(since);
        // A stray hit does not count.
        let fading =
            locomotive.low.chance_llr.max(locomotive.high.chance_llr) < chance_llr - FADING_MARGIN;
        if seen && !fading {
            return None;
        }
        let spread = locomotive
            .motion
            .place(Side::Low)
            .variance
            .max(locomotive.motion.place(Side::High).variance);
        Some(
            GATE_SIGMAS * spread.sqrt()
                + REACQUIRE_SPEED * locomotive.unseen_for(now).min(REACQUIRE_UNSEEN),
        )
    }

    /// Whether a locomotive may have run along a way since then: locomotives do not pass each other, but those that it is coupled
    /// to and that were not detected since ran with it.
    fn has_way(&self, index: usize, way: Span, since: Timestamp) -> bool {
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
                    || !locomotive.overlaps(way)
                    || ((rake_from..=rake_to).contains(&other)
                        && locomotive.last_seen() < Some(since))
            })
    }

    /// The lost locomotive that a new one may be: of the same length, near enough, with no other in between.
    pub(crate) fn find_lost(
        &self,
        found: &Locomotive,
        since: Timestamp,
        now: Timestamp,
    ) -> Option<usize> {
        let here = found.motion.span();
        let chance_llr = found.low.chance_llr.min(found.high.chance_llr);
        (0..self.locomotives.len())
            .filter_map(|index| {
                let locomotive = &self.locomotives[index];
                let length = locomotive.motion.length();
                let alike = (here.high - here.low - length.mean).abs()
                    < SAME_LENGTH + 2.0 * length.variance.sqrt();
                let there = locomotive.motion.span();
                let shift = 0.5 * (here.low + here.high - there.low - there.high);
                let way = Span {
                    low: here.low.min(there.low),
                    high: here.high.max(there.high),
                };
                let between = self
                    .locomotives
                    .iter()
                    .enumerate()
                    .any(|(other, locomotive)| other != index && locomotive.overlaps(way));
                let reach = if locomotive.has_left(since) {
                    REACQUIRE_SPEED
                        * locomotive
                            .low
                            .unseen(now)
                            .max(locomotive.high.unseen(now))
                            .min(REACQUIRE_UNSEEN)
                } else {
                    self.reach(index, since, chance_llr, now)?
                };
                (alike && !between && locomotive.unseen.is_none() && shift.abs() <= reach)
                    .then_some((shift.abs(), index))
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|found| found.1)
    }

    /// One end of a locomotive is where a tentative end is.
    fn reacquire_at(&mut self, locomotive: usize, side: Side, index: usize) {
        let tentative = self.tentative.remove(index);
        let speed = tentative.speed();
        let moving = if is_motion(speed.mean) {
            REACQUIRED_MOVING
        } else {
            REACQUIRED_AT_REST
        };
        let locomotive = &mut self.locomotives[locomotive];
        locomotive
            .motion
            .move_to(side, tentative.place(), speed, moving);
        let existence = locomotive.end_mut(side);
        let mut newer = tentative.existence;
        newer.merge(existence);
        *existence = newer;
        locomotive.place_unseen_end();
    }
}
