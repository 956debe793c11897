// SPDX-License-Identifier: MIT OR Apache-2.0
//! Consistency of what is known about one track: no two locomotives in one place.

use messages::Side;

use crate::fse::model::locomotive::other;
use crate::fse::model::parameters::LENGTH_WEIGHT_WORST;
use crate::fse::model::span::OVERLAP;
use crate::fse::model::span::Span;
use crate::fse::model::track::TrackState;

impl TrackState {
    /// The end of a locomotive that was never detected is not inside its neighbour.
    pub(crate) fn bound_unseen(&mut self) {
        let spans = self.spans();
        for index in 0..self.locomotives.len() {
            let locomotive = &mut self.locomotives[index];
            let Some(unseen) = &mut locomotive.unseen else {
                continue;
            };
            let known = locomotive.motion.place(other(unseen.side)).mean;
            let room = match unseen.side {
                Side::High => spans
                    .get(index + 1)
                    .map(|next| 0.5 * (next.low + next.high) - known),
                Side::Low => index
                    .checked_sub(1)
                    .map(|before| known - 0.5 * (spans[before].low + spans[before].high)),
            };
            let Some(room) = room else { continue };
            let neighbour = match unseen.side {
                Side::High => spans[index + 1].low - known,
                Side::Low => known - spans[index - 1].high,
            };
            let limit = neighbour.min(room);
            unseen.weigh(LENGTH_WEIGHT_WORST, |length| {
                if length > limit + OVERLAP {
                    LENGTH_WEIGHT_WORST
                } else {
                    0.0
                }
            });
            locomotive.place_unseen_end();
        }
    }

    /// Of two locomotives in one place the less likely one goes.
    pub(crate) fn drop_duplicates(&mut self) {
        let mut index = 1;
        while index < self.locomotives.len() {
            let below = self.locomotives[index - 1].motion.span();
            let Span { low, high } = self.locomotives[index].motion.span();
            let shorter = (below.high - below.low).min(high - low);
            let unseen = self.locomotives[index].unseen.is_some()
                || self.locomotives[index - 1].unseen.is_some();
            if self.locomotives[index].overlap(below) > 0.4 * shorter && !unseen {
                let less_likely = if self.locomotives[index].existence_log_odds()
                    < self.locomotives[index - 1].existence_log_odds()
                {
                    index
                } else {
                    index - 1
                };
                self.locomotives.remove(less_likely);
            } else {
                index += 1;
            }
        }
    }
}
