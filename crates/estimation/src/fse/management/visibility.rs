// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where an end would be out of sight, and where a locomotive cannot stand.

use messages::{Side, Timestamp};

use crate::fse::model::gaussian::share_between;
use crate::fse::model::parameters::{
    COVER_MARGIN, DEPARTED_DEPTH, DOOR_SPEED_IN, DOOR_TRAIL, HIDDEN_COUPLED, LENGTH_SLACK, MOVING,
    OVERLOOKED,
};
use crate::fse::model::site::Cover;
use crate::fse::model::tentative::TentativeEnd;
use crate::fse::model::track::TrackState;
use crate::fse::scan_update::tracker::Tracker;

impl Tracker {
    /// Whether a locomotive at [from, to] would stand still in a gate: nobody parks in a doorway.
    pub(crate) fn stands_in_doorway(&self, track: usize, from: f64, to: f64, moving: f64) -> bool {
        let site = &self.site.tracks[track];
        let straddles = (site.door_low && from < -DEPARTED_DEPTH)
            || (site.door_high && to > site.length + DEPARTED_DEPTH);
        straddles && moving < MOVING
    }

    /// Whether a locomotive at [from, to] would stand in a wall.
    pub(crate) fn in_wall(&self, track: usize, from: f64, to: f64) -> bool {
        let site = &self.site.tracks[track];
        (!site.door_low && from < -LENGTH_SLACK)
            || (!site.door_high && to > site.length + LENGTH_SLACK)
    }

    /// Whether [from, to] lies wholly before a gate: locomotives that wait outside are none of the hall.
    pub(crate) fn outside(&self, track: usize, from: f64, to: f64) -> bool {
        let site = &self.site.tracks[track];
        (site.door_low && to < DEPARTED_DEPTH)
            || (site.door_high && from > site.length - DEPARTED_DEPTH)
    }

    /// Whether this end belongs to a locomotive that moves in through a gate: it leads it in, or follows it right behind the gate.
    pub(crate) fn moves_in(&self, track: usize, tentative: &TentativeEnd, side: Side) -> bool {
        let (site, (place, _), speed) = (
            &self.site.tracks[track],
            tentative.place(),
            tentative.surely(),
        );
        let reach = |leads: bool| {
            if leads {
                self.site.bounds.1
            } else {
                DOOR_TRAIL
            }
        };
        (site.door_low && speed > DOOR_SPEED_IN && place < reach(side == Side::High))
            || (site.door_high
                && speed < -DOOR_SPEED_IN
                && place > site.length - reach(side == Side::Low))
    }

    /// Log probability that nobody sees an end of `side` at `s` for a while.
    pub(crate) fn overlooked(&self, track: usize, now: Timestamp, s: f64, side: Side) -> f64 {
        self.site.watchers[track]
            .iter()
            .filter(|&&camera| self.live(camera, now))
            .map(|&camera| {
                let watched =
                    TrackState::watched(&self.site.cameras[camera].covers, track, s, side)
                        * (1.0 - self.outage(camera));
                (1.0 - watched * (1.0 - OVERLOOKED)).ln()
            })
            .sum()
    }

    /// Log probability that nobody sees an end at `s` that faces a coupled one.
    pub(crate) fn unseen_facing(&self, track: usize, now: Timestamp, s: f64, side: Side) -> f64 {
        self.overlooked(track, now, s, side)
            .max(HIDDEN_COUPLED.ln())
    }
}

impl TrackState {
    /// Probability that an end of `side` at `s` is in one of the covers.
    pub(crate) fn watched(covers: &[Cover], track: usize, s: f64, side: Side) -> f64 {
        covers
            .iter()
            .filter(|cover| {
                cover.track == track && (cover.side.is_none() || cover.side == Some(side))
            })
            .map(|cover| share_between(cover.from + COVER_MARGIN, cover.to - COVER_MARGIN, s, 0.1))
            .sum::<f64>()
            .min(1.0)
    }
}
