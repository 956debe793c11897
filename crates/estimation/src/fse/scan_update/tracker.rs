// SPDX-License-Identifier: MIT OR Apache-2.0
//! All tracks and cameras. Scans, in the order of their event times, update what is known.

use std::sync::Arc;

use messages::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fse::model::calibration::ConfidenceCalibration;
use crate::fse::model::locomotive::Locomotive;
use crate::fse::model::pending_readings::{PendingReadings, Reading};
use crate::fse::model::scan::{Detection, Scan};
use crate::fse::model::sensor_health::{LightsOut, SensorHealth};
use crate::fse::model::site::{Cover, Site};
use crate::fse::model::track::TrackState;
use crate::fse::scan_update::association::{Candidate, align, nearest};
use crate::fse::scan_update::gate::{Owner, PredictedEnd};

/// All tracks and cameras.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Tracker {
    #[serde(skip)]
    pub(crate) site: Arc<Site>,
    pub(crate) tracks: Vec<TrackState>,
    /// Per camera.
    pub(crate) sensor_health: Vec<SensorHealth>,
    pub(crate) lights_out: LightsOut,
    /// The identity of the next locomotive.
    pub(crate) next_id: u64,
    pub(crate) calibration: ConfidenceCalibration,
    /// Locomotives that left, with the time.
    pub(crate) departed: Vec<(Timestamp, Locomotive)>,
    /// Readings that expired since this was last asked.
    pub(crate) expired_readings: u64,
}

/// A detection that was assigned to a predicted end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Assignment {
    pub(crate) detection: Detection,
    /// Nats.
    pub(crate) worth: f64,
}

/// One track in one scan: what could be detected, and what was.
pub(crate) struct AssociationResult {
    pub(crate) track: usize,
    /// In order along the track.
    pub(crate) predicted: Vec<PredictedEnd>,
    /// Per predicted end the detection that was assigned to it.
    pub(crate) assigned: Vec<Option<Assignment>>,
    pub(crate) unassigned: Vec<Detection>,
}

impl Tracker {
    /// A tracker that knows nothing yet.
    pub(crate) fn new(site: Arc<Site>, time: Timestamp) -> Self {
        let track = TrackState {
            locomotives: Vec::new(),
            tentative: Vec::new(),
            pending_readings: PendingReadings::default(),
            time,
            reviewed: Timestamp::from_nanos(0),
        };
        Self {
            tracks: vec![track; site.tracks.len()],
            sensor_health: vec![SensorHealth::new(); site.cameras.len()],
            site,
            lights_out: LightsOut::new(time),
            next_id: 1,
            calibration: ConfidenceCalibration::default(),
            departed: Vec::new(),
            expired_readings: 0,
        }
    }

    /// Whether it is of this facility's tracks and cameras.
    pub(crate) fn fits(&self, site: &Site) -> bool {
        let cameras = site.cameras.len();
        let mut departed = self.departed.iter();
        self.tracks.len() == site.tracks.len()
            && self.sensor_health.len() == cameras
            && self.tracks.iter().all(|track| track.fits(cameras))
            && departed.all(|(_, locomotive)| locomotive.fits(cameras))
    }

    /// Takes in what was read at a time.
    pub(crate) fn read(&mut self, reading: Reading, time: Timestamp) {
        let track = &mut self.tracks[reading.track()];
        self.expired_readings += track.read(reading, time, &self.site);
    }

    /// Takes in one scan; returns the tracks that it concerns. Scans come in the order of their times.
    pub(crate) fn process_scan(&mut self, scan: &Scan) -> Vec<usize> {
        let site = Arc::clone(&self.site);
        let mut results = Vec::new();
        let covers = scan.covers(&site).iter();
        let mut touched: Vec<usize> = covers.map(|cover| cover.track).collect();
        touched.extend(scan.detections.iter().map(|detection| detection.track));
        touched.sort_unstable();
        touched.dedup();
        for &track in &touched {
            let from = scan.detections.partition_point(|d| d.track < track);
            let to = scan.detections.partition_point(|d| d.track <= track);
            self.tracks[track].predict(scan.time, &site, track);
            let here = scan.covers_on(track, &site);
            let detections = self.with_bodies(track, scan.camera, &scan.detections[from..to]);
            results.push((self.associate(track, scan, &here, &detections), here));
        }
        let outage = self.judge_outage(scan, results.iter().map(|result| &result.0));
        for (result, here) in results {
            self.update(scan, &result, &here, &outage);
        }
        self.sensor_health[scan.camera].last_scan = Some(scan.time);
        touched
    }

    /// The detections on a track without those that are no ends because their camera sees no body there.
    fn with_bodies(
        &mut self,
        track: usize,
        camera: usize,
        detections: &[Detection],
    ) -> Vec<Detection> {
        let body_support = &mut self.sensor_health[camera].body_support;
        for detection in detections {
            if self.tracks[track].is_end_near(detection.s) {
                body_support.count(detection.has_body_support);
            }
        }
        let reliable = body_support.is_reliable();
        detections
            .iter()
            .filter(|detection| detection.has_body_support || !reliable)
            .copied()
            .collect()
    }

    /// Finds out which detection belongs to which end.
    pub(crate) fn associate(
        &self,
        track: usize,
        scan: &Scan,
        covers: &[Cover],
        detections: &[Detection],
    ) -> AssociationResult {
        let state = &self.tracks[track];
        let mut predicted = state.predicted_ends(scan, covers, !detections.is_empty());
        self.apply_ablation(track, &mut predicted, scan.camera);
        state.expect(&mut predicted, detections);
        predicted.sort_by(|a, b| a.place.mean.total_cmp(&b.place.mean));
        let skip: Vec<f64> = predicted
            .iter()
            .map(|end| {
                if end.missed >= 1.0 {
                    return 0.0;
                }
                (1.0 - end.exists * (1.0 - end.missed)).max(1e-6).ln()
            })
            .collect();
        let worth = |d: usize, k: usize| predicted[k].worth(&detections[d]);
        let alignment = if self.site.ablation.order {
            nearest(detections.len(), predicted.len(), |d, k| {
                Some(Candidate {
                    worth: worth(d, k)?,
                    distance: (predicted[k].place.mean - detections[d].s).abs(),
                })
            })
        } else {
            align(detections.len(), &skip, worth)
        };
        let mut assigned: Vec<Option<Assignment>> = vec![None; predicted.len()];
        let mut taken = vec![false; detections.len()];
        for pair in alignment.pairs {
            taken[pair.detection] = true;
            assigned[pair.end] = Some(Assignment {
                detection: detections[pair.detection],
                worth: pair.worth,
            });
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
            assigned,
            unassigned,
        }
    }

    /// Leaves out the parts of the detection model that the [ablation](crate::fse::Ablation) says.
    fn apply_ablation(&self, track: usize, predicted: &mut [PredictedEnd], camera: usize) {
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
