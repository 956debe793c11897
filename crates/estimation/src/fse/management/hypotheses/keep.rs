// SPDX-License-Identifier: MIT OR Apache-2.0
//! The keep hypothesis: a locomotive stays what it is.

use messages::Side;

use crate::fse::management::hypotheses::one_end::Extensions;
use crate::fse::management::hypotheses::{Explanation, Hypothesis, Node};
use crate::fse::model::locomotive::Locomotive;
use crate::fse::model::parameters::{DOORWAY_PRICE, KEEP_BONUS, LENGTH_WORST, ONE_END_PRICE};
use crate::fse::scan_update::tracker::Tracker;

impl Tracker {
    /// A locomotive stays what it is; `extensions`: what it is worth if only one of its ends was ever detected.
    pub(crate) fn keep(&self, track: usize, index: usize, extensions: &Extensions) -> Hypothesis {
        let state = &self.tracks[track];
        let locomotive = &state.locomotives[index];
        let span = locomotive.motion.span();
        let would_park = locomotive.motion.is_at_rest() && self.is_in_doorway(track, span);
        let doorway = if would_park { DOORWAY_PRICE } else { 0.0 };
        let score = match self.seen_side(track, index) {
            Some(side) => {
                let same = extensions
                    .iter()
                    .flatten()
                    .find(|scored| scored.extension.side == side);
                KEEP_BONUS + same.map_or(-ONE_END_PRICE, |scored| scored.score)
            }
            None => self.both_ends_worth(locomotive),
        };
        Hypothesis {
            explanation: Explanation::Keep(index),
            nodes: [
                Some(Node::Known(index, Side::Low)),
                Some(Node::Known(index, Side::High)),
            ],
            span,
            score: score + state.no_end_inside(span, &[None, None]) - doorway,
            confirmed: true,
        }
    }

    /// What a locomotive of which both ends were detected is worth.
    fn both_ends_worth(&self, locomotive: &Locomotive) -> f64 {
        let prior = self
            .site
            .length_prior(locomotive.motion.length())
            .max(LENGTH_WORST);
        let ends: f64 = [Side::Low, Side::High]
            .into_iter()
            .map(|side| KEEP_BONUS + locomotive.end(side).side_price(side))
            .sum();
        locomotive.existence_log_odds() + prior + ends + self.label_worth(locomotive.head_low())
    }
}
