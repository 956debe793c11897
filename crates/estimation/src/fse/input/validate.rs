// SPDX-License-Identifier: MIT OR Apache-2.0
//! Validation: a report is never trusted. What cannot be meant is refused and counted by reason.

use messages::{Direction, EndKind, EndReport, PositionReport, Side, Timestamp};

use crate::fse::input::bodies;
use crate::fse::model::calibration::level;
use crate::fse::model::gaussian::log_odds;
use crate::fse::model::parameters::{
    BODY_VOTE, CONFIDENCE_WEIGHT, DETECTION_MAX, FACING_VOTE, MAX_CONFIDENCE_VOTE, parameters,
};
use crate::fse::model::scan::{Detection, Scan};
use crate::fse::model::site::{Cover, Site};
use crate::fse::stats::Counters;

parameters! {
    /// Least random error that a report is trusted with.
    LEAST_SIGMA: f64 = 0.05, "m", "Larger: precise cameras pull less.";
    /// Largest random error of a report that is used.
    MAX_SIGMA: f64 = 6.0, "m", "Reports beyond it are refused and counted.";
    /// Bound of the log odds of one report's kind (head or tail).
    MAX_KIND_VOTE: f64 = 2.0, "nats", "Larger: one confident detection decides the orientation.";
}

/// A position report in numbers; what is wrong in it is left out.
pub(crate) fn read_scan(
    report: &PositionReport,
    time: Timestamp,
    site: &Site,
    counters: &mut Counters,
) -> Option<Scan> {
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
                        DETECTION_MAX
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
    detections.sort_by(|a, b| a.track.cmp(&b.track).then(a.s.total_cmp(&b.s)));
    counters.scans += 1;
    Some(Scan {
        camera,
        time,
        covers,
        detections,
    })
}

/// A reported end in numbers; `None` if it cannot be meant.
fn read_end(
    end: &EndReport,
    camera: usize,
    covers: Option<&[Cover]>,
    site: &Site,
    counters: &mut Counters,
) -> Option<Detection> {
    let Some(track) = site.track(&end.track) else {
        counters.unknown_track += 1;
        return None;
    };
    let systematic = end
        .sigma_systematic
        .filter(|_| !site.ablation.systematic)
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
    if !site.tracks[track].reaches(end.s) {
        counters.far_place += 1;
        return None;
    }
    let covers = covers.unwrap_or(&site.cameras[camera].covers);
    let head = match end.kind {
        _ if site.ablation.kinds => 0.0,
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
    Some(Detection {
        track,
        s: end.s,
        variance: sigma * sigma + systematic * systematic,
        head,
        level: level(end.confidence),
        confidence: CONFIDENCE_WEIGHT * log_odds(end.confidence, MAX_CONFIDENCE_VOTE),
        low: body + facing(covers, track, end.s),
        has_body_support: false,
    })
}

/// Log odds that an end at `s` is a low end, because of the side that the nearest cover shows.
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
