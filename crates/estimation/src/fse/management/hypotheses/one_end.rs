// SPDX-License-Identifier: MIT OR Apache-2.0
//! The one-end hypothesis.

use messages::{Side, Timestamp};

use crate::fse::management::hypotheses::{Explanation, Hypothesis, Node};
use crate::fse::model::locomotive::other;
use crate::fse::model::parameters::{
    DOOR_ONE_END_WAIT, DOOR_SPEED_IN, DOORWAY_PRICE, HIDDEN_COUPLED, KEEP_BONUS,
    LENGTH_WEIGHT_WORST, MOVING, NEITHER_SIDE, NUMBERED_ONE_END_WAIT, ONE_END_CLEAR, ONE_END_PRICE,
    ONE_END_WAIT,
};
use crate::fse::model::track::TrackState;
use crate::fse::scan_update::tracker::Tracker;

/// To which side of its seen end a half-seen locomotive extends.
pub(crate) struct Extension {
    /// Which end is seen.
    pub(crate) side: Side,
    /// Lengths with their log weights.
    pub(crate) lengths: Vec<(f64, f64)>,
    pub(crate) log_p: f64,
}

/// To which sides a half-seen locomotive may extend, and its worth if it does, nats.
pub(crate) type Extensions = [Option<(Extension, f64)>; 2];

impl Tracker {
    /// An end belongs to a locomotive; to which side does that extend, if the other end is not seen? For each side (low end, high
    /// end) the lengths that it may have and the log probability, beside that of the other side and of neither.
    pub(crate) fn sides(&self, track: usize, now: Timestamp, node: Node) -> [Option<Extension>; 2] {
        let existence = self.tracks[track].node_existence(node);
        let mut options = [Side::Low, Side::High].map(|side| {
            let (lengths, unobservable) = self.partner_lengths(track, now, node, side)?;
            Some(Extension {
                side,
                lengths,
                log_p: unobservable + existence.side_price(side),
            })
        });
        let sum: f64 = options
            .iter()
            .flatten()
            .map(|option| option.log_p.exp())
            .sum();
        for option in options.iter_mut().flatten() {
            option.log_p -= (sum + NEITHER_SIDE.exp()).ln();
        }
        options
    }

    pub(crate) fn one_end(&self, track: usize, now: Timestamp, index: usize) -> Option<Hypothesis> {
        let tentative = &self.tracks[track].tentative[index];
        let node = Node::Tentative(index);
        let reach = match self.sides(track, now, node) {
            [Some(low), Some(high)] if (low.log_p - high.log_p).abs() < ONE_END_CLEAR => {
                return None;
            }
            [Some(low), Some(high)] if low.log_p > high.log_p => low,
            [low, high] => high.or(low)?,
        };
        let age = tentative.age(now);
        let moves_in = self.moves_in(track, tentative, reach.side);
        let named = self.tracks[track]
            .pending_readings
            .names(tentative.place().0, reach.side);
        let score = tentative.existence.log_odds() + reach.log_p - ONE_END_PRICE
            + if moves_in || named {
                1.0
            } else {
                (age / 60.0).min(1.0)
            };
        let wait = if moves_in {
            DOOR_ONE_END_WAIT
        } else if named {
            NUMBERED_ONE_END_WAIT
        } else {
            ONE_END_WAIT
        };
        let half = self.one_ended(track, node, reach, score, age >= wait);
        (!self.outside(track, half.from, half.to)).then_some(half)
    }

    /// What a half-seen locomotive is worth if it extends to either side of its end.
    pub(crate) fn one_end_extensions(
        &self,
        track: usize,
        now: Timestamp,
        index: usize,
    ) -> Extensions {
        let Some(seen) = self.seen_side(track, index) else {
            return [None, None];
        };
        let node = Node::Known(index, seen);
        let log_odds = self.tracks[track].node_existence(node).log_odds();
        self.sides(track, now, node).map(|reach| {
            let reach = reach?;
            let worth = log_odds + reach.log_p - ONE_END_PRICE + 1.0;
            Some((reach, worth))
        })
    }

    /// The end of a half-seen locomotive that is seen.
    pub(crate) fn seen_side(&self, track: usize, index: usize) -> Option<Side> {
        let unseen = self.tracks[track].locomotives[index].unseen.as_ref()?;
        Some(other(unseen.side))
    }

    /// Only this end of a known locomotive is real: what was taken for the other one, and is not seen any more, is none.
    pub(crate) fn drop_lost_end(
        &self,
        track: usize,
        now: Timestamp,
        index: usize,
        side: Side,
    ) -> Option<Hypothesis> {
        let state = &self.tracks[track];
        let locomotive = &state.locomotives[index];
        let lost = locomotive.end(other(side)).unseen(now);
        if locomotive.unseen.is_some() || locomotive.end(side).unseen(now) + ONE_END_WAIT > lost {
            return None;
        }
        let node = Node::Known(index, side);
        let (lengths, unobservable) = self.partner_lengths(track, now, node, side)?;
        let existence = locomotive.end(side);
        let reach = Extension {
            side,
            lengths,
            log_p: unobservable,
        };
        let score = existence.log_odds() + existence.side_price(side) + unobservable + KEEP_BONUS
            - ONE_END_PRICE;
        Some(self.one_ended(track, node, reach, score, true))
    }

    /// A half-seen locomotive extends to the other side of its end.
    pub(crate) fn turn(
        &self,
        track: usize,
        index: usize,
        extensions: Extensions,
    ) -> Option<Hypothesis> {
        let side = self.seen_side(track, index)?;
        let (reach, score) = extensions
            .into_iter()
            .flatten()
            .find(|(reach, _)| reach.side != side)?;
        Some(self.one_ended(track, Node::Known(index, side), reach, score, true))
    }

    /// A locomotive of which one end is seen.
    pub(crate) fn one_ended(
        &self,
        track: usize,
        node: Node,
        reach: Extension,
        score: f64,
        confirmed: bool,
    ) -> Hypothesis {
        let place = self.tracks[track].node_place(node).0;
        let shortest = reach
            .lengths
            .iter()
            .map(|w| w.0)
            .fold(f64::INFINITY, f64::min);
        let (from, to) = match reach.side {
            Side::Low => (place, place + shortest),
            Side::High => (place - shortest, place),
        };
        Hypothesis {
            explanation: Explanation::OneEnd(node, reach.side, reach.lengths),
            nodes: [Some(node), None],
            from,
            to,
            score,
            confirmed,
        }
    }

    /// The lengths that a locomotive with only this end seen may have, each with the log probability that nobody sees the other
    /// end, and the log probability that nobody sees it at all.
    pub(crate) fn partner_lengths(
        &self,
        track: usize,
        now: Timestamp,
        node: Node,
        side: Side,
    ) -> Option<(Vec<(f64, f64)>, f64)> {
        let state = &self.tracks[track];
        let (site, place) = (&self.site.tracks[track], state.node_place(node).0);
        let sign = if side == Side::Low { 1.0 } else { -1.0 };
        let partner = other(side);
        let moves = match node {
            Node::Tentative(index) => state.tentative[index].surely().abs() > DOOR_SPEED_IN,
            Node::Known(locomotive, _) => state.locomotives[locomotive].motion.moving() > MOVING,
        };
        let mut weights = Vec::new();
        for &length in &self.site.lengths {
            let s = place + sign * length;
            let (from, to) = (place.min(s), place.max(s));
            if self.in_wall(track, from, to) {
                continue;
            }
            let room = state.room(from, to, node);
            if room < LENGTH_WEIGHT_WORST {
                continue;
            }
            let outside = (s < 0.0 && site.door_low) || (s > site.length && site.door_high);
            // Nobody parks in a doorway.
            let mut log_p = if outside && !moves {
                -DOORWAY_PRICE
            } else {
                0.0
            };
            log_p += self.overlooked(track, now, s, partner);
            if state.is_faced(s, partner) {
                log_p = log_p.max(HIDDEN_COUPLED.ln());
            }
            log_p += room;
            weights.push((length, log_p));
        }
        if weights.is_empty() {
            return None;
        }
        let mean = weights.iter().map(|w| w.1.exp()).sum::<f64>() / self.site.lengths.len() as f64;
        Some((weights, mean.ln()))
    }
}

impl TrackState {
    /// Log probability that nothing else takes any of [from, to]: no locomotive, as far as its length is known, and no other end
    /// than `own` stands inside.
    pub(crate) fn room(&self, from: f64, to: f64, own: Node) -> f64 {
        let locomotives: f64 = self
            .locomotives
            .iter()
            .enumerate()
            .filter(|(index, _)| !matches!(own, Node::Known(locomotive, _) if locomotive == *index))
            .map(|(_, locomotive)| locomotive.free(from, to).ln())
            .sum();
        locomotives + self.no_end_inside(from, to, &[Some(own), None])
    }
}
