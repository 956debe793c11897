// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which of the boxes of one frame are ends of their own.

use super::boxes::{Dropped, Found};

/// Probability that a detector's head is a head, before a box of the other kind at the same place is taken into account.
pub(super) const KIND_CONFIDENCE: f64 = 0.85;
/// A box of which this share lies in a larger one is hidden by it.
const NESTED: f64 = 0.9;
/// Boxes nearer than this along the track are one end, m, and two standard deviations.
const SAME_PLACE: f64 = 0.5;

/// An end wholly behind a nearer one cannot be seen: boxes inside larger ones go.
pub(super) fn drop_nested(found: &mut Vec<Found>, dropped: &mut Dropped) {
    let before = found.len();
    let all = found.clone();
    let hidden = |inner: &Found| {
        all.iter().any(|outer| {
            area(outer) > 1.5 * area(inner) && overlap(outer, inner) > NESTED * area(inner)
        })
    };
    found.retain(|inner| !hidden(inner));
    dropped.nested += (before - found.len()) as u64;
}

/// Of several boxes of one end the most confident one stays; a rival of the other kind makes its kind less sure.
pub(super) fn drop_duplicates(found: &mut Vec<Found>, dropped: &mut Dropped) {
    found.sort_by(|a, b| b.detection.confidence.total_cmp(&a.detection.confidence));
    let mut kept: Vec<Found> = Vec::with_capacity(found.len());
    for rival in found.drain(..) {
        let Some(same) = kept.iter_mut().find(|kept| same_end(kept, &rival)) else {
            kept.push(rival);
            continue;
        };
        if same.detection.kind != rival.detection.kind {
            let (ours, theirs) = (same.detection.confidence, rival.detection.confidence);
            same.kind_confidence = same.kind_confidence.min(ours / (ours + theirs).max(1e-9));
        }
        dropped.duplicate += 1;
    }
    *found = kept;
}

/// Ends that face one camera from one place are one: of coupled locomotives only one looks this way.
fn same_end(a: &Found, b: &Found) -> bool {
    let (a, b) = (&a.fits[0].0, &b.fits[0].0);
    a.track_view == b.track_view
        && (a.s - b.s).abs() < SAME_PLACE + 2.0 * a.variance.min(b.variance).sqrt()
}

/// Area of the box, px².
fn area(found: &Found) -> f64 {
    found.detection.w * found.detection.h
}

/// Area that two boxes share, px².
fn overlap(a: &Found, b: &Found) -> f64 {
    let (a, b) = (&a.detection, &b.detection);
    let width = (a.x + a.w).min(b.x + b.w) - a.x.max(b.x);
    let height = (a.y + a.h).min(b.y + b.h) - a.y.max(b.y);
    width.max(0.0) * height.max(0.0)
}
