// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where along the tracks a calibrated camera sees ends of locomotives.

use messages::Side;

use crate::{CameraCover, Mask, PixelBox, Projection, Track};

/// Width of an end, metres.
pub const END_WIDTH: f64 = 3.1;
/// Height of an end above the rails, metres.
pub const END_HEIGHT: f64 = 4.3;
/// Height of the smallest end that the detector finds, as a share of the image's height: 45 of 540 pixels.
pub const MIN_HEIGHT_SHARE: f64 = 45.0 / 540.0;
/// Farther away an end is not expected to be found, metres; a camera's `max_distance` overrides it.
pub const MAX_DISTANCE: f64 = 40.0;

/// Share of an end's box, across or down, that the image's border may cut away, or masks may hide.
const MOST_CUT: f64 = 0.15;
/// A camera sees only the ends that face it if the cosine between its view and the track is above this; between, both.
const SIDEWAYS: f64 = 0.25;
/// Distance of the places looked at, metres.
const STEP: f64 = 0.2;
/// Shorter stretches are left out, metres.
const SHORTEST: f64 = 1.0;
/// Places across and down a box at which masks are looked up.
const MASK_GRID: (u32, u32) = (5, 7);

/// Which ends of locomotives show their face to the camera at a place.
#[derive(Clone, Copy, PartialEq)]
enum Facing {
    Low,
    High,
    /// The camera looks across the track.
    Both,
}

impl Facing {
    /// Which ends are seen; none if both are.
    fn side(self) -> Option<Side> {
        match self {
            Self::Low => Some(Side::Low),
            Self::High => Some(Side::High),
            Self::Both => None,
        }
    }
}

/// What decides over a camera's cover besides its projection.
pub(crate) struct View<'a> {
    pub(crate) projection: &'a Projection,
    /// Width and height, pixels.
    pub(crate) image: (u32, u32),
    pub(crate) masks: &'a [Mask],
    pub(crate) max_distance: f64,
    pub(crate) detection: f64,
}

impl View<'_> {
    /// The stretches of `track` on which this camera sees ends, in order.
    pub(crate) fn covers(&self, track: &Track) -> Vec<CameraCover> {
        let steps = (track.length / STEP).ceil() as usize;
        let places = (0..=steps).map(|step| (step as f64 * STEP).min(track.length));
        let mut stretches: Vec<(f64, f64, Facing)> = Vec::new();
        let mut before = None;
        for s in places {
            let seen = self.sees(track, s);
            match (seen, stretches.last_mut()) {
                (Some(_), Some(last)) if seen == before => last.1 = s,
                (Some(facing), _) => stretches.push((s, s, facing)),
                (None, _) => {}
            }
            before = seen;
        }
        stretches
            .into_iter()
            .filter(|(from, to, _)| to - from >= SHORTEST)
            .map(|(from, to, facing)| self.cover(track, from, to, facing))
            .collect()
    }

    /// The stretch from `from` to `to` as a cover.
    fn cover(&self, track: &Track, from: f64, to: f64, facing: Facing) -> CameraCover {
        let sigma = |s| {
            self.projection
                .sigma_systematic(track, s, END_WIDTH, END_HEIGHT)
                .unwrap_or(0.0)
        };
        let squares = [from, f64::midpoint(from, to), to].map(|s| sigma(s).powi(2));
        CameraCover {
            track: track.id.clone(),
            from,
            to,
            side: facing.side(),
            detection: self.detection,
            sigma_systematic: (squares.iter().sum::<f64>() / squares.len() as f64).sqrt(),
        }
    }

    /// Which ends are seen at `s`; `None` if none is.
    fn sees(&self, track: &Track, s: f64) -> Option<Facing> {
        let frame = self.projection.end_box(track, s, END_WIDTH, END_HEIGHT)?;
        let (width, height) = (f64::from(self.image.0), f64::from(self.image.1));
        let large_enough = frame[3] - frame[1] >= MIN_HEIGHT_SHARE * height;
        let inside =
            share_inside(frame[0], frame[2], width).min(share_inside(frame[1], frame[3], height));
        let (distance, facing) = self.facing(track, s);
        let seen = large_enough
            && inside >= 1.0 - MOST_CUT
            && distance <= self.max_distance
            && self.hidden_share(frame) <= MOST_CUT;
        seen.then_some(facing)
    }

    /// Distance of the end at `s`, metres, and which ends face the camera there.
    fn facing(&self, track: &Track, s: f64) -> (f64, Facing) {
        let [cx, cy, cz] = self.projection.centre();
        let ([x, y], [tx, ty]) = (track.point(s), track.tangent(s));
        let (dx, dy, dz) = (x - cx, y - cy, END_HEIGHT / 2.0 - cz);
        let distance = dx.hypot(dy).hypot(dz);
        let along = (dx * tx + dy * ty) / distance;
        let facing = match along {
            a if a > SIDEWAYS => Facing::Low,
            a if a < -SIDEWAYS => Facing::High,
            _ => Facing::Both,
        };
        (distance, facing)
    }

    /// Share of a box that masks hide.
    fn hidden_share(&self, [x1, y1, x2, y2]: PixelBox) -> f64 {
        let (columns, rows) = MASK_GRID;
        let at = |from: f64, to: f64, index: u32, count: u32| {
            from + (to - from) * (f64::from(index) + 0.5) / f64::from(count)
        };
        let points = (0..columns).flat_map(|column| (0..rows).map(move |row| (column, row)));
        let hidden = points
            .filter(|&(column, row)| {
                let pixel = [at(x1, x2, column, columns), at(y1, y2, row, rows)];
                self.masks.iter().any(|mask| mask.contains(pixel))
            })
            .count();
        hidden as f64 / f64::from(columns * rows)
    }
}

/// Share of [from, to] that lies in [0, limit].
fn share_inside(from: f64, to: f64, limit: f64) -> f64 {
    (to.min(limit) - from.max(0.0)).max(0.0) / (to - from)
}
