// SPDX-License-Identifier: MIT OR Apache-2.0
//! A report is never trusted: what cannot be meant is refused and counted by reason.

use messages::{Direction, EndKind, EndReport, PositionReport, Side, Timestamp};
use serde::{Deserialize, Serialize};

use super::bodies;
use super::constants::{
    BEYOND_TRACK, BODY_VOTE, CONFIDENCE_WEIGHT, FACING_VOTE, HIT_RATE_MAX, LEAST_SIGMA,
    MAX_CONFIDENCE_VOTE, MAX_KIND_VOTE, MAX_SIGMA,
};
use super::motion::log_odds;
use super::site::{Cover, Site};
use super::sureness::level;
use super::tracker::{Detection, Look};

counters::counters! {
    /// What was used and what was refused, by reason.
    #[derive(Serialize, Deserialize)]
    #[serde(default)]
    pub struct Counters {
        /// Events pushed.
        events,
        /// Looks taken in.
        looks,
        /// Reports of cameras that the facility does not know.
        unknown_camera,
        /// Ends, covers and attributes on tracks that the facility does not know.
        unknown_track,
        /// Ends with places, sigmas or probabilities that cannot be meant.
        bad_end,
        /// Bodies with places or confidences that cannot be meant.
        bad_body,
        /// Covers that are no stretch of a track.
        bad_cover,
        /// Ends and attributes far outside their track.
        far_place,
        /// Reports of frames that were heard before.
        duplicate,
        /// Reports later than the reorder window.
        late,
        /// Reports from the future: their time was set to their arrival.
        clock_ahead,
        /// Events that arrived at a time far from all others.
        clock_jump,
        /// Events of kinds that the fusion does not use.
        unused,
        /// Model and plate readings that waited in vain for a machine where they were read.
        homeless,
        /// Reports for which there was no room in the reorder window.
        overflow,
        /// Silences too long to be filled with states.
        gaps,
    }
}

/// A position report in numbers; what is wrong in it is left out.
pub(crate) fn read_look(
    report: &PositionReport,
    time: Timestamp,
    site: &Site,
    counters: &mut Counters,
) -> Option<Look> {
    let Some(camera) = site.camera(&report.camera) else {
        counters.unknown_camera += 1;
        return None;
    };
    let covers = report.covers.as_ref().map(|covers| {
        covers
            .iter()
            .filter_map(|cover| {
                let Some(track) = site.track(&cover.track) else {
                    counters.unknown_track += 1;
                    return None;
                };
                let detection = site.cameras[camera]
                    .covers
                    .iter()
                    .filter(|known| known.track == track)
                    .map(|known| known.detection)
                    .fold(0.0, f64::max);
                if !(cover.from.is_finite() && cover.to.is_finite() && cover.from <= cover.to) {
                    counters.bad_cover += 1;
                    return None;
                }
                Some(Cover {
                    track,
                    from: cover.from,
                    to: cover.to,
                    side: cover.side,
                    detection: if detection > 0.0 {
                        detection
                    } else {
                        HIT_RATE_MAX
                    },
                })
            })
            .collect::<Vec<_>>()
    });
    let mut detections = Vec::with_capacity(report.ends.len());
    for end in &report.ends {
        if let Some(found) = read_end(end, camera, covers.as_deref(), site, counters) {
            detections.push(found);
        }
    }
    bodies::join(&report.bodies, &mut detections, camera, site, counters);
    detections.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.s.total_cmp(&b.1.s)));
    counters.looks += 1;
    Some(Look {
        camera,
        time,
        covers,
        detections,
    })
}

fn read_end(
    end: &EndReport,
    camera: usize,
    covers: Option<&[Cover]>,
    site: &Site,
    counters: &mut Counters,
) -> Option<(usize, Detection)> {
    let Some(track) = site.track(&end.track) else {
        counters.unknown_track += 1;
        return None;
    };
    let systematic = end
        .sigma_systematic
        .filter(|_| !site.without.systematic)
        .unwrap_or(site.cameras[camera].systematic[track]);
    let probable = |p: f64| (0.0..=1.0).contains(&p);
    let sound = end.s.is_finite()
        && end.sigma > 0.0
        && end.sigma <= MAX_SIGMA
        && (0.0..=MAX_SIGMA).contains(&systematic)
        && probable(end.confidence)
        && probable(end.kind_confidence);
    if !sound {
        counters.bad_end += 1;
        return None;
    }
    if end.s < -BEYOND_TRACK || end.s > site.tracks[track].length + BEYOND_TRACK {
        counters.far_place += 1;
        return None;
    }
    let covers = covers.unwrap_or(&site.cameras[camera].covers);
    let head = match end.kind {
        _ if site.without.kinds => 0.0,
        EndKind::Head => log_odds(end.kind_confidence.max(0.5), MAX_KIND_VOTE),
        EndKind::Tail => -log_odds(end.kind_confidence.max(0.5), MAX_KIND_VOTE),
        EndKind::Unknown => 0.0,
    };
    let body = match end.body {
        Some(Direction::Above) => BODY_VOTE,
        Some(Direction::Below) => -BODY_VOTE,
        None => 0.0,
    };
    let sigma = end.sigma.max(LEAST_SIGMA);
    Some((
        track,
        Detection {
            s: end.s,
            variance: sigma * sigma + systematic * systematic,
            head,
            level: level(end.confidence),
            confidence: CONFIDENCE_WEIGHT * log_odds(end.confidence, MAX_CONFIDENCE_VOTE),
            low: body + facing(covers, track, end.s),
            bodied: false,
        },
    ))
}

/// Log-odds that an end at `s` is a low end because of where the camera looks: the nearest cover says it.
fn facing(covers: &[Cover], track: usize, s: f64) -> f64 {
    let outside = |cover: &Cover| (cover.from - s).max(s - cover.to).max(0.0);
    covers
        .iter()
        .filter(|cover| cover.track == track)
        .min_by(|a, b| outside(a).total_cmp(&outside(b)))
        .map_or(0.0, |cover| match cover.side {
            Some(Side::Low) => FACING_VOTE,
            Some(Side::High) => -FACING_VOTE,
            None => 0.0,
        })
}
