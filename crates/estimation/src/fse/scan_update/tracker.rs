// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scans, in the order of their event times, update what is known about their tracks.

use std::sync::Arc;

use messages::{Health, Timestamp};
use serde::{Deserialize, Serialize};

use crate::fse::model::calibration::{BodySupport, ConfidenceCalibration};
use crate::fse::model::locomotive::Locomotive;
use crate::fse::model::parameters::{LIGHTS_OUT_PRIOR, OUTAGE_PRIOR};
use crate::fse::model::pending_readings::{PendingReadings, Reading};
use crate::fse::model::scan::{Detection, Scan};
use crate::fse::model::site::{Cover, Site};
use crate::fse::model::track::TrackState;
use crate::fse::scan_update::association::{align, nearest};
use crate::fse::scan_update::gate::{Owner, PredictedEnd};
use crate::fse::scan_update::sensor_health::{OutageEstimate, SensorHealth};

/// All tracks and cameras.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Tracker {
    #[serde(skip)]
    pub(crate) site: Arc<Site>,
    pub(crate) tracks: Vec<TrackState>,
    pub(crate) sensor_health: Vec<SensorHealth>,
    /// Probability that nobody sees anything (lights off), and when that was judged.
    pub(crate) lights_out: (f64, Timestamp),
    pub(crate) next_id: u64,
    pub(crate) calibration: ConfidenceCalibration,
    /// Locomotives that left, with the time.
    pub(crate) departed: Vec<(Timestamp, Locomotive)>,
    /// Readings that waited for a locomotive in vain, since this was last asked.
    pub(crate) expired_readings: u64,
}

/// One track in one scan: what could be seen, and what was.
pub(crate) struct AssociationResult {
    pub(crate) track: usize,
    pub(crate) predicted: Vec<PredictedEnd>,
    /// Per slot the detection that it got.
    pub(crate) seen: Vec<Option<(Detection, f64)>>,
    pub(crate) unassigned: Vec<Detection>,
}

impl Tracker {
    pub(crate) fn new(site: Arc<Site>, time: Timestamp) -> Self {
        let track = TrackState {
            locomotives: Vec::new(),
            tentative: Vec::new(),
            pending_readings: PendingReadings::default(),
            time,
            reviewed: Timestamp::from_nanos(0),
        };
        let sensor_health = SensorHealth {
            health: Health::Online,
            outage: OUTAGE_PRIOR,
            last_scan: None,
            has_body_support: BodySupport::default(),
        };
        Self {
            tracks: vec![track; site.tracks.len()],
            sensor_health: vec![sensor_health; site.cameras.len()],
            site,
            lights_out: (LIGHTS_OUT_PRIOR, time),
            next_id: 1,
            calibration: ConfidenceCalibration::default(),
            departed: Vec::new(),
            expired_readings: 0,
        }
    }

    /// Takes in what was read at a time.
    pub(crate) fn read(&mut self, reading: Reading, time: Timestamp) {
        let track = &mut self.tracks[reading.track()];
        self.expired_readings += track.read(reading, time, &self.site);
    }

    /// Takes in one scan; returns the tracks that it concerns. Scans come in the order of their times.
    pub(crate) fn process_scan(&mut self, scan: &Scan) -> Vec<usize> {
        let site = Arc::clone(&self.site);
        let covers = scan
            .covers
            .as_ref()
            .unwrap_or(&site.cameras[scan.camera].covers);
        let mut results = Vec::new();
        let mut touched: Vec<usize> = covers.iter().map(|cover| cover.track).collect();
        touched.extend(scan.detections.iter().map(|detection| detection.0));
        touched.sort_unstable();
        touched.dedup();
        for &track in &touched {
            let from = scan.detections.partition_point(|d| d.0 < track);
            let to = scan.detections.partition_point(|d| d.0 <= track);
            self.tracks[track].predict(scan.time, &site, track);
            let here: Vec<Cover> = covers
                .iter()
                .filter(|cover| cover.track == track)
                .copied()
                .collect();
            let detections = self.with_bodies(track, scan.camera, &scan.detections[from..to]);
            results.push((self.associate(track, scan, &here, &detections), here));
        }
        let mut outage = self.judge_outage(scan, results.iter().map(|result| &result.0));
        if site.ablation.outages {
            self.sensor_health[scan.camera].outage = 0.0;
            self.lights_out.0 = 0.0;
            outage = OutageEstimate {
                camera: 0.0,
                lights_out: 0.0,
                sum: 0.0,
            };
        }
        for (result, here) in results {
            self.apply(scan, &result, &here, &outage);
        }
        self.sensor_health[scan.camera].last_scan = Some(scan.time);
        touched
    }

    /// The detections on a track without those that are no ends because their camera sees no body there.
    pub(crate) fn with_bodies(
        &mut self,
        track: usize,
        camera: usize,
        found: &[(usize, Detection)],
    ) -> Vec<Detection> {
        let sensor_health = &mut self.sensor_health[camera];
        for (_, detection) in found {
            if self.tracks[track].is_end_near(detection.s) {
                sensor_health
                    .has_body_support
                    .count(detection.has_body_support);
            }
        }
        let sure = sensor_health.has_body_support.is_reliable();
        found
            .iter()
            .map(|found| found.1)
            .filter(|detection| detection.has_body_support || !sure)
            .collect()
    }

    /// Finds out which detection is which end.
    pub(crate) fn associate(
        &self,
        track: usize,
        scan: &Scan,
        covers: &[Cover],
        detections: &[Detection],
    ) -> AssociationResult {
        let state = &self.tracks[track];
        let mut predicted = state.predicted(scan, covers, !detections.is_empty());
        self.apply_ablation(track, &mut predicted, scan.camera);
        state.expect(&mut predicted, detections);
        predicted.sort_by(|a, b| a.mean.total_cmp(&b.mean));
        let skip: Vec<f64> = predicted
            .iter()
            .map(|end| {
                if end.miss >= 1.0 {
                    return 0.0;
                }
                (1.0 - end.exists * (1.0 - end.miss)).max(1e-6).ln()
            })
            .collect();
        let score = |d: usize, k: usize| predicted[k].score(&detections[d]);
        let alignment = if self.site.ablation.order {
            nearest(detections.len(), predicted.len(), |d, k| {
                let worth = score(d, k)?;
                Some(((predicted[k].mean - detections[d].s).abs(), worth))
            })
        } else {
            align(detections.len(), &skip, score)
        };
        let mut seen: Vec<Option<(Detection, f64)>> = vec![None; predicted.len()];
        let mut taken = vec![false; detections.len()];
        for (d, k, worth) in alignment.matches {
            taken[d] = true;
            seen[k] = Some((detections[d], worth));
        }
        let unassigned = detections
            .iter()
            .zip(&taken)
            .filter(|(_, taken)| !**taken)
            .map(|(d, _)| *d)
            .collect();
        AssociationResult {
            track,
            predicted,
            seen,
            unassigned,
        }
    }

    /// Leaves out what is not to be known.
    pub(crate) fn apply_ablation(
        &self,
        track: usize,
        predicted: &mut [PredictedEnd],
        camera: usize,
    ) {
        let ablation = self.site.ablation;
        for end in predicted {
            if ablation.occlusion {
                end.detection_model.hidden = 0.0;
                end.detection_model.crowded = false;
            }
            if ablation.cover
                && let Owner::Locomotive(index, side) = end.owner
            {
                let existence = self.tracks[track].locomotives[index].end(side);
                end.detection_model.inside = f64::from(u8::from(existence.knows(camera)));
            }
        }
    }
}
