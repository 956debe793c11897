// SPDX-License-Identifier: MIT OR Apache-2.0
//! Going out through a gate.

use messages::{Side, Timestamp};

use crate::fse::model::locomotive::Locomotive;
use crate::fse::model::parameters::{BEYOND_TRACK, DEPARTED_MOST, DOORWAY_DEPTH, DOORWAY_PATIENCE};
use crate::fse::scan_update::tracker::Tracker;

impl Tracker {
    /// Lets locomotives go whose inner end has passed a gate, and those that nobody has seen in a doorway for long.
    pub(crate) fn terminate_departed(&mut self, track: usize, now: Timestamp) {
        let site = &self.site.tracks[track];
        let length = site.length;
        let state = &mut self.tracks[track];
        let gone = |locomotive: &Locomotive| {
            let (low, high) = locomotive.motion.span();
            let in_doorway = (site.door_low && low < -DOORWAY_DEPTH)
                || (site.door_high && high > length + DOORWAY_DEPTH);
            locomotive.has_departed(site)
                || (in_doorway && locomotive.unseen_for(now) > DOORWAY_PATIENCE)
        };
        let left: Vec<Locomotive> = state.locomotives.extract_if(.., |m| gone(m)).collect();
        state.tentative.retain(|tentative| {
            let (place, _) = tentative.place();
            place > -BEYOND_TRACK && place < length + BEYOND_TRACK
        });
        for locomotive in left {
            if locomotive.end(Side::Low).hits + locomotive.end(Side::High).hits > 0 {
                self.departed.push((now, locomotive));
            }
        }
        let surplus = self.departed.len().saturating_sub(DEPARTED_MOST);
        self.departed.drain(..surplus);
    }
}

impl Locomotive {}
