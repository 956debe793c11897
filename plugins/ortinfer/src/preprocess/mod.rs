// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a decoder's pixels to a network's input: what nvinfer does before TensorRT sees a frame.
//!
//! The source rectangle is resized into 8-bit red, green, blue (or grey), the rest of the input is black, and every byte
//! `x` of the network's channel `k` becomes `net-scale-factor * (x - offsets[k])`.
//!
//! A [`Preprocessor`] keeps a plan per kind of picture, so that in steady state nothing is computed twice and
//! nothing is allocated. The loops below are plain, over slices of equal length, because the compiler vectorises those.

mod letterbox;
mod picture;
mod plan;
mod settings;

pub use letterbox::{Letterbox, PixelRect};
pub use picture::{ColorMatrix, Colorimetry, Picture, PixelFormat, Plane};

pub use settings::{ChannelOrder, Filter, PictureError, Preprocessing};

use picture::{Coefficients, Family};
use plan::Plan;

/// Feeds pictures to one network.
#[derive(Debug)]
pub struct Preprocessor {
    settings: Preprocessing,
    /// The plans in use, the latest at the end.
    plans: Vec<Plan>,
    /// A source row as numbers, blended from two rows where the filter asks for it.
    row: Vec<f32>,
    /// One row of each component at the target's width.
    components: [Vec<f32>; 3],
}

/// Kinds of pictures that keep their plan: more than a packet of cameras has.
const MOST_PLANS: usize = 64;

impl Preprocessor {
    /// A preprocessor for a network that wants `settings`.
    #[must_use]
    pub fn new(settings: Preprocessing) -> Self {
        let components = std::array::from_fn(|_| vec![0.0; settings.net_width]);
        Self {
            settings,
            plans: Vec::new(),
            row: Vec::new(),
            components,
        }
    }

    /// Number of values in the input of one picture.
    #[must_use]
    pub fn input_len(&self) -> usize {
        self.settings.order.channels() * self.settings.net_width * self.settings.net_height
    }

    /// Feeds the pixels of `picture` inside `source` into `input`, planes of [`Self::input_len`] values in all.
    ///
    /// Returns where they went, which is needed to bring boxes back.
    ///
    /// # Errors
    /// When nothing of the picture would remain or when its planes are shorter than they say; `input` may hold anything then.
    pub fn feed(
        &mut self,
        picture: &Picture<'_>,
        source: PixelRect,
        input: &mut [f32],
    ) -> Result<Letterbox, PictureError> {
        let index = self.plan_for(picture, source)?;
        let plan = &self.plans[index];
        plan.check(picture)?;
        let fit = plan.letterbox;
        let (width, size) = (
            self.settings.net_width,
            self.settings.net_width * self.settings.net_height,
        );
        let mut channels: [&mut [f32]; 3] = Default::default();
        for (channel, plane) in channels.iter_mut().zip(input.chunks_exact_mut(size)) {
            *channel = plane;
        }
        for (k, channel) in channels.iter_mut().enumerate() {
            pad(channel, width, &fit, self.normalised(0.0, k));
        }
        let coefficients = Coefficients::from(picture.colorimetry);
        for y in 0..fit.target.height {
            plan.sample_row(picture, y, &mut self.row, &mut self.components);
            let [a, b, c] = self
                .components
                .each_mut()
                .map(|row| &mut row[..fit.target.width]);
            to_channels(
                plan.family,
                self.settings.order,
                &coefficients,
                [&mut *a, &mut *b, &mut *c],
            );
            let rows: [&[f32]; 3] = match self.settings.order {
                ChannelOrder::Rgb | ChannelOrder::Gray => [a, b, c],
                ChannelOrder::Bgr => [c, b, a],
            };
            let start = (fit.target.top + y) * width + fit.target.left;
            for (k, channel) in channels
                .iter_mut()
                .enumerate()
                .take(self.settings.order.channels())
            {
                let (scale, mean) = self.settings.normalisation(k);
                let target = &mut channel[start..start + fit.target.width];
                for (target, value) in target.iter_mut().zip(rows[k]) {
                    *target = scale * (value - mean);
                }
            }
        }
        Ok(fit)
    }

    /// A pixel's value as the network wants it.
    fn normalised(&self, value: f32, channel: usize) -> f32 {
        let (scale, mean) = self.settings.normalisation(channel);
        scale * (value - mean)
    }

    /// Index of the plan for such a picture, made if it is the first of its kind.
    fn plan_for(
        &mut self,
        picture: &Picture<'_>,
        source: PixelRect,
    ) -> Result<usize, PictureError> {
        if let Some(index) = self
            .plans
            .iter()
            .position(|plan| plan.format == picture.format && plan.letterbox.source == source)
        {
            return Ok(index);
        }
        let plan = Plan::new(&self.settings, picture.format, source)?;
        if self.plans.len() == MOST_PLANS {
            self.plans.remove(0);
        }
        self.row
            .resize(self.row.len().max(plan.longest_span()), 0.0);
        self.plans.push(plan);
        Ok(self.plans.len() - 1)
    }
}

impl Preprocessing {
    /// Factor and mean of the network's channel `k`.
    fn normalisation(&self, k: usize) -> (f32, f32) {
        if self.scale > 0.0 {
            (self.scale, self.means[k])
        } else {
            (1.0, 0.0)
        }
    }
}

/// Fills what lies outside the target with black.
fn pad(channel: &mut [f32], width: usize, fit: &Letterbox, black: f32) {
    if channel.is_empty() {
        return;
    }
    let target = fit.target;
    let (above, rest) = channel.split_at_mut(target.top * width);
    let (rows, below) = rest.split_at_mut(target.height * width);
    above.fill(black);
    below.fill(black);
    if target.width < width {
        for row in rows.chunks_exact_mut(width) {
            row[..target.left].fill(black);
            row[target.left + target.width..].fill(black);
        }
    }
}

/// Turns one row of components into one row of red, green, blue or of grey (the first), whole numbers from 0 to 255.
fn to_channels(
    family: Family,
    order: ChannelOrder,
    coefficients: &Coefficients,
    [a, b, c]: [&mut [f32]; 3],
) {
    match (family, order) {
        (Family::Yuv | Family::Gray, ChannelOrder::Gray) => luma_row(coefficients, a),
        (Family::Yuv, _) => yuv_row(coefficients, a, b, c),
        (Family::Gray, _) => {
            luma_row(coefficients, a);
            b.copy_from_slice(a);
            c.copy_from_slice(a);
        }
        (Family::Rgb, ChannelOrder::Gray) => {
            for ((red, green), blue) in a.iter_mut().zip(&*b).zip(&*c) {
                *red = to_byte(0.299 * *red + 0.587 * green + 0.114 * blue);
            }
        }
        (Family::Rgb, _) => {
            for row in [a, b, c] {
                for value in row {
                    *value = to_byte(*value);
                }
            }
        }
    }
}

/// Turns a row of Y into grey, full range.
fn luma_row(coefficients: &Coefficients, row: &mut [f32]) {
    for value in row {
        *value = to_byte(coefficients.luma * (*value - coefficients.black));
    }
}

/// Turns a row of Y, U and V into R, G and B, in place.
fn yuv_row(coefficients: &Coefficients, y: &mut [f32], u: &mut [f32], v: &mut [f32]) {
    let Coefficients {
        black,
        luma,
        red_v,
        green_u,
        green_v,
        blue_u,
    } = *coefficients;
    for ((y, u), v) in y.iter_mut().zip(u).zip(v) {
        let (bright, cb, cr) = (luma * (*y - black), *u - 128.0, *v - 128.0);
        *y = to_byte(bright + red_v * cr);
        *u = to_byte(bright + green_u * cb + green_v * cr);
        *v = to_byte(bright + blue_u * cb);
    }
}

/// `value` as the nearest whole number from 0 to 255.
#[inline]
fn to_byte(value: f32) -> f32 {
    // Adding and taking away 1.5 * 2^23 leaves no room for a fraction: rounding without a call or a conversion.
    const NO_FRACTION: f32 = 12_582_912.0;
    let value = if value > 0.0 { value } else { 0.0 };
    let value = if value < 255.0 { value } else { 255.0 };
    (value + NO_FRACTION) - NO_FRACTION
}
