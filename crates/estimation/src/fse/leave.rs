// SPDX-License-Identifier: MIT OR Apache-2.0
//! Going out through a gate.

use messages::{Side, Timestamp};

use super::constants::{BEYOND_TRACK, DOORWAY_PATIENCE, DORMANT_MOST, GONE, OUTSIDE};
use super::machine::Machine;
use super::tracker::Tracker;

impl Tracker {
    /// Lets machines go whose inner end has passed a gate, and those that nobody has seen in a doorway for long.
    pub(crate) fn leave(&mut self, track: usize, now: Timestamp) {
        let site = &self.site.tracks[track];
        let (gate_low, gate_high, length) = (site.gate_low, site.gate_high, site.length);
        let state = &mut self.tracks[track];
        let gone = |machine: &Machine| {
            let (low, high) = machine.motion.span();
            let stuck = machine.unseen_for(now) > DOORWAY_PATIENCE;
            let out_low = gate_low && (high < GONE || (low < -OUTSIDE && stuck));
            let out_high = gate_high && (low > length - GONE || (high > length + OUTSIDE && stuck));
            out_low || out_high
        };
        let (left, stay): (Vec<Machine>, Vec<Machine>) = std::mem::take(&mut state.machines)
            .into_iter()
            .partition(gone);
        state.machines = stay;
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
