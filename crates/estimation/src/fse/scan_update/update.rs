// SPDX-License-Identifier: MIT OR Apache-2.0
//! Detections and missed detections of one scan change what is known about one track.

use std::sync::Arc;

use messages::{Side, Timestamp};

use crate::fse::model::calibration::ConfidenceCalibration;
use crate::fse::model::detection_model::{Coverage, DetectionModel, coverage};
use crate::fse::model::existence::EndExistence;
use crate::fse::model::gaussian::{ByMode, Component};
use crate::fse::model::locomotive::{LengthProbability, Locomotive, other};
use crate::fse::model::parameters::{
    CHANCE_LLR_MAX, COUPLED_DISTANCE, GATE_SIGMAS, HIDDEN_PRIOR, LENGTH_VARIANCE, MAX_SPEED,
    parameters,
};
use crate::fse::model::scan::{Detection, Scan};
use crate::fse::model::site::{Cover, Site};
use crate::fse::model::span::Span;
use crate::fse::model::tentative::TentativeEnd;
use crate::fse::model::track::TrackState;
use crate::fse::scan_update::gate::{Owner, PredictedEnd, hidden_prior};
use crate::fse::scan_update::outage::OutageEstimate;
use crate::fse::scan_update::tracker::{Assignment, AssociationResult, Tracker};

parameters! {
    /// Chance log-likelihood ratio of a new tentative end beside another end of the same scan: locomotives couple.
    CHANCE_LLR_BESIDE: f64 = 0.5, "nats", "Higher: inner ends of rakes are found sooner, as are false ends beside real ones.";
    /// Gain of a hit per nat of the assignment's worth.
    HIT_GAIN: f64 = 0.35, "", "Larger: fewer hits suffice.";
    /// Least gain of a hit.
    HIT_MIN: f64 = 0.5, "nats", "Larger: fewer hits suffice.";
    /// Largest gain of a hit.
    HIT_MAX: f64 = 2.0, "nats", "Larger: single hits decide more.";
    /// Share of a missed detection's log-likelihood that counts.
    MISS_GAIN: f64 = 0.85, "", "Larger: what is missed is terminated sooner.";
    /// The same where the locomotive could not have left unnoticed.
    MISS_GAIN_LOCKED: f64 = 0.3, "", "Larger: hidden locomotives are terminated sooner.";
    /// A missed end counts in full although the locomotive as a whole could not leave, if the other end was seen so
    /// much later.
    ONE_SIDED: f64 = 5.0, "s", "Larger: wrong ends of seen locomotives live longer.";
    /// A camera that covers this much of the way to a door sees whoever takes it.
    WATCHED_WAY: f64 = 5.0, "m", "Larger: fewer ways count as watched.";
    /// A camera with a higher outage probability watches nothing.
    WATCHING_OUTAGE_MAX: f64 = 0.3, "", "Smaller: fewer ways count as watched.";
    /// With the ablation `misses`: a locomotive that was not detected for this long is terminated.
    TIME_OUT: f64 = 60.0, "s", "Nothing in normal use.";
    /// A locomotive is terminated below these existence log odds.
    TERMINATION_LOG_ODDS: f64 = -3.0, "nats", "Lower: lost locomotives live longer, as do false ones.";
    /// An end of a terminated locomotive becomes a tentative end if it was detected within this time.
    REMEMBERED_ENDS: f64 = 5.0, "s", "Larger: known false ends are remembered longer.";
    /// Tentative ends per track, at most; the least likely go first.
    MAX_TENTATIVE: usize = 24, "", "Bounds memory and work.";
    /// Existence log odds from which a locomotive's ends teach what real ends look like.
    CALIBRATION_LEAST_EXISTENCE: f64 = 3.0, "nats", "Higher: fewer, purer examples.";
    /// Scans that do not show the unseen end lower the log weight of a length to this at most.
    UNSEEN_WORST: f64 = -3.0, "nats", "Lower: misses say more about the length.";
}

/// An end that lies in a cover with less probability than this does so in neither mode, as far as can be computed.
const OUT_OF_COVER: f64 = 1e-21;

impl Tracker {
    /// Detections and missed detections change what is known about one track.
    pub(crate) fn update(
        &mut self,
        scan: &Scan,
        result: &AssociationResult,
        covers: &[Cover],
        outage: &OutageEstimate,
    ) {
        let site = Arc::clone(&self.site);
        let outage_now = self.outage(scan.camera);
        let outage_anyhow = outage.excluding(0.0);
        // Before the first detection moves a locomotive.
        let gains: Vec<f64> = result
            .predicted
            .iter()
            .zip(&result.assigned)
            .map(|(end, assigned)| match (end.owner, assigned) {
                (Owner::Locomotive(index, side), None) => {
                    self.miss_gain(scan, result.track, index, side)
                }
                _ => 0.0,
            })
            .collect();
        let state = &mut self.tracks[result.track];
        for ((end, assigned), gain) in result.predicted.iter().zip(&result.assigned).zip(gains) {
            match (end.owner, assigned) {
                (Owner::Locomotive(index, side), Some(assignment)) => {
                    let locomotive = &mut state.locomotives[index];
                    detect(
                        locomotive,
                        side,
                        end,
                        assignment,
                        &mut self.calibration,
                        &site,
                    );
                }
                (Owner::Locomotive(index, side), None) => {
                    let outage = (end.missed_log_likelihood())
                        .map_or(outage_anyhow, |own| outage.excluding(own));
                    let locomotive = &mut state.locomotives[index];
                    let predicted = missed_by_mode(end, covers, outage, &site);
                    locomotive.motion.weigh_modes(predicted);
                    locomotive
                        .end_mut(side)
                        .missed(&end.detection_model, outage, gain);
                }
                (Owner::Tentative(index), Some(Assignment { detection, worth })) => {
                    let tentative = &mut state.tentative[index];
                    tentative.update(detection.place());
                    let log_odds = self.calibration.log_odds(detection.level, site.ablation);
                    tentative.existence.detected(
                        &end.detection_model,
                        detection,
                        hit_gain(*worth),
                        log_odds,
                    );
                    tentative
                        .confidences
                        .add(detection.level, end.detection_model.share);
                }
                (Owner::Tentative(index), None) => {
                    state.tentative[index].existence.missed(
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
                .assigned
                .iter()
                .flatten()
                .any(|other| (other.detection.s - detection.s).abs() < COUPLED_DISTANCE);
            let log_odds = self.calibration.log_odds(detection.level, site.ablation);
            state.initiate_tentative(scan, detection, beside, log_odds);
        }
        for clutter in state.terminate_unlikely(scan.time, &site) {
            self.calibration.add_false(&clutter.confidences);
        }
    }

    /// Share of a miss that counts: little if the locomotive as a whole is out of sight and could not have left unnoticed.
    fn miss_gain(&self, scan: &Scan, track: usize, index: usize, side: Side) -> f64 {
        if self.site.ablation.misses {
            return 0.0;
        }
        let locomotive = &self.tracks[track].locomotives[index];
        let unseen = |side: Side| locomotive.end(side).unseen(scan.time);
        if unseen(side) > unseen(other(side)) + ONE_SIDED {
            return MISS_GAIN;
        }
        let site = &self.site.tracks[track];
        let Span { low, high } = locomotive.motion.span();
        let last = index + 1 == self.tracks[track].locomotives.len();
        let way_down = Span { low: 0.0, high };
        let way_up = Span {
            low,
            high: site.length,
        };
        let by_low =
            site.door_low && index == 0 && self.may_have_taken(way_down, scan, track, locomotive);
        let by_high =
            site.door_high && last && self.may_have_taken(way_up, scan, track, locomotive);
        if by_low || by_high {
            MISS_GAIN
        } else {
            MISS_GAIN_LOCKED
        }
    }

    /// Whether a locomotive may have taken its way out unnoticed: there was time, and no other camera watches it.
    fn may_have_taken(
        &self,
        way: Span,
        scan: &Scan,
        track: usize,
        locomotive: &Locomotive,
    ) -> bool {
        locomotive.unseen_for(scan.time) * MAX_SPEED > way.high - way.low
            && !self.site.watchers[track].iter().any(|&camera| {
                camera != scan.camera
                    && self.is_live(camera, scan.time)
                    && self.outage(camera) < WATCHING_OUTAGE_MAX
                    && self.site.cameras[camera].covers.iter().any(|cover| {
                        cover.track == track
                            && cover.to.min(way.high) - cover.from.max(way.low) >= WATCHED_WAY
                    })
            })
    }

    /// A late scan still shows that locomotives at rest stand where they stand.
    pub(crate) fn confirm_at_rest(&mut self, scan: &Scan) {
        for detection in &scan.detections {
            for locomotive in &mut self.tracks[detection.track].locomotives {
                for side in [Side::Low, Side::High] {
                    let place = locomotive.motion.place(side);
                    let near = (detection.s - place.mean).abs()
                        < GATE_SIGMAS * (place.variance + detection.variance).sqrt();
                    if near && locomotive.motion.is_at_rest() && !locomotive.never_seen(side) {
                        let end = locomotive.end_mut(side);
                        end.chance_llr = (end.chance_llr + HIT_MIN * 0.5).min(CHANCE_LLR_MAX);
                    }
                }
            }
        }
    }
}

/// An end of a locomotive was detected.
#[inline]
fn detect(
    locomotive: &mut Locomotive,
    side: Side,
    end: &PredictedEnd,
    assignment: &Assignment,
    calibration: &mut ConfidenceCalibration,
    site: &Site,
) {
    let Assignment { detection, worth } = assignment;
    locomotive.motion.update(
        side,
        detection.place(),
        end.detection_model.correlated_scans(),
    );
    let log_odds = calibration.log_odds(detection.level, site.ablation);
    locomotive
        .end_mut(side)
        .detected(&end.detection_model, detection, hit_gain(*worth), log_odds);
    if locomotive.unseen.is_none() && locomotive.existence_log_odds() > CALIBRATION_LEAST_EXISTENCE
    {
        calibration.add_real(detection.level, end.detection_model.share);
    }
}

/// Gain of a hit whose assignment has this worth, nats.
fn hit_gain(worth: f64) -> f64 {
    (HIT_GAIN * worth).clamp(HIT_MIN, HIT_MAX)
}

/// Probability that an end is missed, if its locomotive is at rest and if it moves: a miss is evidence for the mode in which
/// the end would be out of sight.
#[inline]
fn missed_by_mode(end: &PredictedEnd, covers: &[Cover], outage: f64, site: &Site) -> ByMode<f64> {
    let missed = |inside: f64| {
        let detection_model = DetectionModel {
            inside,
            ..end.detection_model
        };
        outage + (1.0 - outage) * detection_model.missed_probability()
    };
    if end.detection_model.inside < OUT_OF_COVER && !site.ablation.cover {
        let anyhow = missed(0.0);
        return ByMode {
            rest: anyhow,
            run: anyhow,
        };
    }
    let [rest, run] = end.modes.map(|mode| {
        let alone = Component {
            weight: 1.0,
            ..mode
        };
        missed(coverage(covers, end.side, &[alone]).inside)
    });
    ByMode { rest, run }
}

impl TrackState {
    /// Scans of places where an end that was never detected may be say how long its locomotive is.
    fn miss_unseen_ends(&mut self, scan: &Scan, covers: &[Cover], outage: f64) {
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
                mean: known.mean + sign * length,
                variance: known.variance + LENGTH_VARIANCE,
            };
            let mut total = Coverage {
                inside: 0.0,
                detection: 0.0,
            };
            for LengthProbability { length, p } in unseen.probabilities() {
                let there = coverage(covers, Some(side), &[at(length)]);
                total.inside += p * there.inside;
                total.detection = f64::max(total.detection, there.detection);
            }
            if total.inside < 0.001 {
                continue;
            }
            let place = locomotive.motion.place(side).mean;
            let hidden = hidden_prior(&self.spans(), place, side, Some(index), covers);
            let detection_model =
                locomotive
                    .end(side)
                    .detection_model(scan.camera, scan.time, total, hidden);
            let locomotive = &mut self.locomotives[index];
            // As long as the end may well be where no camera covers it, missing it does not speak against the locomotive.
            if total.inside > 0.5 {
                locomotive
                    .end_mut(side)
                    .missed(&detection_model, outage, MISS_GAIN);
            }
            if let Some(unseen) = &mut locomotive.unseen {
                // It may be hidden all the time: one camera says only so much, however often it scans.
                unseen.weigh(UNSEEN_WORST, |length| {
                    let detection_model = DetectionModel {
                        inside: coverage(covers, Some(side), &[at(length)]).inside,
                        hidden,
                        ..detection_model
                    };
                    (outage + (1.0 - outage) * detection_model.missed_probability()).ln()
                });
            }
            locomotive.place_unseen_end();
        }
    }

    /// A detection that no known end explains becomes a tentative end; `beside`: another end was detected near it.
    fn initiate_tentative(
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
        let mut tentative = TentativeEnd::new(detection.place(), scan.time);
        if beside {
            tentative.existence.chance_llr = CHANCE_LLR_BESIDE;
        }
        let in_sight = Coverage {
            inside: 1.0,
            detection: 0.9,
        };
        let detection_model =
            EndExistence::new(0.0).detection_model(scan.camera, scan.time, in_sight, HIDDEN_PRIOR);
        tentative
            .existence
            .detected(&detection_model, detection, HIT_MIN, confidence_log_odds);
        tentative.confidences.add(detection.level, 1.0);
        self.tentative.push(tentative);
    }

    /// Drops what has become unlikely, and what is not a number. Returns the tentative ends that came to nothing.
    fn terminate_unlikely(&mut self, now: Timestamp, site: &Site) -> Vec<TentativeEnd> {
        let gone = |locomotive: &Locomotive| {
            let forgotten = site.ablation.misses && locomotive.unseen_for(now) > TIME_OUT;
            let unlikely = !locomotive.surely_exists(TERMINATION_LOG_ODDS)
                && locomotive.existence_log_odds() < TERMINATION_LOG_ODDS;
            unlikely || !locomotive.motion.is_finite() || forgotten
        };
        let dead: Vec<Locomotive> = self.locomotives.extract_if(.., |m| gone(m)).collect();
        for locomotive in &dead {
            self.keep_ends_as_tentative(locomotive, now);
        }
        self.tentative
            .extract_if(.., |tentative| tentative.is_terminated(now))
            .collect()
    }

    /// The ends of a locomotive that was none stay tentative ends, with all that is known of them: a false end that was found
    /// out is not believed again.
    fn keep_ends_as_tentative(&mut self, locomotive: &Locomotive, now: Timestamp) {
        for side in [Side::Low, Side::High] {
            if locomotive.never_seen(side) || locomotive.end(side).unseen(now) > REMEMBERED_ENDS {
                continue;
            }
            if self.tentative.len() < MAX_TENTATIVE {
                let mut tentative = TentativeEnd::new(locomotive.motion.place(side), now);
                tentative.existence = locomotive.end(side).clone();
                tentative.settle();
                self.tentative.push(tentative);
            }
        }
    }
}
