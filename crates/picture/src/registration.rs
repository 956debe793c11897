// SPDX-License-Identifier: MIT OR Apache-2.0
//! How far a camera has been moved: its picture now against a reference picture.
//!
//! Both are cut into tiles, and each tile's shift is the peak of the phase correlation (Kuglin and Hines, "The phase
//! correlation image alignment method", 1975), refined to parts of a pixel by a parabola through its neighbours (Foroosh,
//! Zerubia and Berthod, "Extension of phase correlation to subpixel registration", 2002, of which only the peak is used).
//! High frequencies, which are mostly noise, count less: the spectrum is weighted by a Gaussian, so that the peak is one, too, and
//! the parabola is drawn through its logarithms.
//! Tiles that show something else than the reference (a locomotive came or left) have no clear peak or disagree; a similarity (shift,
//! rotation, scale) is fitted to the others by least squares on the largest set that agrees with one tile.

use std::f64::consts::PI;
use std::sync::Arc;

use nalgebra::{Matrix4, Vector4};
use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

use crate::luma::Luma;

/// Pictures are averaged down to about this width before anything else, pixels.
const WORKING_WIDTH: usize = 480;
/// Edge of a tile, working pixels.
const TILE: usize = 64;
/// Tiles in a row and in a column.
const ACROSS: usize = 6;
const DOWN: usize = 3;
/// Standard deviation of the Gaussian over the spectrum, cycles per working pixel.
const BANDWIDTH: f64 = 0.12;
/// A tile with less contrast than this says nothing (standard deviation, grey levels).
const LEAST_CONTRAST: f32 = 2.5;
/// A peak below this is none; the correlation of a tile with itself has a peak of 1.
const LEAST_PEAK: f32 = 0.15;
/// A shift beyond this overlaps too little to be found, working pixels.
const MOST_SHIFT: f64 = 24.0;
/// Tiles agree within this, working pixels.
const AGREE: f64 = 0.8;
/// A camera that is turned or zoomed further is not compared (radians, share).
const MOST_TURN: f64 = 0.09;
const MOST_GROWTH: f64 = 0.04;
/// So many tiles at least, and this share of those with a peak, have to agree.
const LEAST_TILES: usize = 4;
const LEAST_SHARE: f64 = 0.4;

/// How the picture lies against its reference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// What was at the middle of the reference is so many pixels further right now.
    pub x: f64,
    /// What was at the middle of the reference is so many pixels further down now.
    pub y: f64,
    /// Turned by so many degrees, clockwise as seen on the screen.
    pub rotation: f64,
    /// Share of the tiles with a peak that agree.
    pub agreement: f64,
}

impl Shift {
    /// Length of the shift, pixels.
    #[must_use]
    pub fn length(&self) -> f64 {
        self.x.hypot(self.y)
    }
}

/// A tile of the reference.
struct Tile {
    left: usize,
    top: usize,
    /// Its spectrum; `None` where it has no contrast.
    spectrum: Option<Vec<Complex32>>,
}

/// One tile's shift, working pixels, at the tile's middle.
#[derive(Debug, Clone, Copy)]
struct Vote {
    x: f64,
    y: f64,
    dx: f64,
    dy: f64,
}

/// A similarity: at (x, y) the shift is (tx - turn y + grow x, ty + turn x + grow y).
#[derive(Debug, Clone, Copy)]
struct Similarity {
    tx: f64,
    ty: f64,
    turn: f64,
    grow: f64,
}

/// A reference picture, ready to be compared with.
pub struct Reference {
    forward: Arc<dyn Fft<f32>>,
    inverse: Arc<dyn Fft<f32>>,
    window: Vec<f32>,
    /// Weight of each frequency, in the order of the spectra; they sum to 1.
    weights: Vec<f32>,
    width: usize,
    height: usize,
    tiles: Vec<Tile>,
}

impl Reference {
    /// Takes `picture` as the reference; `None` if it is too small for the tiles or has contrast in too few of them.
    #[must_use]
    pub fn new(picture: Luma<'_>) -> Option<Self> {
        let small = Small::new(picture);
        if small.width < TILE || small.height < TILE {
            return None;
        }
        let mut planner = FftPlanner::new();
        let hann = |index: usize| 0.5 - 0.5 * (2.0 * PI * (index as f64 + 0.5) / TILE as f64).cos();
        let window = (0..TILE * TILE)
            .map(|index| (hann(index % TILE) * hann(index / TILE)) as f32)
            .collect();
        let frequency = |index: usize| signed(index) / TILE as f64;
        let weight = |index: usize| {
            let squared = frequency(index % TILE).powi(2) + frequency(index / TILE).powi(2);
            (-0.5 * squared / (BANDWIDTH * BANDWIDTH)).exp()
        };
        let total: f64 = (0..TILE * TILE).map(weight).sum();
        let weights = (0..TILE * TILE)
            .map(|index| (weight(index) / total) as f32)
            .collect();
        let mut reference = Self {
            forward: planner.plan_fft_forward(TILE),
            inverse: planner.plan_fft_inverse(TILE),
            window,
            weights,
            width: picture.width(),
            height: picture.height(),
            tiles: Vec::new(),
        };
        let place = |index: usize, count: usize, length: usize| {
            (length - TILE) * index / (count - 1).max(1)
        };
        for (row, column) in (0..DOWN).flat_map(|row| (0..ACROSS).map(move |column| (row, column)))
        {
            let (left, top) = (
                place(column, ACROSS, small.width),
                place(row, DOWN, small.height),
            );
            let spectrum = reference.spectrum(&small, left, top);
            reference.tiles.push(Tile {
                left,
                top,
                spectrum,
            });
        }
        let usable = reference
            .tiles
            .iter()
            .filter(|tile| tile.spectrum.is_some());
        (usable.count() >= LEAST_TILES).then_some(reference)
    }

    /// Where `picture` lies against the reference; `None` when it has another size or too few tiles agree to say.
    #[must_use]
    pub fn shift(&self, picture: Luma<'_>) -> Option<Shift> {
        if (picture.width(), picture.height()) != (self.width, self.height) {
            return None;
        }
        let small = Small::new(picture);
        let votes: Vec<Vote> = self
            .tiles
            .iter()
            .filter_map(|tile| self.vote(tile, &small))
            .collect();
        let middle = (small.width as f64 / 2.0, small.height as f64 / 2.0);
        let (similarity, agreeing) = agree(&votes, middle)?;
        let agreement = agreeing as f64 / votes.len() as f64;
        let scale = small.scale as f64;
        (agreeing >= LEAST_TILES && agreement >= LEAST_SHARE).then(|| Shift {
            x: similarity.tx * scale,
            y: similarity.ty * scale,
            rotation: similarity.turn.to_degrees(),
            agreement,
        })
    }

    /// The spectrum of the tile at (`left`, `top`) under the window; `None` without contrast.
    fn spectrum(&self, small: &Small, left: usize, top: usize) -> Option<Vec<Complex32>> {
        let pixels = || {
            (top..top + TILE).flat_map(move |y| {
                let start = y * small.width + left;
                small.pixels[start..start + TILE].iter().copied()
            })
        };
        let count = (TILE * TILE) as f32;
        let mean = pixels().sum::<f32>() / count;
        let variance = pixels().map(|pixel| (pixel - mean).powi(2)).sum::<f32>() / count;
        if variance.sqrt() < LEAST_CONTRAST {
            return None;
        }
        let mut values: Vec<Complex32> = pixels()
            .zip(&self.window)
            .map(|(pixel, weight)| Complex32::new((pixel - mean) * weight, 0.0))
            .collect();
        transform(&mut values, &*self.forward);
        Some(values)
    }

    /// The shift of one tile of `small`.
    fn vote(&self, tile: &Tile, small: &Small) -> Option<Vote> {
        let reference = tile.spectrum.as_ref()?;
        let mut product = self.spectrum(small, tile.left, tile.top)?;
        for ((value, other), weight) in product.iter_mut().zip(reference).zip(&self.weights) {
            let cross = *value * other.conj();
            *value = cross * (weight / cross.norm().max(1e-6));
        }
        transform(&mut product, &*self.inverse);
        let at = |x: usize, y: usize| product[(y % TILE) * TILE + x % TILE].re;
        let (best, _) = product
            .iter()
            .enumerate()
            .max_by(|(_, a), (_, b)| a.re.total_cmp(&b.re))?;
        let (x, y) = (best % TILE, best / TILE);
        let peak = at(x, y);
        if peak < LEAST_PEAK {
            return None;
        }
        let part = |before: f32, after: f32| {
            let height = |value: f32| f64::from(value.max(1e-6)).ln();
            let curve = 2.0 * height(peak) - height(before) - height(after);
            ((height(after) - height(before)) / (2.0 * curve.max(1e-6))).clamp(-0.5, 0.5)
        };
        let dx = signed(x) + part(at(x + TILE - 1, y), at(x + 1, y));
        let dy = signed(y) + part(at(x, y + TILE - 1), at(x, y + 1));
        (dx.abs().max(dy.abs()) <= MOST_SHIFT).then_some(Vote {
            x: tile.left as f64 + TILE as f64 / 2.0,
            y: tile.top as f64 + TILE as f64 / 2.0,
            dx,
            dy,
        })
    }
}

/// An index of a periodic axis as a distance from 0.
fn signed(index: usize) -> f64 {
    if index > TILE / 2 {
        index as f64 - TILE as f64
    } else {
        index as f64
    }
}

/// Both directions of a transform over a square; leaves it transposed, which the way back undoes.
fn transform(values: &mut [Complex32], fft: &dyn Fft<f32>) {
    fft.process(values);
    for row in 0..TILE {
        for column in row + 1..TILE {
            values.swap(row * TILE + column, column * TILE + row);
        }
    }
    fft.process(values);
}

/// The similarity that most of `votes` agree with, relative to `middle`, and how many do.
///
/// Each pair of votes suggests one (as in RANSAC, Fischler and Bolles 1981, but all pairs are tried: they are few).
fn agree(votes: &[Vote], middle: (f64, f64)) -> Option<(Similarity, usize)> {
    let with = |like: &Similarity| -> Vec<Vote> {
        let near = |vote: &&Vote| residual(vote, like, middle) <= AGREE;
        votes.iter().filter(near).copied().collect()
    };
    let pairs = (0..votes.len()).flat_map(|first| (0..first).map(move |second| (first, second)));
    let suggested = pairs.filter_map(|(first, second)| {
        let like = fit(&[votes[first], votes[second]], middle)?;
        let is_possible = like.turn.abs() <= MOST_TURN && like.grow.abs() <= MOST_GROWTH;
        is_possible.then(|| (with(&like).len(), like))
    });
    let (_, suggested) = suggested.max_by_key(|(agreeing, _)| *agreeing)?;
    let like = fit(&with(&suggested), middle)?;
    let agreeing = with(&like).len();
    Some((like, agreeing))
}

/// How far `vote` is from `like`, working pixels.
fn residual(vote: &Vote, like: &Similarity, middle: (f64, f64)) -> f64 {
    let (x, y) = (vote.x - middle.0, vote.y - middle.1);
    let dx = like.tx - like.turn * y + like.grow * x;
    let dy = like.ty + like.turn * x + like.grow * y;
    (vote.dx - dx).hypot(vote.dy - dy)
}

/// The similarity of least squares through `votes`; `None` if they are too few or lie on one spot.
fn fit(votes: &[Vote], middle: (f64, f64)) -> Option<Similarity> {
    let mut normal = Matrix4::zeros();
    let mut right = Vector4::zeros();
    for vote in votes {
        let (x, y) = (vote.x - middle.0, vote.y - middle.1);
        for (row, shift) in [
            (Vector4::new(1.0, 0.0, -y, x), vote.dx),
            (Vector4::new(0.0, 1.0, x, y), vote.dy),
        ] {
            normal += row * row.transpose();
            right += row * shift;
        }
    }
    let solution = normal.cholesky()?.solve(&right);
    Some(Similarity {
        tx: solution[0],
        ty: solution[1],
        turn: solution[2],
        grow: solution[3],
    })
}

/// A picture averaged down to about [`WORKING_WIDTH`].
struct Small {
    pixels: Vec<f32>,
    width: usize,
    height: usize,
    /// Pixels of the picture to one of these.
    scale: usize,
}

impl Small {
    /// The mean of each square of pixels, so that the width is about `WORKING_WIDTH`.
    fn new(picture: Luma<'_>) -> Self {
        let scale = (picture.width() / WORKING_WIDTH).max(1);
        let (width, height) = (picture.width() / scale, picture.height() / scale);
        let mut pixels = Vec::with_capacity(width * height);
        let mut sums = vec![0_u32; width];
        let area = (scale * scale) as f32;
        for row in 0..height {
            sums.fill(0);
            for line in row * scale..(row + 1) * scale {
                for (sum, part) in sums.iter_mut().zip(picture.row(line).chunks_exact(scale)) {
                    *sum += part.iter().map(|&pixel| u32::from(pixel)).sum::<u32>();
                }
            }
            pixels.extend(sums.iter().map(|&sum| sum as f32 / area));
        }
        Self {
            pixels,
            width,
            height,
            scale,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    use super::*;

    const WIDTH: usize = 960;
    const HEIGHT: usize = 540;

    /// A scene of smooth blobs, as seen by a camera shifted by (`dx`, `dy`) and turned by `degrees` about the middle, with noise.
    fn seen(dx: f64, dy: f64, degrees: f64, noise: u64) -> Vec<u8> {
        let mut scene = Pcg64Mcg::seed_from_u64(5);
        let blobs: Vec<(f64, f64, f64, f64)> = (0..400)
            .map(|_| {
                (
                    scene.random_range(-60.0..1020.0),
                    scene.random_range(-60.0..600.0),
                    scene.random_range(3.0..14.0),
                    scene.random_range(-60.0..60.0),
                )
            })
            .collect();
        let (sin, cos) = degrees.to_radians().sin_cos();
        let mut values = vec![110.0; WIDTH * HEIGHT];
        for (x, y, radius, height) in blobs {
            let (x, y) = (x - 480.0, y - 270.0);
            let (x, y) = (
                cos * x - sin * y + dx + 480.0,
                sin * x + cos * y + dy + 270.0,
            );
            let reach = (3.0 * radius) as isize;
            for row in (y as isize - reach).max(0)..(y as isize + reach).min(HEIGHT as isize) {
                for column in (x as isize - reach).max(0)..(x as isize + reach).min(WIDTH as isize)
                {
                    let distance = ((column as f64 - x).powi(2) + (row as f64 - y).powi(2))
                        / (radius * radius);
                    values[row as usize * WIDTH + column as usize] +=
                        height * (-0.5 * distance).exp();
                }
            }
        }
        let mut noise = Pcg64Mcg::seed_from_u64(noise);
        values
            .into_iter()
            .map(|value| (value + noise.random_range(-3.0..3.0)).clamp(0.0, 255.0) as u8)
            .collect()
    }

    fn luma(bytes: &[u8]) -> Luma<'_> {
        Luma::new(bytes, WIDTH, HEIGHT, WIDTH).unwrap()
    }

    #[test]
    fn a_shift_and_a_turn_are_found_within_a_pixel_and_a_tenth_of_a_degree() {
        let still = seen(0.0, 0.0, 0.0, 1);
        let reference = Reference::new(luma(&still)).unwrap();
        for (dx, dy, degrees) in [
            (0.0, 0.0, 0.0),
            (12.0, 0.0, 0.0),
            (-4.5, 7.0, 0.0),
            (0.0, 0.0, 0.5),
            (6.0, -3.0, -0.4),
            (30.0, -20.0, 0.0),
        ] {
            let now = seen(dx, dy, degrees, 2);
            let shift = reference.shift(luma(&now)).unwrap();
            // The tiles' windows pull far shifts towards zero by a few percent.
            let tolerance = 0.5 + 0.05 * dx.hypot(dy);
            assert!(
                (shift.x - dx).abs() < tolerance
                    && (shift.y - dy).abs() < tolerance
                    && (shift.rotation - degrees).abs() < 0.1,
                "{shift:?} for {dx} {dy} {degrees}"
            );
        }
    }

    #[test]
    fn something_large_before_the_camera_does_not_move_it() {
        let still = seen(0.0, 0.0, 0.0, 1);
        let reference = Reference::new(luma(&still)).unwrap();
        let mut now = seen(0.0, 0.0, 0.0, 2);
        let other = seen(200.0, 100.0, 0.0, 3);
        for row in 150..540 {
            now[row * WIDTH + 100..row * WIDTH + 560]
                .copy_from_slice(&other[row * WIDTH + 100..row * WIDTH + 560]);
        }
        let shift = reference.shift(luma(&now)).unwrap();
        assert!(
            shift.length() < 0.5 && shift.rotation.abs() < 0.05,
            "{shift:?}"
        );
    }

    #[test]
    fn another_scene_is_no_shift() {
        let still = seen(0.0, 0.0, 0.0, 1);
        let reference = Reference::new(luma(&still)).unwrap();
        let mut noise = Pcg64Mcg::seed_from_u64(9);
        let other: Vec<u8> = (0..WIDTH * HEIGHT).map(|_| noise.random()).collect();
        assert_eq!(reference.shift(luma(&other)), None);
    }

    #[test]
    fn an_even_picture_is_no_reference() {
        assert!(Reference::new(luma(&vec![90; WIDTH * HEIGHT])).is_none());
    }
}
