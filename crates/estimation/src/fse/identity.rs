// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers name machines: one that was lost or has left is known again by its number, and one number is not borne by two.

use messages::{LocomotiveState, Timestamp};

use super::constants::COASTING;
use super::tracker::Tracker;

/// Track and place of a machine in the tracker.
type Place = (usize, usize);

impl Tracker {
    /// A machine whose number is certain is the one that bore it before: one that left through a gate, or one that nobody has
    /// seen since this one appeared, for it must have moved while no camera looked. It takes that one's name.
    pub(crate) fn know_again(&mut self, now: Timestamp) {
        let mut numbered: Vec<(Place, String)> = Vec::new();
        for (track, state) in self.tracks.iter().enumerate() {
            for (index, machine) in state.machines.iter().enumerate() {
                let number = machine.attributes.certain_plate();
                numbered.extend(number.map(|number| ((track, index), number)));
            }
        }
        let mut gone: Vec<Place> = Vec::new();
        for (place, number) in &numbered {
            let lost = numbered.iter().find(|(other, same)| {
                other != place && same == number && self.is_lost_since(*other, *place, now)
            });
            if let Some((lost, _)) = lost {
                self.inherit(*place, *lost);
                gone.push(*lost);
            } else {
                self.return_as(*place, number);
            }
        }
        gone.sort_unstable();
        gone.dedup();
        for (track, index) in gone.into_iter().rev() {
            self.tracks[track].machines.remove(index);
        }
    }

    /// Whether nobody has seen the machine at `lost` since the one at `found` appeared.
    fn is_lost_since(&self, lost: Place, found: Place, now: Timestamp) -> bool {
        let (lost, found) = (
            &self.tracks[lost.0].machines[lost.1],
            &self.tracks[found.0].machines[found.1],
        );
        lost.unseen_for(now) > COASTING && lost.last_seen() < Some(found.born)
    }

    /// The machine at `heir` is the one at `old`.
    fn inherit(&mut self, heir: Place, old: Place) {
        let old = self.tracks[old.0].machines[old.1].clone();
        let heir = &mut self.tracks[heir.0].machines[heir.1];
        heir.name = old.name;
        heir.born = old.born;
        heir.attributes.merge(&old.attributes);
    }

    /// The machine at `place` is the one that left with this number, if one did.
    fn return_as(&mut self, place: Place, number: &str) {
        let left = self
            .dormant
            .iter()
            .position(|(_, old)| old.attributes.certain_plate().as_deref() == Some(number));
        if let Some(left) = left {
            let (_, old) = self.dormant.remove(left);
            let machine = &mut self.tracks[place.0].machines[place.1];
            machine.name = old.name;
            machine.attributes.merge(&old.attributes);
        }
    }
}

/// One number cannot be borne by two machines: each bears it by its share of the votes, and says who else claims it. `votes` are
/// those of each locomotive for its own number.
pub(crate) fn contest(locomotives: &mut [LocomotiveState], votes: &[f64]) {
    let claims: Vec<Option<String>> = locomotives
        .iter()
        .map(|one| one.plate.as_ref().map(|plate| plate.text.clone()))
        .collect();
    let names: Vec<String> = locomotives.iter().map(|one| one.id.clone()).collect();
    for (index, locomotive) in locomotives.iter_mut().enumerate() {
        let Some(plate) = &mut locomotive.plate else {
            continue;
        };
        let rivals: Vec<usize> = (0..claims.len())
            .filter(|&other| other != index && claims[other].as_ref() == Some(&plate.text))
            .collect();
        let others: f64 = rivals.iter().map(|&rival| votes[rival]).sum();
        if votes[index] + others > 0.0 {
            plate.p *= votes[index] / (votes[index] + others);
        }
        plate.contested_by = rivals.iter().map(|&rival| names[rival].clone()).collect();
    }
}
