// SPDX-License-Identifier: MIT OR Apache-2.0
//! What bodies say of ends: where a body stops in the picture, a machine ends; and an end without a body is none, where a camera
//! shows the bodies of real ends.

use messages::{BodyReport, Side};
use serde::{Deserialize, Serialize};

use super::check::Counters;
use super::constants::{
    BEYOND_TRACK, BODIED_LEAST, BODIED_LOOKS, BODIED_MEMORY, BODY_VOTE, BORDER_NEAR, BORDER_SIGMA,
    CONFIDENCE_WEIGHT, FACING_VOTE, MAX_CONFIDENCE_VOTE,
};
use super::motion::log_odds;
use super::site::Site;
use super::sureness::level;
use super::tracker::Detection;

/// A place where a body stops: the end of a machine.
struct Border {
    track: usize,
    s: f64,
    side: Side,
    confidence: f64,
}

/// Gives every end the body that it belongs to; a body's border where no end was detected is an end, measured less well.
pub(crate) fn join(
    bodies: &[BodyReport],
    detections: &mut Vec<(usize, Detection)>,
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
        for (d, (track, detection)) in detections.iter().enumerate() {
            let gap = (border.s - detection.s).abs();
            if *track == border.track && gap < BORDER_NEAR {
                pairs.push((gap, b, d));
            }
        }
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut joined = vec![false; borders.len()];
    for (_, b, d) in pairs {
        let detection = &mut detections[d].1;
        if !joined[b] && !detection.bodied {
            joined[b] = true;
            detection.bodied = true;
            detection.low += vote(borders[b].side, BODY_VOTE);
        }
    }
    for (border, _) in borders.iter().zip(joined).filter(|(_, joined)| !joined) {
        let systematic = site.cameras[camera].systematic[border.track];
        detections.push((
            border.track,
            Detection {
                s: border.s,
                variance: BORDER_SIGMA.powi(2) + systematic.powi(2),
                head: 0.0,
                level: level(border.confidence),
                confidence: CONFIDENCE_WEIGHT * log_odds(border.confidence, MAX_CONFIDENCE_VOTE),
                low: vote(border.side, FACING_VOTE),
                bodied: true,
            },
        ));
    }
}

/// Log-odds of a low end.
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
    let reach = -BEYOND_TRACK..=site.tracks[track].length + BEYOND_TRACK;
    [
        (!body.open_from).then(|| border(body.from, Side::Low)),
        (!body.open_to).then(|| border(body.to, Side::High)),
    ]
    .into_iter()
    .flatten()
    .filter(|border| reach.contains(&border.s))
    .collect()
}

/// How often a camera that shows the end of a known machine shows its body, too.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Bodied {
    looks: f64,
    hits: f64,
}

impl Bodied {
    pub(crate) fn count(&mut self, bodied: bool) {
        self.looks += 1.0;
        self.hits += f64::from(u8::from(bodied));
        if self.looks > BODIED_MEMORY {
            let kept = BODIED_MEMORY / self.looks;
            self.looks *= kept;
            self.hits *= kept;
        }
    }

    /// Whether an end without a body is none.
    pub(crate) fn is_sure(&self) -> bool {
        self.looks >= BODIED_LOOKS && self.hits >= BODIED_LEAST * self.looks
    }
}
