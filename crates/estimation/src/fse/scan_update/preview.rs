// SPDX-License-Identifier: MIT OR Apache-2.0
//! Previews.

use std::sync::Arc;

use messages::Timestamp;
use nalgebra::{Matrix2, Vector2};

use crate::fse::model::locomotive::Locomotive;
use crate::fse::model::motion::Motion;
use crate::fse::model::scan::{Detection, Scan};
use crate::fse::model::site::Cover;
use crate::fse::model::tentative::TentativeEnd;
use crate::fse::model::track::TrackState;
use crate::fse::scan_update::gate::Owner;
use crate::fse::scan_update::tracker::Tracker;

/// What time and glimpses change of the locomotives and tentative ends of one track: where they are, and the weights of ends.
pub(crate) struct Kinematics {
    time: Timestamp,
    locomotives: Vec<(Motion, f64, f64)>,
    tentative: Vec<(Vector2<f64>, Matrix2<f64>)>,
}

impl Tracker {
    /// Takes in a scan that is not committed yet, for a preview: it only tells where locomotives are, not which there are.
    pub(crate) fn preview_scan(&mut self, scan: &Scan) {
        let site = Arc::clone(&self.site);
        let covers = scan
            .covers
            .as_ref()
            .unwrap_or(&site.cameras[scan.camera].covers);
        for detections in scan.detections.chunk_by(|a, b| a.0 == b.0) {
            let track = detections[0].0;
            self.tracks[track].predict(scan.time, &site, track);
            let here: Vec<Cover> = covers
                .iter()
                .filter(|cover| cover.track == track)
                .copied()
                .collect();
            let found: Vec<Detection> = detections.iter().map(|d| d.1).collect();
            let result = self.associate(track, scan, &here, &found);
            for (end, seen) in result.predicted.iter().zip(&result.seen) {
                if let (Owner::Locomotive(index, side), Some((detection, _))) = (end.owner, seen) {
                    self.tracks[track].locomotives[index].motion.update(
                        side,
                        detection.s,
                        detection.variance,
                        end.detection_model.copies(),
                    );
                }
            }
        }
    }

    /// Where everything is, for [`Tracker::put_back`].
    pub(crate) fn kinematics(&self) -> Vec<Kinematics> {
        let known = |m: &Locomotive| (m.motion.clone(), m.low.chance_llr, m.high.chance_llr);
        let kinematics = |state: &TrackState| Kinematics {
            time: state.time,
            locomotives: state.locomotives.iter().map(known).collect(),
            tentative: state.tentative.iter().map(TentativeEnd::motion).collect(),
        };
        self.tracks.iter().map(kinematics).collect()
    }

    /// Puts everything back to where it was after predictions and glimpses.
    pub(crate) fn restore_kinematics(&mut self, kinematics: Vec<Kinematics>) {
        for (state, kinematics) in self.tracks.iter_mut().zip(kinematics) {
            state.time = kinematics.time;
            for (locomotive, (motion, low, high)) in
                state.locomotives.iter_mut().zip(kinematics.locomotives)
            {
                locomotive.motion = motion;
                (locomotive.low.chance_llr, locomotive.high.chance_llr) = (low, high);
            }
            for (tentative, motion) in state.tentative.iter_mut().zip(kinematics.tentative) {
                tentative.set_motion(motion);
            }
        }
    }
}
