// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where along a track an end stands whose rectangle fills a box: a search in one dimension over four edges.

use facility::{END_HEIGHT, END_WIDTH, PixelBox, Projection, Track};

/// Error of a detected edge (left, top, right, bottom) as a share of the box's height, one standard deviation. The bottom edge
/// lies on the rails, where nothing is to be seen; it is guessed from the rest of the end.
const EDGE_SHARE: [f64; 4] = [0.035, 0.04, 0.035, 0.05];
/// The less sure a detector is of an end, the worse it frames it (a hidden foot, a far picture): σ is this much of the above at
/// [`REFERENCE_CONFIDENCE`], and grows by e for every 1/[`SIGMA_GROWTH`] of confidence that is missing. Measured on the demo footage, where the median of
/// |error|/σ without it goes from 0.4 at 0.95 to 4 at 0.35.
const SIGMA_AT_REFERENCE: f64 = 0.7;
/// See [`SIGMA_AT_REFERENCE`].
const REFERENCE_CONFIDENCE: f64 = 0.95;
/// See [`SIGMA_AT_REFERENCE`].
const SIGMA_GROWTH: f64 = 3.0;
/// Worst σ reported, m: a worse end is still an end, somewhere there.
const WORST_SIGMA: f64 = 5.0;
/// Least error of an edge, px.
const EDGE_LEAST: f64 = 1.0;
/// An edge this near to the image's border says only that the end goes on, px.
const BORDER: f64 = 3.0;
/// Squared normalised residual above which no end is there. Four edges, one unknown: 40 is far off.
const WORST_FIT: f64 = 45.0;
/// Distance of the places tried first, m.
const STEP: f64 = 0.5;
/// How far beyond a door, and beyond a wall, ends are looked for, m.
const BEYOND: (f64, f64) = (12.0, 1.5);
/// Halvings of the bracket around the best place.
const REFINEMENTS: usize = 30;
/// Step of the numeric derivative, m.
const DELTA: f64 = 0.02;
/// Boxes higher or lower than expected by this factor are no ends.
const SIZE_FACTOR: f64 = 2.0;
/// Share of an end's rectangle that the image must show.
pub(super) const LEAST_VISIBLE: f64 = 0.45;
/// Less likely tracks are not reported.
pub(super) const LEAST_ALTERNATIVE: f64 = 0.1;
/// Cosine between view and track above which an end faces the camera.
pub(super) const FACING: f64 = 0.25;

/// A track as a camera sees it.
#[derive(Debug, Clone)]
pub(super) struct TrackView {
    pub(super) track: Track,
    image: (f64, f64),
    /// Places and the boxes of ends there.
    marks: Vec<(f64, PixelBox)>,
}

/// An end that explains a box.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    /// Index of the track view.
    pub(super) track_view: usize,
    pub(super) s: f64,
    pub(super) variance: f64,
    pub(super) chi2: f64,
    /// Share of the end's rectangle inside the image.
    pub(super) visible: f64,
}

impl TrackView {
    /// `None` if no end on this track has an image.
    pub(super) fn new(track: &Track, projection: &Projection, image: (f64, f64)) -> Option<Self> {
        let beyond = |door: bool| if door { BEYOND.0 } else { BEYOND.1 };
        let from = -beyond(track.gates.low);
        let steps = ((track.length + beyond(track.gates.high) - from) / STEP) as usize;
        let marks: Vec<(f64, PixelBox)> = (0..=steps)
            .map(|step| from + step as f64 * STEP)
            .filter_map(|s| Some((s, projection.end_box(track, s, END_WIDTH, END_HEIGHT)?)))
            .filter(|(_, frame)| visible(*frame, image) >= LEAST_VISIBLE / 2.0)
            .collect();
        (!marks.is_empty()).then(|| Self {
            track: track.clone(),
            image,
            marks,
        })
    }

    /// The place whose rectangle fits the box's edges (left, top, right, bottom) best, if any does.
    pub(super) fn fit(
        &self,
        track_view: usize,
        projection: &Projection,
        edges: PixelBox,
        confidence: f64,
    ) -> Option<Fit> {
        let sigmas = sigmas(edges);
        let (coarse, _) = self.marks.iter().min_by(|a, b| {
            self.residual(edges, sigmas, a.1)
                .total_cmp(&self.residual(edges, sigmas, b.1))
        })?;
        let at = |s: f64| {
            projection
                .end_box(&self.track, s, END_WIDTH, END_HEIGHT)
                .map_or(f64::INFINITY, |frame| self.residual(edges, sigmas, frame))
        };
        let s = golden_section_minimum(coarse - STEP, coarse + STEP, at);
        let frame = projection.end_box(&self.track, s, END_WIDTH, END_HEIGHT)?;
        let chi2 = self.residual(edges, sigmas, frame);
        let ratio = (edges[3] - edges[1]) / self.clipped_height(frame);
        if chi2 > WORST_FIT || !(1.0 / SIZE_FACTOR..=SIZE_FACTOR).contains(&ratio) {
            return None;
        }
        let information = self.information(projection, s, edges, sigmas)?;
        // A poor fit is a poor measurement: the error grows with the residual (one unknown, up to four edges).
        let inflation =
            SIGMA_AT_REFERENCE * (SIGMA_GROWTH * (REFERENCE_CONFIDENCE - confidence)).exp();
        let variance =
            ((chi2 / 3.0).max(1.0) / information * inflation.powi(2)).min(WORST_SIGMA.powi(2));
        Some(Fit {
            track_view,
            s,
            variance,
            chi2,
            visible: visible(frame, self.image),
        })
    }

    /// Calibration error at `s`, m.
    pub(super) fn systematic(&self, projection: &Projection, s: f64) -> Option<f64> {
        projection.sigma_systematic(&self.track, s, END_WIDTH, END_HEIGHT)
    }

    /// Σ (∂edge/∂s / σ)² over the edges that say where the end is, 1/m².
    fn information(
        &self,
        projection: &Projection,
        s: f64,
        edges: PixelBox,
        sigmas: [f64; 4],
    ) -> Option<f64> {
        let before = projection.end_box(&self.track, s - DELTA, END_WIDTH, END_HEIGHT)?;
        let after = projection.end_box(&self.track, s + DELTA, END_WIDTH, END_HEIGHT)?;
        let sum: f64 = (0..4)
            .filter(|&edge| !self.cut(edge, edges[edge]))
            .map(|edge| ((after[edge] - before[edge]) / (2.0 * DELTA) / sigmas[edge]).powi(2))
            .sum();
        (sum > 1e-6).then_some(sum)
    }

    /// Σ (edge − expected edge)²/σ². An edge at the image's border may lie anywhere beyond it.
    fn residual(&self, edges: PixelBox, sigmas: [f64; 4], expected: PixelBox) -> f64 {
        (0..4)
            .map(|edge| {
                let mut gap = edges[edge] - expected[edge];
                if self.cut(edge, edges[edge]) {
                    // Left and top: what is expected may be smaller; right and bottom: larger.
                    gap = if edge < 2 { gap.min(0.0) } else { gap.max(0.0) };
                }
                (gap / sigmas[edge]).powi(2)
            })
            .sum()
    }

    /// Whether the image's border cuts this edge off.
    fn cut(&self, edge: usize, value: f64) -> bool {
        match edge {
            0 | 1 => value <= BORDER,
            2 => value >= self.image.0 - BORDER,
            _ => value >= self.image.1 - BORDER,
        }
    }

    /// Height of the part of a box inside the image, px; at least 1.
    fn clipped_height(&self, frame: PixelBox) -> f64 {
        (frame[3].min(self.image.1) - frame[1].max(0.0)).max(1.0)
    }
}

/// Error of each edge, px.
fn sigmas(edges: PixelBox) -> [f64; 4] {
    EDGE_SHARE.map(|share| (share * (edges[3] - edges[1])).max(EDGE_LEAST))
}

/// Share of a box inside the image.
fn visible(frame: PixelBox, image: (f64, f64)) -> f64 {
    let width = frame[2].min(image.0) - frame[0].max(0.0);
    let height = frame[3].min(image.1) - frame[1].max(0.0);
    let area = (frame[2] - frame[0]) * (frame[3] - frame[1]);
    width.max(0.0) * height.max(0.0) / area.max(1e-9)
}

/// Golden section: the least of a function with one minimum in [from, to].
fn golden_section_minimum(mut from: f64, mut to: f64, cost: impl Fn(f64) -> f64) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_8;
    let (mut a, mut b) = (to - GOLDEN * (to - from), from + GOLDEN * (to - from));
    let (mut cost_a, mut cost_b) = (cost(a), cost(b));
    for _ in 0..REFINEMENTS {
        if cost_a < cost_b {
            (to, b, cost_b) = (b, a, cost_a);
            a = to - GOLDEN * (to - from);
            cost_a = cost(a);
        } else {
            (from, a, cost_a) = (a, b, cost_b);
            b = from + GOLDEN * (to - from);
            cost_b = cost(b);
        }
    }
    f64::midpoint(from, to)
}

/// Fits with their probabilities, best first: P(track) ∝ exp(−χ²/2).
pub(super) fn weigh(mut fits: Vec<Fit>) -> Vec<(Fit, f64)> {
    fits.sort_by(|a, b| a.chi2.total_cmp(&b.chi2));
    let best = fits.first().map_or(0.0, |fit| fit.chi2);
    let weight = |fit: &Fit| (-0.5 * (fit.chi2 - best)).exp();
    let sum: f64 = fits.iter().map(weight).sum();
    fits.iter().map(|fit| (*fit, weight(fit) / sum)).collect()
}
