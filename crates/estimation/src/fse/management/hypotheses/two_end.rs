// SPDX-License-Identifier: MIT OR Apache-2.0
//! The two-end hypothesis.

use messages::{Side, Timestamp};

use crate::fse::management::hypotheses::{Explanation, Hypothesis, Node};
use crate::fse::model::parameters::{
    CLAIM_HITS, CLAIM_WAIT, DOUBTFUL_TWO_END_WAIT, KEEP_BONUS, MERGE_PRICE, SPEED_TOLERANCE,
    TWO_END_FRAMES, TWO_END_HITS, TWO_END_PRICE, TWO_END_WAIT,
};
use crate::fse::model::pending_readings::Agreement;
use crate::fse::scan_update::tracker::Tracker;

impl Tracker {
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
        let ((from, v_from), (to, v_to)) = (state.node_place(low), state.node_place(high));
        let length = to - from;
        if self.outside(track, from, to) {
            return None;
        }
        let prior = self.site.length_prior(length, v_from + v_to);
        if prior == f64::NEG_INFINITY {
            return None;
        }
        let ((a, va), (b, vb)) = (state.node_speed(low), state.node_speed(high));
        if (a - b).abs() > SPEED_TOLERANCE + 2.0 * (va + vb).sqrt() {
            return None;
        }
        let together = state
            .node_existence(low)
            .joint_log_odds(state.node_existence(high));
        let nodes = [Some(low), Some(high)];
        let mut score = prior - TWO_END_PRICE + together + state.no_end_inside(from, to, &nodes);
        let (mut young, mut hits) = (f64::INFINITY, u32::MAX);
        let mut head = 0.0;
        for (node, side) in [(low, Side::Low), (high, Side::High)] {
            let existence = state.node_existence(node);
            score += existence.side_price(side);
            head += if side == Side::Low { 1.0 } else { -1.0 } * existence.head();
            match node {
                Node::Tentative(index) => {
                    young = young.min(state.tentative[index].age(now));
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
        let agreement = state.pending_readings.agreement(from, to, &self.site);
        if agreement == Agreement::Different {
            score -= MERGE_PRICE;
        }
        let claims = known.is_some_and(|locomotive| state.locomotives[locomotive].unseen.is_some());
        let doubtful = agreement != Agreement::Same
            && (self.site.off_catalogue(length) > 1.0
                || self.site.may_be_two(length, v_from + v_to));
        let (wait, least) = match (claims, doubtful) {
            (true, _) => (CLAIM_WAIT, CLAIM_HITS),
            (false, true) => (DOUBTFUL_TWO_END_WAIT, TWO_END_HITS),
            (false, false) => (
                TWO_END_WAIT.max(TWO_END_FRAMES * self.slowest(track, now, from, to)),
                TWO_END_HITS,
            ),
        };
        Some(Hypothesis {
            explanation: Explanation::TwoEnd(low, high),
            nodes,
            from,
            to,
            score,
            confirmed: young >= wait && hits >= least,
        })
    }

    /// Time between two frames of the slowest live camera that looks at [from, to], s.
    pub(crate) fn slowest(&self, track: usize, now: Timestamp, from: f64, to: f64) -> f64 {
        self.site.watchers[track]
            .iter()
            .filter(|&&camera| {
                self.site.cameras[camera]
                    .covers
                    .iter()
                    .any(|cover| cover.track == track && cover.from < to && cover.to > from)
                    && self.live(camera, now)
            })
            .map(|&camera| self.site.cameras[camera].pause)
            .fold(0.0, f64::max)
    }
}
