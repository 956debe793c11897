// SPDX-License-Identifier: MIT OR Apache-2.0
//! The coupled hypothesis: two coupled locomotives with only their outer ends in sight.

use messages::{Side, Timestamp};

use crate::fse::management::hypotheses::{CoupledLengths, Explanation, Hypothesis, Node};
use crate::fse::model::locomotive::LengthWeight;
use crate::fse::model::parameters::{
    COUPLING_LONGEST, COUPLING_SHORTEST, KEEP_BONUS, LENGTH_SIGMA, LENGTH_WORST, SPEED_TOLERANCE,
    parameters,
};
use crate::fse::model::span::Span;
use crate::fse::model::track::TrackState;
use crate::fse::scan_update::tracker::Tracker;

parameters! {
    /// Price of a coupled hypothesis.
    COUPLED_PRICE: f64 = 2.5, "nats", "Larger: two locomotives with only their outer ends in sight are found later.";
    /// Age that a coupled hypothesis needs.
    COUPLED_WAIT: f64 = 15.0, "s", "Larger: later initiation, fewer wrong ones.";
}

impl Tracker {
    /// Two ends are the outer ones of two coupled locomotives, if two lengths and a coupling fit between them.
    pub(crate) fn coupled(
        &self,
        track: usize,
        now: Timestamp,
        low: Node,
        high: Node,
    ) -> Option<Hypothesis> {
        let state = &self.tracks[track];
        let (from, to) = (state.node_place(low), state.node_place(high));
        let span = Span {
            low: from.mean,
            high: to.mean,
        };
        if (state.node_speed(low).mean - state.node_speed(high).mean).abs() > SPEED_TOLERANCE {
            return None;
        }
        let nodes = [Some(low), Some(high)];
        let mut lengths = CoupledLengths {
            low: Vec::new(),
            high: Vec::new(),
        };
        let mut best = f64::NEG_INFINITY;
        for &one in &self.site.lengths {
            for &two in &self.site.lengths {
                let gap = span.high - span.low - one - two;
                let off = (COUPLING_SHORTEST - gap)
                    .max(gap - COUPLING_LONGEST)
                    .max(0.0);
                let fit =
                    -0.5 * off * off / (LENGTH_SIGMA.powi(2) * 2.0 + from.variance + to.variance);
                if fit < LENGTH_WORST {
                    continue;
                }
                let log_weight = fit
                    + self.unseen_facing(track, now, span.low + one, Side::High)
                    + self.unseen_facing(track, now, span.high - two, Side::Low);
                best = best.max(log_weight);
                lengths.low.push(LengthWeight {
                    length: one,
                    log_weight,
                });
                lengths.high.push(LengthWeight {
                    length: two,
                    log_weight,
                });
            }
        }
        if best == f64::NEG_INFINITY {
            return None;
        }
        let mut score = best + state.no_end_inside(span, &nodes) - COUPLED_PRICE;
        let mut youngest = f64::INFINITY;
        for (node, side) in [(low, Side::Low), (high, Side::High)] {
            let existence = state.node_existence(node);
            score += existence.log_odds() + existence.side_price(side);
            match node {
                Node::Tentative(index) => youngest = youngest.min(state.tentative[index].age(now)),
                Node::Known(..) => score += KEEP_BONUS,
            }
        }
        Some(Hypothesis {
            explanation: Explanation::Coupled(low, high, lengths),
            nodes,
            span,
            score,
            confirmed: youngest >= COUPLED_WAIT,
        })
    }
}

impl TrackState {
    /// Whether two ends may be the outer ones of two coupled locomotives: two new ones, those of a locomotive that may be
    /// two, or that of a locomotive with one end in sight and a new one.
    pub(crate) fn may_be_coupled(&self, low: Node, high: Node) -> bool {
        let one_ended = |locomotive: usize| self.locomotives[locomotive].unseen.is_some();
        match (low, high) {
            (Node::Tentative(_), Node::Tentative(_)) => true,
            (Node::Known(a, Side::Low), Node::Known(b, Side::High)) => a == b,
            (Node::Known(locomotive, Side::Low), Node::Tentative(_))
            | (Node::Tentative(_), Node::Known(locomotive, Side::High)) => one_ended(locomotive),
            _ => false,
        }
    }
}
