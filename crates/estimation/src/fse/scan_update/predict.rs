// SPDX-License-Identifier: MIT OR Apache-2.0
//! Prediction: where everything on a track is at a later time.

use messages::{Side, Timestamp};

use crate::fse::model::gaussian::{ByMode, Gaussian};
use crate::fse::model::locomotive::other;
use crate::fse::model::motion::{NeighbourMotion, is_motion};
use crate::fse::model::parameters::{COUPLED_DISTANCE, COUPLING_LONGEST, UNWATCHED, parameters};
use crate::fse::model::site::{Site, Track};
use crate::fse::model::span::Span;
use crate::fse::model::track::TrackState;

parameters! {
    /// A locomotive that moves through a door goes on: its mean time in motion is this many times longer.
    DOOR_MOTION_FACTOR: f64 = 15.0, "", "Larger: fewer locomotives are thought to stop in a doorway.";
    /// A neighbour takes coupled locomotives along if it is faster than this by one standard deviation.
    COUPLED_LEAST_SPEED: f64 = 0.2, "m/s", "Smaller: two locomotives whose motion is uncertain may start each other.";
    /// Distance below which neighbours touch: the less certain of the two gives way.
    CONTACT: f64 = 0.3, "m", "Larger: neighbours are kept farther apart.";
    /// Of two that touch, the one that was not detected for so much longer is pushed as a whole.
    PUSH_UNSEEN: f64 = 2.0, "s", "Larger: unseen locomotives are pushed later.";
    /// Standard deviation of a contact or a wall as a measurement.
    CONTACT_SIGMA: f64 = 0.3, "m", "Smaller: neighbours and walls stop estimates harder.";
}

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
            let Span { low, high } = locomotive.motion.span();
            let straddles = (site.tracks[track].door_low && low < 0.0)
                || (site.tracks[track].door_high && high > site.tracks[track].length);
            let straddles = straddles && is_motion(locomotive.motion.run_speed().mean);
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
                locomotive.motion.decouple_ends();
            }
        }
        for tentative in &mut self.tentative {
            tentative.predict(dt);
        }
        self.time = time;
        self.keep_apart(&site.tracks[track]);
    }

    /// Which neighbours are coupled: those that stood still close to each other, until they are apart.
    fn couple(&mut self) {
        for above in 1..self.locomotives.len() {
            let (one, two) = (&self.locomotives[above - 1], &self.locomotives[above]);
            let gap = one.gap_to(two);
            let still = one.motion.is_at_rest() && two.motion.is_at_rest();
            let coupled = if still {
                gap < COUPLING_LONGEST
            } else {
                one.coupled_to == Some(two.id) && gap < COUPLED_DISTANCE
            };
            self.locomotives[above - 1].coupled_to = coupled.then_some(self.locomotives[above].id);
        }
    }

    /// For every locomotive the [motion of its neighbour](Self::neighbour_motion); empty if none is coupled.
    fn neighbour_motions(&self) -> Vec<Option<NeighbourMotion>> {
        if self.locomotives.iter().all(|m| m.coupled_to.is_none()) {
            return Vec::new();
        }
        (0..self.locomotives.len())
            .map(|index| self.neighbour_motion(index))
            .collect()
    }

    /// How the neighbour moves that moves most of those that a locomotive is coupled to.
    fn neighbour_motion(&self, index: usize) -> Option<NeighbourMotion> {
        let locomotive = &self.locomotives[index];
        let below = index.checked_sub(1).map(|below| &self.locomotives[below]);
        let below = below.filter(|below| below.coupled_to == Some(locomotive.id));
        let above = self.locomotives.get(index + 1);
        let above = above.filter(|above| locomotive.coupled_to == Some(above.id));
        [below, above]
            .into_iter()
            .flatten()
            .filter(|neighbour| neighbour.motion.is_moving())
            .map(|neighbour| NeighbourMotion {
                moving: neighbour.motion.moving(),
                speed: neighbour.motion.run_speed(),
            })
            // Two locomotives whose motion is uncertain must not start each other.
            .filter(|neighbour_motion| {
                let speed = neighbour_motion.speed;
                speed.mean.abs() - speed.variance.sqrt() > COUPLED_LEAST_SPEED
            })
            .max_by(|a, b| a.moving.total_cmp(&b.moving))
    }

    /// Locomotives do not run through each other nor through walls: the one that is known less well gives way, and one that was
    /// not detected since the other one came is pushed.
    fn keep_apart(&mut self, track: &Track) {
        for index in 0..self.locomotives.len() {
            if !track.door_low {
                self.stop_at(index, Side::Low, 0.0);
            }
            if !track.door_high {
                self.stop_at(index, Side::High, track.length);
            }
            if index > 0 {
                self.separate(index - 1, index);
            }
        }
        for index in (1..self.locomotives.len()).rev() {
            self.separate(index - 1, index);
        }
    }

    /// Keeps two neighbours apart.
    fn separate(&mut self, below: usize, above: usize) {
        let (one, two) = (&self.locomotives[below], &self.locomotives[above]);
        if one.never_seen(Side::High) || two.never_seen(Side::Low) {
            return;
        }
        let (high, low) = (one.motion.place(Side::High), two.motion.place(Side::Low));
        let depth = CONTACT - (low.mean - high.mean);
        if depth <= 0.0 {
            return;
        }
        let (seen_below, seen_above) = (one.unseen_for(self.time), two.unseen_for(self.time));
        if seen_below > seen_above + PUSH_UNSEEN {
            self.locomotives[below].motion.push(-depth);
        } else if seen_above > seen_below + PUSH_UNSEEN {
            self.locomotives[above].motion.push(depth);
        } else if high.variance > low.variance {
            self.stop_at(below, Side::High, low.mean - CONTACT);
        } else {
            self.stop_at(above, Side::Low, high.mean + CONTACT);
        }
    }

    /// Stops one end of a locomotive at a limit if it is beyond and not known better.
    fn stop_at(&mut self, index: usize, side: Side, limit: f64) {
        let locomotive = &mut self.locomotives[index];
        let place = locomotive.motion.place(side);
        let beyond = if side == Side::Low {
            place.mean < limit
        } else {
            place.mean > limit
        };
        let contact = Gaussian {
            mean: limit,
            variance: CONTACT_SIGMA.powi(2),
        };
        if beyond && place.variance > contact.variance && !locomotive.never_seen(side) {
            let once = ByMode {
                rest: 1.0,
                run: 1.0,
            };
            locomotive.motion.update(side, contact, once);
        }
    }
}
