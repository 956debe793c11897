// SPDX-License-Identifier: MIT OR Apache-2.0
//! Termination at a door: locomotives that have left the hall.

use messages::{Side, Timestamp};

use crate::fse::model::locomotive::Locomotive;
use crate::fse::model::parameters::parameters;
use crate::fse::model::span::Span;
use crate::fse::scan_update::tracker::Tracker;

parameters! {
    /// Farther outside a door than this an end is not followed.
    DOORWAY_DEPTH: f64 = 1.0, "m", "Smaller: locomotives that wait in the doorway depart sooner.";
    /// A locomotive whose inner end is not detected leaves the doorway after this time.
    DOORWAY_PATIENCE: f64 = 60.0, "s", "Larger: later.";
    /// How many departed locomotives are remembered.
    DEPARTED_MOST: usize = 150, "", "Bounds memory.";
}

impl Tracker {
    /// Terminates locomotives whose inner end has passed a door, and those in a doorway that were not detected for long. They are
    /// remembered, so that they can be re-identified.
    pub(crate) fn terminate_departed(&mut self, track: usize, now: Timestamp) {
        let site = &self.site.tracks[track];
        let length = site.length;
        let state = &mut self.tracks[track];
        let gone = |locomotive: &Locomotive| {
            let Span { low, high } = locomotive.motion.span();
            let in_doorway = (site.door_low && low < -DOORWAY_DEPTH)
                || (site.door_high && high > length + DOORWAY_DEPTH);
            locomotive.has_departed(site)
                || (in_doorway && locomotive.unseen_for(now) > DOORWAY_PATIENCE)
        };
        let left: Vec<Locomotive> = state.locomotives.extract_if(.., |m| gone(m)).collect();
        state
            .tentative
            .retain(|tentative| site.reaches(tentative.place().mean));
        for locomotive in left {
            if locomotive.end(Side::Low).hits + locomotive.end(Side::High).hits > 0 {
                self.departed.push((now, locomotive));
            }
        }
        let surplus = self.departed.len().saturating_sub(DEPARTED_MOST);
        self.departed.drain(..surplus);
    }
}
