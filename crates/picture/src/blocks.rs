// SPDX-License-Identifier: MIT OR Apache-2.0
//! One pass over half of the pixels: how bright the picture is, and how much of it no camera would show.
//!
//! A video decoder that lost data goes on with what it has: areas without any data are grey (the prediction of a block without
//! neighbours is 128), and areas below the loss repeat the last row that arrived, as vertical streaks. Both are areas
//! without noise, which a sensor never delivers. The decoders of `FFmpeg` mark such pictures as good.

use crate::luma::Luma;

/// Edge of a block, pixels.
const BLOCK: usize = 16;
/// A block whose pixels differ by no more than this has no content, grey levels.
const FLAT_RANGE: u8 = 3;
/// The grey of a decoder without data, and how far a block's middle may be from it, grey levels.
const DECODER_GREY: u8 = 128;
const DECODER_GREY_TOLERANCE: u8 = 8;
/// Neighbouring pixels that differ by no more than this are the same, grey levels.
const SAME: u8 = 1;
/// A block is a streak when this many of its 256 pixels equal the one above ...
const STREAK_VERTICAL: u32 = 243;
/// ... while fewer than this many of them equal the one beside.
const STREAK_HORIZONTAL: u32 = 243;

/// What one pass over a picture tells.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Blocks {
    /// Mean brightness, 0 to 255.
    pub mean: f64,
    /// Standard deviation of the blocks' mean brightness, grey levels.
    pub spread: f64,
    /// Share of blocks without content.
    pub flat: f64,
    /// Share of blocks in the grey of a decoder without data.
    pub grey: f64,
    /// Share of blocks that repeat one row.
    pub streaked: f64,
    /// Share of blocks that are darker than the darkest grey a lit scene has.
    pub dark: f64,
}

/// Blocks whose brightest pixel is below this are dark (video black is 16).
const DARK: u8 = 40;

/// Column by column, what a band of sixteen rows holds.
#[derive(Debug, Default)]
struct Band {
    low: Vec<u8>,
    high: Vec<u8>,
    sum: Vec<u16>,
    same_above: Vec<u8>,
    same_beside: Vec<u8>,
}

impl Band {
    /// Starts a band of this many columns.
    fn clear(&mut self, width: usize) {
        for (column, start) in [
            (&mut self.low, u8::MAX),
            (&mut self.high, 0),
            (&mut self.same_above, 0),
            (&mut self.same_beside, 0),
        ] {
            column.clear();
            column.resize(width, start);
        }
        self.sum.clear();
        self.sum.resize(width, 0);
    }

    /// Takes in one row; `above` is the row before it.
    fn add(&mut self, row: &[u8], above: &[u8]) {
        for (low, &pixel) in self.low.iter_mut().zip(row) {
            *low = (*low).min(pixel);
        }
        for (high, &pixel) in self.high.iter_mut().zip(row) {
            *high = (*high).max(pixel);
        }
        for (sum, &pixel) in self.sum.iter_mut().zip(row) {
            *sum += u16::from(pixel);
        }
        for ((same, &pixel), &other) in self.same_above.iter_mut().zip(row).zip(above) {
            *same += u8::from(difference(pixel, other) <= SAME);
        }
        let beside = row.get(1..).unwrap_or_default();
        for ((same, &pixel), &other) in self.same_beside.iter_mut().zip(row).zip(beside) {
            *same += u8::from(difference(pixel, other) <= SAME);
        }
    }
}

/// How far two pixels are apart. `abs_diff` says the same, but processors have an instruction for this for sixteen at once.
fn difference(pixel: u8, other: u8) -> u8 {
    pixel.saturating_sub(other) | other.saturating_sub(pixel)
}

/// The measurer; keeps its working memory from picture to picture.
#[derive(Debug, Default)]
pub struct Measure {
    band: Band,
    means: Vec<f64>,
}

impl Measure {
    /// Measures every second row of blocks of `picture`: what is wrong with a picture is never as small as one row of them.
    /// Rows and columns that fill no block of 16x16 pixels are left out.
    pub fn blocks(&mut self, picture: Luma<'_>) -> Blocks {
        let columns = picture.width() / BLOCK;
        let bands = picture.height() / BLOCK;
        self.means.clear();
        let mut found = Tally::default();
        for band in (0..bands).step_by(2) {
            self.band.clear(columns * BLOCK);
            for index in band * BLOCK..(band + 1) * BLOCK {
                self.band
                    .add(picture.row(index), picture.row(index.saturating_sub(1)));
            }
            for block in 0..columns {
                self.means.push(found.add(&self.band, block * BLOCK));
            }
        }
        found.blocks(&self.means)
    }
}

/// How many blocks were found of each kind.
#[derive(Debug, Default)]
struct Tally {
    flat: u32,
    grey: u32,
    streaked: u32,
    dark: u32,
}

impl Tally {
    /// Judges the block of `band` that begins at column `start`; its mean brightness.
    fn add(&mut self, band: &Band, start: usize) -> f64 {
        let part = start..start + BLOCK;
        let low = band.low[part.clone()].iter().copied().min().unwrap_or(0);
        let high = band.high[part.clone()].iter().copied().max().unwrap_or(0);
        let total = |counts: &[u8]| -> u32 { counts.iter().map(|&count| u32::from(count)).sum() };
        let sum: u32 = band.sum[part.clone()]
            .iter()
            .map(|&sum| u32::from(sum))
            .sum();
        let is_flat = high - low <= FLAT_RANGE;
        let middle = low.midpoint(high);
        self.flat += u32::from(is_flat);
        self.grey += u32::from(is_flat && middle.abs_diff(DECODER_GREY) < DECODER_GREY_TOLERANCE);
        self.streaked += u32::from(
            total(&band.same_above[part.clone()]) >= STREAK_VERTICAL
                && total(&band.same_beside[part]) < STREAK_HORIZONTAL,
        );
        self.dark += u32::from(high < DARK);
        f64::from(sum) / (BLOCK * BLOCK) as f64
    }

    /// The shares, and the statistics of the blocks' `means`.
    fn blocks(&self, means: &[f64]) -> Blocks {
        let count = means.len().max(1) as f64;
        let mean = means.iter().sum::<f64>() / count;
        let variance = means
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f64>()
            / count;
        Blocks {
            mean,
            spread: variance.sqrt(),
            flat: f64::from(self.flat) / count,
            grey: f64::from(self.grey) / count,
            streaked: f64::from(self.streaked) / count,
            dark: f64::from(self.dark) / count,
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::float_cmp,
    clippy::unwrap_used,
    reason = "shares of a few blocks are exact"
)]
mod tests {
    use super::*;

    fn measure(pixel: impl Fn(usize, usize) -> u8) -> Blocks {
        let (width, height) = (160, 192);
        let bytes: Vec<u8> = (0..width * height)
            .map(|index| pixel(index % width, index / width))
            .collect();
        Measure::default().blocks(Luma::new(&bytes, width, height, width).unwrap())
    }

    /// A texture that no two neighbours of which are equal.
    fn texture(x: usize, y: usize) -> u8 {
        (60 + (x * 37 + y * 59) % 90) as u8
    }

    #[test]
    fn the_picture_of_a_scene_has_no_flat_and_no_streaked_block() {
        let blocks = measure(texture);
        assert_eq!((blocks.flat, blocks.grey, blocks.streaked), (0.0, 0.0, 0.0));
    }

    #[test]
    fn a_lower_half_without_data_is_grey() {
        let blocks = measure(|x, y| if y < 96 { texture(x, y) } else { 128 });
        assert_eq!((blocks.grey, blocks.flat), (0.5, 0.5));
    }

    #[test]
    fn a_row_repeated_to_the_bottom_is_streaked() {
        let blocks = measure(|x, y| texture(x, y.min(95)));
        assert_eq!(blocks.streaked, 0.5);
    }

    #[test]
    fn mean_and_spread_are_those_of_the_blocks() {
        let blocks = measure(|x, _| if x < 80 { 10 } else { 30 });
        assert_eq!((blocks.mean, blocks.spread, blocks.dark), (20.0, 10.0, 1.0));
    }
}
