// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where an end would be out of sight, and where a locomotive cannot stand.

use messages::{Side, Timestamp};

use crate::fse::model::gaussian::share_between;
use crate::fse::model::motion::is_motion;
use crate::fse::model::parameters::{
    COVER_MARGIN, DEPARTED_DEPTH, HIDDEN_COUPLED, LENGTH_SLACK, parameters,
};
use crate::fse::model::site::Cover;
use crate::fse::model::span::Span;
use crate::fse::model::tentative::TentativeEnd;
use crate::fse::scan_update::tracker::Tracker;

parameters! {
    /// How far behind a door the trailing end of an arrival may first be detected.
    DOOR_TRAIL: f64 = 8.0, "m", "Larger: more ends count as arrivals.";
    /// Probability that one camera misses a covered end for long.
    OVERLOOKED: f64 = 0.1, "", "Larger: ends are more easily out of sight.";
}

impl Tracker {
    /// Whether a locomotive at rest would stand in a door: nobody parks in a doorway.
    pub(crate) fn is_in_doorway(&self, track: usize, span: Span) -> bool {
        let site = &self.site.tracks[track];
        (site.door_low && span.low < -DEPARTED_DEPTH)
            || (site.door_high && span.high > site.length + DEPARTED_DEPTH)
    }

    /// Whether a locomotive would stand in a wall.
    pub(crate) fn in_wall(&self, track: usize, span: Span) -> bool {
        let site = &self.site.tracks[track];
        (!site.door_low && span.low < -LENGTH_SLACK)
            || (!site.door_high && span.high > site.length + LENGTH_SLACK)
    }

    /// Whether a span lies wholly outside a door: locomotives that wait there are not in the hall.
    pub(crate) fn outside(&self, track: usize, span: Span) -> bool {
        let site = &self.site.tracks[track];
        (site.door_low && span.high < DEPARTED_DEPTH)
            || (site.door_high && span.low > site.length - DEPARTED_DEPTH)
    }

    /// Whether this end belongs to a locomotive that moves in through a door: it leads, or follows right behind the door.
    pub(crate) fn moves_in(&self, track: usize, tentative: &TentativeEnd, side: Side) -> bool {
        let site = &self.site.tracks[track];
        let (place, speed) = (tentative.place().mean, tentative.cautious_speed());
        let reach = |leads: bool| {
            if leads { self.site.longest } else { DOOR_TRAIL }
        };
        let upwards = site.door_low && speed > 0.0 && place < reach(side == Side::High);
        let downwards =
            site.door_high && speed < 0.0 && place > site.length - reach(side == Side::Low);
        is_motion(speed) && (upwards || downwards)
    }

    /// Log probability that no camera detects an end of `side` at `s` for a while.
    pub(crate) fn overlooked(&self, track: usize, now: Timestamp, s: f64, side: Side) -> f64 {
        self.site.watchers[track]
            .iter()
            .filter(|&&camera| self.is_live(camera, now))
            .map(|&camera| {
                let watched = watched(&self.site.cameras[camera].covers, track, s, side)
                    * (1.0 - self.outage(camera));
                (1.0 - watched * (1.0 - OVERLOOKED)).ln()
            })
            .sum()
    }

    /// Log probability that no camera detects an end at `s` that faces a coupled one.
    pub(crate) fn unseen_facing(&self, track: usize, now: Timestamp, s: f64, side: Side) -> f64 {
        self.overlooked(track, now, s, side)
            .max(HIDDEN_COUPLED.ln())
    }
}

/// Probability that an end of `side` at `s` is in one of the covers.
fn watched(covers: &[Cover], track: usize, s: f64, side: Side) -> f64 {
    covers
        .iter()
        .filter(|cover| cover.track == track && (cover.side.is_none() || cover.side == Some(side)))
        .map(|cover| share_between(cover.from + COVER_MARGIN, cover.to - COVER_MARGIN, s, 0.1))
        .sum::<f64>()
        .min(1.0)
}
