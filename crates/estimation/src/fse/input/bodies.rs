// SPDX-License-Identifier: MIT OR Apache-2.0
//! What bodies say of ends: where a body stops in the picture, a locomotive ends.

use messages::{BodyReport, Side};

use crate::fse::model::calibration::level;
use crate::fse::model::gaussian::log_odds;
use crate::fse::model::parameters::{
    BODY_VOTE, BORDER_NEAR, CONFIDENCE_WEIGHT, FACING_VOTE, MAX_CONFIDENCE_VOTE, parameters,
};
use crate::fse::model::scan::Detection;
use crate::fse::model::site::Site;
use crate::fse::stats::Counters;

parameters! {
    /// Standard deviation of the place where a body stops.
    BORDER_SIGMA: f64 = 0.4, "m", "Larger: such ends pull less.";
}

/// A place where a body stops: the end of a locomotive.
pub(crate) struct Border {
    track: usize,
    s: f64,
    side: Side,
    confidence: f64,
}

/// Gives every end the body that it belongs to; a body's border where no end was detected is an end, measured less well.
pub(crate) fn join(
    bodies: &[BodyReport],
    detections: &mut Vec<Detection>,
    camera: usize,
    site: &Site,
    counters: &mut Counters,
) {
    let borders: Vec<Border> = bodies
        .iter()
        .flat_map(|body| borders(body, site, counters))
        .collect();
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for (b, border) in borders.iter().enumerate() {
        for (d, detection) in detections.iter().enumerate() {
            let gap = (border.s - detection.s).abs();
            if detection.track == border.track && gap < BORDER_NEAR {
                pairs.push((gap, b, d));
            }
        }
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut joined = vec![false; borders.len()];
    for (_, b, d) in pairs {
        let detection = &mut detections[d];
        if !joined[b] && !detection.has_body_support {
            joined[b] = true;
            detection.has_body_support = true;
            detection.low += vote(borders[b].side, BODY_VOTE);
        }
    }
    for (border, _) in borders.iter().zip(joined).filter(|(_, joined)| !joined) {
        let systematic = site.cameras[camera].systematic[border.track];
        detections.push(Detection {
            track: border.track,
            s: border.s,
            variance: BORDER_SIGMA.powi(2) + systematic.powi(2),
            head: 0.0,
            level: level(border.confidence),
            confidence: CONFIDENCE_WEIGHT * log_odds(border.confidence, MAX_CONFIDENCE_VOTE),
            low: vote(border.side, FACING_VOTE),
            has_body_support: true,
        });
    }
}

/// Log odds of a low end.
fn vote(side: Side, nats: f64) -> f64 {
    match side {
        Side::Low => nats,
        Side::High => -nats,
    }
}

/// The borders of a body at which it does not go on.
fn borders(body: &BodyReport, site: &Site, counters: &mut Counters) -> Vec<Border> {
    let Some(track) = site.track(&body.track) else {
        counters.unknown_track += 1;
        return Vec::new();
    };
    let sound = body.from.is_finite()
        && body.to.is_finite()
        && body.from <= body.to
        && (0.0..=1.0).contains(&body.confidence);
    if !sound {
        counters.bad_body += 1;
        return Vec::new();
    }
    let border = |s: f64, side: Side| Border {
        track,
        s,
        side,
        confidence: body.confidence,
    };
    [
        (!body.open_from).then(|| border(body.from, Side::Low)),
        (!body.open_to).then(|| border(body.to, Side::High)),
    ]
    .into_iter()
    .flatten()
    .filter(|border| site.tracks[track].reaches(border.s))
    .collect()
}
