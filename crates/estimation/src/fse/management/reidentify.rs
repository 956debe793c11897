// SPDX-License-Identifier: MIT OR Apache-2.0
//! Re-identification by running number: a locomotive that was lost or has left is known again by its number.

use messages::Timestamp;

use crate::fse::model::locomotive::Locomotive;
use crate::fse::model::parameters::COASTING;
use crate::fse::scan_update::tracker::Tracker;

/// Where a locomotive stands in the tracker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    track: usize,
    index: usize,
}

impl Tracker {
    /// A locomotive whose number is certain is the one that bore it before: one that left through a door, or one that was not
    /// detected since this one appeared, for it must have moved while no camera looked. It takes that one's identity.
    pub(crate) fn reidentify(&mut self, now: Timestamp) {
        let mut numbered: Vec<(Position, String)> = Vec::new();
        for (track, state) in self.tracks.iter().enumerate() {
            for (index, locomotive) in state.locomotives.iter().enumerate() {
                let number = locomotive.attributes.certain_plate();
                numbered.extend(number.map(|number| (Position { track, index }, number)));
            }
        }
        let mut gone: Vec<Position> = Vec::new();
        for (position, number) in &numbered {
            let lost = numbered.iter().find(|(other, same)| {
                other != position && same == number && self.is_lost_since(*other, *position, now)
            });
            if let Some((lost, _)) = lost {
                self.take_identity(*position, *lost);
                gone.push(*lost);
            } else {
                self.reidentify_departed(*position, number);
            }
        }
        gone.sort_unstable();
        gone.dedup();
        for Position { track, index } in gone.into_iter().rev() {
            self.tracks[track].locomotives.remove(index);
        }
    }

    /// The locomotive at a position.
    fn at(&self, position: Position) -> &Locomotive {
        &self.tracks[position.track].locomotives[position.index]
    }

    /// Whether no camera has detected the locomotive at `lost` since the one at `found` appeared.
    fn is_lost_since(&self, lost: Position, found: Position, now: Timestamp) -> bool {
        let (lost, found) = (self.at(lost), self.at(found));
        lost.unseen_for(now) > COASTING && lost.last_seen() < Some(found.initiated)
    }

    /// The locomotive at `heir` is the one at `old`.
    fn take_identity(&mut self, heir: Position, old: Position) {
        let old = self.at(old).clone();
        let heir = &mut self.tracks[heir.track].locomotives[heir.index];
        heir.id = old.id;
        heir.initiated = old.initiated;
        heir.attributes.merge(&old.attributes);
    }

    /// The locomotive at `position` is the one that left with this number, if one did.
    fn reidentify_departed(&mut self, position: Position, number: &str) {
        let left = self
            .departed
            .iter()
            .position(|(_, old)| old.attributes.certain_plate().as_deref() == Some(number));
        if let Some(left) = left {
            let (_, old) = self.departed.remove(left);
            let locomotive = &mut self.tracks[position.track].locomotives[position.index];
            locomotive.id = old.id;
            locomotive.attributes.merge(&old.attributes);
        }
    }
}
