// SPDX-License-Identifier: MIT OR Apache-2.0
//! Going out through a gate.

use messages::{Side, Timestamp};

use super::constants::{BEYOND_TRACK, DOORWAY_PATIENCE, DORMANT_MOST, GONE, OUTSIDE};
use super::machine::Machine;
use super::site::Track;
use super::tracker::Tracker;

impl Tracker {
    /// Lets machines go whose inner end has passed a gate, and those that nobody has seen in a doorway for long.
    pub(crate) fn leave(&mut self, track: usize, now: Timestamp) {
        let site = &self.site.tracks[track];
        let length = site.length;
        let state = &mut self.tracks[track];
        let gone = |machine: &Machine| {
            let (low, high) = machine.motion.span();
            let in_doorway =
                (site.gate_low && low < -OUTSIDE) || (site.gate_high && high > length + OUTSIDE);
            machine.is_out(site) || (in_doorway && machine.unseen_for(now) > DOORWAY_PATIENCE)
        };
        let left: Vec<Machine> = state.machines.extract_if(.., |m| gone(m)).collect();
        state.candidates.retain(|candidate| {
            let (place, _) = candidate.place();
            place > -BEYOND_TRACK && place < length + BEYOND_TRACK
        });
        for machine in left {
            if machine.evidence(Side::Low).hits + machine.evidence(Side::High).hits > 0 {
                self.dormant.push((now, machine));
            }
        }
        let surplus = self.dormant.len().saturating_sub(DORMANT_MOST);
        self.dormant.drain(..surplus);
    }
}

impl Machine {
    /// Whether it is wholly, or nearly, outside a gate.
    pub(crate) fn is_out(&self, track: &Track) -> bool {
        let (low, high) = self.motion.span();
        (track.gate_low && high < GONE) || (track.gate_high && low > track.length - GONE)
    }
}
