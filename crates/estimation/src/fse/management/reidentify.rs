// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers name locomotives: one that was lost or has left is known again by its number, and one number is not borne by two.

use messages::Timestamp;

use crate::fse::model::parameters::COASTING;
use crate::fse::scan_update::tracker::Tracker;

/// Track and place of a locomotive in the tracker.
pub(crate) type Place = (usize, usize);

impl Tracker {
    /// A locomotive whose number is certain is the one that bore it before: one that left through a gate, or one that nobody has
    /// seen since this one appeared, for it must have moved while no camera looked. It takes that one's name.
    pub(crate) fn reidentify(&mut self, now: Timestamp) {
        let mut numbered: Vec<(Place, String)> = Vec::new();
        for (track, state) in self.tracks.iter().enumerate() {
            for (index, locomotive) in state.locomotives.iter().enumerate() {
                let number = locomotive.attributes.certain_plate();
                numbered.extend(number.map(|number| ((track, index), number)));
            }
        }
        let mut gone: Vec<Place> = Vec::new();
        for (place, number) in &numbered {
            let lost = numbered.iter().find(|(other, same)| {
                other != place && same == number && self.is_lost_since(*other, *place, now)
            });
            if let Some((lost, _)) = lost {
                self.take_identity(*place, *lost);
                gone.push(*lost);
            } else {
                self.reidentify_departed(*place, number);
            }
        }
        gone.sort_unstable();
        gone.dedup();
        for (track, index) in gone.into_iter().rev() {
            self.tracks[track].locomotives.remove(index);
        }
    }

    /// Whether nobody has seen the locomotive at `lost` since the one at `found` appeared.
    pub(crate) fn is_lost_since(&self, lost: Place, found: Place, now: Timestamp) -> bool {
        let (lost, found) = (
            &self.tracks[lost.0].locomotives[lost.1],
            &self.tracks[found.0].locomotives[found.1],
        );
        lost.unseen_for(now) > COASTING && lost.last_seen() < Some(found.initiated)
    }

    /// The locomotive at `heir` is the one at `old`.
    pub(crate) fn take_identity(&mut self, heir: Place, old: Place) {
        let old = self.tracks[old.0].locomotives[old.1].clone();
        let heir = &mut self.tracks[heir.0].locomotives[heir.1];
        heir.id = old.id;
        heir.initiated = old.initiated;
        heir.attributes.merge(&old.attributes);
    }

    /// The locomotive at `place` is the one that left with this number, if one did.
    pub(crate) fn reidentify_departed(&mut self, place: Place, number: &str) {
        let left = self
            .departed
            .iter()
            .position(|(_, old)| old.attributes.certain_plate().as_deref() == Some(number));
        if let Some(left) = left {
            let (_, old) = self.departed.remove(left);
            let locomotive = &mut self.tracks[place.0].locomotives[place.1];
            locomotive.id = old.id;
            locomotive.attributes.merge(&old.attributes);
        }
    }
}
