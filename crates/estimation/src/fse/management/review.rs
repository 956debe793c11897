// SPDX-License-Identifier: MIT OR Apache-2.0
//! When a track is reviewed, and in which order.

use std::sync::Arc;

use messages::Timestamp;

use crate::fse::management::selection::select;
use crate::fse::model::parameters::parameters;
use crate::fse::model::scan::Scan;
use crate::fse::scan_update::tracker::Tracker;

parameters! {
    /// Time between two reviews of a track with unexplained ends.
    REVIEW: f64 = 0.3, "s", "Smaller: changes are found sooner, more work.";
    /// The same on a track without.
    REVIEW_QUIET: f64 = 10.0, "s", "Smaller: more work.";
}

impl Tracker {
    /// Takes in one scan, and brings the tracks that it concerns up to date.
    pub(crate) fn take_scan(&mut self, scan: &Scan) {
        for track in self.process_scan(scan) {
            self.manage_track(track, scan.time);
        }
    }

    /// Brings every track up to date.
    pub(crate) fn manage(&mut self, now: Timestamp) {
        let site = Arc::clone(&self.site);
        for track in 0..site.tracks.len() {
            self.tracks[track].predict(now, &site, track);
            self.manage_track(track, now);
        }
        self.reidentify(now);
    }

    /// Terminates locomotives that have left a track, and reviews it if the time has come.
    fn manage_track(&mut self, track: usize, now: Timestamp) {
        self.terminate_departed(track, now);
        self.review(track, now);
        self.expired_readings += self.tracks[track].claim(now, &self.site);
    }

    /// Reviews one track if it is time to.
    fn review(&mut self, track: usize, now: Timestamp) {
        let state = &self.tracks[track];
        let likely = state.tentative.iter().any(|c| c.existence.is_likely());
        let one_ended = state
            .locomotives
            .iter()
            .any(|locomotive| locomotive.unseen.is_some());
        if state.locomotives.is_empty() && state.tentative.is_empty() {
            return;
        }
        let pause = if likely || one_ended {
            REVIEW
        } else {
            REVIEW_QUIET
        };
        if now.seconds_since(state.reviewed) < pause {
            return;
        }
        self.tracks[track].reviewed = now;
        self.tracks[track].sort();
        self.tracks[track].bound_unseen();
        self.tracks[track].forget(now);
        self.reacquire_lost(track, now);
        let hypotheses = self.hypotheses(track, now);
        let chosen = select(&hypotheses);
        self.adopt(track, now, &hypotheses, &chosen);
        self.tracks[track].sort();
        self.tracks[track].drop_duplicates();
    }
}
