// SPDX-License-Identifier: MIT OR Apache-2.0
//! The keep hypothesis.

use messages::Side;

use crate::fse::management::hypotheses::one_end::Extensions;
use crate::fse::management::hypotheses::{Explanation, Hypothesis, Node};
use crate::fse::model::locomotive::Locomotive;
use crate::fse::model::parameters::{DOORWAY_PRICE, KEEP_BONUS, LENGTH_WORST, ONE_END_PRICE};
use crate::fse::scan_update::tracker::Tracker;

impl Tracker {
    /// `halves`: what it is worth if it is half seen.
    pub(crate) fn keep(&self, track: usize, index: usize, extensions: &Extensions) -> Hypothesis {
        let state = &self.tracks[track];
        let locomotive = &state.locomotives[index];
        let (from, to) = locomotive.motion.span();
        let doorway = if self.stands_in_doorway(track, from, to, locomotive.motion.moving()) {
            DOORWAY_PRICE
        } else {
            0.0
        };
        let score = match self.seen_side(track, index) {
            Some(side) => {
                let half = extensions
                    .iter()
                    .flatten()
                    .find(|(reach, _)| reach.side == side);
                KEEP_BONUS + half.map_or(-ONE_END_PRICE, |half| half.1)
            }
            None => self.whole(locomotive),
        };
        Hypothesis {
            explanation: Explanation::Keep(index),
            nodes: [
                Some(Node::Known(index, Side::Low)),
                Some(Node::Known(index, Side::High)),
            ],
            from,
            to,
            score: score + state.no_end_inside(from, to, &[None, None]) - doorway,
            confirmed: true,
        }
    }

    /// What a locomotive of which both ends were seen is worth.
    pub(crate) fn whole(&self, locomotive: &Locomotive) -> f64 {
        let (length, variance) = locomotive.motion.length();
        let prior = self.site.length_prior(length, variance).max(LENGTH_WORST);
        let ends: f64 = [Side::Low, Side::High]
            .into_iter()
            .map(|side| KEEP_BONUS + locomotive.end(side).side_price(side))
            .sum();
        locomotive.existence_log_odds() + prior + ends + self.label_worth(locomotive.head_low())
    }
}
