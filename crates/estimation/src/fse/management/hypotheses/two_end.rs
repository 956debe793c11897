// SPDX-License-Identifier: MIT OR Apache-2.0
//! The two-end hypothesis: two ends make one locomotive.

use messages::{Side, Timestamp};

use crate::fse::management::hypotheses::{Explanation, Hypothesis, Node};
use crate::fse::model::gaussian::Gaussian;
use crate::fse::model::parameters::{CLAIM_HITS, KEEP_BONUS, SPEED_TOLERANCE, parameters};
use crate::fse::model::pending_readings::Agreement;
use crate::fse::model::span::Span;
use crate::fse::scan_update::tracker::Tracker;

parameters! {
    /// Price of a new two-end hypothesis.
    TWO_END_PRICE: f64 = 1.0, "nats", "Larger: locomotives are initiated later.";
    /// Price of one locomotive where two were known: coupled locomotives are not one.
    MERGE_PRICE: f64 = 6.0, "nats", "Larger: two short ones become one long one less often.";
    /// A two-end hypothesis waits for so many frames of the slowest camera between its ends, which may show another
    /// end.
    TWO_END_FRAMES: f64 = 4.0, "frames", "Larger: later initiation, fewer wrong ones.";
    /// Age that the ends of a two-end hypothesis need (N of its M of N confirmation).
    TWO_END_WAIT: f64 = 1.6, "s", "Larger: later initiation, fewer wrong ones.";
    /// Hits that each end of a two-end hypothesis needs (M of its M of N confirmation).
    TWO_END_HITS: u32 = 4, "hits", "Larger: later initiation, fewer wrong ones.";
    /// The age where the two ends may be those of two short locomotives, or match no catalogue length.
    DOUBTFUL_TWO_END_WAIT: f64 = 12.0, "s", "Larger: later initiation, fewer wrong ones.";
    /// Age of a tentative end that becomes the unseen end of a known locomotive.
    CLAIM_WAIT: f64 = 0.5, "s", "Larger: the other end is found later.";
}

impl Tracker {
    /// Two ends make one locomotive, if length and speeds allow it.
    pub(crate) fn two_end(
        &self,
        track: usize,
        now: Timestamp,
        low: Node,
        high: Node,
    ) -> Option<Hypothesis> {
        let state = &self.tracks[track];
        if let (Node::Known(a, _), Node::Known(b, _)) = (low, high)
            && a == b
        {
            return None;
        }
        let (from, to) = (state.node_place(low), state.node_place(high));
        let length = Gaussian {
            mean: to.mean - from.mean,
            variance: from.variance + to.variance,
        };
        let span = Span {
            low: from.mean,
            high: to.mean,
        };
        if self.outside(track, span) {
            return None;
        }
        let prior = self.site.length_prior(length);
        if prior == f64::NEG_INFINITY {
            return None;
        }
        let (a, b) = (state.node_speed(low), state.node_speed(high));
        if (a.mean - b.mean).abs() > SPEED_TOLERANCE + 2.0 * (a.variance + b.variance).sqrt() {
            return None;
        }
        let together = state
            .node_existence(low)
            .joint_log_odds(state.node_existence(high));
        let nodes = [Some(low), Some(high)];
        let mut score = prior - TWO_END_PRICE + together + state.no_end_inside(span, &nodes);
        let (mut youngest, mut hits) = (f64::INFINITY, u32::MAX);
        let mut head = 0.0;
        for (node, side) in [(low, Side::Low), (high, Side::High)] {
            let existence = state.node_existence(node);
            score += existence.side_price(side);
            head += if side == Side::Low { 1.0 } else { -1.0 } * existence.head();
            match node {
                Node::Tentative(index) => {
                    youngest = youngest.min(state.tentative[index].age(now));
                    hits = hits.min(existence.hits);
                }
                Node::Known(_, known) if known == side => score += KEEP_BONUS,
                Node::Known(..) => {}
            }
        }
        score += self.label_worth(head);
        let known = match (low, high) {
            // Coupled locomotives are not merged.
            (Node::Known(a, Side::Low), Node::Known(b, Side::High)) if a != b => {
                score -= MERGE_PRICE;
                None
            }
            (Node::Known(locomotive, _), _) | (_, Node::Known(locomotive, _)) => Some(locomotive),
            _ => None,
        };
        let agreement = state.pending_readings.agreement(span, &self.site);
        if agreement == Agreement::Different {
            score -= MERGE_PRICE;
        }
        let claims = known.is_some_and(|locomotive| state.locomotives[locomotive].unseen.is_some());
        let doubtful = agreement != Agreement::Same
            && (self.site.off_catalogue(length.mean) > 1.0 || self.site.may_be_two(length));
        let (wait, least) = match (claims, doubtful) {
            (true, _) => (CLAIM_WAIT, CLAIM_HITS),
            (false, true) => (DOUBTFUL_TWO_END_WAIT, TWO_END_HITS),
            (false, false) => (
                TWO_END_WAIT.max(TWO_END_FRAMES * self.slowest_frame(track, now, span)),
                TWO_END_HITS,
            ),
        };
        Some(Hypothesis {
            explanation: Explanation::TwoEnd(low, high),
            nodes,
            span,
            score,
            confirmed: youngest >= wait && hits >= least,
        })
    }

    /// Time between two frames of the slowest live camera that covers some of a span, s.
    fn slowest_frame(&self, track: usize, now: Timestamp, span: Span) -> f64 {
        self.site.watchers[track]
            .iter()
            .filter(|&&camera| {
                self.site.cameras[camera].covers.iter().any(|cover| {
                    cover.track == track && cover.from < span.high && cover.to > span.low
                }) && self.is_live(camera, now)
            })
            .map(|&camera| self.site.cameras[camera].pause)
            .fold(0.0, f64::max)
    }
}
