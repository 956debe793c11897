// SPDX-License-Identifier: MIT OR Apache-2.0
//! Prediction: where everything on a track is at a later time.

use messages::{Side, Timestamp};

use crate::fse::model::locomotive::other;
use crate::fse::model::motion::NeighbourMotion;
use crate::fse::model::parameters::{
    CONTACT, CONTACT_SIGMA, COUPLED_DISTANCE, COUPLED_LEAST_SPEED, COUPLING, DOOR_MOTION_FACTOR,
    DOOR_SPEED_IN, MOVING, PUSH_UNSEEN, UNWATCHED,
};
use crate::fse::model::site::Site;
use crate::fse::model::track::TrackState;

impl TrackState {
    /// Moves everything on to `time`.
    pub(crate) fn predict(&mut self, time: Timestamp, site: &Site, track: usize) {
        let dt = time.seconds_since(self.time);
        if dt <= 0.0 {
            return;
        }
        self.couple();
        let neighbour_motions = if site.ablation.neighbour_motion {
            Vec::new()
        } else {
            self.neighbour_motions()
        };
        for (index, locomotive) in self.locomotives.iter_mut().enumerate() {
            let neighbour_motion = neighbour_motions.get(index).copied().flatten();
            let (low, high) = locomotive.motion.span();
            let straddles = (site.tracks[track].door_low && low < 0.0)
                || (site.tracks[track].door_high && high > site.tracks[track].length);
            let straddles = straddles && locomotive.motion.run_speed().0.abs() > DOOR_SPEED_IN;
            for side in [Side::Low, Side::High] {
                if locomotive.end(other(side)).unseen(time) < UNWATCHED {
                    locomotive.end_mut(side).relax(time, dt);
                }
            }
            locomotive.motion.predict(
                dt,
                if straddles { DOOR_MOTION_FACTOR } else { 1.0 },
                neighbour_motion,
            );
            if site.ablation.modes {
                locomotive.motion.run_only();
            }
            if site.ablation.rigid {
                locomotive.motion.loosen();
            }
        }
        for tentative in &mut self.tentative {
            tentative.predict(dt);
        }
        self.time = time;
        self.keep_apart(&site.tracks[track]);
    }

    /// Which neighbours are coupled: those that stood still close to each other, until they are apart.
    pub(crate) fn couple(&mut self) {
        for above in 1..self.locomotives.len() {
            let (one, two) = (&self.locomotives[above - 1], &self.locomotives[above]);
            let gap = one.gap_to(two);
            let still = one.motion.moving() < MOVING && two.motion.moving() < MOVING;
            let coupled = if still {
                gap < COUPLING.1
            } else {
                one.coupled_to == Some(two.id) && gap < COUPLED_DISTANCE
            };
            self.locomotives[above - 1].coupled_to = coupled.then_some(self.locomotives[above].id);
        }
    }

    /// Of every locomotive the [company](Self::company); of none if none is coupled.
    pub(crate) fn neighbour_motions(&self) -> Vec<Option<NeighbourMotion>> {
        if self.locomotives.iter().all(|m| m.coupled_to.is_none()) {
            return Vec::new();
        }
        (0..self.locomotives.len())
            .map(|index| self.neighbour_motion(index))
            .collect()
    }

    /// How the neighbour moves that moves most of those that a locomotive is coupled to.
    pub(crate) fn neighbour_motion(&self, index: usize) -> Option<NeighbourMotion> {
        let locomotive = &self.locomotives[index];
        let below = index.checked_sub(1).map(|below| &self.locomotives[below]);
        let below = below.filter(|below| below.coupled_to == Some(locomotive.id));
        let above = self.locomotives.get(index + 1);
        let above = above.filter(|above| locomotive.coupled_to == Some(above.id));
        [below, above]
            .into_iter()
            .flatten()
            .map(|neighbour| NeighbourMotion {
                moving: neighbour.motion.moving(),
                speed: neighbour.motion.run_speed(),
            })
            // Who hardly moves takes nobody along: two that doubt would talk each other into motion.
            .filter(|neighbour_motion| {
                let (speed, variance) = neighbour_motion.speed;
                neighbour_motion.moving > MOVING
                    && speed.abs() - variance.sqrt() > COUPLED_LEAST_SPEED
            })
            .max_by(|a, b| a.moving.total_cmp(&b.moving))
    }

    /// Locomotives do not run through each other nor through walls: the one that is known less well gives way, and one that was
    /// not seen since the other one came is pushed.
    pub(crate) fn keep_apart(&mut self, track: &crate::fse::model::site::Track) {
        for index in 0..self.locomotives.len() {
            if !track.door_low {
                self.push(index, Side::Low, 0.0);
            }
            if !track.door_high {
                self.push(index, Side::High, track.length);
            }
            if index > 0 {
                self.part(index - 1, index);
            }
        }
        for index in (1..self.locomotives.len()).rev() {
            self.part(index - 1, index);
        }
    }

    /// Keeps two neighbours apart.
    pub(crate) fn part(&mut self, below: usize, above: usize) {
        let (one, two) = (&self.locomotives[below], &self.locomotives[above]);
        if one.never_seen(Side::High) || two.never_seen(Side::Low) {
            return;
        }
        let (high, low) = (one.motion.place(Side::High), two.motion.place(Side::Low));
        let deep = CONTACT - (low.0 - high.0);
        if deep <= 0.0 {
            return;
        }
        let (seen_below, seen_above) = (one.unseen_for(self.time), two.unseen_for(self.time));
        if seen_below > seen_above + PUSH_UNSEEN {
            self.locomotives[below].motion.push(-deep);
        } else if seen_above > seen_below + PUSH_UNSEEN {
            self.locomotives[above].motion.push(deep);
        } else if high.1 > low.1 {
            self.push(below, Side::High, low.0 - CONTACT);
        } else {
            self.push(above, Side::Low, high.0 + CONTACT);
        }
    }

    /// Stops one end of a locomotive at a limit if it is beyond and not known better.
    pub(crate) fn push(&mut self, index: usize, side: Side, limit: f64) {
        let locomotive = &mut self.locomotives[index];
        let (place, variance) = locomotive.motion.place(side);
        let beyond = if side == Side::Low {
            place < limit
        } else {
            place > limit
        };
        if beyond && variance > CONTACT_SIGMA.powi(2) && !locomotive.never_seen(side) {
            locomotive
                .motion
                .update(side, limit, CONTACT_SIGMA.powi(2), (1.0, 1.0));
        }
    }
}
