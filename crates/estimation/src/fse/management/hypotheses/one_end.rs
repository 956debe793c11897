// SPDX-License-Identifier: MIT OR Apache-2.0
//! The one-end hypothesis: one end makes a locomotive whose other end is out of sight.

use messages::{Side, Timestamp};

use crate::fse::management::hypotheses::{Explanation, Hypothesis, Node};
use crate::fse::model::locomotive::{LengthWeight, other};
use crate::fse::model::motion::is_motion;
use crate::fse::model::parameters::{
    DOORWAY_PRICE, HIDDEN_COUPLED, KEEP_BONUS, LENGTH_WEIGHT_WORST, ONE_END_PRICE, parameters,
};
use crate::fse::model::span::Span;
use crate::fse::model::track::TrackState;
use crate::fse::scan_update::tracker::Tracker;

parameters! {
    /// Log probability that an end extends to neither side within what is known.
    NEITHER_SIDE: f64 = -2.0, "nats", "Higher: one-end hypotheses are worth less.";
    /// A one-end hypothesis needs one side to be likelier by so much.
    ONE_END_CLEAR: f64 = 0.4, "nats", "Larger: more ends wait for their other end.";
    /// Age that a one-end hypothesis needs.
    ONE_END_WAIT: f64 = 18.0, "s", "Larger: later initiation, fewer wrong ones.";
    /// The same where the end moves in through a door.
    DOOR_ONE_END_WAIT: f64 = 2.0, "s", "Larger: arrivals are found later.";
    /// The same where a running number was read beside the end: a false end bears none.
    NUMBERED_ONE_END_WAIT: f64 = 4.0, "s", "Larger: such locomotives are found later.";
}

/// A side to which a locomotive with one end in sight may extend.
pub(crate) struct Extension {
    /// Which end is in sight.
    pub(crate) side: Side,
    pub(crate) lengths: Vec<LengthWeight>,
    /// Log probability.
    log_p: f64,
}

/// An extension and what the locomotive is worth if it extends there, nats.
pub(crate) struct ScoredExtension {
    pub(crate) extension: Extension,
    pub(crate) score: f64,
}

/// The sides to which a locomotive may extend, with their scores.
pub(crate) type Extensions = [Option<ScoredExtension>; 2];

/// Lengths at which the other end would be out of sight.
struct OutOfSight {
    lengths: Vec<LengthWeight>,
    /// Log probability that it is out of sight at all.
    log_p: f64,
}

impl Tracker {
    /// An end belongs to a locomotive; to which side does that extend, if the other end is not seen? For each side (low end,
    /// high end) the lengths that it may have and the log probability, beside that of the other side and of neither.
    fn sides(&self, track: usize, now: Timestamp, node: Node) -> [Option<Extension>; 2] {
        let existence = self.tracks[track].node_existence(node);
        let mut options = [Side::Low, Side::High].map(|side| {
            let OutOfSight { lengths, log_p } = self.out_of_sight(track, now, node, side)?;
            Some(Extension {
                side,
                lengths,
                log_p: log_p + existence.side_price(side),
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

    /// A tentative end is one end of a locomotive.
    pub(crate) fn one_end(&self, track: usize, now: Timestamp, index: usize) -> Option<Hypothesis> {
        let tentative = &self.tracks[track].tentative[index];
        let node = Node::Tentative(index);
        let extension = match self.sides(track, now, node) {
            [Some(low), Some(high)] if (low.log_p - high.log_p).abs() < ONE_END_CLEAR => {
                return None;
            }
            [Some(low), Some(high)] if low.log_p > high.log_p => low,
            [low, high] => high.or(low)?,
        };
        let age = tentative.age(now);
        let moves_in = self.moves_in(track, tentative, extension.side);
        let numbered = self.tracks[track]
            .pending_readings
            .has_certain_number(tentative.place().mean, extension.side);
        let score = tentative.existence.log_odds() + extension.log_p - ONE_END_PRICE
            + if moves_in || numbered {
                1.0
            } else {
                (age / 60.0).min(1.0)
            };
        let wait = if moves_in {
            DOOR_ONE_END_WAIT
        } else if numbered {
            NUMBERED_ONE_END_WAIT
        } else {
            ONE_END_WAIT
        };
        let hypothesis = self.with_one_end(track, node, extension, score, age >= wait);
        (!self.outside(track, hypothesis.span)).then_some(hypothesis)
    }

    /// What a locomotive of which one end was detected is worth if it extends to either side of that end.
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
        self.sides(track, now, node).map(|extension| {
            let extension = extension?;
            let score = log_odds + extension.log_p - ONE_END_PRICE + 1.0;
            Some(ScoredExtension { extension, score })
        })
    }

    /// Which end was detected, if the other one never was.
    pub(crate) fn seen_side(&self, track: usize, index: usize) -> Option<Side> {
        let unseen = self.tracks[track].locomotives[index].unseen.as_ref()?;
        Some(other(unseen.side))
    }

    /// Only this end of a known locomotive is real: what was taken for the other one, and is not detected any more, is none.
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
        let OutOfSight { lengths, log_p } = self.out_of_sight(track, now, node, side)?;
        let existence = locomotive.end(side);
        let extension = Extension {
            side,
            lengths,
            log_p,
        };
        let score =
            existence.log_odds() + existence.side_price(side) + log_p + KEEP_BONUS - ONE_END_PRICE;
        Some(self.with_one_end(track, node, extension, score, true))
    }

    /// A locomotive of which one end was detected extends to the other side of that end.
    pub(crate) fn turn(
        &self,
        track: usize,
        index: usize,
        extensions: Extensions,
    ) -> Option<Hypothesis> {
        let side = self.seen_side(track, index)?;
        let ScoredExtension { extension, score } = extensions
            .into_iter()
            .flatten()
            .find(|scored| scored.extension.side != side)?;
        let node = Node::Known(index, side);
        Some(self.with_one_end(track, node, extension, score, true))
    }

    /// The hypothesis of a locomotive with one end in sight.
    fn with_one_end(
        &self,
        track: usize,
        node: Node,
        extension: Extension,
        score: f64,
        confirmed: bool,
    ) -> Hypothesis {
        let place = self.tracks[track].node_place(node).mean;
        let shortest = extension
            .lengths
            .iter()
            .map(|l| l.length)
            .fold(f64::INFINITY, f64::min);
        let span = match extension.side {
            Side::Low => Span {
                low: place,
                high: place + shortest,
            },
            Side::High => Span {
                low: place - shortest,
                high: place,
            },
        };
        Hypothesis {
            explanation: Explanation::OneEnd(node, extension.side, extension.lengths),
            nodes: [Some(node), None],
            span,
            score,
            confirmed,
        }
    }

    /// The lengths that a locomotive with only this end in sight may have, with the log probability that nothing shows the
    /// other end there.
    fn out_of_sight(
        &self,
        track: usize,
        now: Timestamp,
        node: Node,
        side: Side,
    ) -> Option<OutOfSight> {
        let state = &self.tracks[track];
        let (site, place) = (&self.site.tracks[track], state.node_place(node).mean);
        let sign = if side == Side::Low { 1.0 } else { -1.0 };
        let partner = other(side);
        let moves = match node {
            Node::Tentative(index) => is_motion(state.tentative[index].cautious_speed()),
            Node::Known(locomotive, _) => state.locomotives[locomotive].motion.is_moving(),
        };
        let mut lengths = Vec::new();
        for &length in &self.site.lengths {
            let s = place + sign * length;
            let span = Span {
                low: place.min(s),
                high: place.max(s),
            };
            if self.in_wall(track, span) {
                continue;
            }
            let room = state.room(span, node);
            if room < LENGTH_WEIGHT_WORST {
                continue;
            }
            let outside = (s < 0.0 && site.door_low) || (s > site.length && site.door_high);
            // Nobody parks in a doorway.
            let mut log_weight = if outside && !moves {
                -DOORWAY_PRICE
            } else {
                0.0
            };
            log_weight += self.overlooked(track, now, s, partner);
            if state.is_faced(s, partner) {
                log_weight = log_weight.max(HIDDEN_COUPLED.ln());
            }
            log_weight += room;
            lengths.push(LengthWeight { length, log_weight });
        }
        if lengths.is_empty() {
            return None;
        }
        let mean = lengths.iter().map(|l| l.log_weight.exp()).sum::<f64>()
            / self.site.lengths.len() as f64;
        Some(OutOfSight {
            lengths,
            log_p: mean.ln(),
        })
    }
}

impl TrackState {
    /// Log probability that nothing else takes any of a span: no locomotive, as far as its length is known, and no other end
    /// than `own` stands inside.
    fn room(&self, span: Span, own: Node) -> f64 {
        let locomotives: f64 = self
            .locomotives
            .iter()
            .enumerate()
            .filter(|(index, _)| !matches!(own, Node::Known(locomotive, _) if locomotive == *index))
            .map(|(_, locomotive)| locomotive.leaves_free(span).ln())
            .sum();
        locomotives + self.no_end_inside(span, &[Some(own), None])
    }
}
