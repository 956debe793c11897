// SPDX-License-Identifier: MIT OR Apache-2.0
//! Previews: scans that are not committed yet show where locomotives are. What a preview changes is put back afterwards.

use std::sync::Arc;

use messages::Timestamp;

use crate::fse::model::gaussian::Moments;
use crate::fse::model::locomotive::Locomotive;
use crate::fse::model::motion::Motion;
use crate::fse::model::scan::Scan;
use crate::fse::model::tentative::TentativeEnd;
use crate::fse::model::track::TrackState;
use crate::fse::scan_update::gate::Owner;
use crate::fse::scan_update::tracker::Tracker;

/// What predictions and previews change on one track.
pub(crate) struct Kinematics {
    time: Timestamp,
    locomotives: Vec<LocomotiveKinematics>,
    tentative: Vec<Moments<2>>,
}

/// What they change of one locomotive.
struct LocomotiveKinematics {
    motion: Motion,
    low_chance_llr: f64,
    high_chance_llr: f64,
}

impl Tracker {
    /// Takes in a scan that is not committed yet: it only tells where locomotives are, not which there are.
    pub(crate) fn preview_scan(&mut self, scan: &Scan) {
        let site = Arc::clone(&self.site);
        for detections in scan.detections.chunk_by(|a, b| a.track == b.track) {
            let track = detections[0].track;
            self.tracks[track].predict(scan.time, &site, track);
            let here = scan.covers_on(track, &site);
            let result = self.associate(track, scan, &here, detections);
            for (end, assigned) in result.predicted.iter().zip(&result.assigned) {
                if let (Owner::Locomotive(index, side), Some(assignment)) = (end.owner, assigned) {
                    self.tracks[track].locomotives[index].motion.update(
                        side,
                        assignment.detection.place(),
                        end.detection_model.correlated_scans(),
                    );
                }
            }
        }
    }

    /// Where everything is, for [`Tracker::restore_kinematics`].
    pub(crate) fn kinematics(&self) -> Vec<Kinematics> {
        let of_locomotive = |locomotive: &Locomotive| LocomotiveKinematics {
            motion: locomotive.motion.clone(),
            low_chance_llr: locomotive.low.chance_llr,
            high_chance_llr: locomotive.high.chance_llr,
        };
        let of_track = |state: &TrackState| Kinematics {
            time: state.time,
            locomotives: state.locomotives.iter().map(of_locomotive).collect(),
            tentative: state.tentative.iter().map(TentativeEnd::motion).collect(),
        };
        self.tracks.iter().map(of_track).collect()
    }

    /// Puts everything back to where it was before predictions and previews.
    pub(crate) fn restore_kinematics(&mut self, before: Vec<Kinematics>) {
        for (state, before) in self.tracks.iter_mut().zip(before) {
            state.time = before.time;
            for (locomotive, before) in state.locomotives.iter_mut().zip(before.locomotives) {
                locomotive.motion = before.motion;
                locomotive.low.chance_llr = before.low_chance_llr;
                locomotive.high.chance_llr = before.high_chance_llr;
            }
            for (tentative, motion) in state.tentative.iter_mut().zip(before.tentative) {
                tentative.set_motion(motion);
            }
        }
    }
}
