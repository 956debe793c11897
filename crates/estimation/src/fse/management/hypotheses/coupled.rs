// SPDX-License-Identifier: MIT OR Apache-2.0
//! The coupled hypothesis.

use messages::{Side, Timestamp};

use crate::fse::management::hypotheses::{Explanation, Hypothesis, Node};
use crate::fse::model::parameters::{
    COUPLED_PRICE, COUPLED_WAIT, COUPLING, KEEP_BONUS, LENGTH_SIGMA, LENGTH_WORST, SPEED_TOLERANCE,
};
use crate::fse::model::track::TrackState;
use crate::fse::scan_update::tracker::Tracker;

impl Tracker {
    pub(crate) fn coupled(
        &self,
        track: usize,
        now: Timestamp,
        low: Node,
        high: Node,
    ) -> Option<Hypothesis> {
        let state = &self.tracks[track];
        let ((from, v_from), (to, v_to)) = (state.node_place(low), state.node_place(high));
        if (state.node_speed(low).0 - state.node_speed(high).0).abs() > SPEED_TOLERANCE {
            return None;
        }
        let nodes = [Some(low), Some(high)];
        let mut first: Vec<(f64, f64)> = Vec::new();
        let mut second: Vec<(f64, f64)> = Vec::new();
        let mut best = f64::NEG_INFINITY;
        for &one in &self.site.lengths {
            for &two in &self.site.lengths {
                let gap = to - from - one - two;
                let off = (COUPLING.0 - gap).max(gap - COUPLING.1).max(0.0);
                let fit = -0.5 * off * off / (LENGTH_SIGMA.powi(2) * 2.0 + v_from + v_to);
                if fit < LENGTH_WORST {
                    continue;
                }
                let log_p = fit
                    + self.unseen_facing(track, now, from + one, Side::High)
                    + self.unseen_facing(track, now, to - two, Side::Low);
                best = best.max(log_p);
                first.push((one, log_p));
                second.push((two, log_p));
            }
        }
        if best == f64::NEG_INFINITY {
            return None;
        }
        let mut score = best + state.no_end_inside(from, to, &nodes) - COUPLED_PRICE;
        let mut young = f64::INFINITY;
        for (node, side) in [(low, Side::Low), (high, Side::High)] {
            let existence = state.node_existence(node);
            score += existence.log_odds() + existence.side_price(side);
            match node {
                Node::Tentative(index) => young = young.min(state.tentative[index].age(now)),
                Node::Known(..) => score += KEEP_BONUS,
            }
        }
        Some(Hypothesis {
            explanation: Explanation::Coupled(low, high, first, second),
            nodes,
            from,
            to,
            score,
            confirmed: young >= COUPLED_WAIT,
        })
    }
}

impl TrackState {
    /// Whether two ends may be the outer ones of two coupled locomotives: two new ones, those of a locomotive that may be two, or that
    /// of a half-seen one and a new one.
    pub(crate) fn may_be_coupled(&self, low: Node, high: Node) -> bool {
        let half = |locomotive: usize| self.locomotives[locomotive].unseen.is_some();
        match (low, high) {
            (Node::Tentative(_), Node::Tentative(_)) => true,
            (Node::Known(a, Side::Low), Node::Known(b, Side::High)) => a == b,
            (Node::Known(locomotive, Side::Low), Node::Tentative(_))
            | (Node::Tentative(_), Node::Known(locomotive, Side::High)) => half(locomotive),
            _ => false,
        }
    }
}
