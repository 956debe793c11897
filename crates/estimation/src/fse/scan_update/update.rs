// SPDX-License-Identifier: MIT OR Apache-2.0
//! Detections and missed detections change what is known.

use std::sync::Arc;

use messages::{Side, Timestamp};

use crate::fse::model::detection_model::{DetectionModel, inside};
use crate::fse::model::existence::EndExistence;
use crate::fse::model::gaussian::Component;
use crate::fse::model::locomotive::{Locomotive, other};
use crate::fse::model::parameters::{
    CALIBRATION_LEAST_EXISTENCE, CHANCE_LLR_BESIDE, CHANCE_LLR_MAX, COUPLED_DISTANCE, GATE_SIGMAS,
    HIDDEN_PRIOR, HIT_GAIN, HIT_MAX, HIT_MIN, LENGTH_VARIANCE, MAX_SPEED, MAX_TENTATIVE, MISS_GAIN,
    MISS_GAIN_LOCKED, MOVING, ONE_SIDED, REMEMBERED_ENDS, TERMINATION_LOG_ODDS, TIME_OUT,
    UNSEEN_WORST, WATCHED_WAY, WATCHING_OUTAGE_MAX,
};
use crate::fse::model::scan::{Detection, Scan};
use crate::fse::model::site::{Cover, Site};
use crate::fse::model::tentative::TentativeEnd;
use crate::fse::model::track::TrackState;
use crate::fse::scan_update::gate::{Owner, hidden_prior};
use crate::fse::scan_update::sensor_health::OutageEstimate;
use crate::fse::scan_update::tracker::{AssociationResult, Tracker};

/// An end that lies in a cover with less probability than this does so in neither mode, as far as can be computed.
const OUT_OF_COVER: f64 = 1e-21;

impl Tracker {
    /// Hits and misses change what is known about one track.
    pub(crate) fn apply(
        &mut self,
        scan: &Scan,
        result: &AssociationResult,
        covers: &[Cover],
        blindness: &OutageEstimate,
    ) {
        let site = Arc::clone(&self.site);
        let outage_now = self.outage(scan.camera);
        let outage_anyhow = blindness.excluding(0.0);
        // Before the first hit moves a locomotive.
        let gains: Vec<f64> = result
            .predicted
            .iter()
            .zip(&result.seen)
            .map(|(end, seen)| match (end.owner, seen) {
                (Owner::Locomotive(index, side), None) => {
                    self.miss_gain(scan, result.track, index, side)
                }
                _ => 0.0,
            })
            .collect();
        let state = &mut self.tracks[result.track];
        for ((end, seen), gain) in result.predicted.iter().zip(&result.seen).zip(gains) {
            match (end.owner, seen) {
                (Owner::Locomotive(index, side), Some((detection, score))) => {
                    let locomotive = &mut state.locomotives[index];
                    locomotive.motion.update(
                        side,
                        detection.s,
                        detection.variance,
                        end.detection_model.copies(),
                    );
                    let gain = (HIT_GAIN * score).clamp(HIT_MIN, HIT_MAX);
                    let confidence_log_odds =
                        self.calibration.log_odds(detection.level, site.ablation);
                    locomotive.end_mut(side).hit(
                        &end.detection_model,
                        detection,
                        gain,
                        confidence_log_odds,
                    );
                    if locomotive.unseen.is_none()
                        && locomotive.existence_log_odds() > CALIBRATION_LEAST_EXISTENCE
                    {
                        self.calibration
                            .add_real(detection.level, end.detection_model.share);
                    }
                }
                (Owner::Locomotive(index, side), None) => {
                    let outage = (end.missed_log_likelihood())
                        .map_or(outage_anyhow, |own| blindness.excluding(own));
                    let locomotive = &mut state.locomotives[index];
                    let miss = |inside: f64| {
                        let detection_model = DetectionModel {
                            inside,
                            ..end.detection_model
                        };
                        outage + (1.0 - outage) * detection_model.miss()
                    };
                    let nowhere = end.detection_model.inside < OUT_OF_COVER && !site.ablation.cover;
                    let (rest, run) = if nowhere {
                        let anyhow = miss(0.0);
                        (anyhow, anyhow)
                    } else {
                        let [rest, run] = end.modes.map(|mode| {
                            let alone = Component {
                                weight: 1.0,
                                ..mode
                            };
                            miss(inside(covers, end.side, &[alone]).0)
                        });
                        (rest, run)
                    };
                    locomotive.motion.weigh_modes(rest, run);
                    locomotive
                        .end_mut(side)
                        .miss(&end.detection_model, outage, gain);
                }
                (Owner::Tentative(index), Some((detection, score))) => {
                    let tentative = &mut state.tentative[index];
                    tentative.update(detection.s, detection.variance);
                    let gain = (HIT_GAIN * score).clamp(HIT_MIN, HIT_MAX);
                    let confidence_log_odds =
                        self.calibration.log_odds(detection.level, site.ablation);
                    tentative.existence.hit(
                        &end.detection_model,
                        detection,
                        gain,
                        confidence_log_odds,
                    );
                    tentative
                        .confidences
                        .add(detection.level, end.detection_model.share);
                }
                (Owner::Tentative(index), None) => {
                    state.tentative[index].existence.miss(
                        &end.detection_model,
                        outage_now,
                        MISS_GAIN,
                    );
                }
            }
        }
        state.miss_unseen_ends(scan, covers, outage_now);
        for detection in &result.unassigned {
            let beside = result
                .seen
                .iter()
                .flatten()
                .any(|(other, _)| (other.s - detection.s).abs() < COUPLED_DISTANCE);
            let confidence_log_odds = self.calibration.log_odds(detection.level, site.ablation);
            state.initiate_tentative(scan, detection, beside, confidence_log_odds);
        }
        for false_ in state.terminate_unlikely(scan.time, &site) {
            self.calibration.add_false(&false_.confidences);
        }
    }

    /// Share of a miss that counts: little if the locomotive as a whole is out of sight and could not have left unnoticed.
    pub(crate) fn miss_gain(&self, scan: &Scan, track: usize, index: usize, side: Side) -> f64 {
        if self.site.ablation.misses {
            return 0.0;
        }
        let locomotive = &self.tracks[track].locomotives[index];
        let unseen = |side: Side| locomotive.end(side).unseen(scan.time);
        if unseen(side) > unseen(other(side)) + ONE_SIDED {
            return MISS_GAIN;
        }
        let site = &self.site.tracks[track];
        let (low, high) = locomotive.motion.span();
        let last = index + 1 == self.tracks[track].locomotives.len();
        let by_low =
            site.door_low && index == 0 && self.unnoticed(scan, track, locomotive, 0.0, high);
        let by_high =
            site.door_high && last && self.unnoticed(scan, track, locomotive, low, site.length);
        if by_low || by_high {
            MISS_GAIN
        } else {
            MISS_GAIN_LOCKED
        }
    }

    /// Whether a locomotive may have taken its way out, [from, to], unseen: there was time, and no other camera watches it.
    pub(crate) fn unnoticed(
        &self,
        scan: &Scan,
        track: usize,
        locomotive: &Locomotive,
        from: f64,
        to: f64,
    ) -> bool {
        locomotive.unseen_for(scan.time) * MAX_SPEED > to - from
            && !self.site.watchers[track].iter().any(|&camera| {
                camera != scan.camera
                    && self.live(camera, scan.time)
                    && self.outage(camera) < WATCHING_OUTAGE_MAX
                    && self.site.cameras[camera].covers.iter().any(|cover| {
                        cover.track == track
                            && cover.to.min(to) - cover.from.max(from) >= WATCHED_WAY
                    })
            })
    }
}

impl TrackState {
    /// Scans at places where an end that was never seen may be say how long its locomotive is.
    pub(crate) fn miss_unseen_ends(&mut self, scan: &Scan, covers: &[Cover], outage: f64) {
        for index in 0..self.locomotives.len() {
            let locomotive = &self.locomotives[index];
            let Some(unseen) = &locomotive.unseen else {
                continue;
            };
            let side = unseen.side;
            let known = locomotive.motion.place(other(side));
            let sign = if side == Side::Low { -1.0 } else { 1.0 };
            let at = |length: f64| Component {
                weight: 1.0,
                mean: known.0 + sign * length,
                variance: known.1 + LENGTH_VARIANCE,
            };
            let mut total = (0.0, 0.0);
            for (length, p) in unseen.probabilities() {
                let (there, detection) = inside(covers, Some(side), &[at(length)]);
                total = (total.0 + p * there, f64::max(total.1, detection));
            }
            if total.0 < 0.001 {
                continue;
            }
            let place = locomotive.motion.place(side).0;
            let hidden = hidden_prior(&self.spans(), place, side, Some(index), covers);
            let detection_model = locomotive.end(side).detection_model(
                scan.camera,
                scan.time,
                total.0,
                total.1,
                hidden,
            );
            let locomotive = &mut self.locomotives[index];
            // As long as it may well be where nobody looks, not to see it speaks against no locomotive.
            if total.0 > 0.5 {
                locomotive
                    .end_mut(side)
                    .miss(&detection_model, outage, MISS_GAIN);
            }
            if let Some(unseen) = &mut locomotive.unseen {
                // Hidden it may be all the time: one camera says only so much, however often it looks.
                unseen.weigh(UNSEEN_WORST, |length| {
                    let (inside, _) = inside(covers, Some(side), &[at(length)]);
                    let detection_model = DetectionModel {
                        inside,
                        hidden,
                        ..detection_model
                    };
                    (outage + (1.0 - outage) * detection_model.miss()).ln()
                });
            }
            locomotive.place_unseen_end();
        }
    }

    pub(crate) fn initiate_tentative(
        &mut self,
        scan: &Scan,
        detection: &Detection,
        beside: bool,
        confidence_log_odds: f64,
    ) {
        if self.tentative.len() >= MAX_TENTATIVE {
            let weakest = (0..self.tentative.len()).min_by(|&a, &b| {
                self.tentative[a]
                    .existence
                    .chance_llr
                    .total_cmp(&self.tentative[b].existence.chance_llr)
            });
            if let Some(index) = weakest {
                self.tentative.remove(index);
            }
        }
        let mut tentative = TentativeEnd::new(detection.s, detection.variance, scan.time);
        if beside {
            tentative.existence.chance_llr = CHANCE_LLR_BESIDE;
        }
        let detection_model =
            EndExistence::new(0.0).detection_model(scan.camera, scan.time, 1.0, 0.9, HIDDEN_PRIOR);
        tentative
            .existence
            .hit(&detection_model, detection, HIT_MIN, confidence_log_odds);
        tentative.confidences.add(detection.level, 1.0);
        self.tentative.push(tentative);
    }

    /// Drops what is no longer believed, and what is not a number. Returns the tentative ends that came to nothing.
    pub(crate) fn terminate_unlikely(&mut self, now: Timestamp, site: &Site) -> Vec<TentativeEnd> {
        let gone = |locomotive: &Locomotive| {
            let forgotten = site.ablation.misses && locomotive.unseen_for(now) > TIME_OUT;
            let unbelieved = !locomotive.surely_exists(TERMINATION_LOG_ODDS)
                && locomotive.existence_log_odds() < TERMINATION_LOG_ODDS;
            unbelieved || !locomotive.motion.is_finite() || forgotten
        };
        let dead: Vec<Locomotive> = self.locomotives.extract_if(.., |m| gone(m)).collect();
        for locomotive in &dead {
            self.keep_ends_as_tentative(locomotive, now);
        }
        self.tentative
            .extract_if(.., |tentative| tentative.is_terminated(now))
            .collect()
    }

    /// The ends of a locomotive that is none stay tentative ends, with all that is known of them: a false end that was found out is
    /// not believed again.
    pub(crate) fn keep_ends_as_tentative(&mut self, locomotive: &Locomotive, now: Timestamp) {
        for side in [Side::Low, Side::High] {
            if locomotive.never_seen(side) || locomotive.end(side).unseen(now) > REMEMBERED_ENDS {
                continue;
            }
            if self.tentative.len() < MAX_TENTATIVE {
                let (place, variance) = locomotive.motion.place(side);
                let mut tentative = TentativeEnd::new(place, variance, now);
                tentative.existence = locomotive.end(side).clone();
                tentative.settle();
                self.tentative.push(tentative);
            }
        }
    }
}

impl Tracker {
    /// A late scan still shows that locomotives at rest stand where they stand.
    pub(crate) fn confirm_at_rest(&mut self, scan: &Scan) {
        for (track, detection) in &scan.detections {
            for locomotive in &mut self.tracks[*track].locomotives {
                for side in [Side::Low, Side::High] {
                    let (mean, variance) = locomotive.motion.place(side);
                    let near = (detection.s - mean).abs()
                        < GATE_SIGMAS * (variance + detection.variance).sqrt();
                    if near
                        && locomotive.motion.moving() < 1.0 - MOVING
                        && !locomotive.never_seen(side)
                    {
                        let existence = locomotive.end_mut(side);
                        existence.chance_llr =
                            (existence.chance_llr + HIT_MIN * 0.5).min(CHANCE_LLR_MAX);
                    }
                }
            }
        }
    }
}
