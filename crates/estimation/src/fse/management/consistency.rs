// SPDX-License-Identifier: MIT OR Apache-2.0
//! Unseen ends.

use messages::Side;

use crate::fse::model::locomotive::other;
use crate::fse::model::parameters::{LENGTH_WEIGHT_WORST, OVERLAP};
use crate::fse::model::track::TrackState;

impl TrackState {
    /// The unseen end of a locomotive is not inside its neighbour.
    pub(crate) fn bound_unseen(&mut self) {
        let spans: Vec<(f64, f64)> = self
            .locomotives
            .iter()
            .map(|locomotive| locomotive.motion.span())
            .collect();
        for index in 0..self.locomotives.len() {
            let locomotive = &mut self.locomotives[index];
            let Some(unseen) = &mut locomotive.unseen else {
                continue;
            };
            let known = locomotive.motion.place(other(unseen.side)).0;
            let room = match unseen.side {
                Side::High => spans
                    .get(index + 1)
                    .map(|next| 0.5 * (next.0 + next.1) - known),
                Side::Low => index
                    .checked_sub(1)
                    .map(|before| known - 0.5 * (spans[before].0 + spans[before].1)),
            };
            let Some(room) = room else { continue };
            let neighbour = match unseen.side {
                Side::High => spans[index + 1].0 - known,
                Side::Low => known - spans[index - 1].1,
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

    /// Of two locomotives in one place the weaker one goes.
    pub(crate) fn drop_duplicates(&mut self) {
        let mut index = 1;
        while index < self.locomotives.len() {
            let (from, to) = self.locomotives[index - 1].motion.span();
            let (low, high) = self.locomotives[index].motion.span();
            let shorter = (to - from).min(high - low);
            let unseen = self.locomotives[index].unseen.is_some()
                || self.locomotives[index - 1].unseen.is_some();
            if self.locomotives[index].overlap(from, to) > 0.4 * shorter && !unseen {
                let weaker = if self.locomotives[index].existence_log_odds()
                    < self.locomotives[index - 1].existence_log_odds()
                {
                    index
                } else {
                    index - 1
                };
                self.locomotives.remove(weaker);
            } else {
                index += 1;
            }
        }
    }
}
