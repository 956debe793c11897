// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a thing on a locomotive stands, such as its plate: on the end whose box holds it, else where its ray meets a track.

use super::{BoxDetection, BoxKind, Dropped, Lpe};

/// Plates and fronts belong to a locomotive, and its end is where it stops: a place this far inside, m, means no neighbour.
const INSIDE: f64 = 2.0;
/// Share of a box that the end's box must hold.
const HELD: f64 = 0.8;
/// Heights above the rails between which plates hang, m.
const PLATE_HEIGHTS: [f64; 2] = [1.0, 3.2];
/// A plate hangs at most this far beside the middle of the track, m.
const BESIDE: f64 = 2.5;

/// A place on a track.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The track's id.
    pub track: String,
    /// Metres along the track.
    pub s: f64,
    /// Its error, metres, one standard deviation.
    pub sigma: f64,
}

impl Lpe {
    /// The place of `detection` on its locomotive; `None` if it is masked or on no track.
    ///
    /// An end, and what an end's box among `others` holds, stand 2 m inside of that end. A plate elsewhere stands where the ray
    /// through its middle passes over a track at the height of plates.
    pub fn place(&self, detection: BoxDetection, others: &[BoxDetection]) -> Option<Place> {
        let is_end = |d: &BoxDetection| matches!(d.kind, BoxKind::Head | BoxKind::Tail);
        if is_end(&detection) {
            return self.inside_end(detection);
        }
        let ends = others.iter().filter(|other| is_end(other));
        let holder = ends
            .filter(|end| share_held(&detection, end) >= HELD)
            .max_by(|a, b| a.confidence.total_cmp(&b.confidence));
        holder
            .and_then(|end| self.inside_end(*end))
            .or_else(|| self.over_track(&detection))
    }

    /// The place inside of the end that `end` frames, on the locomotive that it belongs to.
    fn inside_end(&self, end: BoxDetection) -> Option<Place> {
        let found = self.find(0, end, &mut Dropped::default())?;
        let (fit, _) = found.fits[0];
        let track_view = &self.track_views[fit.track_view];
        let inwards = match track_view.body(&self.projection, fit.s) {
            Some(messages::Direction::Above) => INSIDE,
            Some(messages::Direction::Below) => -INSIDE,
            None => 0.0,
        };
        Some(Place {
            track: track_view.track.id.clone(),
            s: fit.s + inwards,
            sigma: fit.variance.sqrt(),
        })
    }

    /// Where the ray through the middle of a box passes over a track, as high as plates hang.
    fn over_track(&self, detection: &BoxDetection) -> Option<Place> {
        let pixel = [
            detection.x + detection.w / 2.0,
            detection.y + detection.h / 2.0,
        ];
        if self.masks.iter().any(|mask| mask.contains(pixel)) {
            return None;
        }
        let [low, high] = PLATE_HEIGHTS.map(|z| self.projection.at_height(pixel, z));
        let middle = self
            .projection
            .at_height(pixel, f64::midpoint(PLATE_HEIGHTS[0], PLATE_HEIGHTS[1]))?;
        let near = |track_view: &super::fit::TrackView| {
            let (s, q) = track_view.track.nearest(middle);
            (q.abs() <= BESIDE && (0.0..=track_view.track.length).contains(&s))
                .then_some((q.abs(), s))
        };
        let nearest = self
            .track_views
            .iter()
            .filter_map(|track_view| near(track_view).map(|(q, s)| (q, s, track_view)));
        let (_, s, track_view) = nearest.min_by(|a, b| a.0.total_cmp(&b.0))?;
        let span = (track_view.track.nearest(low?).0 - track_view.track.nearest(high?).0).abs();
        Some(Place {
            track: track_view.track.id.clone(),
            s,
            // A uniform height between the two.
            sigma: (span / 12_f64.sqrt()).max(0.1),
        })
    }
}

/// Share of `inner`'s area inside `outer`.
fn share_held(inner: &BoxDetection, outer: &BoxDetection) -> f64 {
    let width = (inner.x + inner.w).min(outer.x + outer.w) - inner.x.max(outer.x);
    let height = (inner.y + inner.h).min(outer.y + outer.h) - inner.y.max(outer.y);
    let area = inner.w * inner.h;
    if area > 0.0 {
        width.max(0.0) * height.max(0.0) / area
    } else {
        0.0
    }
}
